package script

import "github.com/fastsips/fastsips/script/syntax"

// A Pattern is a regular expression in a syntax that its function knows.
type Pattern struct {
	Re   *Regexp // of a literal
	Text []byte  // otherwise, to be compiled by the function
}

// PatternParam is a string that is a regular expression: a literal is compiled at load. As
// in all strings, $$ is a dollar sign.
func PatternParam(name, doc string, compile func(string) (*Regexp, error)) Param[Pattern] {
	return Param[Pattern]{
		info: ParamInfo{Name: name, Doc: doc, Kind: ParamStr},
		bind: func(b *binder, x syntax.Expr) getter[Pattern] { return bindPattern(b, x, compile) },
	}
}

func bindPattern(b *binder, x syntax.Expr, compile func(string) (*Regexp, error)) getter[Pattern] {
	text := bindStr(b, x)
	lit, ok := x.(*syntax.StrLit)
	if !ok || hasVars(lit.Parts) {
		return func(c *Ctx) (Pattern, bool) {
			t, ok := text(c)
			return Pattern{Text: t}, ok
		}
	}
	re, err := compile(string(b.c.format(lit.Parts, lit.Value).fixed))
	if err != nil {
		b.refuse(x, "a regular expression: "+err.Error(), patternHint(err))
		return none[Pattern]()
	}
	return constant(Pattern{Re: re})
}

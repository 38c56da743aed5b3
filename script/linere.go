package script

import (
	"errors"
	"regexp"
	resyntax "regexp/syntax"

	"github.com/fastsips/fastsips/script/syntax"
)

// A reMode says how a POSIX pattern is read.
type reMode uint8

const (
	foldCase     reMode = 1 << iota // without case (REG_ICASE)
	fromVariable                    // of a variable: a large one is refused
	byLine                          // "." and "[^x]" stop at a line's end, "^" and "$" are a line's ends (REG_NEWLINE)
)

// compilePattern reads a POSIX extended pattern; \d \w \s \b are accepted as GNU
// regex does. Going through the parsed form gives POSIX text Go's own flags.
func compilePattern(pattern string, mode reMode) (*Regexp, error) {
	flags := resyntax.PerlX
	if mode&foldCase != 0 {
		flags |= resyntax.FoldCase
	}
	if mode&byLine == 0 {
		flags |= resyntax.OneLine | resyntax.DotNL | resyntax.ClassNL
	}
	tree, err := resyntax.Parse(pattern, flags)
	if err != nil {
		return nil, err
	}
	if mode&fromVariable != 0 && LargePattern(tree) {
		return nil, errors.New("the pattern is too large")
	}
	re, err := regexp.Compile(tree.String())
	if err != nil {
		return nil, err
	}
	re.Longest()
	return re, nil
}

// patternHint explains what RE2 has not.
func patternHint(err error) string {
	var e *resyntax.Error
	switch {
	case !errors.As(err, &e):
		return ""
	case e.Code == resyntax.ErrInvalidPerlOp:
		return "look-ahead, look-behind and the like are PCRE's: the time to match would not be bounded"
	case e.Code == resyntax.ErrInvalidEscape && len(e.Expr) == 2 && e.Expr[1] >= '0' && e.Expr[1] <= '9':
		return "there are no back-references within an expression: the time to match would not be bounded"
	}
	return ""
}

// A patternKey is a variable's pattern, as a pool keeps its compiled form.
type patternKey struct {
	mode reMode
	text string
}

// pattern is regex for a mode.
func (p *Pool) pattern(text []byte, mode reMode) *Regexp {
	if re, ok := p.patterns[patternKey{mode, string(text)}]; ok {
		return re
	}
	if len(text) > patternLimit {
		return nil
	}
	re, _ := compilePattern(string(text), mode|fromVariable)
	if len(p.patterns) >= patternsKept {
		clear(p.patterns)
	}
	if p.patterns == nil {
		p.patterns = make(map[patternKey]*Regexp)
	}
	p.patterns[patternKey{mode, string(text)}] = re
	return re
}

// LineRegex is a regular expression for texts of several lines, without case: "." and
// "[^x]" match no line end, "^" and "$" the ends of each line. Like a Regex, a literal is
// compiled at load.
func LineRegex(name, doc string) Param[*Regexp] {
	return Param[*Regexp]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamRegex}, bind: bindLineRegex}
}

func bindLineRegex(b *binder, x syntax.Expr) getter[*Regexp] {
	lit, ok := x.(*syntax.StrLit)
	if !ok || hasVars(lit.Parts) {
		text := bindStr(b, x)
		return func(c *Ctx) (*Regexp, bool) {
			t, ok := text(c)
			if !ok {
				return nil, false
			}
			re := c.pool.pattern(t, foldCase|byLine)
			return re, re != nil
		}
	}
	re, err := compilePattern(lit.Value, foldCase|byLine)
	if err != nil {
		b.refuse(x, "a regular expression: "+err.Error(), patternHint(err))
		return none[*Regexp]()
	}
	return constant(re)
}

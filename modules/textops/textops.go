// Package textops is OpenSIPS's textops module: regular expressions on messages.
package textops

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A Module is one loaded textops.
type Module struct{}

// New returns the module.
func New() module.Module { return new(Module) }

const routes = script.R | script.F | script.O | script.B | script.L

// Setup declares the functions.
func (m *Module) Setup(e *module.Env) {
	re := script.LineRegex("re", "regular expression, without case, line by line")
	text := script.Str("text", "text")
	e.Funcs = append([]*script.Func{
		script.Func1("search", "Whether the message matches, as it was received.", routes, re,
			func(c *script.Ctx, re *script.Regexp) script.Ret { return yes(re.Match(proxy.From(c).Msg().Wire())) }),
		script.Func1("search_body", "Whether the body matches, as it was received.", routes, re,
			func(c *script.Ctx, re *script.Regexp) script.Ret { return yes(re.Match(proxy.From(c).Msg().Body())) }),
		script.Func2("search_append", "Add a text behind the first match, from the first header on.", routes, re, text, searchAppend(message)),
		script.Func2("search_append_body", "Add a text behind the first match in the body.", routes, re, text, searchAppend(body)),
		script.Func2("replace", "Replace the first match, from the first header on.", routes, re, text, replace(message, 1)),
		script.Func2("replace_body", "Replace the first match in the body.", routes, re, text, replace(body, 1)),
		script.Func2("replace_all", "Replace all matches, from the first header on.", routes, re, text, replace(message, -1)),
		script.Func2("replace_body_all", "Replace all matches in the body.", routes, re, text, replace(body, -1)),
		script.Func2("replace_body_atonce", "Replace all matches in the body, which is taken as one line.", routes,
			script.Regex("re", `regular expression, without case; "." matches line ends, "^" and "$" are the ends of the body`), text, replace(body, -1)),
	}, substFuncs()...)
}

func yes(b bool) script.Ret {
	if b {
		return 1
	}
	return -1
}

// A region says which part of a message a function works on.
type region func(*sipparse.Msg) sipparse.Span

// message is all but the first line: what stands there is changed by other means.
func message(m *sipparse.Msg) sipparse.Span {
	return sipparse.Span{Off: m.Header(0).Line.Off, End: m.BodySpan().End}
}

func body(m *sipparse.Msg) sipparse.Span { return m.BodySpan() }

func searchAppend(in region) func(*script.Ctx, *script.Regexp, []byte) script.Ret {
	return func(c *script.Ctx, re *script.Regexp, text []byte) script.Ret {
		x := proxy.From(c)
		m := x.Msg()
		at := in(m)
		loc := re.FindIndex(at.Of(m.Buf()))
		if loc == nil || len(text) == 0 {
			return -1
		}
		p := at.Off + uint32(loc[1])
		return commit(c, "search_append", []change{{sipparse.Span{Off: p, End: p}, text}})
	}
}

func replace(in region, n int) func(*script.Ctx, *script.Regexp, []byte) script.Ret {
	return func(c *script.Ctx, re *script.Regexp, text []byte) script.Ret {
		m := proxy.From(c).Msg()
		at := in(m)
		var list []change
		for _, loc := range re.FindAllIndex(at.Of(m.Buf()), n) {
			list = append(list, change{sipparse.Span{Off: at.Off + uint32(loc[0]), End: at.Off + uint32(loc[1])}, text})
		}
		return commitAll(c, "replace", list)
	}
}

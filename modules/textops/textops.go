// Package textops is OpenSIPS's textops module: regular expressions on messages.
package textops

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded textops.
type Module struct{}

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the functions.
func (m *Module) Setup(e *module.Env) {
	routes := script.R | script.F | script.O | script.B | script.L
	e.Funcs = []*script.Func{
		script.Func1("search", "Whether the message matches.", routes, script.Regex("re", "regular expression"),
			func(c *script.Ctx, re *script.Regexp) script.Ret { return match(re, proxy.From(c).Msg().Buf()) }),
		script.Func1("search_body", "Whether the body matches.", routes, script.Regex("re", "regular expression"),
			func(c *script.Ctx, re *script.Regexp) script.Ret { return match(re, proxy.From(c).Msg().Body()) }),
	}
}

func match(re *script.Regexp, b []byte) script.Ret {
	if re.Match(b) {
		return 1
	}
	return -1
}

package module

import "github.com/fastsips/fastsips/script/syntax"

// A ParamsChecker looks at its parameters together, once the configuration has set them: what one
// says may need another. All modules have declared what they have by then, such as engines
// that a store may be declared in; nothing has been started.
type ParamsChecker interface{ CheckParams() *Mistake }

// A Mistake is what a ParamsChecker finds: Param is the parameter whose value cannot be as it is.
type Mistake struct{ Param, Msg, Hint string }

// checkParams asks the modules that are ParamsCheckers. A mistake is shown at the modparam of its
// parameter, or where the module is loaded.
func (l *loading) checkParams() {
	if l.cfg.Partial {
		return
	}
	for _, in := range l.Modules {
		c, is := in.Module.(ParamsChecker)
		if !is {
			continue
		}
		if x := c.CheckParams(); x != nil {
			l.d.Add(syntax.Error, l.whereSet(in, x.Param), "module "+in.Name+": "+x.Msg, x.Hint)
		}
	}
}

// whereSet returns the place of the value that a parameter of in was given last.
func (l *loading) whereSet(in *Instance, param string) syntax.Span {
	at := l.at[in.Name]
	for _, p := range l.cfg.Params {
		q := in.Env.Params.byName[p.Name]
		if re, err := moduleNames(p); err == nil && q != nil && q.Name == param && l.isCalled(in, re) {
			at = p.Value.At()
		}
	}
	return at
}

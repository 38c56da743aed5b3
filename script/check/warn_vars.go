package check

import (
	"slices"
	"strings"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// neverSet warns about each $var that is read and that nothing sets. Other variables may
// be set by modules.
func (c *checker) neverSet() {
	u := &varUse{c: c, set: map[string]bool{}}
	for _, r := range c.cfg.Routes {
		syntax.Walk(r, u.visit)
	}
	for _, p := range c.cfg.Params {
		if lit, ok := p.Value.(*syntax.StrLit); ok && strings.Contains(lit.Value, "$var(") {
			return // a module may set it
		}
	}
	if u.any || c.cfg.Partial {
		return
	}
	told := map[string]bool{}
	for _, v := range u.read {
		if name := v.Inner[0].Text; !u.set[name] && !told[name] {
			told[name] = true
			c.d.Add(syntax.Warning, v.Span, "$var("+name+") is never set", suggestVar(name, u.set))
		}
	}
}

func suggestVar(name string, set map[string]bool) string {
	near := syntax.Nearest(name, func(yield func(string) bool) {
		for _, n := range slices.Sorted(keys(set)) {
			if !yield(n) {
				return
			}
		}
	})
	if near == "" {
		return ""
	}
	return suggest("$var(" + near + ")")
}

func keys(set map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range set {
			if !yield(k) {
				return
			}
		}
	}
}

// varUse is where $var is read and set.
type varUse struct {
	c    *checker
	set  map[string]bool
	any  bool // one with a computed name is set
	read []*syntax.Var
	skip map[*syntax.Var]bool // targets, which are not read
}

func (u *varUse) visit(n any) bool {
	switch n := n.(type) {
	case *syntax.Assign:
		u.target(n.Var)
		if n.Op != "=" && n.Op != ":=" {
			delete(u.skip, n.Var) // += reads it
		}
	case *syntax.ForEach:
		u.target(n.Iter)
	case *syntax.Call:
		u.call(n)
	case *syntax.Var:
		if n.Name == "var" && !u.skip[n] && len(n.Inner) == 1 && n.Inner[0].Var == nil {
			u.read = append(u.read, n)
		}
	}
	return true
}

func (u *varUse) target(v *syntax.Var) {
	if v == nil || v.Name != "var" {
		return
	}
	if u.skip == nil {
		u.skip = map[*syntax.Var]bool{}
	}
	u.skip[v] = true
	if len(v.Inner) == 1 && v.Inner[0].Var == nil {
		u.set[v.Inner[0].Text] = true
	} else {
		u.any = true
	}
}

// call notes the variables that a function writes.
func (u *varUse) call(x *syntax.Call) {
	f := u.c.r.Funcs[x.Name]
	if f == nil {
		return
	}
	for i, a := range x.Args {
		if i >= len(f.Params) {
			return
		}
		if plainText(f, len(x.Args), i) {
			u.ignore(a)
			continue
		}
		switch f.Params[i].Kind {
		case script.ParamOut, script.ParamOutList, script.ParamVar:
			switch a := a.(type) {
			case *syntax.Var:
				u.target(a)
			case *syntax.StrLit:
				for _, p := range a.Parts {
					u.target(p.Var)
				}
			}
		}
	}
}

// plainText reports whether a $ in argument i of n is just a $: log("a $rU").
func plainText(f *script.Func, n, i int) bool {
	last := &f.Params[len(f.Params)-1]
	return last.Kind == script.ParamText && i == n-1
}

// ignore leaves out what looks like a variable in a text.
func (u *varUse) ignore(text syntax.Expr) {
	lit, ok := text.(*syntax.StrLit)
	if !ok {
		return
	}
	if u.skip == nil {
		u.skip = map[*syntax.Var]bool{}
	}
	for _, p := range lit.Parts {
		u.skip[p.Var] = true
	}
}

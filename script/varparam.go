package script

import (
	"fmt"

	"github.com/fastsips/fastsips/script/syntax"
)

// VarText checks a parameter of a module that is to be one variable, "$avp(x)", and tells
// the variable's name, "avp". Which variables there are is not known yet when parameters
// are set.
func VarText(text string) (name string, err error) {
	v, err := loneVar(text)
	if err != nil {
		return "", err
	}
	return v.Name, nil
}

// Variable compiles what VarText has taken, when all modules are there and no run has
// begun: while modules start.
func (r *Registry) Variable(text string) (VarRef, error) {
	v, err := loneVar(text)
	if err != nil {
		return VarRef{}, err
	}
	var d syntax.Diags
	c := &compiler{reg: r, d: &d, prog: new(Program)}
	x := c.variable(v)
	switch {
	case d.Errors() > 0:
		return VarRef{}, fmt.Errorf("%s: %s", text, d.List[0].Msg)
	case x.waits():
		return VarRef{}, fmt.Errorf("%s: its value may have to be waited for", text)
	}
	return VarRef{x}, nil
}

func loneVar(text string) (*syntax.Var, error) {
	lit := syntax.ParseText("", text)
	if v := soleVar(lit); v != nil && len(lit.Faults) == 0 {
		return v, nil
	}
	return nil, fmt.Errorf(`%q is not one variable, such as "$avp(x)"`, text)
}

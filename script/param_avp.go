package script

import "github.com/fastsips/fastsips/script/syntax"

// AVP is an $avp that the function reads as a list, by [VarRef.Element].
func AVP(name, doc string) Param[VarRef] {
	return Param[VarRef]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamVar}, bind: func(b *binder, x syntax.Expr) getter[VarRef] {
		if v := soleVar(x); v != nil && v.Name == "avp" {
			return constant(VarRef{b.c.variable(v)})
		}
		b.refuse(x, "an $avp", "")
		return none[VarRef]()
	}}
}

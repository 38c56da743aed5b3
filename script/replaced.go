package script

// Returning is f with the same face, which does nothing and returns v. A test that
// still passes with it did not look at what f does.
func (f *Func) Returning(v Ret) *Func {
	dud := *f
	dud.bind = func(*binder) call {
		return func(c *Ctx) Ret {
			if r := c.ready(true); r != 0 {
				return r
			}
			return v
		}
	}
	return &dud
}

// Unset is v with the same face, which always reads as NULL.
func (v *Var) Unset() *Var {
	dud := *v
	dud.Waits = false
	dud.Get = func(*Ctx, *Arg) Value { return Null }
	return &dud
}

// Failing is t with the same face, which makes NULL of everything.
func (t *TransformDef) Failing() *TransformDef {
	dud := *t
	dud.Waits, dud.nests, dud.bind = false, false, nil
	dud.Fn = func(*Ctx, Value, []Value) Value { return Null }
	return &dud
}

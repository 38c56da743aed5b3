package script

// A varExpr is a variable as a script wrote it.
type varExpr struct {
	v     *Var
	base  Arg      // what is constant of it
	name  *format  // a computed (name)
	index *varExpr // a computed [index]
	trs   []transform
	plain bool // nothing of it is computed, asked for or in another message
}

// A transform is one {class.name,args}.
type transform struct {
	def  *TransformDef
	args []*format
	run  func(*Ctx, Value) Value // of a def that binds its arguments
}

// eval reads the variable and applies the transformations.
func (x *varExpr) eval(c *Ctx) Value {
	v := Null
	if x.plain {
		v = x.v.Get(c, &x.base)
	} else {
		v = x.read(c)
	}
	for i := range x.trs {
		v = x.trs[i].apply(c, v)
	}
	return v
}

func (x *varExpr) read(c *Ctx) Value {
	if x.name == nil && x.index == nil {
		return x.get(c, &x.base)
	}
	a, ok := x.arg(c)
	v := Null
	if ok {
		v = x.get(c, a)
	}
	x.done(c)
	return v
}

// get reads it from the message in hand, or the one that was asked for.
func (x *varExpr) get(c *Ctx, a *Arg) Value {
	if a.Context == ContextNone {
		return x.value(c, a)
	}
	host, ok := c.host.(Viewer)
	if !ok {
		return x.value(c, a)
	}
	if !host.View(c, a.Context) {
		return Null
	}
	v := x.value(c, a)
	host.Unview(c)
	return v
}

func (x *varExpr) value(c *Ctx, a *Arg) Value {
	if x.v.Waits {
		return c.ask(question{v: x.v, a: *a})
	}
	return x.v.Get(c, a)
}

// assign writes the variable; replace is the := operator.
func (x *varExpr) assign(c *Ctx, v Value, replace bool) bool {
	if x.name == nil && x.index == nil {
		return x.write(c, &x.base, v, replace)
	}
	a, ok := x.arg(c)
	ok = ok && !c.wanting && x.write(c, a, v, replace)
	x.done(c)
	return ok
}

// write writes it, in the message in hand or the one that was asked for.
func (x *varExpr) write(c *Ctx, a *Arg, v Value, replace bool) bool {
	if a.Context != ContextNone {
		if host, ok := c.host.(Viewer); ok {
			if !host.View(c, a.Context) {
				return false
			}
			defer host.Unview(c)
		}
	}
	if x.v.Assign != nil {
		return x.v.Assign(c, a, v, replace)
	}
	return x.v.Set(c, a, v)
}

// element reads value number i of a list written as $(name[*]).
func (x *varExpr) element(c *Ctx, i int32) Value {
	a, ok := x.arg(c)
	v := Null
	if ok {
		a.All, a.Has, a.Index = false, true, i
		v = x.get(c, a)
	}
	x.done(c)
	return v
}

// arg computes the argument on a stack of the run; done takes it off again.
func (x *varExpr) arg(c *Ctx) (a *Arg, ok bool) {
	arg := x.base
	if x.name != nil {
		arg.Name, ok = x.name.eval(c)
		if !ok {
			c.args = append(c.args, arg)
			return nil, false
		}
	}
	if x.index != nil {
		if arg.Index, ok = x.index.eval(c).AsInt(); !ok {
			c.args = append(c.args, arg)
			return nil, false
		}
	}
	c.args = append(c.args, arg)
	return &c.args[len(c.args)-1], true
}

func (x *varExpr) done(c *Ctx) { c.args = c.args[:len(c.args)-1] }

func (t *transform) apply(c *Ctx, v Value) Value {
	if t.run != nil {
		return t.run(c, v)
	}
	at := len(c.targs)
	for _, f := range t.args {
		b, _ := f.eval(c)
		c.targs = append(c.targs, StrValue(b))
	}
	args := c.targs[at:len(c.targs):len(c.targs)]
	if t.def.Waits {
		v = c.ask(question{def: t.def, in: v, args: args})
	} else {
		v = t.def.Fn(c, v, args)
	}
	c.targs = c.targs[:at]
	return v
}

// A VarRef is a variable that was given to a function, to be read or written. It
// may be kept in an operation: it names the variable, not a run.
type VarRef struct{ x *varExpr }

// Valid reports that there is one: an omitted argument has none.
func (v VarRef) Valid() bool { return v.x != nil }

// Get reads the variable in c.
func (v VarRef) Get(c *Ctx) Value { return v.x.eval(c) }

// Element reads value number i, from 0 on, of a variable that may have several; NULL
// behind the last.
func (v VarRef) Element(c *Ctx, i int32) Value {
	switch {
	case v.x.v.Indexed:
		return v.x.element(c, i)
	case i == 0:
		return v.x.eval(c)
	}
	return Null
}

// Named returns the variable's name, and how it was written; nil when that cannot be
// computed. Done ends the use of the Arg.
func (v VarRef) Named(c *Ctx) (name string, a *Arg, done func()) {
	a, _ = v.x.arg(c)
	return v.x.v.Name, a, func() { v.x.done(c) }
}

// Set writes the variable in c as "=" does: an $avp gets one value more. Null
// clears. False: it refuses the value.
func (v VarRef) Set(c *Ctx, val Value) bool { return v.x.assign(c, val, false) }

// Replace is Set as ":=" does: an $avp loses its other values.
func (v VarRef) Replace(c *Ctx, val Value) bool { return v.x.assign(c, val, true) }

package script

import "errors"

// languageVars are the variables that belong to the language.
func languageVars(r *Registry) []*Var {
	return append(append(faultVars(), asyncVars()...), []*Var{
		scriptVar(r.vars), avpVar(r.avps), paramVar(), returnVar(), xlogLevelVar(), logLevelVar(),
		{Name: "rc", Doc: "value of the last function, route or assignment", Get: getRC},
		{Name: "retcode", Doc: "value of the last function, route or assignment, as $rc", Get: getRC},
		routeVar("route", "the current route with its type", func(p *Program, f frame) string { return p.routes[f.route].full }),
		routeVar("route.name", "name of the current route", func(p *Program, f frame) string { return p.routes[f.route].name }),
		routeVar("route.type", "type of the current route", func(p *Program, f frame) string { return kindNames[p.routes[f.route].kind] }),
	}...)
}

func getRC(c *Ctx, _ *Arg) Value { return IntValue(c.rc) }

// scriptVar is $var(x): one value per name and run.
func scriptVar(n *names) *Var {
	return &Var{
		Name: "var", Doc: "a variable of this run", Inner: NeedsInner, Bind: bindName(n),
		Get: func(c *Ctx, a *Arg) Value {
			if id, ok := numberOf(n, a); ok {
				return c.vars.get(id)
			}
			return c.vars.dynamic[string(a.Name)]
		},
		Set: func(c *Ctx, a *Arg, v Value) bool {
			if id, ok := numberOf(n, a); ok {
				c.vars.set(id, v)
			} else {
				c.vars.setDynamic(a.Name, v)
			}
			c.spend(len(v.Str))
			return true
		},
	}
}

func bindName(n *names) func(string) (any, error) {
	return func(inner string) (any, error) {
		if inner == "" {
			return nil, errors.New("it needs a name")
		}
		return n.id(inner), nil
	}
}

// numberOf returns the number of a variable's name, unless it is computed and no
// script has it as a constant.
func numberOf(n *names, a *Arg) (int32, bool) {
	if id, ok := a.Key.(int32); ok {
		return id, true
	}
	return n.find(a.Name)
}

// avpVar is $avp(x): a stack of values per name.
func avpVar(n *names) *Var {
	return listVar(n, "avp", "values of the message or transaction", func(c *Ctx) *AVPs { return c.avps })
}

// ListVar declares a variable like $avp over another list, with names of its own; of may
// return nil, which reads as NULL and cannot be written.
func ListVar(name, doc string, of func(*Ctx) *AVPs) *Var { return listVar(newNames(), name, doc, of) }

func listVar(n *names, name, doc string, of func(*Ctx) *AVPs) *Var {
	write := func(c *Ctx, a *Arg, v Value, replace bool) bool {
		l := of(c)
		if l == nil {
			return false
		}
		id, ok := avpID(n, l, a, true)
		c.spend(len(v.Str))
		if l.full() && v.Kind != NullKind && !replace {
			c.LogError("core: too many values of $%s: this one is not kept", name)
			return false
		}
		return ok && assignAVP(l, id, a, v, replace)
	}
	return &Var{
		Name: name, Doc: doc, Inner: NeedsInner, Indexed: true, Bind: bindName(n),
		Get: func(c *Ctx, a *Arg) Value {
			l := of(c)
			if l == nil {
				return Null
			}
			id, ok := avpID(n, l, a, false)
			switch {
			case !ok:
				return Null
			case a.All:
				return joinAVPs(c, l, id)
			case a.Append: // the index is for writing: OpenSIPS reads the newest
				return l.Get(id, 0)
			}
			return l.Get(id, a.Index)
		},
		Assign: write,
		Set:    func(c *Ctx, a *Arg, v Value) bool { return write(c, a, v, false) },
	}
}

// avpID returns the number of a name in l.
func avpID(n *names, l *AVPs, a *Arg, add bool) (int32, bool) {
	if id, ok := numberOf(n, a); ok {
		return id, true
	}
	return l.dynamic(a.Name, add)
}

// assignAVP is $avp(x) = v in all its forms.
func assignAVP(l *AVPs, id int32, a *Arg, v Value, replace bool) bool {
	null := v.Kind == NullKind
	if replace || a.All {
		l.DeleteAll(id)
		if !null {
			l.Push(id, v)
		}
		return true
	}
	switch {
	case null:
		l.Delete(id, a.Index)
	case a.Append:
		l.Append(id, v)
	case a.Has:
		return l.Replace(id, a.Index, v)
	default:
		l.Push(id, v)
	}
	return true
}

// joinAVPs is $(avp(x)[*]).
func joinAVPs(c *Ctx, l *AVPs, id int32) Value {
	at := len(c.text)
	b, ok := l.appendJoined(c.text, id)
	c.text = b[:at]
	if joined := b[at:]; ok && len(joined) <= joinLimit {
		return StrValue(c.Copy(joined))
	}
	return Null
}

// paramVar is $param(n), and $param(name) in an event route.
func paramVar() *Var {
	return &Var{
		Name: "param", Doc: "argument of the innermost route() call, or field of the event", Inner: NeedsInner,
		Bind: func(inner string) (any, error) {
			if n, ok := parseInt([]byte(inner)); ok {
				return n, nil
			}
			return nil, nil
		},
		Get: func(c *Ctx, a *Arg) Value {
			n, ok := a.Key.(int32)
			if !ok {
				n, ok = parseInt(a.Name)
			}
			if !ok {
				n = c.paramNamed(a.Name)
			}
			return c.param(n)
		},
	}
}

// param returns argument n, from 1, of the innermost route.
func (c *Ctx) param(n int32) Value {
	if len(c.frames) == 0 {
		return Null
	}
	f := c.frames[len(c.frames)-1]
	if n < 1 || n > f.nargs {
		return Null
	}
	return c.params[f.param+n-1]
}

// paramNamed returns the number of an event's field; 0 is none.
func (c *Ctx) paramNamed(name []byte) int32 {
	if len(c.frames) == 1 {
		for i, s := range c.names {
			if s == string(name) {
				return int32(i) + 1
			}
		}
	}
	return 0
}

// returnVar is $return(n): what return(code, ...) gave besides its code.
func returnVar() *Var {
	return &Var{
		Name: "return", Doc: "extra value of the last route", Inner: NeedsInner,
		Bind: func(inner string) (any, error) {
			if n, ok := parseInt([]byte(inner)); ok {
				return n, nil
			}
			return nil, errors.New("it takes a number")
		},
		Get: func(c *Ctx, a *Arg) Value {
			n, ok := a.Key.(int32)
			if !ok {
				n, ok = parseInt(a.Name)
			}
			if !ok || n < 0 || int(n) >= len(c.returns) {
				return Null
			}
			return c.returns[n]
		},
	}
}

// routeVar is $route and its parts: index 0 is the current route, 1 its caller,
// -1 the topmost one.
func routeVar(name, doc string, show func(*Program, frame) string) *Var {
	return &Var{
		Name: name, Doc: doc, Indexed: true,
		Get: func(c *Ctx, a *Arg) Value {
			if a.All {
				return c.routeStack(show)
			}
			i := int(a.Index)
			if i < 0 {
				i += len(c.frames)
			}
			if i < 0 || i >= len(c.frames) {
				return Null
			}
			s := show(c.prog, c.frames[len(c.frames)-1-i])
			return StrValue(c.copyString(s))
		},
	}
}

func (c *Ctx) routeStack(show func(*Program, frame) string) Value {
	at := len(c.text)
	for i, f := range c.frames {
		if i > 0 {
			c.text = append(c.text, " > "...)
		}
		c.text = append(c.text, show(c.prog, f)...)
	}
	v := StrValue(c.Copy(c.text[at:]))
	c.text = c.text[:at]
	return v
}

func (c *Ctx) copyString(s string) []byte {
	b := c.Alloc(len(s))
	copy(b, s)
	return b
}

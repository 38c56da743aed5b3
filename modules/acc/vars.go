package acc

import (
	"fmt"
	"strconv"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

func (m *Module) variables() []*script.Var {
	return []*script.Var{
		{Name: "acc_extra", Inner: script.NeedsInner, Get: m.getExtra, Set: m.setExtra,
			Bind: func(tag string) (any, error) { return m.extra.find(tag, "extra_fields") },
			Doc:  "value of one of extra_fields, by its tag; it stays with the request, and with cdr with the call"},
		{Name: "acc_leg", Inner: script.NeedsInner, Indexed: true, Get: m.getLeg, Set: m.setLeg,
			Bind: func(tag string) (any, error) { return m.leg.find(tag, "leg_fields") },
			Doc:  "value of one of leg_fields, of the current leg; [0] is the first leg, [-1] the last"},
		{Name: "acc_current_leg", Get: m.currentLeg, Doc: "number of the current leg, from 0; NULL if there are no leg_fields"},
	}
}

// tagOf is the number of the tag that a variable names.
func tagOf(c *script.Ctx, f *fields, a *script.Arg, param string) (int, bool) {
	if n, known := a.Key.(int); known {
		return n, true
	}
	n, err := f.find(string(a.Name), param)
	if err != nil {
		c.LogError("acc: %q: %s", a.Name, err)
	}
	return n, err == nil
}

// seen returns the account of the request in hand as far as there is something to read.
func (m *Module) seen(c *script.Ctx) *account {
	x := proxy.From(c)
	switch {
	case x.Req == nil:
		return nil
	case len(x.Req.Msg.ToTag()) > 0:
		return m.account(x.Loop(), x.Req)
	}
	return m.of(x.Req)
}

func (m *Module) getExtra(c *script.Ctx, arg *script.Arg) script.Value {
	tag, ok := tagOf(c, &m.extra, arg, "extra_fields")
	a := m.seen(c)
	if !ok || a == nil {
		return script.Null
	}
	return a.extra[tag].get(c)
}

// get copies: the script may write the field while it has the value.
func (v *value) get(c *script.Ctx) script.Value {
	if len(v.text) == 0 {
		return script.Null
	}
	return script.StrValue(c.Copy(v.text))
}

func (m *Module) setExtra(c *script.Ctx, arg *script.Arg, v script.Value) bool {
	tag, ok := tagOf(c, &m.extra, arg, "extra_fields")
	x := proxy.From(c)
	if !ok || x.Req == nil {
		return false
	}
	a := m.account(x.Loop(), x.Req)
	a.give(&a.extra[tag], v)
	return true
}

func (a *account) give(to *value, v script.Value) {
	a.changed = !a.call.none()
	var b [11]byte
	switch {
	case v.Kind == script.IntKind && v.Str == nil:
		to.set(strconv.AppendInt(b[:0], int64(v.Int), 10))
	default:
		to.set(v.Str)
	}
}

// leg returns the leg that a variable means.
func (a *account) leg(c *script.Ctx, arg *script.Arg) ([]value, error) {
	n := a.nlegs - 1
	if arg.Has {
		if n = int(arg.Index); n < 0 {
			n += a.nlegs
		}
	}
	if arg.All || n < 0 || n >= a.nlegs {
		return nil, fmt.Errorf("there is no leg %d: there are %d", arg.Index, a.nlegs)
	}
	return a.legs[n], nil
}

func (m *Module) getLeg(c *script.Ctx, arg *script.Arg) script.Value {
	tag, ok := tagOf(c, &m.leg, arg, "leg_fields")
	a := m.seen(c)
	if !ok || a == nil {
		return script.Null
	}
	leg, err := a.leg(c, arg)
	if err != nil {
		c.LogError("acc: $acc_leg: %s", err)
		return script.Null
	}
	return leg[tag].get(c)
}

func (m *Module) setLeg(c *script.Ctx, arg *script.Arg, v script.Value) bool {
	tag, ok := tagOf(c, &m.leg, arg, "leg_fields")
	x := proxy.From(c)
	if !ok || x.Req == nil {
		return false
	}
	a := m.account(x.Loop(), x.Req)
	leg, err := a.leg(c, arg)
	if err != nil {
		c.LogError("acc: $acc_leg: %s", err)
		return false
	}
	a.give(&leg[tag], v)
	return true
}

func (m *Module) currentLeg(c *script.Ctx, _ *script.Arg) script.Value {
	if len(m.leg.tags) == 0 {
		return script.Null
	}
	if a := m.seen(c); a != nil {
		return script.IntValue(int32(a.nlegs - 1))
	}
	return script.IntValue(0)
}

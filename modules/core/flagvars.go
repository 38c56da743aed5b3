package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// flagVars are the flags of the message and of the branch in hand.
func flagVars(r *script.Registry) []*script.Var {
	return []*script.Var{
		{Name: "msg.flag", Doc: "a flag of the message: 1, printed as true, or 0, printed as false", Inner: script.NeedsInner, Bind: bindFlag(&r.MsgFlags),
			Get: func(c *script.Ctx, a *script.Arg) script.Value {
				mask, ok := flagMask(&r.MsgFlags, a)
				if !ok {
					return script.Null
				}
				return boolValue(msgFlags(c)&mask != 0)
			},
			Set: func(c *script.Ctx, a *script.Arg, v script.Value) bool {
				mask, ok := flagMask(&r.MsgFlags, a)
				to := mask
				if !v.Truth() {
					to = 0
				}
				return ok && setFlag(c, mask, to) > 0
			}},
		{Name: "mf", Doc: "names of the flags of the message that are set, with commas",
			Get: func(c *script.Ctx, _ *script.Arg) script.Value {
				return script.StrValue(r.MsgFlags.AppendList(c.Alloc(256)[:0], msgFlags(c)))
			}},
		{Name: "bf", Doc: "names of the branch flags of the R-URI, or the branch in hand, that are set",
			Get: func(c *script.Ctx, _ *script.Arg) script.Value {
				if t := proxy.From(c).Branch(0); t != nil {
					return script.StrValue(r.BranchFlags.AppendList(c.Alloc(256)[:0], t.Flags()))
				}
				return script.Null
			}},
	}
}

func msgFlags(c *script.Ctx) uint32 {
	if r := proxy.From(c).Req; r != nil {
		return r.Flags()
	}
	return 0
}

func bit(set bool) script.Value {
	if set {
		return script.IntValue(1)
	}
	return script.IntValue(0)
}

// bindFlag gives a constant name its bit.
func bindFlag(names *script.FlagNames) func(string) (any, error) {
	return func(name string) (any, error) { return names.Bit(name) }
}

// flagMask is the flag that a names; a computed name has to be one that the script has
// as a constant, too.
func flagMask(names *script.FlagNames, a *script.Arg) (uint32, bool) {
	if mask, ok := a.Key.(uint32); ok {
		return mask, true
	}
	return names.Mask(a.Name)
}

// branchFlagVar is one flag of the destination that at finds.
func branchFlagVar(names *script.FlagNames, name, doc string, at func(*script.Ctx, *script.Arg) *proxy.Target) *script.Var {
	return &script.Var{Name: name, Doc: doc, Inner: script.NeedsInner, Indexed: true, Bind: bindFlag(names),
		Get: func(c *script.Ctx, a *script.Arg) script.Value {
			t := at(c, a)
			mask, ok := flagMask(names, a)
			if t == nil || !ok {
				return script.Null
			}
			return bit(t.Flags()&mask != 0)
		},
		Set: func(c *script.Ctx, a *script.Arg, v script.Value) bool {
			t := at(c, a)
			mask, ok := flagMask(names, a)
			if t == nil || !ok {
				return false
			}
			if v.Truth() {
				t.SetFlags(t.Flags() | mask)
			} else {
				t.SetFlags(t.Flags() &^ mask)
			}
			return true
		}}
}

// setBranchFlags writes a list of names; NULL is the empty one.
func setBranchFlags(names *script.FlagNames, t *proxy.Target, v script.Value) bool {
	switch v.Kind {
	case script.NullKind:
		t.SetFlags(0)
	case script.StrKind:
		bits, ok := names.ParseList(v.Str)
		if !ok {
			return false
		}
		t.SetFlags(bits)
	default:
		return false
	}
	return true
}

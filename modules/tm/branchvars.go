package tm

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// branchVars are the branches of the transaction, by the number that $T_branch_idx shows:
// without an index the one in hand, in a failure_route the winner's.
func branchVars(r *script.Registry) []*script.Var {
	get := func(name, doc string, of func(*script.Ctx, proxy.BranchView) script.Value) *script.Var {
		return &script.Var{Name: name, Doc: doc, Indexed: true, Get: func(c *script.Ctx, a *script.Arg) script.Value {
			if v, ok := branchAt(c, a); ok {
				return of(c, v)
			}
			return script.Null
		}}
	}
	return []*script.Var{
		get("tm.branch.uri", "R-URI of a branch", func(_ *script.Ctx, v proxy.BranchView) script.Value { return text(v.URI()) }),
		get("tm.branch.duri", "its destination URI", func(_ *script.Ctx, v proxy.BranchView) script.Value { return text(v.Target().Dst()) }),
		get("tm.branch.path", "its Path", func(_ *script.Ctx, v proxy.BranchView) script.Value { return text(v.Target().Path()) }),
		get("tm.branch.q", "its preference, 0 to 1000, -1 for none", func(_ *script.Ctx, v proxy.BranchView) script.Value {
			return script.IntValue(int32(v.Target().Q()))
		}),
		get("tm.branch.flags", "names of its flags that are set, with commas", func(c *script.Ctx, v proxy.BranchView) script.Value {
			return text(r.BranchFlags.AppendList(c.Alloc(256)[:0], v.Target().Flags()))
		}),
		get("tm.branch.socket", "the socket it left by, proto:ip:port", branchSocket),
		get("tm.branch.last_received", "status of the last reply that came on it", func(_ *script.Ctx, v proxy.BranchView) script.Value { return status(v.Received()) }),
		get("tm.branch.type", "sip, or phone where it only waits for others (t_wait_for_new_branches)", branchType),
		get("T_branch_last_reply_code", "as $tm.branch.last_received", func(_ *script.Ctx, v proxy.BranchView) script.Value { return status(v.Received()) }),
		branchFlag(r), branchAttr(),
		script.ListVar("bavp", "values of the branch in hand", func(c *script.Ctx) *script.AVPs {
			if v, ok := branchAt(c, &noIndex); ok {
				return v.AVPs()
			}
			return nil
		}),
	}
}

var noIndex script.Arg

// branchAt finds the branch that an index names; a negative one counts from behind.
func branchAt(c *script.Ctx, a *script.Arg) (proxy.BranchView, bool) {
	x := proxy.From(c)
	i := int(a.Index)
	switch {
	case a.All || a.Append:
		return proxy.BranchView{}, false
	case !a.Has:
		var ok bool
		if i, ok = x.BranchIndex(); !ok {
			return proxy.BranchView{}, false
		}
	case i < 0:
		i += x.TxBranches()
	}
	return x.TxBranch(i)
}

func text(b []byte) script.Value {
	if len(b) == 0 {
		return script.Null
	}
	return script.StrValue(b)
}

// status makes a value of a status, NULL of none.
func status(n int) script.Value {
	if n == 0 {
		return script.Null
	}
	return script.IntValue(int32(n))
}

func branchSocket(c *script.Ctx, v proxy.BranchView) script.Value {
	ls := v.Socket()
	if ls == nil {
		return script.Null
	}
	return script.StrValue(ls.AppendName(c.Alloc(64)[:0]))
}

var sipType, phoneType = []byte("sip"), []byte("phone")

func branchType(_ *script.Ctx, v proxy.BranchView) script.Value {
	if v.IsPhone() {
		return script.StrValue(phoneType)
	}
	return script.StrValue(sipType)
}

func branchFlag(r *script.Registry) *script.Var {
	return &script.Var{Name: "tm.branch.flag", Doc: "a flag of a branch, 0 or 1", Inner: script.NeedsInner, Indexed: true,
		Bind: func(name string) (any, error) { return r.BranchFlags.Bit(name) },
		Get: func(c *script.Ctx, a *script.Arg) script.Value {
			v, ok := branchAt(c, a)
			mask, constant := a.Key.(uint32)
			switch {
			case !ok || !constant:
				return script.Null
			case v.Target().Flags()&mask != 0:
				return script.IntValue(1)
			}
			return script.IntValue(0)
		},
		Set: func(c *script.Ctx, a *script.Arg, val script.Value) bool {
			v, ok := branchAt(c, a)
			mask, constant := a.Key.(uint32)
			if !ok || !constant {
				return false
			}
			t := v.Target()
			t.SetFlags(t.Flags() &^ mask)
			if val.Truth() {
				t.SetFlags(t.Flags() | mask)
			}
			return true
		}}
}

func branchAttr() *script.Var {
	return &script.Var{Name: "tm.branch.attr", Doc: "an attribute of a branch, a string or an integer", Inner: script.NeedsInner, Indexed: true,
		Get: func(c *script.Ctx, a *script.Arg) script.Value {
			v, ok := branchAt(c, a)
			if !ok {
				return script.Null
			}
			val := v.Target().Attrs.Get(a.Name)
			val.Str = c.Copy(val.Str)
			return val
		},
		Set: func(c *script.Ctx, a *script.Arg, val script.Value) bool {
			v, ok := branchAt(c, a)
			return ok && v.Target().Attrs.Set(a.Name, val)
		}}
}

package tm

import (
	"time"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

func variables() []*script.Var {
	return []*script.Var{
		{Name: "T_branch_idx", Doc: "number of the branch in hand", Get: branchIndex},
		{Name: "T_reply_code", Doc: "status of the reply or of the winner", Get: replyCode},
		{Name: "T_fr_timeout", Doc: "fr_timeout of this transaction, in seconds",
			Get: func(c *script.Ctx, _ *script.Arg) script.Value { return seconds(proxy.From(c).FRTimeout()) },
			Set: func(c *script.Ctx, _ *script.Arg, v script.Value) bool {
				d, ok := duration(v)
				if ok {
					proxy.From(c).SetFRTimeout(d)
				}
				return ok
			}},
		{Name: "T_fr_inv_timeout", Doc: "fr_inv_timeout of this transaction, in seconds",
			Get: func(c *script.Ctx, _ *script.Arg) script.Value { return seconds(proxy.From(c).FRInviteTimeout()) },
			Set: func(c *script.Ctx, _ *script.Arg, v script.Value) bool {
				d, ok := duration(v)
				if ok {
					proxy.From(c).SetFRInviteTimeout(d)
				}
				return ok
			}},
	}
}

func branchIndex(c *script.Ctx, _ *script.Arg) script.Value {
	if i, ok := proxy.From(c).BranchIndex(); ok {
		return script.IntValue(int32(i))
	}
	return script.Null
}

func replyCode(c *script.Ctx, _ *script.Arg) script.Value {
	x := proxy.From(c)
	switch tx := x.Visible(); {
	case x.Rpl != nil:
		return script.IntValue(int32(x.Rpl.Msg.Status()))
	case tx != nil && tx.Winner() > 0:
		return script.IntValue(int32(tx.Winner()))
	case tx != nil:
		return script.IntValue(int32(tx.Status()))
	}
	return script.Null
}

func seconds(d time.Duration) script.Value { return script.IntValue(int32(d / time.Second)) }

// duration reads a number of seconds; NULL restores the default.
func duration(v script.Value) (time.Duration, bool) {
	if v.Kind == script.NullKind {
		return 0, true
	}
	n, ok := v.AsInt()
	return time.Duration(n) * time.Second, ok && n > 0
}

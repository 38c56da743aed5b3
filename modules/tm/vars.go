package tm

import (
	"strconv"
	"time"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

func variables() []*script.Var {
	return []*script.Var{
		{Name: "T_branch_idx", Doc: "number of the branch in hand, in a failure_route the winner's", Get: branchIndex},
		{Name: "T_reply_code", Doc: "status of the reply, in a failure_route of the winner, else of the last one sent; 0 for none", Get: replyCode},
		{Name: "T_ruri", Doc: "R-URI of the branch in hand, else that of the request", Get: branchRURI},
		{Name: "T_id", Doc: "name of the transaction", Get: transactionID},
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
	return script.IntValue(0)
}

func branchRURI(c *script.Ctx, _ *script.Arg) script.Value {
	x := proxy.From(c)
	if v, ok := branchAt(c, &noIndex); ok {
		return text(v.URI())
	}
	if x.Visible() == nil {
		return script.Null
	}
	return text(x.Target.URI(x.Req.Msg.RequestURI()))
}

func transactionID(c *script.Ctx, _ *script.Arg) script.Value {
	id := proxy.From(c).TxID()
	if id == 0 {
		return script.Null
	}
	return script.StrValue(strconv.AppendUint(c.Alloc(16)[:0], uint64(id), 16))
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

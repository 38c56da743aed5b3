package tm

import (
	"bytes"
	"strconv"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

func functions() []*script.Func {
	return []*script.Func{
		script.Func0("t_newtran", "Make the transaction of the request. 1 made, -10 there is one already; ends the script for an ACK that goes no further.",
			script.R|script.E, newTran),
		script.Func2("t_relay", "Forward the request statefully to the R-URI and the branches. 1 sent or answered; -1 failed, -2 bad message, "+
			"-3 no destination or cancelled, -4 unresolvable, -5 every target has failed of late, -6 send failed.",
			script.R|script.F, script.Opt(script.Str("flags", "no-auto-477,no-dns-failover,pass-reason-hdr,allow-no-cancel")),
			script.Opt(script.Str("proxy", "[proto:]host[:port] to send to, unless $du is set")), relay).MayWait(),
		script.Func2("t_reply", "Answer the request statefully; makes the transaction if there is none. -1: answered already, an ACK, or a bad status.", script.R|script.F|script.E,
			script.Int("code", "status"), script.Str("reason", "reason phrase"), reply),
		script.Func3("t_reply_with_body", "As t_reply, with a body; its Content-Type is added by append_to_reply.", script.R|script.F|script.E,
			script.Int("code", "status"), script.Str("reason", "reason phrase"), script.Str("body", "body"), replyWithBody),
		script.Func4("t_reply_by_callid", "Answer an INVITE that is still being served, by its Call-ID and CSeq. -1: there is none, or it has its final reply.", script.R,
			script.Int("code", "status"), script.Str("reason", "reason phrase"), script.Opt(script.Str("callid", "Call-ID; omitted: that of the request in hand")),
			script.Opt(script.Str("cseq", "number of its CSeq; omitted: that of the request in hand")), replyByCallID).MayWait(),
		script.Func1("t_on_failure", "Arm a failure_route; without a name disarm it.", script.R|script.F|script.O|script.B|script.L,
			script.Opt(script.Route(syntax.FailureRoute, "route", "failure_route")), onFailure),
		script.Func1("t_on_reply", "Arm an onreply_route, in a branch_route for that branch.", script.R|script.F|script.O|script.B|script.L,
			script.Opt(script.Route(syntax.OnReplyRoute, "route", "onreply_route")), onReply),
		script.Func1("t_on_branch", "Arm a branch_route.", script.R|script.F|script.O|script.B,
			script.Opt(script.Route(syntax.BranchRoute, "route", "branch_route")), onBranch),
		script.Func0("t_check_trans", "Whether the request belongs to a known transaction: a CANCEL of one, the ACK to a negative final. -2: the ACK to a 2xx.",
			script.R|script.B, checkTrans),
		script.Func1("t_check_status", "Match the status: of the reply, of the winner in failure_route, else the last one sent.",
			script.R|script.F|script.O|script.B, script.Regex("re", "regular expression"), checkStatus),
		script.Func0("t_was_cancelled", "Whether a CANCEL came for the transaction.", script.R|script.F|script.O|script.B, wasCancelled),
		script.Func1("t_local_replied", `"all": no branch got a real reply; "branch": the winner got none; "last": the last reply was made here.`,
			script.R|script.F|script.O|script.B, script.Str("which", "all, branch or last"), localReplied),
	}
}

// newTran also ends the script for an ACK that goes no further; one that goes on
// to the callee has no transaction.
func newTran(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	switch {
	case x.Req.EndsHere():
		return 0
	case x.Req.Msg.Method() == sipparse.Ack, x.NewTransaction():
		return 1
	}
	return -10
}

func relay(c *script.Ctx, flags, to []byte) script.Ret {
	x := proxy.From(c)
	f, ok := relayFlags(flags)
	if !ok {
		return -1
	}
	if to != nil && !setOutbound(x, to) {
		return -1
	}
	return x.Relay(f)
}

// relayFlags reads t_relay's list of names.
func relayFlags(b []byte) (f proxy.RelayFlags, ok bool) {
	for len(b) > 0 {
		name, rest, _ := bytes.Cut(b, []byte{','})
		switch string(bytes.TrimSpace(name)) {
		case "no-auto-477":
			f |= proxy.NoAuto477
		case "no-dns-failover":
			f |= proxy.NoDNSFailover
		case "pass-reason-hdr":
			f |= proxy.PassReason
		case "allow-no-cancel":
			f |= proxy.AllowNoCancel
		default:
			return f, false
		}
		b = rest
	}
	return f, true
}

// setOutbound makes a proxy argument, [proto:]host[:port], the destination, unless there
// is one.
func setOutbound(x *proxy.Context, to []byte) bool {
	if x.Target.Dst() != nil {
		return true
	}
	proto, hostport, ok := bytes.Cut(to, []byte{':'})
	if _, known := transport.ProtoOf(proto); !ok || !known {
		proto, hostport = nil, to
	}
	uri := append([]byte("sip:"), hostport...)
	if proto != nil {
		uri = append(append(uri, ";transport="...), proto...)
	}
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return false
	}
	x.Target.SetDst(uri)
	return true
}

func reply(c *script.Ctx, code int32, reason []byte) script.Ret {
	x := proxy.From(c)
	return yes(mayReply(x, code) && x.Reply(int(code), reason))
}

func replyWithBody(c *script.Ctx, code int32, reason, body []byte) script.Ret {
	x := proxy.From(c)
	return yes(mayReply(x, code) && x.ReplyWithBody(int(code), reason, body))
}

func replyByCallID(c *script.Ctx, code int32, reason, callID, cseq []byte) script.Ret {
	x := proxy.From(c)
	if code < 100 || code > 699 {
		return -1
	}
	if callID == nil {
		callID = x.Req.Msg.CallID()
	}
	n := uint64(x.Req.Msg.CSeq())
	if cseq != nil {
		var err error
		if n, err = strconv.ParseUint(string(cseq), 10, 32); err != nil {
			return -1
		}
	}
	return x.ReplyByCallID(int(code), reason, callID, uint32(n))
}

// mayReply makes the transaction that an answer needs.
func mayReply(x *proxy.Context, code int32) bool {
	if code < 100 || code > 699 || x.Req.Msg.Method() == sipparse.Ack {
		return false
	}
	return x.Visible() != nil || x.NewTransaction()
}

func onFailure(c *script.Ctx, r script.RouteRef) script.Ret {
	if r.ID < 0 && r.Name != nil {
		return -1
	}
	proxy.From(c).ArmFailure(r.ID)
	return 1
}

func onReply(c *script.Ctx, r script.RouteRef) script.Ret {
	if r.ID < 0 && r.Name != nil {
		return -1
	}
	proxy.From(c).ArmReply(r.ID)
	return 1
}

func onBranch(c *script.Ctx, r script.RouteRef) script.Ret {
	if r.ID < 0 && r.Name != nil {
		return -1
	}
	proxy.From(c).ArmBranch(r.ID)
	return 1
}

// checkTrans: retransmissions never get here, they are absorbed before the script.
func checkTrans(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	switch x.Req.Msg.Method() {
	case sipparse.Cancel:
		_, known := x.FindCancelled()
		return yes(known)
	case sipparse.Ack:
		if x.Req.IsHopAck() {
			return 1
		}
		return -2
	}
	return yes(x.Visible() != nil)
}

func checkStatus(c *script.Ctx, re *script.Regexp) script.Ret {
	x := proxy.From(c)
	status := 0
	switch tx := x.Visible(); {
	case x.Rpl != nil:
		status = x.Rpl.Msg.Status()
	case tx == nil:
	case tx.Winner() > 0:
		status = tx.Winner()
	default:
		status = tx.Status()
	}
	if status == 0 {
		return -1
	}
	return yes(re.Match(sipparse.AppendUint(c.Alloc(3)[:0], uint64(status))))
}

func wasCancelled(c *script.Ctx) script.Ret {
	tx := proxy.From(c).Visible()
	return yes(tx != nil && tx.Cancelled())
}

func localReplied(c *script.Ctx, which []byte) script.Ret {
	tx := proxy.From(c).Visible()
	if tx == nil {
		return -1
	}
	switch string(which) {
	case "all":
		return yes(tx.NoReply())
	case "branch":
		return yes(tx.WinnerLocal())
	case "last":
		return yes(tx.LocalFinal())
	}
	return -1
}

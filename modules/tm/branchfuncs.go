package tm

import (
	"bytes"
	"math"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// branchFunctions work on the branches of a transaction that is under way.
func branchFunctions() []*script.Func {
	return []*script.Func{
		script.Func2("t_replicate", "Send the request to uri and the branch set as well; the replies end here, and nobody waits for them.", script.R|script.F,
			script.Str("uri", "destination"), script.Opt(script.Str("flags", "as of t_relay; none has an effect here")), replicate).MayWait(),
		script.Func1("t_cancel_branch", "Cancel the branch of the reply. -1: no INVITE, or unknown flags.", script.O,
			script.Opt(script.Str("flags", "a: all branches; o: all others")), cancelBranch),
		script.Func1("t_wait_for_new_branches", "Keep the transaction of an INVITE open for t_inject_branches, until fr_inv_timeout or the last of branches; makes it if there is none.",
			script.R, script.OptInt("branches", "how many to wait for; 0: any number", 0), waitForBranches),
		script.Func0("t_wait_no_more_branches", "End the wait for new branches. -1: there was none.", script.R|script.F|script.O|script.B,
			func(c *script.Ctx) script.Ret { return yes(proxy.From(c).StopWaiting()) }),
		script.Func2("t_inject_branches", "Send the branch set as new branches of the transaction that is under way; in a route with the R-URI. "+
			"-1: no transaction or no branches, -2 it has ended, -3 none could be sent.", script.R|script.O,
			script.Str("source", "msg; event gives -1, no module raises E_UL_CONTACT_INSERT yet"),
			script.Opt(script.Str("flags", "c or cancel: cancel the branches under way; l or last: end the wait for more")), inject).MayWait(),
		script.Func5("t_get_branch_idx_by_attr", "Find a branch by an attribute and, if one is given, its value.", script.F|script.O|script.B,
			script.Str("attr", "name"), script.Opt(script.Str("text", "its value")), script.OptInt("number", "its value", noNumber),
			script.Opt(script.Out("index", "the number of the branch")), script.OptInt("offset", "first branch to look at", 0), branchByAttr),
		script.Func1("t_add_hdrs", "Add headers to all requests that the transaction sends: branches, ACKs, CANCELs.", script.R,
			script.Str("headers", `"Name: value\r\n"`), func(c *script.Ctx, b []byte) script.Ret { return yes(proxy.From(c).AddHeaders(b)) }),
		script.Func1("t_add_cancel_reason", "Give the CANCELs that are made of the one in hand this header; before t_relay.", script.R,
			script.Str("reason", `"Reason: …\r\n"`), func(c *script.Ctx, b []byte) script.Ret { return yes(proxy.From(c).SetCancelReason(b)) }),
		script.Func0("t_flush_flags", "Nothing to do: the message's flags are the transaction's. -1: there is none.", script.R|script.B,
			func(c *script.Ctx) script.Ret { return yes(proxy.From(c).Visible() != nil) }),
		script.Func0("t_anycast_replicate", "Always -1: there is no cluster.", script.R, func(*script.Ctx) script.Ret { return -1 }),
	}
}

func replicate(c *script.Ctx, uri, flags []byte) script.Ret {
	if _, ok := relayFlags(flags); !ok {
		return -1
	}
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return -1
	}
	return proxy.From(c).Replicate(uri)
}

func cancelBranch(c *script.Ctx, flags []byte) script.Ret {
	x := proxy.From(c)
	switch string(flags) {
	case "":
		return yes(x.CancelBranches(true, false))
	case "a":
		return yes(x.CancelBranches(true, true))
	case "o":
		return yes(x.CancelBranches(false, true))
	}
	return -1
}

func waitForBranches(c *script.Ctx, n int32) script.Ret {
	return yes(proxy.From(c).WaitForBranches(int(max(n, 0))))
}

func inject(c *script.Ctx, source, flags []byte) script.Ret {
	cancel, last, ok := injectFlags(flags)
	if !ok || string(source) != "msg" {
		return -1
	}
	return proxy.From(c).Inject(cancel, last)
}

// injectFlags reads a list of names, or their first letters without commas.
func injectFlags(b []byte) (cancel, last, ok bool) {
	for len(b) > 0 {
		var name []byte
		name, b, _ = bytes.Cut(b, []byte{','})
		switch string(bytes.TrimSpace(name)) {
		case "cancel", "c":
			cancel = true
		case "last", "l":
			last = true
		case "cl", "lc":
			cancel, last = true, true
		default:
			return false, false, false
		}
	}
	return cancel, last, true
}

// noNumber stands for an omitted integer.
const noNumber = math.MinInt32

func branchByAttr(c *script.Ctx, name, text []byte, number int32, out script.VarRef, offset int32) script.Ret {
	x := proxy.From(c)
	for i := max(int(offset), 0); i < x.TxBranches(); i++ {
		v, _ := x.TxBranch(i)
		a := v.Target().Attrs.Get(name)
		if a.IsNull() || text != nil && (a.Kind != script.StrKind || !bytes.Equal(a.Str, text)) || number != noNumber && (a.Kind != script.IntKind || a.Int != number) {
			continue
		}
		if out.Valid() {
			out.Set(c, script.IntValue(int32(i)))
		}
		return 1
	}
	return -1
}

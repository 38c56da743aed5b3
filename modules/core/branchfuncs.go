package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// branchFunctions work on the branch set: what t_relay forks to besides the R-URI.
// serial is the number of the AVP that serialized branches wait in.
func branchFunctions(serial int32) []*script.Func {
	return []*script.Func{
		script.Func3("append_msg_branch", "Add a destination to fork to. -1: no URI, bad q, or 12 destinations already.", script.All,
			script.Str("uri", "R-URI of the branch"), script.Opt(script.Str("q", "preference, 0 to 1")),
			script.Opt(script.Str("flags", "inherite: with $du, path, socket, q, flags and attributes of the R-URI")), appendMsgBranch),
		script.Func2("append_branch_old", "Add a destination that has $du, path, socket and branch flags of the R-URI. Without uri it is the R-URI, which then loses them.", script.All,
			script.Opt(script.Str("uri", "R-URI of the branch")), script.Opt(script.Str("q", "preference, 0 to 1; else that of the R-URI")),
			appendBranchOld).Alias("append_branch"),
		script.Func1("remove_msg_branch", "Take a destination out; those behind it move up.", script.All,
			script.Int("index", "0 is the first that was added"), removeBranch).Alias("remove_branch"),
		script.Func3("move_msg_branch", "Make one destination what another one is.", script.All,
			script.OptInt("from", "0 is the first that was added; omitted: the R-URI", ruriIndex), script.OptInt("to", "likewise", ruriIndex),
			script.Opt(script.Str("keep", "keep: copy; else from is taken out")), moveBranch).Alias("move_branch"),
		script.Func2("swap_msg_branches", "Exchange two destinations.", script.All,
			script.OptInt("one", "0 is the first that was added; omitted: the R-URI", ruriIndex), script.OptInt("other", "likewise", ruriIndex),
			swapBranches).Alias("swap_branches"),
		script.Func2("serialize_branches", "Put the R-URI and the branches aside for serial forking, sorted by q. Nothing happens if all have the same q.", script.All,
			script.Int("clear", "not 0: forget what was put aside before"), script.OptInt("keep_order", "not 0: in the order of the set, one after the other", 0),
			func(c *script.Ctx, clear, keep int32) script.Ret {
				return yes(proxy.From(c).SerializeBranches(serial, clear != 0, keep != 0))
			}),
		script.Func0("next_branches", "Take the next of the branches that were put aside: those of one q. 1: there are more, 2: these were the last, -1: there are none.", script.All,
			func(c *script.Ctx) script.Ret { return nextBranches(c, serial) }),
	}
}

// ruriIndex stands for the R-URI where branches are counted from the first added one.
const ruriIndex = -1

func yes(ok bool) script.Ret {
	if ok {
		return 1
	}
	return -1
}

func appendMsgBranch(c *script.Ctx, uri, q, flags []byte) script.Ret {
	x := proxy.From(c)
	n, ok := optionalQ(q, proxy.NoQ)
	inherit := sipparse.EqualFoldString(flags, "inherite") || sipparse.EqualFoldString(flags, "inherit")
	if !ok || !isURI(uri) || len(flags) > 0 && !inherit || inherit && !x.CanFork() {
		return -1
	}
	t := x.AddBranch(uri, inherit)
	if t != nil && (q != nil || !inherit) {
		t.SetQ(n)
	}
	return yes(t != nil)
}

func appendBranchOld(c *script.Ctx, uri, q []byte) script.Ret {
	x := proxy.From(c)
	if !x.CanFork() || uri != nil && !isURI(uri) {
		return -1
	}
	n, ok := optionalQ(q, x.Target.Q())
	if !ok {
		return -1
	}
	t := (*proxy.Target)(nil)
	if uri != nil {
		t = x.AddBranch(uri, true)
	} else {
		t = x.PushBranch()
	}
	if t != nil {
		t.SetQ(n)
	}
	return yes(t != nil)
}

func isURI(b []byte) bool {
	var u sipparse.URI
	return sipparse.ParseURI(b, &u) == sipparse.OK
}

// optionalQ reads a qvalue; an omitted one is def.
func optionalQ(b []byte, def int16) (int16, bool) {
	if b == nil {
		return def, true
	}
	n, ok := sipparse.ParseQ(b)
	return int16(n), ok
}

func removeBranch(c *script.Ctx, i int32) script.Ret {
	return yes(i >= 0 && proxy.From(c).RemoveBranch(int(i)+1))
}

func moveBranch(c *script.Ctx, from, to int32, keep []byte) script.Ret {
	if len(keep) > 0 && !sipparse.EqualFoldString(keep, "keep") {
		return -1
	}
	return yes(proxy.From(c).MoveBranch(int(from)+1, int(to)+1, keep != nil))
}

func swapBranches(c *script.Ctx, i, j int32) script.Ret {
	return yes(proxy.From(c).SwapBranches(int(i)+1, int(j)+1))
}

func nextBranches(c *script.Ctx, serial int32) script.Ret {
	switch n, more := proxy.From(c).NextBranches(serial); {
	case n == 0:
		return -1
	case more:
		return 1
	}
	return 2
}

package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// flagFunctions set and test flags by name: those of the message, which all its runs
// and its transaction share, and those of each branch.
func flagFunctions(r *script.Registry) []*script.Func {
	msg := script.Flag(&r.MsgFlags, "flag", "name")
	branch := script.Flag(&r.BranchFlags, "flag", "name")
	index := script.OptInt("branch", "0 is the R-URI, in a branch or reply route the branch in hand", 0)
	return []*script.Func{
		script.Func1("setflag", "Set a flag of the message.", script.All, msg, func(c *script.Ctx, bit uint32) script.Ret { return setFlag(c, bit, bit) }),
		script.Func1("resetflag", "Unset a flag of the message.", script.All, msg, func(c *script.Ctx, bit uint32) script.Ret { return setFlag(c, bit, 0) }),
		script.Func1("isflagset", "Whether a flag of the message is set.", script.All, msg, isFlagSet),
		script.Func2("setbflag", "Set a flag of a branch. -1: no such branch.", script.All, branch, index,
			func(c *script.Ctx, bit uint32, i int32) script.Ret { return setBranchFlag(c, i, bit, bit) }),
		script.Func2("resetbflag", "Unset a flag of a branch. -1: no such branch.", script.All, branch, index,
			func(c *script.Ctx, bit uint32, i int32) script.Ret { return setBranchFlag(c, i, bit, 0) }),
		script.Func2("isbflagset", "Whether a flag of a branch is set.", script.All, branch, index, isBranchFlagSet),
	}
}

func setFlag(c *script.Ctx, bit, to uint32) script.Ret {
	r := proxy.From(c).Req
	if r == nil { // a reply to a request that was forwarded without state
		return -1
	}
	r.SetFlags(r.Flags()&^bit | to)
	return 1
}

func isFlagSet(c *script.Ctx, bit uint32) script.Ret {
	r := proxy.From(c).Req
	return yes(r != nil && r.Flags()&bit != 0)
}

func setBranchFlag(c *script.Ctx, i int32, bit, to uint32) script.Ret {
	t := proxy.From(c).Branch(int(i))
	if t == nil {
		return -1
	}
	t.SetFlags(t.Flags()&^bit | to)
	return 1
}

func isBranchFlagSet(c *script.Ctx, bit uint32, i int32) script.Ret {
	t := proxy.From(c).Branch(int(i))
	return yes(t != nil && t.Flags()&bit != 0)
}

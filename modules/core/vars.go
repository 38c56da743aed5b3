package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// variables are the core's pseudo-variables but for those of the language itself.
func variables(r *script.Registry) []*script.Var {
	var v []*script.Var
	for _, list := range [][]*script.Var{
		messageVars(), headerVars(), contactVars(), bodyVars(), requestURIVars(), destinationVars(), partyVars(), identityVars(),
		authVars(), socketVars(), branchVars(&r.BranchFlags), flagVars(r), timeVars(), processVars(), sdpVars(),
	} {
		v = append(v, list...)
	}
	return append(v, secondNames(v)...)
}

// Further names of some variables, which are as good as the first ones.
var further = map[string][]string{
	"ru": {"ruri"}, "rU": {"ruri.user"}, "rd": {"ruri.domain"}, "ou": {"ouri"}, "du": {"duri"},
	"fu": {"from"}, "fU": {"from.user"}, "fd": {"from.domain"},
	"tu": {"to"}, "tU": {"to.user"}, "td": {"to.domain"},
	"si": {"src_ip"},
}

func secondNames(of []*script.Var) (out []*script.Var) {
	for _, v := range of {
		for _, name := range further[v.Name] {
			same := *v
			same.Name, same.Aliases, same.Doc = name, nil, v.Doc+", as $"+v.Name
			out = append(out, &same)
		}
	}
	return out
}

// text makes a value of message bytes; an empty one is NULL.
func text(b []byte) script.Value {
	if len(b) == 0 {
		return script.Null
	}
	return script.StrValue(b)
}

// getLoop tells where the script runs: the loop in hand, not a number kept
// somewhere. $loop(owner) is hash(Call-ID) mod N, computed now.
func getLoop(c *script.Ctx, a *script.Arg) script.Value {
	x := proxy.From(c)
	if a.Name != nil {
		return script.IntValue(int32(x.Proxy().Transport().Owner().Of(x.Msg().CallID())))
	}
	return script.IntValue(int32(x.Loop().Index()))
}

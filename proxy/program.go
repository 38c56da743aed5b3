package proxy

import (
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// A program is one version of the script with its entry points. Runs and
// transactions pin the version they began on; a reload swaps a pointer.
type program struct {
	script  *script.Program
	main    int32
	onReply int32 // the global onreply_route; -1 for none
	local   int32 // local_route; -1 for none

	showReply, showRequest int32 // local_reply_route, local_request_route; -1 for none
}

func newProgram(p *script.Program, set *Settings) *program {
	named := func(name string) int32 {
		if name == "" {
			return -1
		}
		return p.Route(syntax.RequestRoute, name)
	}
	return &program{
		script:  p,
		main:    p.Route(syntax.RequestRoute, ""),
		onReply: p.Route(syntax.OnReplyRoute, ""),
		local:   p.Route(syntax.LocalRoute, ""),

		showReply: named(set.LocalReplyRoute), showRequest: named(set.LocalRequestRoute),
	}
}

func (p *Proxy) program() *program { return p.prog.Load() }

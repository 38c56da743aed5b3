package core

import (
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// thresholds are the global parameters about what is logged because it took long.
type thresholds struct{ message, dns int }

func (g *thresholds) declare(p *module.Globals) {
	p.IntRange(&g.message, "execmsgthreshold", 0, 0, 1<<30, "microseconds that a loop may spend on one message, or a warning is logged; what a call waits for does not count; 0: no matter")
	p.IntRange(&g.dns, "execdnsthreshold", 0, 0, 1<<30, "microseconds that finding a next hop in DNS may take, or a warning is logged; 0: no matter")
	p.Alias("execmsgthreshold", "exec_msg_threshold")
	p.Alias("execdnsthreshold", "exec_dns_threshold")
}

func (g *thresholds) hand(set *proxy.Settings) {
	set.SlowMessage, set.SlowDNS = time.Duration(g.message)*time.Microsecond, time.Duration(g.dns)*time.Microsecond
}

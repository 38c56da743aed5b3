package core

import (
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// routeGlobals are the global parameters about the routes that no message starts, and
// about how long any run may wait.
type routeGlobals struct {
	startup   time.Duration
	parked    time.Duration
	maxEvents int
	drain     time.Duration
	cancels   bool
}

func (g *routeGlobals) declare(p *module.Globals) {
	p.Seconds(&g.startup, "startup_time", 30*time.Second, "seconds that the first message waits for the startup_route at most; 0: until it has ended")
	p.Seconds(&g.parked, "max_parked_time", 180*time.Second, "seconds from its first wait on after which a run ends, whatever it waits for; its request gets 504 if nobody has answered it; 0: no limit")
	p.Seconds(&g.drain, "drain_time", 5*time.Second, "seconds that a stop waits for transactions, for runs that wait and for what was launched; 0: not at all")
	p.Bool(&g.cancels, "async_cancel", false, "a CANCEL ends what the script of its INVITE waits for: the operation is cancelled and the run goes on at once, with -1 as its value")
	p.IntRange(&g.maxEvents, "max_events", 1024, 1, 1_000_000, "event_routes of one loop that may be under way; more events are not shown to theirs")
}

func (g *routeGlobals) handOver(set *proxy.Settings) {
	set.StartupTime, set.MaxParkedTime, set.MaxEvents = g.startup, g.parked, g.maxEvents
	set.DrainTime, set.AsyncCancel = g.drain, g.cancels
}

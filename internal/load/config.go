package load

import (
	"cmp"
	"errors"
	"net/netip"
	"time"
)

// Config says what calls to make. Proxy is required, and one of InFlight and Rate.
type Config struct {
	Proxy    netip.AddrPort // of 127.0.0.0/8
	InFlight int            // closed loop: so many calls at a time
	Rate     float64        // open loop: calls begun each second

	Ramp     time.Duration // closed loop: the calls are begun evenly over this time
	Warm     time.Duration // Ramp and whatever else comes before what is measured
	Measure  time.Duration // zero: 5 s
	Drain    time.Duration // after it, for the calls that are under way; zero: 3 s
	Patience time.Duration // of one call, after which it has failed; zero: 8 s

	Callers int    // ports that calls come from; zero: 8
	Callees int    // ports that calls go to; zero: 4
	User    string // of the Request-URI; empty: "service"
	Busy    bool   // poll without sleeping: the proxy then never pays for waking us

	// Mark, unless it is nil, is called when the measuring begins and when it ends.
	// Nothing is sent or read meanwhile.
	Mark func(Mark) `json:"-"`
}

// A Mark is a moment of a run.
type Mark string

// The marks.
const (
	Begin Mark = "begin"
	End   Mark = "end"
)

func (c Config) withDefaults() (Config, error) {
	c.Measure = cmp.Or(c.Measure, 5*time.Second)
	c.Drain = cmp.Or(c.Drain, 3*time.Second)
	c.Patience = cmp.Or(c.Patience, 8*time.Second)
	c.Warm = max(c.Warm, c.Ramp)
	c.Callers, c.Callees = cmp.Or(c.Callers, 8), cmp.Or(c.Callees, 4)
	c.User = cmp.Or(c.User, "service")
	if c.Mark == nil {
		c.Mark = func(Mark) {}
	}
	switch {
	case !c.Proxy.Addr().Is4() || !c.Proxy.Addr().IsLoopback():
		return c, errors.New("load: the proxy must be on loopback")
	case (c.InFlight > 0) == (c.Rate > 0):
		return c, errors.New("load: want either InFlight or Rate")
	case c.Callers > maxSockets || c.Callees > maxSockets:
		return c, errors.New("load: too many ports")
	}
	return c, nil
}

// A Result is what came of the calls. Those that began while it was measured are
// counted by Started to Repeated, whenever they ended.
type Result struct {
	Started   int
	Completed int // the BYE was answered with 200
	Failed    int // another final response than 200, or none in time
	Repeated  int // requests that were sent again
	Disorder  int // 200s to INVITEs that no 180 had come before

	Seconds    float64 // what was measured
	Ended      int     // calls that completed in this time, whenever they began
	Rate       float64 // Ended / Seconds
	Unexpected int     // messages that belong to no call, over the whole run
	Drops      int     // datagrams that the kernel dropped at our sockets, likewise
	Invites    int     // that reached the callee, likewise; a copy counts as well
	Acks       int     // likewise
	Begun      int     // calls, over the whole run

	Setup    Latency     // from the INVITE to its 200
	Statuses map[int]int // responses that the caller got, over the whole run
	CPU      float64     // seconds that the generator's process ran while it was measured
	Behind   float64     // open loop: how many seconds late the latest start was
}

// Latency is in seconds.
type Latency struct{ P50, P99, Max float64 }

// Bad returns the share of calls that failed or needed a repetition.
func (r Result) Bad() float64 {
	if r.Started == 0 {
		return 1
	}
	return float64(r.Failed+r.Repeated) / float64(r.Started)
}

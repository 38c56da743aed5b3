package load

import (
	"cmp"
	"errors"
	"net/netip"
	"time"
)

// Config says what calls to make. Proxy is required, and one of InFlight and Rate.
type Config struct {
	Flow     Flow
	Proxy    netip.AddrPort // of 127.0.0.0/8
	InFlight int            // closed loop: so many calls at a time
	Rate     float64        // open loop: calls begun each second
	Poisson  bool           // open loop: at random times, as of many callers who know nothing of each other

	Ramp     time.Duration // closed loop: the calls are begun evenly over this time
	Warm     time.Duration // Ramp and whatever else comes before what is measured
	Fill     int           // calls that are begun, too, before it is measured, such as a first REGISTER of each AoR; within five minutes
	Measure  time.Duration // zero: 5 s
	Drain    time.Duration // after it, for the calls that are under way; zero: 3 s and Hold
	Patience time.Duration // of one call, without Hold, after which it has failed; zero: 8 s
	Hold     time.Duration // Calls: from the ACK to the BYE

	Callers    int // ports that calls come from; zero: 8
	Callees    int // ports that calls go to; zero: 4
	CallerPort int // the first of them, the others follow; zero: whichever are free
	CalleePort int

	User   string // of the Request-URI; empty: "service"
	Domain string // Register: of the Request-URI and the AoRs; empty: "127.0.0.1"
	Users  int    // Register: AoRs, u000000 and so on, whose passwords are pw000000 and so on; zero: 10,000
	Busy   bool   // poll without sleeping: the proxy then never pays for waking us

	// Mark, unless it is nil, is called when the measuring begins and when it ends.
	// Nothing is sent or read meanwhile.
	Mark func(Mark) `json:"-"`
	// EachSecond, unless it is nil, is told what was appended to the timeline. It must
	// be quick: nothing is sent or read meanwhile.
	EachSecond func(Second) `json:"-"`
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
	c.Drain = cmp.Or(c.Drain, 3*time.Second+c.Hold)
	c.Patience = cmp.Or(c.Patience, 8*time.Second)
	c.Warm = max(c.Warm, c.Ramp)
	c.Callers, c.Callees = cmp.Or(c.Callers, 8), cmp.Or(c.Callees, 4)
	c.User, c.Domain = cmp.Or(c.User, "service"), cmp.Or(c.Domain, "127.0.0.1")
	c.Users = cmp.Or(c.Users, 10000)
	if c.Mark == nil {
		c.Mark = func(Mark) {}
	}
	if c.EachSecond == nil {
		c.EachSecond = func(Second) {}
	}
	switch {
	case int(c.Flow) >= len(flows):
		return c, errors.New("load: no such flow")
	case !c.Proxy.Addr().Is4() || !c.Proxy.Addr().IsLoopback():
		return c, errors.New("load: the proxy must be on loopback")
	case (c.InFlight > 0) == (c.Rate > 0):
		return c, errors.New("load: want either InFlight or Rate")
	case c.Callers > maxSockets || c.Callees > maxSockets:
		return c, errors.New("load: too many ports")
	case c.Users < 0 || c.Users > maxUsers:
		return c, errors.New("load: too many users")
	}
	return c, nil
}

// maxUsers is how many their six digits tell apart.
const maxUsers = 1000000

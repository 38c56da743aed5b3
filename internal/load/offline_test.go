package load

import (
	"bytes"
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// An offline run has no sockets and no clock of its own: what it sends lies in its
// batches, and the test says what time it is.
type offline struct {
	*run
	t *testing.T
}

func newOffline(t *testing.T, cfg Config) offline {
	t.Helper()
	cfg.Proxy = netip.MustParseAddrPort("127.0.0.1:5060")
	if cfg.Rate == 0 {
		cfg.InFlight = 1
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(cfg, 1)
	mk := func() *socket {
		return &socket{addr: "127.0.0.1:5070", uri: []byte("sip:a@127.0.0.1:5070"), out: newPackets(), fd: -1}
	}
	r.callers, r.callees = []*socket{mk()}, []*socket{mk()}
	r.measuring = true
	return offline{r, t}
}

// deliver gives what one side has sent to somebody, with what it sends meanwhile.
func deliver(from *socket, to func(m []byte)) {
	for i := 0; i < from.out.n; i++ {
		to(from.out.bufs[i][:from.out.iovs[i].Len])
	}
	from.out.n = 0
}

// exchange is one trip there and back, without a proxy between; it ends now.
func (o offline) exchange(now int64) {
	deliver(o.callers[0], func(m []byte) { o.serve(o.callees[0], m) })
	deliver(o.callees[0], func(m []byte) { o.hear(m, now) })
}

// sent are the start lines of what the caller has sent.
func (o offline) sent() (lines []string) {
	deliver(o.callers[0], func(m []byte) {
		line, _, _ := strings.Cut(string(m), "\r\n")
		lines = append(lines, line)
	})
	return lines
}

// A generator that makes garbage pays for it with the proxy's CPU.
func TestNoAllocations(t *testing.T) {
	const challenge = "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\", qop=\"auth\"\r\n"
	reply := make([]byte, 0, room)
	for flow, trips := range map[Flow]int{Calls: 2, Forward: 1, Register: 2} {
		t.Run(flow.String(), func(t *testing.T) {
			o := newOffline(t, Config{Flow: flow})
			back := func(m []byte) { // a registrar that challenges
				status := challenge
				if bytes.Contains(m, []byte("\r\nAuthorization: ")) {
					status = "SIP/2.0 200 OK\r\n"
				}
				reply = append(append(reply[:0], status...), m...)
				o.hear(reply, 1)
			}
			one := func() {
				o.begin(0, 0)
				for range trips {
					if flow == Register {
						deliver(o.callers[0], back)
					} else {
						o.exchange(1)
					}
				}
				o.expire(1e18)
			}
			one()
			if n := testing.AllocsPerRun(1000, one); n != 0 {
				t.Errorf("%v allocations for a call", n)
			}
			if o.ended != 1002 || o.inFlight != 0 {
				t.Errorf("%d calls ended, %d in flight", o.ended, o.inFlight)
			}
		})
	}
}

// A call that is begun late has waited since it was due: who measures from the sending
// leaves out the wait of those that a stall kept from being sent (coordinated omission).
func TestLatencyCountsFromTheDueTime(t *testing.T) {
	o := newOffline(t, Config{Rate: 10, Flow: Forward})
	o.next()
	o.start(1e9, 1e9) // all ten of a second at once: the first one was due at 100 ms
	o.exchange(1e9)
	if o.res.Started != 10 || o.setup.n != 10 || o.setup.max != 9e8 || o.res.Behind != 0.9 {
		t.Errorf("%d of %d calls, at most %d ns after they were due, %v s behind; want ten, 0.9 s", o.setup.n, o.res.Started, o.setup.max, o.res.Behind)
	}
	if p50 := o.setup.quantile(0.5); p50 < 0.38 || p50 > 0.4 {
		t.Errorf("median %v s, want 0.4", p50)
	}
}

// What marking takes is nobody's latency, and no call is late by it.
func TestMarkingTakesNoTime(t *testing.T) {
	o := newOffline(t, Config{Rate: 10, Flow: Forward})
	o.next()
	o.start(1e8, 1e8)
	o.pause(3e9)
	o.exchange(3e9 + 101e6)
	o.start(3e9+2e8-1, 3e9+2e8-1)
	if o.setup.n != 1 || o.setup.max != 1e6 || o.res.Begun != 1 {
		t.Errorf("%d calls of %d, %d ns; want one of one, 1 ms", o.setup.n, o.res.Begun, o.setup.max)
	}
}

// A call stays up for Hold before its BYE; a copy of the 200 meanwhile gets an ACK and
// nothing else (RFC 3261 §13.2.2.4: "once for each 2xx").
func TestHold(t *testing.T) {
	o := newOffline(t, Config{Hold: time.Minute})
	o.begin(0, 0)
	o.exchange(1e6)
	if got := o.sent(); len(got) != 1 || !strings.HasPrefix(got[0], "ACK ") {
		t.Fatalf("%q behind the 200, want an ACK", got)
	}
	o.expire(int64(time.Minute))
	if got := o.sent(); len(got) != 0 || o.inFlight != 1 {
		t.Fatalf("%q before its time", got)
	}
	o.expire(int64(time.Minute) + 1e6)
	if n := o.callers[0].out.n; n != 1 {
		t.Fatalf("%d messages when the time is over, want a BYE", n)
	}
	o.exchange(int64(time.Minute))
	if o.res.Completed != 1 || o.res.Failed != 0 {
		t.Error("the call did not end with its BYE")
	}
}

// A call that was set up is not refused any more: 503 to its BYE is a failure.
func TestRefusalOfABye(t *testing.T) {
	o := newOffline(t, Config{})
	o.begin(0, 0)
	o.exchange(0)
	deliver(o.callers[0], func(m []byte) { o.hear(append([]byte("SIP/2.0 503 No\r\n"), m...), 0) })
	if o.res.Refused != 0 || o.res.Failed != 1 {
		t.Errorf("%d refused, %d failed, want one that failed", o.res.Refused, o.res.Failed)
	}
}

// The intervals of a Poisson process are distributed exponentially: their deviation is
// their mean.
func TestPoisson(t *testing.T) {
	o := newOffline(t, Config{Rate: 1000, Poisson: true})
	o.random = rand.New(rand.NewPCG(1, 2))
	const n = 100000
	var sum, squares float64
	for range n {
		before := o.due
		o.next()
		sum, squares = sum+o.due-before, squares+(o.due-before)*(o.due-before)
	}
	mean := sum / n
	deviation := math.Sqrt(squares/n - mean*mean)
	if math.Abs(mean-1e6) > 2e4 || math.Abs(deviation-1e6) > 2e4 {
		t.Errorf("mean %.0f ns, deviation %.0f ns, want 1 ms twice", mean, deviation)
	}
}

// Each second has what happened in it, also those in which we were stalled.
func TestTimeline(t *testing.T) {
	o := newOffline(t, Config{Flow: Forward})
	var told []Second
	o.cfg.EachSecond = func(s Second) { told = append(told, s) }
	o.at.second = 1e9
	o.begin(0, 0)
	o.begin(0, 0)
	o.sent() // lost
	o.look(9e8)
	o.look(1e9)
	o.exchange(15e8) // the copies
	o.look(32e8)
	want := []Second{{Begun: 2, Repeated: 2, InFlight: 2}, {Completed: 2, Worst: 1.5}, {}}
	if len(told) != len(want) {
		t.Fatalf("%+v, want %+v", told, want)
	}
	for i := range want {
		if told[i] != want[i] || o.res.Timeline[i] != want[i] {
			t.Errorf("second %d: %+v and %+v, want %+v", i, told[i], o.res.Timeline[i], want[i])
		}
	}
}

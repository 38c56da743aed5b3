package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/relay"
)

// A fault is a column of the matrix.
type fault struct {
	name       string
	begin, end func(r *faultRig, t *testing.T, s *subject)
	codes      func(s *subject) []string // what the script may get meanwhile
	slow       bool                      // the backend does answer: it need not be taken for down
}

// relayed is a fault that the relay makes.
func relayed(name string, f relay.Fault, codes func(*subject) []string) fault {
	return fault{name: name, codes: codes,
		begin: func(r *faultRig, t *testing.T, s *subject) { r.spoil(t, s, f) },
		end:   func(r *faultRig, t *testing.T, s *subject) { r.spoil(t, s, relay.Fault{}) }}
}

func slowly(f fault) fault {
	f.slow = true
	return f
}

func (r *faultRig) spoil(t *testing.T, s *subject, f relay.Fault) {
	t.Helper()
	if err := r.relays[s.name].SetFault(f); err != nil {
		t.Fatal(err)
	}
}

func refusedCodes(s *subject) []string { return s.refused }
func brokenCodes(s *subject) []string  { return slices.Concat(s.broken, s.refused) }
func lateCodes(s *subject) []string    { return slices.Concat(s.late, s.refused) }

// relayFaults are the faults of issue 6 that befall every backend.
func relayFaults() []fault {
	return []fault{
		relayed("refuses", relay.Fault{Kind: relay.Refuse}, refusedCodes),
		relayed("black-holes", relay.Fault{Kind: relay.BlackHole}, lateCodes),
		slowly(relayed("drips too slowly", relay.Fault{Kind: relay.Drip, Every: 60 * time.Millisecond}, lateCodes)),
		relayed("closes mid-answer", relay.Fault{Kind: relay.Cut, After: 5}, brokenCodes),
		relayed("answers garbage", relay.Fault{Kind: relay.Garble}, func(s *subject) []string { return slices.Concat(s.broken, s.late, s.refused) }),
	}
}

// TestFaultMatrix is every backend with every fault, in a proxy that asks others as well.
func TestFaultMatrix(t *testing.T) {
	w := newFaultWorld(t)
	t.Run("relayed", func(t *testing.T) {
		for i, s := range append(plainSubjects(), httpsSubject()) {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				subjects := append(plainSubjects(), httpsSubject())
				r := newFaultRig(t, w, subjects)
				before := r.holding(t)
				for _, f := range relayFaults() {
					t.Run(f.name, func(t *testing.T) { r.cell(t, subjects[i], f) })
				}
				r.nothingLeaked(t, before)
				checkLoops(t, r.proxy)
			})
		}
		t.Run("certificates", func(t *testing.T) { t.Parallel(); testWrongCertificates(t, w) })
		t.Run("names", func(t *testing.T) { t.Parallel(); testNamesGone(t, w) })
	})
	t.Run("load", func(t *testing.T) { testFaultsLeaveOthersAlone(t, w) })
	t.Run("restarts", func(t *testing.T) { testRestarts(t, w) }) // of the servers that all share
}

// cell shows one fault of one backend. While it lasts every run gets a documented code
// by its deadline, and the calls of all other backends succeed; as it lasts, the breaker
// opens. When it is over the backend is used again, by itself, and the breakers are closed.
func (r *faultRig) cell(t *testing.T, s *subject, f fault) {
	r.healthy(t, s)
	before, asked, codes := r.of(t, s), 0, map[string]int{}
	if before.completed == 0 {
		t.Fatalf("%s is not counted as %s", s.name, s.label)
	}
	opened := before.opened
	f.begin(r, t, s)
	before = r.of(t, s)
	for range 12 { // of at most a deadline each
		n := r.suffer(t, s, codes)
		asked += n
		if r.of(t, s).opened > opened || f.slow {
			break
		}
	}
	for code := range codes {
		if !slices.Contains(f.codes(s), code) {
			t.Errorf("$rc %s, want one of %v: %v", code, f.codes(s), codes)
		}
	}
	now := r.of(t, s)
	if int(now.ended()-before.ended()) != asked || now.inFlight != 0 || now.queued != 0 {
		t.Errorf("%d were asked for, counted are %+v before and %+v", asked, before, now)
	}
	if now.opened == opened && !f.slow {
		t.Errorf("the breaker did not open: %v, %+v", codes, now)
	}
	f.end(r, t, s)
	ended := time.Now()
	r.healthy(t, s)
	t.Logf("$rc %v: %s; back after %v", codes, diff(before, now), time.Since(ended).Round(time.Millisecond))
}

// suffer asks s, and the others meanwhile, and notes the codes.
func (r *faultRig) suffer(t *testing.T, s *subject, codes map[string]int) (times int) {
	t.Helper()
	const n = 24
	calls, others := r.ask(s.name, n), r.others(s)
	for code, n := range outcomes(t, calls) {
		codes[code] += n
	}
	if all := outcomes(t, others); len(all) != 1 || all["1"] == 0 {
		t.Errorf("other backends: %v", all)
	}
	return n
}

func diff(a, b counts) string {
	return fmt.Sprintf("completed %v failed %v late %v refused %v", b.completed-a.completed, b.failed-a.failed, b.late-a.late, b.refused-a.refused)
}

// others asks all others than s, and what needs no backend.
func (r *faultRig) others(s *subject) (calls []*call) {
	for _, o := range r.subjects {
		if o != s {
			calls = append(calls, r.ask(o.name, 4)...)
		}
	}
	return append(append(calls, r.ask("sleep", 4)...), r.ask("exec", 1)...)
}

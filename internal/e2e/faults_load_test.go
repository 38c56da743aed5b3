package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/relay"
)

// Calls that ask PostgreSQL and Redis go on as ever beside a web server
// that is broken: the loops are no later, and the operations take no longer, than beside one
// that is well. The runs take turns, five of each; medians count. In an ordinary test a run is
// short, and only that all calls succeed is asked for.
func testFaultsLeaveOthersAlone(t *testing.T, w *faultWorld) {
	faults := []struct {
		name string
		relay.Fault
	}{
		{"none", relay.Fault{}}, {"black hole", relay.Fault{Kind: relay.BlackHole}}, {"refuses", relay.Fault{Kind: relay.Refuse}},
		{"drips", relay.Fault{Kind: relay.Drip, Every: 60 * time.Millisecond}},
	}
	r := newFaultRig(t, w, plainSubjects())
	for _, s := range r.subjects {
		r.healthy(t, s)
	}
	broken := r.subjects[slices.IndexFunc(r.subjects, func(s *subject) bool { return s.name == "http" })]
	rounds := 1
	if deep() {
		rounds = 5
	}
	seen := map[string][]unaffected{}
	for range rounds {
		for _, f := range faults {
			r.spoil(t, broken, f.Fault)
			seen[f.name] = append(seen[f.name], r.beside(t))
			r.spoil(t, broken, relay.Fault{})
			r.healthy(t, broken)
		}
	}
	usual := medians(seen["none"])
	t.Logf("%-12s %10s %14s %10s %10s", "web server", "lag µs", "PostgreSQL µs", "Redis µs", "queued")
	for _, f := range faults {
		m := medians(seen[f.name])
		t.Logf("%-12s %10.1f %14.1f %10.1f %10.1f", f.name, m.lag, m.pg, m.redis, m.queued)
		if deep() && (m.lag > 1.15*usual.lag || m.pg > 1.15*usual.pg || m.redis > 1.15*usual.redis) {
			t.Errorf("%s: others are affected by more than 15 %%: %+v, usual %+v", f.name, m, usual)
		}
	}
	checkLoops(t, r.proxy)
}

// unaffected is how others fare, in microseconds on average: how late the loops come to timers, how long
// operations take; queued is how many queries waited for a connection, at the worst moment seen.
type unaffected struct{ lag, pg, redis, queued float64 }

func medians(runs []unaffected) unaffected {
	of := func(get func(unaffected) float64) float64 {
		var all []float64
		for _, u := range runs {
			all = append(all, get(u))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return unaffected{of(func(u unaffected) float64 { return u.lag }), of(func(u unaffected) float64 { return u.pg }),
		of(func(u unaffected) float64 { return u.redis }), of(func(u unaffected) float64 { return u.queued })}
}

// beside runs 500 calls a second for PostgreSQL and Redis, and 100 for the web server.
func (r *faultRig) beside(t *testing.T) (u unaffected) {
	t.Helper()
	ticks := 10 // of 20 ms
	if deep() {
		ticks = 250
	}
	before := r.scrape(t)
	var others, web []*call
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := range ticks {
		others = append(append(others, r.ask("pg", 5)...), r.ask("redis", 5)...)
		web = append(web, r.ask("http", 2)...)
		if <-tick.C; i%50 == 49 {
			u.queued = max(u.queued, r.sum(t, "async_operations_queued", r.subjects[0].label))
		}
	}
	if codes := outcomes(t, others); codes["1"] != len(others) {
		t.Errorf("PostgreSQL and Redis: %v", codes)
	}
	outcomes(t, web)
	after := r.scrape(t)
	mean := func(name, label string) float64 {
		n := after.sum(name+"_count", label) - before.sum(name+"_count", label)
		return 1e6 * (after.sum(name+"_sum", label) - before.sum(name+"_sum", label)) / max(n, 1)
	}
	u.lag = mean("loop_lag_seconds", "")
	u.pg = mean("async_operation_seconds", r.subjects[0].label)
	u.redis = mean("async_operation_seconds", "redis:plain")
	return u
}

package pg_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/internal/pgtest"
	spoiler "github.com/fastsips/fastsips/internal/relay"
)

// Between us and the server stands a relay that spoils answers. Each fault ends the
// queries that it hits with a clear outcome; then queries are refused at once, another
// database does not notice, and when the fault is over all is well again. TestMain
// sees to it that no goroutine is left, and the rig that each query ends.
func TestFaults(t *testing.T) {
	srv := pgtest.Start(t)
	for _, c := range []struct {
		name  string
		fault spoiler.Fault
		outs  []asyncops.Outcome // a query may end in, until it is known to be down
	}{
		{"refused", spoiler.Fault{Kind: spoiler.Refuse}, []asyncops.Outcome{asyncops.Failed, asyncops.TimedOut}},
		{"black hole", spoiler.Fault{Kind: spoiler.BlackHole}, []asyncops.Outcome{asyncops.TimedOut, asyncops.Failed}},
		{"closed mid-answer", spoiler.Fault{Kind: spoiler.Cut, After: 20}, []asyncops.Outcome{asyncops.Failed, asyncops.TimedOut}},
		{"garbage", spoiler.Fault{Kind: spoiler.Garble}, []asyncops.Outcome{asyncops.Failed, asyncops.TimedOut}},
	} {
		t.Run(c.name, func(t *testing.T) { testFault(t, srv, c.fault, c.outs) })
	}
}

func testFault(t *testing.T, srv *pgtest.Server, fault spoiler.Fault, outs []asyncops.Outcome) {
	way, err := spoiler.Start(spoiler.Config{Target: srv.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(way.Close)
	r := newRig(t, 1, pg.Config{URL: strings.Replace(srv.URL, srv.Addr(), way.Addr(), 1), MaxConns: 2, ConnectTimeout: 300 * time.Millisecond})
	other := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	r.open(2)
	for range 3 { // a name that is lost with its connection
		r.wantBound("1", `SELECT $1::int`, 1)
	}
	if err := way.SetFault(fault); err != nil {
		t.Fatal(err)
	}
	for a := (answer{}); a.out != asyncops.Unavailable; {
		a = r.with(300*time.Millisecond, `SELECT $1::int`, 1).Wait()
		if a.out != asyncops.Unavailable && !slices.Contains(outs, a.out) {
			t.Fatalf("%v, want one of %v", a, outs)
		}
		other.wantRows(`SELECT 2`, "2")
	}
	if err := way.SetFault(spoiler.Fault{}); err != nil {
		t.Fatal(err)
	}
	r.Until("all is well again", func() bool { return r.with(time.Second, `SELECT $1::int`, 1).Wait().out == asyncops.Completed })
	r.until("both connections", func(s pg.Stats) bool { return s.Open == 2 })
	for range 5 {
		r.wantBound("1", `SELECT $1::int`, 1)
	}
	if s := r.db.Snapshot(); s.InFlight != 0 || s.Waiting != 0 {
		t.Errorf("counted %+v", s)
	}
}

// A name that is gone, a port where nobody listens, a certificate that is not the
// server's, one of nobody we know: queries wait until that is known, and are refused.
func TestUnreachable(t *testing.T) {
	srv := pgtest.StartConfig(t, pgtest.Config{TLS: true})
	for name, url := range map[string]string{
		"DNS":         "postgres://u@no-such-host.invalid/d",
		"port":        "postgres://u@127.0.0.1:1/d",
		"certificate": strings.Replace(srv.URL, "sslmode=require", "sslmode=verify-full", 1),
		"no TLS":      strings.Replace(srv.URL, "127.0.0.1", "localhost", 1) + "&sslrootcert=/nowhere.pem",
	} {
		t.Run(name, func(t *testing.T) {
			var log lines
			r := &rig{Rig: looptest.New(t, 1)}
			db, err := pg.New(r.Group, r.Ops, pg.Config{URL: url}, log.logger())
			if name == "no TLS" {
				if err == nil || !strings.Contains(err.Error(), "nowhere.pem") {
					t.Errorf("%v, want what is wrong with the file", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			r.db = db
			t.Cleanup(db.Close)
			r.Start()
			if a := r.begin(0, 15*time.Second, `SELECT 1`).Wait(); a.out != asyncops.Unavailable || a.sqlstate != "08001" {
				t.Error(a)
			}
			if s := log.String(); !strings.Contains(s, "unavailable") {
				t.Errorf("logged: %s", s)
			}
		})
	}
}

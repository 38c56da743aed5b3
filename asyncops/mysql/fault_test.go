package mysql

import (
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/internal/mysqltest"
	"github.com/fastsips/fastsips/internal/relay"
)

// Between us and the server stands a relay that spoils answers. Each fault ends the
// queries that it hits with a clear outcome; the breaker refuses the rest, and when
// the fault is over all is well again. TestMain sees to it that no goroutine is left.
func TestFaults(t *testing.T) {
	srv := mysqltest.Start(t)
	for _, c := range []struct {
		name  string
		fault relay.Fault
		outs  []asyncops.Outcome // a query may end in, while the fault lasts
	}{
		{"refused", relay.Fault{Kind: relay.Refuse}, []asyncops.Outcome{asyncops.Unavailable, asyncops.Failed}},
		{"black hole", relay.Fault{Kind: relay.BlackHole}, []asyncops.Outcome{asyncops.TimedOut, asyncops.Unavailable}},
		{"closed mid-answer", relay.Fault{Kind: relay.Cut, After: 5}, []asyncops.Outcome{asyncops.Failed, asyncops.Unavailable}},
		{"garbage", relay.Fault{Kind: relay.Garble}, []asyncops.Outcome{asyncops.Failed, asyncops.Unavailable, asyncops.TimedOut}},
	} {
		t.Run(c.name, func(t *testing.T) { testFault(t, srv, c.fault, c.outs) })
	}
	t.Run("byte by byte", func(t *testing.T) { testDrip(t, srv) })
	t.Run("restart", func(t *testing.T) { testRestart(t, srv) })
}

// through returns a rig whose connections lead through a relay.
func through(t *testing.T, srv *mysqltest.Server, cfg Config) (*rig, *relay.Relay) {
	t.Helper()
	way, err := relay.Start(relay.Config{Target: srv.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(way.Close)
	return newRig(t, strings.Replace(srv.URL, srv.Addr(), way.Addr(), 1), cfg), way
}

func testFault(t *testing.T, srv *mysqltest.Server, fault relay.Fault, outs []asyncops.Outcome) {
	r, way := through(t, srv, Config{MaxConns: 2, ConnectTimeout: 200 * time.Millisecond, Breaker: asyncops.BreakerConfig{Failures: 3, Probe: 20 * time.Millisecond}})
	other := newRig(t, srv.URL, Config{})
	r.want("1", `SELECT 1`)
	if err := way.SetFault(fault); err != nil {
		t.Fatal(err)
	}
	for { // until the breaker opens
		a := r.begin(300*time.Millisecond, `SELECT ?`, db.IntArg(1)).Wait()
		if a.state == "08001" && strings.Contains(a.message, "too often") {
			break
		}
		ok := false
		for _, out := range outs {
			ok = ok || a.out == out
		}
		if !ok {
			t.Fatalf("%v, want one of %v", a, outs)
		}
		other.want("2", `SELECT 2`) // another database does not notice
	}
	if err := way.SetFault(relay.Fault{}); err != nil {
		t.Fatal(err)
	}
	r.Until("all is well again", func() bool { return r.begin(time.Second, `SELECT ?`, db.IntArg(1)).Wait().out == asyncops.Completed })
	for range 5 {
		r.want("1", `SELECT 1`)
	}
}

// Answers mean the same however slowly they come.
func testDrip(t *testing.T, srv *mysqltest.Server) {
	r, way := through(t, srv, Config{MaxConns: 1})
	r.want("1", `SELECT 1`)
	if err := way.SetFault(relay.Fault{Kind: relay.Drip, Every: 100 * time.Microsecond}); err != nil {
		t.Fatal(err)
	}
	r.want("a,NULL,7;b,NULL,7", `SELECT 'a', NULL, ? UNION ALL SELECT 'b', NULL, 7`, db.IntArg(7))
	r.wantError("1064", `SELEC`)
}

// A server that restarts costs no query that comes after its return: connections that
// it has closed are noticed before anything is sent.
func testRestart(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{MaxConns: 3, Breaker: asyncops.BreakerConfig{Probe: 20 * time.Millisecond, MaxProbe: 20 * time.Millisecond}})
	for _, stop := range []func(){srv.Stop, srv.Crash} {
		var all []*asked
		for range 6 { // all connections are open
			all = append(all, r.begin(0, `SELECT SLEEP(0.05)`))
		}
		for _, p := range all {
			if a := p.Wait(); a.out != asyncops.Completed {
				t.Error(a)
			}
		}
		stop()
		if a := r.ask(`SELECT 1`); a.out != asyncops.Unavailable { // "nothing of the query has reached the database"
			t.Errorf("without a server: %v", a)
		}
		srv.Restart()
		for range 6 {
			r.want("1", `SELECT 1`)
		}
	}
	under := r.begin(0, `SELECT SLEEP(20)`)
	r.Until("it runs", func() bool {
		return r.ask(`SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(20)'`).rows == "1"
	})
	srv.Crash()
	if a := under.Wait(); a.out != asyncops.Failed || a.state != "08006" { // it may have been carried out
		t.Errorf("under way: %v", a)
	}
	srv.Restart()
	r.Until("it is back", func() bool { return r.ask(`SELECT 1`).out == asyncops.Completed })
}

// A name that is gone, a server that is not there, a password that is wrong: each is
// said in the error, and nothing was sent.
func TestUnreachable(t *testing.T) {
	for url, say := range map[string]string{
		"mysql://u:secret@no-such-host.invalid/d": "no-such-host.invalid",
		"mysql://u:secret@127.0.0.1:1/d":          "refused",
	} {
		r := newRig(t, url, Config{})
		if a := r.begin(10*time.Second, `SELECT 1`).Wait(); a.out != asyncops.Unavailable || !strings.Contains(a.message, say) || strings.Contains(a.message, "secret") {
			t.Errorf("%s: %v, want %q", url, a, say)
		}
	}
}

// "An error means that the URL is none", and never shows a password.
func TestBadURL(t *testing.T) {
	for url, say := range map[string]string{
		"mysql://u:secret@h/":             "names no database",
		"mysql://u:secret@h/d?tls=maybe":  "tls=maybe",
		"mysql://u:secret@h/d?timeout=5s": `unknown parameter "timeout"`,
	} {
		u, err := db.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dsnOf(&Config{URL: u}); err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", url, err, say)
		}
	}
	for _, c := range []struct {
		host, network, addr string
		port                uint16
	}{
		{"db1", "tcp", "db1:3306", 0}, {"db1", "tcp", "db1:3307", 3307}, {"::1", "tcp", "[::1]:3306", 0},
		{"localhost", "tcp", "localhost:3306", 0}, {"localhost", "tcp", "localhost:3306", 3306}, {"", "tcp", "localhost:3306", 0},
	} {
		if network, addr := address(c.host, c.port, []string{"/nowhere/sock"}); network != c.network || addr != c.addr {
			t.Errorf("%s port %d: %s %s", c.host, c.port, network, addr)
		}
	}
}

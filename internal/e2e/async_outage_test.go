package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/jackc/pgx/v5/pgconn"
)

// PostgreSQL is stopped under load and started again. While it is away every call
// gets the script's own error answer within the limit of the operation, none
// hangs; a call that comes a second after its return succeeds, and so do all that
// follow. fastsips is not restarted.
func testOutage(t *testing.T, pg *pgtest.Server) {
	const limit = 2 * time.Second // of the operation
	away := 3 * time.Second
	if deep() {
		away = 10 * time.Second
	}
	p := start(t, loadScript+`
route[invite] {
	async(sql_query("select setid from subscribers where username = 'alice'", "$avp(setid)"), resumed, 2);
}
route[resumed] {
	if ($rc < 0) {
		send_reply(503, "No database");
		exit;
	}
	$du = "sip:[callee]";
	t_relay();
}
`, map[string]string{"pg": pg.URL, "conns": "16", "callee": newCallee(t)}, "-n", "2")
	warmUp(t, p, 4)
	c := newCaller(t, p.Addr)
	load := startLoad(c, 50)
	load.run(time.Second)
	down := time.Now()
	pg.Stop()
	stopped := time.Now()
	load.run(away)
	restart := time.Now()
	back := awaitReturn(t, pg)
	load.run(time.Until(back.Add(2 * time.Second)))
	load.stop()

	var firstOK time.Time
	failed := 0
	for _, k := range load.calls {
		m := k.ended(patience)
		if m == nil {
			t.Fatalf("a call of %v after the stop hangs", k.sent.Sub(down))
		}
		switch ok := m.Status() == 200; {
		case !ok && m.Status() != 503:
			t.Errorf("answered with %v, want 200 or 503", m)
		case ok && k.sent.After(stopped) && k.sent.Before(restart):
			t.Errorf("a call succeeded %v after PostgreSQL was gone", k.sent.Sub(stopped))
		case ok && k.sent.After(stopped) && (firstOK.IsZero() || m.At.Before(firstOK)):
			firstOK = m.At
		case !ok && (k.sent.Before(down.Add(-limit)) || k.sent.After(back.Add(time.Second))):
			t.Errorf("a call of %v after PostgreSQL's return failed", k.sent.Sub(back))
		case !ok && k.took() > limit+time.Second:
			t.Errorf("a call of %v after the stop got its error after %v, want at most %v", k.sent.Sub(down), k.took(), limit)
		case !ok:
			failed++
		}
	}
	if failed == 0 {
		t.Error("no call failed: there was no outage")
	}
	if firstOK.IsZero() || firstOK.Sub(back) > time.Second {
		t.Errorf("first success %v after PostgreSQL's return, want 1s", firstOK.Sub(back))
	}
	t.Logf("%d of %d calls got the error answer; first success %v after PostgreSQL's return", failed, len(load.calls), firstOK.Sub(back))
	checkLoops(t, p)
}

// awaitReturn starts PostgreSQL again and returns the moment from which a plain
// client can connect.
func awaitReturn(t *testing.T, pg *pgtest.Server) time.Time {
	t.Helper()
	ready := make(chan time.Time, 1)
	go func() {
		for range 1200 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			c, err := pgconn.Connect(ctx, pg.URL)
			at := time.Now()
			if err == nil {
				_ = c.Close(ctx)
			}
			cancel()
			if err == nil {
				ready <- at
				return
			}
			time.Sleep(10 * time.Millisecond) // a server that starts cannot be waited for otherwise
		}
		ready <- time.Time{}
	}()
	pg.Restart()
	at := <-ready
	if at.IsZero() {
		t.Fatal("PostgreSQL did not come back")
	}
	return at
}

// A load is calls at an even rate.
type load struct {
	calls []*call
	quit  chan struct{}
	done  chan struct{}
}

func startLoad(c *caller, perSecond int) *load {
	ld := &load{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(ld.done)
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		for {
			select {
			case <-ld.quit:
				return
			case <-tick.C:
				ld.calls = append(ld.calls, c.invite("callee"))
			}
		}
	}()
	return ld
}

// run lets the load run for d: time that has to pass.
func (ld *load) run(d time.Duration) { time.Sleep(d) }

// stop ends it; calls may be read afterwards.
func (ld *load) stop() { close(ld.quit); <-ld.done }

package pg_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/loop"
)

// A load asks on every loop at a steady pace until it is stopped.
type load struct {
	r       *rig
	timeout time.Duration
	quit    chan struct{}
	done    chan []sample
}

// A sample is one query of a load.
type sample struct {
	began time.Time
	*asked
}

func (r *rig) load(every, timeout time.Duration, text string) *load {
	ld := &load{r, timeout, make(chan struct{}), make(chan []sample, 1)}
	go ld.run(every, text)
	return ld
}

func (ld *load) run(every time.Duration, text string) {
	var all []sample
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ld.quit:
			ld.done <- all
			return
		case now := <-tick.C:
			all = append(all, sample{now, ld.r.begin(i%ld.r.g.Len(), ld.timeout, text)})
		}
	}
}

// stop ends the load. Every query must have ended within its deadline, and a
// little for a busy machine.
func (ld *load) stop(t *testing.T) (all []sample, answers []answer) {
	t.Helper()
	close(ld.quit)
	all = <-ld.done
	for _, s := range all {
		a := s.await(t)
		if a.took > ld.timeout+2*time.Second {
			t.Errorf("a query took %v: %v", a.took, a)
		}
		answers = append(answers, a)
	}
	return all, answers
}

// An outage begins between going and gone, and ends at back.
type outage struct{ going, gone, back time.Time }

// want checks a load: queries succeed before the outage and from a second after
// its end on, and none of those between succeeds that could not have waited.
func (o outage) want(t *testing.T, timeout time.Duration, all []sample, answers []answer) {
	t.Helper()
	counts := map[asyncops.Outcome]int{}
	for i, a := range answers {
		began, ok := all[i].began, a.out == asyncops.Completed
		counts[a.out]++
		switch {
		case began.Before(o.going.Add(-timeout)) && !ok:
			t.Errorf("before the outage: %v", a)
		case began.After(o.gone) && began.Before(o.back.Add(-2*timeout)) && ok:
			t.Errorf("within the outage, %v after its begin: %v", began.Sub(o.gone), a)
		case began.After(o.back.Add(time.Second)) && !ok:
			t.Errorf("%v after the outage: %v", began.Sub(o.back), a)
		}
	}
	t.Log("outcomes: ", counts)
}

func outageLength() time.Duration {
	if deep() {
		return 10 * time.Second
	}
	return 3 * time.Second
}

// A server that is stopped under load and started again: nothing hangs, nothing
// needs a restart, and a second after its return everything succeeds.
func TestServerStopsAndReturns(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*pgtest.Server){"shutdown": (*pgtest.Server).Stop, "crash": (*pgtest.Server).Crash} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := pgtest.Start(t)
			r := newRig(t, 2, pg.Config{URL: srv.URL, MaxConns: 8})
			r.open(8)
			ld := r.load(5*time.Millisecond, time.Second, `SELECT 1, pg_sleep(0.01)`)
			time.Sleep(1500 * time.Millisecond) // of good days
			o := outage{going: time.Now()}
			stop(srv)
			o.gone = time.Now()
			time.Sleep(outageLength())
			srv.Restart()
			o.back = time.Now()
			time.Sleep(2 * time.Second) // of good days again
			all, answers := ld.stop(t)
			o.want(t, ld.timeout, all, answers)
			s := r.db.Snapshot()
			if s.Unavailable == 0 || s.Lost == 0 || s.Reconnects == 0 || s.InFlight != 0 || s.Waiting != 0 {
				t.Errorf("counted %+v", s)
			}
			r.open(8)
		})
	}
}

// A server that hangs (SIGSTOP) takes connections and answers nothing. Queries
// end at their deadline or are refused; when it goes on, so do we.
func TestServerHangs(t *testing.T) {
	t.Parallel()
	srv := pgtest.Start(t)
	r := newRig(t, 2, pg.Config{URL: srv.URL, MaxConns: 8})
	r.open(8)
	ld := r.load(5*time.Millisecond, time.Second, `SELECT 1`)
	time.Sleep(1500 * time.Millisecond) // of good days
	o := outage{going: time.Now()}
	srv.Freeze()
	o.gone = time.Now()
	time.Sleep(outageLength() + 2*time.Second) // longer than a connection is kept without an answer
	srv.Thaw()
	o.back = time.Now()
	time.Sleep(2 * time.Second) // of good days again
	all, answers := ld.stop(t)
	o.want(t, ld.timeout, all, answers)
	s := r.db.Snapshot()
	if s.Unavailable == 0 || s.TimedOut == 0 || s.InFlight != 0 || s.Waiting != 0 {
		t.Errorf("counted %+v", s)
	}
	r.open(8)
}

// A server that is not there when we start: queries wait, are refused once that
// is known, and succeed when it comes.
func TestServerComesLater(t *testing.T) {
	t.Parallel()
	srv := pgtest.Start(t)
	srv.Stop()
	r := newRig(t, 1, pg.Config{URL: srv.URL})
	if a := r.begin(0, 5*time.Second, `SELECT 1`).await(t); a.out != asyncops.Unavailable || a.sqlstate != "08001" {
		t.Error("without a server: ", a)
	}
	srv.Restart()
	up := time.Now()
	for a := r.ask(`SELECT 1`); a.out != asyncops.Completed; a = r.ask(`SELECT 1`) {
		if time.Since(up) > time.Second {
			t.Fatal("a second after the server's start: ", a)
		}
		time.Sleep(time.Millisecond) // the caller's pace
	}
}

// A server that never says a word costs each query its deadline at most.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	r := newRig(t, 1, pg.Config{URL: "postgres://u@" + ln.Addr().String() + "/d?sslmode=disable", ConnectTimeout: 200 * time.Millisecond})
	if a := r.begin(0, 100*time.Millisecond, `SELECT 1`).await(t); a.out != asyncops.TimedOut {
		t.Error(a)
	}
	r.until("failures", func(s pg.Stats) bool { return s.ConnectFailures >= 5 })
	if a := r.ask(`SELECT 1`); a.out != asyncops.Unavailable {
		t.Error("once it is known: ", a)
	}
}

// A backend that is shot takes its query with it, and no other.
func TestBackendIsTerminated(t *testing.T) {
	t.Parallel()
	srv := pgtest.Start(t)
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 2})
	r.open(2)
	victim := r.begin(0, 0, `SELECT pg_sleep(60) /* victim */`)
	r.wantRows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%/* victim */' AND pid <> pg_backend_pid()`, "t")
	if a := victim.await(t); a.out != asyncops.Failed || a.sqlstate != "57P01" {
		t.Errorf("the victim: %v", a)
	}
	r.wantRows(`SELECT 1`, "1")
	r.open(2)
}

// TLS and a password: the loop goes on where pgconn's handshake ended.
func TestTLSAndPassword(t *testing.T) {
	t.Parallel()
	srv := pgtest.StartConfig(t, pgtest.Config{TLS: true, Password: "secret"})
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1, MaxBytes: 1 << 20})
	r.open(1)
	r.wantRows(`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`, "t")
	r.wantRows(`SELECT length('`+strings.Repeat("x", 500_000)+`')`, "500000")
	if a := r.ask(`SELECT repeat('x', 1000) FROM generate_series(1,1000)`); len(a.rows) != 1000 {
		t.Errorf("%d rows, want 1000", len(a.rows))
	}
	r.wantError(`SELECT 1/0`, "22012")
	r.wantError(`SELECT repeat('x', 2000000)`, "54000")
	pid := r.ask(`SELECT pg_backend_pid()`).flat()
	if a := r.begin(0, 50*time.Millisecond, `SELECT pg_sleep(60)`).await(t); a.out != asyncops.TimedOut {
		t.Error(a)
	}
	r.wantRows(`SELECT pg_backend_pid()`, pid) // it was cancelled, over TLS as well
	var asks []*asked
	for i := range 500 {
		asks = append(asks, r.begin(0, 0, fmt.Sprint(`SELECT `, i)))
	}
	for i, w := range asks {
		if a := w.await(t); a.flat() != fmt.Sprint(i) {
			t.Errorf("query %d: %v", i, a)
		}
	}
	if s := r.db.Snapshot(); s.Lost != 0 {
		t.Errorf("counted %+v", s)
	}
	wrong := newRig(t, 1, pg.Config{URL: strings.Replace(srv.URL, ":secret@", ":wrong@", 1)})
	wrong.until("the refusal", func(s pg.Stats) bool { return s.ConnectFailures > 0 })
}

// Closing fails what is under way and ends the connections politely.
func TestClose(t *testing.T) {
	t.Parallel()
	srv := pgtest.Start(t)
	r := newRig(t, 2, pg.Config{URL: srv.URL, MaxConns: 4})
	other := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	r.open(4)
	running := r.begin(0, 0, `SELECT pg_sleep(60)`)
	r.db.Close()
	if a := running.await(t); a.out != asyncops.Failed || a.sqlstate != "08006" {
		t.Error("under way: ", a)
	}
	if a := r.ask(`SELECT 1`); a.out != asyncops.Unavailable {
		t.Error("after Close: ", a)
	}
	r.db.Close() // twice is harmless
	if s := r.db.Snapshot(); s.Open != 0 || s.InFlight != 0 {
		t.Errorf("counted %+v", s)
	}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) { // the server notices by itself
		a := other.ask(`SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fastsips' AND state = 'idle'`)
		if a.flat() == "0" {
			return
		}
		if time.Now().After(end) {
			t.Fatal("connections are left at the server: ", a)
		}
	}
}

// "An error means that the URL is none", and never shows a password.
func TestBadURL(t *testing.T) {
	g, err := loop.New(loop.Config{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	for _, url := range []string{"", "mysql://u:secret@h/d", "postgres://u:secret@h:port/d", "postgres://u:secret@h/d?sslmode=perhaps"} {
		db, err := pg.New(g, nil, pg.Config{URL: url}, g.Logger())
		if err == nil {
			db.Close()
			t.Errorf("%q was taken", url)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error shows the password: %v", url, err)
		}
	}
}

package pg_test

import (
	"net"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/pgtest"
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
			all = append(all, sample{now, ld.r.begin(i%ld.r.Group.Len(), ld.timeout, text)})
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
		a := s.Wait()
		if a.took > ld.timeout+2*time.Second {
			t.Errorf("a query took %v: %v", a.took, a)
		}
		answers = append(answers, a)
	}
	return all, answers
}

// An outage begins between going and gone, and ends at back. At well all connections
// were there again, and answered.
type outage struct{ going, gone, back, well time.Time }

// over waits until all is well again, and then for as many good answers as there are
// in a second.
func (o *outage) over(r *rig) {
	r.open(8)
	r.more(50)
	o.well = time.Now()
	r.more(200)
}

// more waits for n more answers.
func (r *rig) more(n uint64) {
	r.T.Helper()
	before := r.db.Snapshot().Completed
	r.until("answers", func(s pg.Stats) bool { return s.Completed >= before+n })
}

// want checks a load: queries succeed before the outage and when all is well again,
// and none of those between succeeds that could not have waited.
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
		case began.After(o.well) && !ok:
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

// A server goes away under load and returns: nothing hangs, nothing needs a
// restart, and soon after its return everything succeeds.
func TestOutage(t *testing.T) {
	for _, c := range []struct {
		name  string
		tests []func(*testing.T, *pgtest.Server)
	}{ // each on a cluster of its own, at the same time, for they mostly wait
		{"shutdown, late start", []func(*testing.T, *pgtest.Server){testShutdown, testLateStart}},
		{"crash", []func(*testing.T, *pgtest.Server){testCrash}},
		{"hang", []func(*testing.T, *pgtest.Server){testHang}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := pgtest.Start(t)
			for _, test := range c.tests {
				test(t, srv)
			}
		})
	}
}

func testShutdown(t *testing.T, srv *pgtest.Server) { testStop(t, srv, srv.Stop) }

func testCrash(t *testing.T, srv *pgtest.Server) { testStop(t, srv, srv.Crash) }

func testStop(t *testing.T, srv *pgtest.Server, stop func()) {
	t.Helper()
	r := newRig(t, 2, pg.Config{URL: srv.URL, MaxConns: 8})
	r.open(8)
	ld := r.load(5*time.Millisecond, time.Second, `SELECT 1, pg_sleep(0.01)`)
	r.more(300) // in good days
	o := outage{going: time.Now()}
	stop()
	o.gone = time.Now()
	time.Sleep(outageLength())
	srv.Restart()
	o.back = time.Now()
	o.over(r)
	all, answers := ld.stop(t)
	o.want(t, ld.timeout, all, answers)
	s := r.db.Snapshot()
	if s.Unavailable == 0 || s.Lost == 0 || s.Reconnects == 0 || s.InFlight != 0 || s.Waiting != 0 {
		t.Errorf("counted %+v", s)
	}
	r.open(8)
	r.db.Close()
}

// A server that hangs (SIGSTOP) takes connections and answers nothing. Queries
// end at their deadline or are refused; when it goes on, so do we.
func testHang(t *testing.T, srv *pgtest.Server) {
	t.Helper()
	r := newRig(t, 2, pg.Config{URL: srv.URL, MaxConns: 8})
	r.open(8)
	ld := r.load(5*time.Millisecond, time.Second, `SELECT 1`)
	r.more(300) // in good days
	o := outage{going: time.Now()}
	srv.Freeze()
	o.gone = time.Now()
	time.Sleep(outageLength() + 2*time.Second) // longer than a connection is kept without an answer
	srv.Thaw()
	o.back = time.Now()
	o.over(r)
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
func testLateStart(t *testing.T, srv *pgtest.Server) {
	t.Helper()
	srv.Stop()
	r := newRig(t, 1, pg.Config{URL: srv.URL})
	if a := r.begin(0, 5*time.Second, `SELECT 1`).Wait(); a.out != asyncops.Unavailable || a.sqlstate != "08001" {
		t.Error("without a server: ", a)
	}
	srv.Restart()
	r.Until("the server is used", func() bool { return r.ask(`SELECT 1`).out == asyncops.Completed })
}

// A server that never says a word costs each query its deadline at most.
func TestSilentServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	r := newRig(t, 1, pg.Config{URL: "postgres://u@" + ln.Addr().String() + "/d?sslmode=disable", ConnectTimeout: 200 * time.Millisecond})
	if a := r.begin(0, 100*time.Millisecond, `SELECT 1`).Wait(); a.out != asyncops.TimedOut {
		t.Error(a)
	}
	r.until("failures", func(s pg.Stats) bool { return s.ConnectFailures >= 5 })
	if a := r.ask(`SELECT 1`); a.out != asyncops.Unavailable {
		t.Error("once it is known: ", a)
	}
}

package pg_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/loop"
)

// What is true of a server that is well, on one cluster.
func TestPostgres(t *testing.T) {
	srv := pgtest.StartConfig(t, pgtest.Config{TLS: true, Password: "secret"})
	srv.URL = strings.Replace(srv.URL, "sslmode=require", "sslmode=disable", 1) // one test turns it back
	for _, c := range []struct {
		name string
		test func(*testing.T, *pgtest.Server)
	}{
		{"results", testResults},
		{"errors keep the connection", testErrors},
		{"several statements", testStatements},
		{"open transaction", testOpenTransaction},
		{"copy", testCopy},
		{"bounds", testBounds},
		{"deadline", testDeadline},
		{"abandoned", testAbandoned},
		{"many over few", testManyOverFew},
		{"shares", testShares},
		{"slow queries delay nobody", testSlowIsolation},
		{"pipelining", testPipelining},
		{"no pipelining after a slow query", testNoPipeliningAfterSlow},
		{"a long line", testLongLine},
		{"queue", testQueue},
		{"bound values", testBound},
		{"errors of bound queries", testBoundErrors},
		{"prepared statements", testPrepared},
		{"statements that went stale", testStale},
		{"without names", testNameless},
		{"bound queries in a pipeline", testBoundPipelining},
		{"slow queries are logged", testSlowLog},
		{"garbage", testGarbage},
		{"dribble", testDribble},
		{"TLS", testTLS},
		{"terminated", testTerminated},
		{"close", testClose},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, srv) })
	}
}

// Values come in text format; integers are known by their type, NULL is no value.
func testResults(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL})
	a := r.ask(`SELECT 1::int2, 2, -3::int8, true, 'text', NULL, '', 1.5, 'é'::varchar`)
	if want := "1,2,-3,t,text,NULL,,1.5,é"; a.flat() != want || a.out != asyncops.Completed {
		t.Errorf("got %v, want [%s]", a, want)
	}
	if want := "[true true true false false false false false false]"; fmt.Sprint(a.ints) != want {
		t.Errorf("integer columns %v, want %s", a.ints, want)
	}
	if a.affected != 1 || a.cols != 9 {
		t.Errorf("%d affected, %d columns; want 1 and 9", a.affected, a.cols)
	}
	r.wantRows(`SELECT g, g*g FROM generate_series(1,3) g`, "1,1;2,4;3,9")
	if a := r.ask(`SELECT 1 AS one WHERE false`); a.out != asyncops.Completed || len(a.rows) != 0 || a.cols != 1 {
		t.Errorf("no rows: %v, %d columns", a, a.cols)
	}
	r.wantRows(``, "")
	r.wantRows(`SELECT length('`+strings.Repeat("x", 300_000)+`')`, "300000") // a text that does not fit the socket at once
	r.wantRows(`SELECT current_setting('application_name')`, "fastsips")
	r.Group.Do(0, func(l *loop.Loop) { testInts(t, r, l) })
}

// "Int reports false for NULL and for what is not a decimal integer of 64 bits."
func testInts(t *testing.T, r *rig, l *loop.Loop) {
	for text, want := range map[string]string{
		"0": "0 true", "-5": "-5 true", "9223372036854775807": "9223372036854775807 true", "9223372036854775808": "0 false",
		"-9223372036854775808": "-9223372036854775808 true", "": "0 false", "-": "0 false", "1x": "0 false",
		"99999999999999999999": "0 false",
	} {
		if n, ok := pg.ParseInt([]byte(text)); ok && fmt.Sprint(n, " ", ok) != want || !ok && want != "0 false" {
			t.Errorf("%q is %d %v, want %s", text, n, ok, want)
		}
	}
}

// An error belongs to its query: the connection stays, and so does what is sent
// behind it.
func testErrors(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	pid := r.ask(`SELECT pg_backend_pid()`).flat()
	r.wantError(`SELEC 1`, "42601")
	r.wantError(`SELECT * FROM no_such_table`, "42P01")
	r.wantError(`SELECT 1/(3-g) FROM generate_series(1,5) g`, "22012") // after two rows
	r.wantError("SELECT 'a\x00b'", "22021")
	r.wantError(`SELECT '`+strings.Repeat("x", 1<<20)+`'`, "54000")
	r.wantRows(`SELECT pg_backend_pid()`, pid)
	if s := r.db.Snapshot(); s.Failed != 5 || s.Completed != 2 || s.InFlight != 0 {
		t.Errorf("counted %+v", s)
	}
}

// "Several statements in one text give the result of the last one."
func testStatements(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	r.wantRows(`CREATE TABLE st (a int); INSERT INTO st VALUES (7),(8); SELECT a FROM st`, "7;8")
	if a := r.ask(`SELECT a FROM st; UPDATE st SET a=a+1`); a.flat() != "" || a.affected != 2 || a.cols != 0 {
		t.Errorf("the last statement has no rows: %v", a)
	}
	r.wantError(`INSERT INTO st VALUES (9); SELECT 1/0`, "22012")
	r.wantRows(`SELECT count(*) FROM st`, "2") // one text is one transaction
	r.wantRows(`DROP TABLE st`, "")
}

// "Transactions that span several queries are rolled back."
func testOpenTransaction(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	pid := r.ask(`SELECT pg_backend_pid()`).flat()
	if a := r.ask(`BEGIN; CREATE TABLE leftover (a int)`); a.out != asyncops.Completed {
		t.Error(a)
	}
	r.wantRows(`SELECT pg_backend_pid(), to_regclass('leftover')`, pid+",NULL")
	r.wantError(`BEGIN; SELECT 1/0`, "22012")
	r.wantRows(`SELECT pg_backend_pid()`, pid)
	if s := r.db.Snapshot(); s.RolledBack != 2 {
		t.Errorf("counted %+v", s)
	}
}

// "The package refuses COPY": the query fails and the connection is replaced.
func testCopy(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	r.wantError(`COPY (SELECT 1) TO STDOUT`, "0A000")
	r.wantRows(`CREATE TABLE IF NOT EXISTS cp (a int)`, "")
	r.wantError(`COPY cp FROM STDIN`, "0A000")
	r.wantRows(`SELECT 1`, "1")
}

// A result beyond the bounds fails its query at once; the rest of it is dropped
// and the connection serves on.
func testBounds(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1, MaxRows: 100, MaxBytes: 100_000})
	r.open(1)
	pid := r.ask(`SELECT pg_backend_pid()`).flat()
	if a := r.ask(`SELECT 1 FROM generate_series(1,100)`); len(a.rows) != 100 {
		t.Errorf("%d rows of 100", len(a.rows))
	}
	r.wantError(`SELECT 1 FROM generate_series(1,101)`, "54000")
	r.wantRows(`SELECT length(repeat('x', 90000)), repeat('y', 3)`, "90000,yyy")
	if a := r.ask(`SELECT repeat('x', 90000)`); len(a.flat()) != 90000 {
		t.Errorf("%d bytes of 90000: %v", len(a.flat()), a.out)
	}
	r.wantError(`SELECT repeat('x', 100001)`, "54000")
	r.wantError(`SELECT repeat('x', 30000) FROM generate_series(1,4)`, "54000")
	r.wantError(`SELECT repeat('x', 1000) FROM generate_series(1,5000) a, generate_series(1,5000) b`, "54000") // 25 GB: it has to be cancelled
	r.wantRows(`SELECT pg_backend_pid()`, pid)
	if s := r.db.Snapshot(); s.Lost != 0 || s.InFlight != 0 {
		t.Errorf("counted %+v", s)
	}
}

// A deadline ends the query for its waiter, the server stops it, and the same
// connection serves the next.
func testDeadline(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	pid := r.ask(`SELECT pg_backend_pid()`).flat()
	for range 3 {
		a := r.begin(0, 50*time.Millisecond, `SELECT pg_sleep(60)`).Wait()
		if a.out != asyncops.TimedOut || a.took < 50*time.Millisecond || a.took > 5*time.Second {
			t.Errorf("%v after %v", a, a.took)
		}
		r.wantRows(`SELECT pg_backend_pid()`, pid) // waits for the cancellation, not for the minute
	}
	if s := r.db.Snapshot(); s.TimedOut != 3 || s.CancelRequests != 3 || s.Lost != 0 {
		t.Errorf("counted %+v", s)
	}
	// Waiting in the queue is bounded by the deadline as well.
	first := r.begin(0, 0, `SELECT pg_sleep(0.3)`)
	if a := r.begin(0, 20*time.Millisecond, `SELECT 1`).Wait(); a.out != asyncops.TimedOut {
		t.Error("in the queue: ", a)
	}
	if a := first.Wait(); a.out != asyncops.Completed {
		t.Error("in front of it: ", a)
	}
}

// An abandoned query is cancelled, and nobody is told.
func testAbandoned(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	r.open(1)
	var running, waiting *asked
	r.Group.Do(0, func(l *loop.Loop) {
		running = r.beginOn(l, 0, `SELECT pg_sleep(60)`)
		waiting = r.beginOn(l, 0, `SELECT 2`)
		running.AbandonOn(l)
		waiting.AbandonOn(l)
	})
	r.wantRows(`SELECT 1`, "1")
	if running.Ended() || waiting.Ended() {
		t.Error("an abandoned waiter was told")
	}
	if s := r.db.Snapshot(); s.Abandoned != 2 || s.InFlight != 0 || s.Waiting != 0 {
		t.Errorf("counted %+v", s)
	}
}

// Everybody gets his own answer, on the loop he asked on.
func testManyOverFew(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 2, pg.Config{URL: srv.URL, MaxConns: 4})
	const n = 2000
	asks := make([]*asked, n)
	for i := range asks {
		asks[i] = r.begin(i%2, 0, fmt.Sprintf(`SELECT %d, repeat('%d', %d)`, i, i%10, i%500))
	}
	for i, w := range asks {
		a := w.Wait()
		if want := fmt.Sprintf("%d,%s", i, strings.Repeat(fmt.Sprint(i%10), i%500)); a.flat() != want || a.loop != i%2 {
			t.Fatalf("query %d: %v on loop %d", i, a, a.loop)
		}
	}
	s := r.db.Snapshot()
	if s.Completed != n || s.Failed+s.TimedOut+s.Overloaded != 0 || s.Open != 4 || s.InFlight != 0 {
		t.Errorf("counted %+v", s)
	}
	var measured uint64
	for _, c := range s.Latency {
		measured += c
	}
	if measured != n {
		t.Errorf("%d latencies measured, want %d", measured, n)
	}
}

// "MaxConns: connections over all loops, at least one each."
func testShares(t *testing.T, srv *pgtest.Server) {
	for _, c := range []struct{ loops, max, open int }{{1, 3, 3}, {2, 5, 5}, {3, 2, 3}} {
		r := newRig(t, c.loops, pg.Config{URL: srv.URL, MaxConns: c.max})
		r.open(int64(c.open))
		if s := r.db.Snapshot(); s.Connects != uint64(c.open) {
			t.Errorf("%d loops, MaxConns %d: %d connects, want %d", c.loops, c.max, s.Connects, c.open)
		}
	}
}

// One query in ten is slow. With connections to spare, none of the other nine
// waits for one, and none is sent behind a slow one.
func testSlowIsolation(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 2, pg.Config{URL: srv.URL, MaxConns: 48})
	r.open(2 * 8) // the spare ones
	var slow, fast []*asked
	for i := range 120 {
		if i%10 < 2 { // one in ten of each loop
			slow = append(slow, r.begin(i%2, 0, `SELECT pg_sleep(1.5)`))
		} else {
			fast = append(fast, r.begin(i%2, 0, `SELECT 1`))
		}
		time.Sleep(5 * time.Millisecond) // the load's pace
	}
	for _, w := range fast {
		if a := w.Wait(); a.out != asyncops.Completed || a.took > time.Second {
			t.Errorf("a fast query: %v after %v", a, a.took)
		}
	}
	s := r.db.Snapshot()
	if s.Waited != 0 || s.Pipelined != 0 || s.QueuedBehindSlow != 0 {
		t.Errorf("%d waited, %d were pipelined, %d behind a slow one; want none", s.Waited, s.Pipelined, s.QueuedBehindSlow)
	}
	for _, w := range slow {
		if a := w.Wait(); a.out != asyncops.Completed {
			t.Errorf("a slow query: %v", a)
		}
	}
}

// When every connection is busy and the backend has been quick, queries are sent
// behind each other; an error of one is not one of the next.
func testPipelining(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	var asks []*asked
	// A machine with other things to do may make some of the queries slow.
	r.until("a query is pipelined", func(pg.Stats) bool {
		for i := range 100 {
			r.wantRows(fmt.Sprint(`SELECT `, i), fmt.Sprint(i))
		}
		r.Group.Do(0, func(l *loop.Loop) {
			for i := range 6 {
				asks = append(asks, r.beginOn(l, 0, fmt.Sprintf(`SELECT %d, 1/(%d-2)`, i, i)))
			}
		})
		r.until("the last answer", func(s pg.Stats) bool { return s.InFlight == 0 })
		return r.db.Snapshot().Pipelined > 0
	})
	for i, w := range asks {
		a := w.Wait()
		if i%6 == 2 {
			if a.sqlstate != "22012" {
				t.Errorf("query %d: %v", i, a)
			}
		} else if want := fmt.Sprintf("%d,%d", i%6, 1/(i%6-2)); a.flat() != want {
			t.Errorf("query %d: %v, want %s", i, a, want)
		}
	}
}

// While more than a rare query of the last ten seconds was slow, nothing is sent
// behind another query: it waits, and takes whichever connection is free first.
func testNoPipeliningAfterSlow(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 2})
	r.open(2)
	for range 40 {
		r.ask(`SELECT 1`)
	}
	r.ask(`SELECT pg_sleep(0.1)`)
	before := r.db.Snapshot()
	slow := r.begin(0, 0, `SELECT pg_sleep(1)`)
	var fast []*asked
	for range 50 {
		fast = append(fast, r.begin(0, 0, `SELECT 1`))
	}
	for _, w := range fast {
		if a := w.Wait(); a.flat() != "1" {
			t.Error(a)
		}
	}
	if slow.Ended() {
		t.Error("the fast queries ended after the slow one")
	}
	if a := slow.Wait(); a.out != asyncops.Completed {
		t.Error(a)
	}
	s := r.db.Snapshot()
	if s.Pipelined != before.Pipelined || s.QueuedBehindSlow != before.QueuedBehindSlow {
		t.Errorf("%d pipelined, %d behind a slow one", s.Pipelined-before.Pipelined, s.QueuedBehindSlow-before.QueuedBehindSlow)
	}
}

// The queue is bounded and in order.
func testQueue(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1, QueueLen: 3})
	r.open(1)
	var asks []*asked
	r.Group.Do(0, func(l *loop.Loop) {
		for range 5 {
			asks = append(asks, r.beginOn(l, 0, `SELECT pg_sleep(0.05), clock_timestamp()`))
		}
	})
	if a := asks[4].Wait(); a.out != asyncops.Overloaded || a.sqlstate != "53400" {
		t.Error("beyond the queue: ", a)
	}
	last := ""
	for i, w := range asks[:4] {
		a := w.Wait()
		if a.out != asyncops.Completed || a.flat() <= last {
			t.Errorf("query %d: %v after %s", i, a, last)
		}
		last = a.flat()
	}
	if s := r.db.Snapshot(); s.Waited != 3 || s.Overloaded != 1 || s.Waiting != 0 {
		t.Errorf("counted %+v", s)
	}
}

// A backend that is shot takes its query with it, and no other.
func testTerminated(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 2})
	r.open(2)
	victim := r.begin(0, 0, `SELECT pg_sleep(60) /* victim */`)
	// Its backend is not faster than the one that looks for it.
	r.until("the victim is shot", func(pg.Stats) bool {
		return r.ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%/* victim */' AND pid <> pg_backend_pid()`).flat() == "t"
	})
	if a := victim.Wait(); a.out != asyncops.Failed || a.sqlstate != "57P01" {
		t.Errorf("the victim: %v", a)
	}
	r.wantRows(`SELECT 1`, "1")
	r.open(2)
}

// TLS: the loop goes on where pgconn's handshake ended.
func testTLS(t *testing.T, srv *pgtest.Server) {
	url := strings.Replace(srv.URL, "sslmode=disable", "sslmode=require", 1)
	r := newRig(t, 1, pg.Config{URL: url, MaxConns: 1, MaxBytes: 1 << 20})
	r.open(1)
	r.wantRows(`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`, "t")
	r.wantRows(`SELECT length('`+strings.Repeat("x", 500_000)+`')`, "500000")
	if a := r.ask(`SELECT repeat('x', 1000) FROM generate_series(1,1000)`); len(a.rows) != 1000 {
		t.Errorf("%d rows, want 1000", len(a.rows))
	}
	r.wantError(`SELECT 1/0`, "22012")
	r.wantError(`SELECT repeat('x', 2000000)`, "54000")
	r.wantError(`SELECT repeat('x', 1000) FROM generate_series(1,5000) a, generate_series(1,5000) b`, "54000")
	pid := r.ask(`SELECT pg_backend_pid()`).flat()
	if a := r.begin(0, 50*time.Millisecond, `SELECT pg_sleep(60)`).Wait(); a.out != asyncops.TimedOut {
		t.Error(a)
	}
	r.wantRows(`SELECT pg_backend_pid()`, pid) // it was cancelled, over TLS as well
	var asks []*asked
	for i := range 500 {
		asks = append(asks, r.begin(0, 0, fmt.Sprint(`SELECT `, i)))
	}
	for i, w := range asks {
		if a := w.Wait(); a.flat() != fmt.Sprint(i) {
			t.Errorf("query %d: %v", i, a)
		}
	}
	if s := r.db.Snapshot(); s.Lost != 0 {
		t.Errorf("counted %+v", s)
	}
	wrong := newRig(t, 1, pg.Config{URL: strings.Replace(url, ":secret@", ":wrong@", 1)})
	wrong.until("the refusal", func(s pg.Stats) bool { return s.ConnectFailures > 0 })
}

// Closing fails what is under way and ends the connections politely.
func testClose(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 2, pg.Config{URL: srv.URL, MaxConns: 4})
	other := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	r.open(4)
	running := r.begin(0, 0, `SELECT pg_sleep(60)`)
	r.db.Close()
	if a := running.Wait(); a.out != asyncops.Failed || a.sqlstate != "08006" {
		t.Error("under way: ", a)
	}
	if a := r.ask(`SELECT 1`); a.out != asyncops.Unavailable {
		t.Error("after Close: ", a)
	}
	r.db.Close() // twice is harmless
	if s := r.db.Snapshot(); s.Open != 0 || s.InFlight != 0 {
		t.Errorf("counted %+v", s)
	}
	r.Until("the server notices", func() bool {
		a := other.ask(`SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fastsips' AND state = 'idle'`)
		return a.flat() == "0"
	})
}

// "An error means that the URL is none", and never shows a password.
func TestBadURL(t *testing.T) {
	g := looptest.New(t, 1).Group
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

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A rig is a database on running loops.
type rig struct {
	t   testing.TB
	g   *loop.Group
	ops *asyncops.Set
	db  *DB
}

// patience bounds every wait of these tests; nothing is asserted about time.
const patience = 20 * time.Second

func newRig(t testing.TB, loops int, cfg Config) *rig {
	t.Helper()
	g, err := loop.New(loop.Config{Loops: loops, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Path == "" {
		cfg.Path = filepath.Join(t.TempDir(), "test.db")
	}
	ops := asyncops.NewSet(g, patience)
	db, err := New(g, ops, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Close()
		g.Stop()
	})
	return &rig{t, g, ops, db}
}

func (r *rig) exec(script string) {
	r.t.Helper()
	if err := r.db.Exec(context.Background(), script); err != nil {
		r.t.Fatal(err)
	}
}

// An answer is what a query left behind; rows are written like "1|two|NULL".
type answer struct {
	out      asyncops.Outcome
	rows     string
	cols     int
	ints     string // which values are integers: "i" or "."
	affected int64
	err      error
}

type waiter func(l *loop.Loop, op asyncops.Op, out asyncops.Outcome)

func (w waiter) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) { w(l, op, out) }

func read(q *Query, out asyncops.Outcome) answer {
	var rows, ints []string
	for i := range q.Rows() {
		var row []string
		kinds := ""
		for k := range q.Cols() {
			b, null := q.Value(i, k)
			if null {
				b = []byte("NULL")
			}
			row = append(row, string(b))
			kinds += map[bool]string{true: "i", false: "."}[q.IsInt(i, k)]
		}
		rows, ints = append(rows, strings.Join(row, "|")), append(ints, kinds)
	}
	return answer{out, strings.Join(rows, "\n"), q.Cols(), strings.Join(ints, " "), q.Affected(), q.Err()}
}

// begin starts a query on a loop; its answer comes on the channel.
func (r *rig) begin(on int, timeout time.Duration, text string) (tok asyncops.Token, got chan answer) {
	got = make(chan answer, 1)
	r.g.Do(on, func(l *loop.Loop) {
		q := r.db.Query(l)
		q.SetText([]byte(text))
		ended := waiter(func(l *loop.Loop, _ asyncops.Op, out asyncops.Outcome) {
			got <- read(q, out)
			q.Free(l)
		})
		var out asyncops.Outcome
		var pending bool
		if tok, out, pending = q.Begin(l, timeout, ended); !pending {
			ended(l, q, out)
		}
	})
	return tok, got
}

func (r *rig) wait(got <-chan answer) answer {
	r.t.Helper()
	select {
	case a := <-got:
		return a
	case <-time.After(patience):
		r.t.Fatal("no answer")
		return answer{}
	}
}

func (r *rig) ask(text string) answer {
	r.t.Helper()
	_, got := r.begin(0, 0, text)
	return r.wait(got)
}

func (r *rig) want(text, rows string) {
	r.t.Helper()
	if a := r.ask(text); a.out != asyncops.Completed || a.rows != rows || a.err != nil {
		r.t.Errorf("%s: got %v %q, error %v, want %q", text, a.out, a.rows, a.err, rows)
	}
}

// endless never ends by itself.
const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n"

const seed = `
	CREATE TABLE subscribers (username TEXT PRIMARY KEY, setid INTEGER, q REAL, note, added DATETIME);
	INSERT INTO subscribers VALUES ('alice', 7, 0.5, NULL, '2024-05-06T07:08:09Z'); -- a comment; with a semicolon
	INSERT INTO subscribers VALUES ('bob', 8, 1, '9', '2024-05-06 07:08');
	INSERT INTO subscribers VALUES ('', -9223372036854775808, -1e100, x'00ff', NULL);
`

// Values come as SQLite writes them, dates as they were stored; integers are known
// by value, not by column.
func TestValues(t *testing.T) {
	for _, path := range []string{"", Memory} {
		r := newRig(t, 1, Config{Path: path})
		r.exec(seed)
		r.want("SELECT setid FROM subscribers WHERE username = 'alice'", "7")
		a := r.ask("SELECT * FROM subscribers ORDER BY username DESC")
		want := "bob|8|1.0|9|2024-05-06 07:08\nalice|7|0.5|NULL|2024-05-06T07:08:09Z\n|-9223372036854775808|-1.0e+100|\x00\xff|NULL"
		if a.rows != want || a.ints != ".i... .i... .i..." || a.cols != 5 || a.affected != 3 {
			t.Errorf("got %q, integers %q, %d columns, %d affected", a.rows, a.ints, a.cols, a.affected)
		}
		if a := r.ask("SELECT username, setid FROM subscribers WHERE 0"); a.rows != "" || a.cols != 2 || a.out != asyncops.Completed {
			t.Errorf("no rows: got %+v", a)
		}
	}
}

// Statements that write go to the writer, however they begin.
func TestWrites(t *testing.T) {
	r := newRig(t, 1, Config{})
	r.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
	for _, c := range []struct {
		text, rows string
		affected   int64
	}{
		{"INSERT INTO t (v) VALUES ('a'), ('b'), ('c');", "", 3},
		{"UPDATE t SET v = 'x' WHERE id > 1", "", 2},
		{"UPDATE t SET v = 'x' WHERE id > 100", "", 0},
		{"INSERT INTO t (v) VALUES ('d') RETURNING id, v", "4|d", 1},
		{"WITH n(v) AS (VALUES ('e')) INSERT INTO t (v) SELECT v FROM n", "", 1},
		{"CREATE INDEX tv ON t (v)", "", 0},
		{"REPLACE INTO t VALUES (1, 'z')", "", 1},
		{"DELETE FROM t WHERE v = 'x' -- trailing comment", "", 2},
		{"SELECT group_concat(v, '') FROM (SELECT v FROM t ORDER BY id)", "zde", 1},
	} {
		a := r.ask(c.text)
		if a.out != asyncops.Completed || a.rows != c.rows || a.affected != c.affected || a.err != nil {
			t.Errorf("%s: got %+v", c.text, a)
		}
	}
}

func TestErrors(t *testing.T) {
	r := newRig(t, 1, Config{MaxRows: 10, MaxBytes: 100})
	r.exec("CREATE TABLE t (v TEXT UNIQUE); INSERT INTO t VALUES ('a')")
	for _, c := range []struct {
		text string
		code int // https://www.sqlite.org/rescode.html
		say  string
	}{
		{"SELECT w FROM t", 1, "no such column"},
		{"SELEC 1", 1, "syntax error"},
		{"SELECT 1; DROP TABLE t", 1, "more than one statement"},
		{"SELECT 1; syntax error", 1, "more than one statement"},
		{"", 1, "no statement"},
		{"-- only a comment", 1, "no statement"},
		{"INSERT INTO t VALUES ('a')", 2067, "UNIQUE constraint failed"},
		{"BEGIN", 21, "a transaction cannot go on"},
		{"SELECT 'a\x00b'", 18, "NUL"},
		{strings.Repeat(" ", maxText+1), 18, "too long"},
		{"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 11) SELECT i FROM n", 18, "too big"},
		{"SELECT printf('%101s', 'x')", 18, "too big"},
	} {
		a := r.ask(c.text)
		var e *Error
		if a.out != asyncops.Failed || !errors.As(a.err, &e) || e.Code != c.code || !strings.Contains(e.Message, c.say) || a.rows != "" || a.cols != 0 {
			t.Errorf("%.40q: got %v, rows %q, error %v; want code %d, %q", c.text, a.out, a.rows, a.err, c.code, c.say)
		}
	}
	r.want("SELECT v FROM t", "a")
	r.want("SELECT printf('%100s', 'x')", strings.Repeat(" ", 99)+"x")
	r.want("INSERT INTO t VALUES ('b') RETURNING v", "b") // BEGIN has left nothing behind
}

// A deadline interrupts the statement, before its first row and after it, reading
// and writing; the worker goes on with the next.
func TestDeadline(t *testing.T) {
	for _, path := range []string{"", Memory} {
		r := newRig(t, 1, Config{Path: path, Workers: 2})
		r.exec("CREATE TABLE t (v)")
		for _, text := range []string{
			endless,
			"SELECT 1 UNION ALL SELECT * FROM (" + endless + ")",
			"INSERT INTO t " + endless,
		} {
			_, got := r.begin(0, 30*time.Millisecond, text)
			a := r.wait(got)
			var e *Error
			if a.out != asyncops.TimedOut || !errors.As(a.err, &e) || !e.Interrupted() || a.rows != "" {
				t.Errorf("%s: got %+v", text, a)
			}
			r.want("SELECT count(*) FROM t", "0") // the same worker
		}
		if n := r.db.Snapshot(); n.TimedOut != 3 || n.Completed != 3 || n.InFlight() != 0 {
			t.Errorf("counters %+v", n)
		}
	}
}

// Nobody waits any more: the answer comes too late for the query that asked, and
// does not reach the one that has taken its place.
func TestLateAnswer(t *testing.T) {
	r := newRig(t, 1, Config{})
	for i := range 50 {
		tok, first := r.begin(0, 0, "SELECT 'late'")
		var second chan answer
		r.g.Do(0, func(l *loop.Loop) { r.ops.On(l).Abandon(l, tok) })
		_, second = r.begin(0, 0, fmt.Sprintf("SELECT %d", i))
		if a := r.wait(second); a.rows != fmt.Sprint(i) {
			t.Errorf("got %+v", a)
		}
		if len(first) != 0 {
			if a := <-first; a.rows != "late" { // it was faster than we
				t.Errorf("got %+v", a)
			}
		}
	}
	if n := r.db.Snapshot(); n.InFlight() != 0 || n.Abandoned+n.Completed != 100 {
		t.Errorf("counters %+v", n)
	}
}

// A full queue is refused at once.
func TestQueueFull(t *testing.T) {
	r := newRig(t, 1, Config{Path: Memory, Queue: 2})
	tok, _ := r.begin(0, 0, endless)
	for r.db.Snapshot().Overloaded == 0 { // the worker takes the first when it likes
		r.begin(0, 0, "SELECT 1")
	}
	_, got := r.begin(0, 0, "SELECT 1")
	if a := r.wait(got); a.out != asyncops.Overloaded || a.err == nil {
		t.Errorf("got %+v", a)
	}
	r.g.Do(0, func(l *loop.Loop) { r.ops.On(l).Abandon(l, tok) })
	for end := time.Now().Add(patience); ; { // until the worker has noticed
		a := r.ask("SELECT 2")
		if a.rows == "2" {
			return
		}
		if a.out != asyncops.Overloaded || time.Now().After(end) {
			t.Fatalf("got %+v", a)
		}
	}
}

// Readers and writers of two loops at once: nothing is lost, nobody is told "locked".
func TestConcurrent(t *testing.T) {
	r := newRig(t, 2, Config{Workers: 4})
	r.exec("CREATE TABLE t (who INTEGER, n INTEGER); CREATE TABLE sums (s INTEGER); INSERT INTO sums VALUES (0)")
	const each = 100
	var waits []<-chan answer
	for n := range each {
		for who := range 2 {
			for _, text := range []string{
				fmt.Sprintf("INSERT INTO t VALUES (%d, %d)", who, n),
				"UPDATE sums SET s = s + 1",
				fmt.Sprintf("SELECT count(*) >= 0 FROM t WHERE who = %d", who),
			} {
				_, got := r.begin(who, 0, text)
				waits = append(waits, got)
			}
		}
	}
	for _, w := range waits {
		if a := r.wait(w); a.out != asyncops.Completed {
			t.Errorf("got %+v", a)
		}
	}
	r.want("SELECT count(*), count(DISTINCT n) FROM t", "200|100")
	r.want("SELECT s FROM sums", "200")
}

// A read that never ends delays no write.
func TestSlowReader(t *testing.T) {
	r := newRig(t, 1, Config{Workers: 3})
	r.exec("CREATE TABLE t (v)")
	tok, _ := r.begin(0, 0, endless)
	for i := range 20 {
		r.want(fmt.Sprintf("INSERT INTO t VALUES (%d) RETURNING v", i), fmt.Sprint(i))
		r.want("SELECT max(v) FROM t", fmt.Sprint(i))
	}
	r.g.Do(0, func(l *loop.Loop) { r.ops.On(l).Abandon(l, tok) })
}

// Another process holds the lock: the query waits for it, and no longer than it may.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "locked.db")
	r := newRig(t, 1, Config{Path: path, BusyTimeout: 20 * time.Millisecond})
	r.exec("CREATE TABLE t (v)")
	other := newRig(t, 1, Config{Path: path})
	release := make(chan struct{})
	locked := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = other.db.writer.use(func(c *conn) error {
			c.until = time.Now().Add(patience)
			locked <- c.script([]byte("BEGIN IMMEDIATE"))
			<-release
			return c.script([]byte("COMMIT"))
		})
	}()
	if err := <-locked; err != nil {
		t.Fatal(err)
	}
	a := r.ask("INSERT INTO t VALUES (1)")
	var e *Error
	if a.out != asyncops.Failed || !errors.As(a.err, &e) || e.Code&0xff != 5 { // SQLITE_BUSY
		t.Errorf("got %+v", a)
	}
	r.want("SELECT count(*) FROM t", "0") // reading is not stopped by a writer
	close(release)
	<-done
	r.want("INSERT INTO t VALUES (1) RETURNING v", "1")
}

// A database that fails again and again is left alone for a while.
func TestBreaker(t *testing.T) {
	r := newRig(t, 1, Config{Breaker: asyncops.BreakerConfig{Failures: 3}})
	r.g.Do(0, func(l *loop.Loop) {
		s := r.db.states.On(l)
		for range 3 {
			s.judge(l, &Error{Code: 10, Message: "disk I/O error"})
		}
	})
	if a := r.ask("SELECT 1"); a.out != asyncops.Unavailable || a.err == nil {
		t.Errorf("got %+v", a)
	}
	// Faults of the statement do not count.
	r.g.Do(0, func(l *loop.Loop) {
		s := r.db.states.On(l)
		s.breaker.Success()
		for range 10 {
			s.judge(l, &Error{Code: 1, Message: "syntax error"})
		}
	})
	r.want("SELECT 1", "1")
}

func TestExec(t *testing.T) {
	r := newRig(t, 1, Config{})
	if err := r.db.Exec(context.Background(), "CREATE TABLE t (v); INSERT INTO nowhere VALUES (1)"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("got %v", err)
	}
	if err := r.db.Exec(context.Background(), "BEGIN; INSERT INTO t VALUES (1); COMMIT;"); err != nil {
		t.Error(err)
	}
	if err := r.db.Exec(context.Background(), "BEGIN; INSERT INTO t VALUES (2)"); err == nil {
		t.Error("a transaction was left open")
	}
	r.want("SELECT v FROM t", "1")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := r.db.Exec(ctx, endless); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	r.want("INSERT INTO t VALUES (3) RETURNING v", "3") // the writer is free again
}

func TestOpenFails(t *testing.T) {
	g, err := loop.New(loop.Config{Loops: 1, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Stop()
	ops := asyncops.NewSet(g, time.Second)
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, say := range map[string]string{
		"":                                     "no path",
		filepath.Join(garbage, "x.db"):         "unable to open",
		garbage:                                "not a database",
		filepath.Join(t.TempDir(), "a/b/c.db"): "unable to open",
	} {
		if db, err := New(g, ops, Config{Path: path}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: got %v, want %q", path, err, say)
			if db != nil {
				db.Close()
			}
		}
	}
}

// What is written is there for the next process.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space?&%41.db")
	first := newRig(t, 1, Config{Path: path})
	first.exec(seed)
	first.db.Close()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	second := newRig(t, 1, Config{Path: path})
	second.want("SELECT count(*) FROM subscribers", "3")
}

// Queries and their results are used again, and shrink.
func TestQueryPool(t *testing.T) {
	r := newRig(t, 1, Config{})
	r.want("SELECT hex(zeroblob(100000))", strings.Repeat("0", 200000))
	r.want("SELECT 1", "1")
	r.g.Do(0, func(l *loop.Loop) {
		s := r.db.states.On(l)
		if len(s.free) != 1 || len(s.jobs) != 1 || cap(s.jobs[0].data) > maxPooled {
			t.Errorf("%d queries, %d jobs, %d bytes kept", len(s.free), len(s.jobs), cap(s.jobs[0].data))
		}
		q := r.db.Query(l)
		q.Free(l)
		defer func() {
			if recover() == nil {
				t.Error("freed twice")
			}
		}()
		q.Free(l)
	})
}

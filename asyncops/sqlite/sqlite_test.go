package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/dbwork"
	"github.com/fastsips/fastsips/internal/looptest"
)

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
		code string // https://www.sqlite.org/rescode.html, or an SQLSTATE of ours
		say  string
	}{
		{"SELECT w FROM t", "1", "no such column"},
		{"SELEC 1", "1", "syntax error"},
		{"SELECT 1; DROP TABLE t", "1", "more than one statement"},
		{"SELECT 1; syntax error", "1", "more than one statement"},
		{"", "1", "no statement"},
		{"-- only a comment", "1", "no statement"},
		{"INSERT INTO t VALUES ('a')", "2067", "UNIQUE constraint failed"},
		{"BEGIN", "21", "a transaction cannot go on"},
		{"SELECT 'a\x00b'", "54000", "NUL"},
		{strings.Repeat(" ", 1<<20+1), "54000", "too long"},
		{"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 11) SELECT i FROM n", "54000", "too big"},
		{"SELECT printf('%101s', 'x')", "54000", "too big"},
	} {
		a := r.ask(c.text)
		if a.out != asyncops.Failed || a.state != c.code || !strings.Contains(a.err.Error(), c.say) || a.rows != "" || a.cols != 0 {
			t.Errorf("%.40q: got %v, rows %q, error %v; want code %s, %q", c.text, a.out, a.rows, a.err, c.code, c.say)
		}
	}
	r.want("SELECT v FROM t", "a")
	r.want("SELECT printf('%100s', 'x')", strings.Repeat(" ", 99)+"x")
	r.want("INSERT INTO t VALUES ('b') RETURNING v", "b") // BEGIN has left nothing behind
}

// What is bound is a value, whatever it looks like.
func TestBound(t *testing.T) {
	r := newRig(t, 1, Config{})
	r.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
	q := func(text string, args ...db.Arg) answer { t.Helper(); return r.bound(text, args...).Wait() }
	word, blob := db.TextArg([]byte("a'; DROP TABLE t; --")), db.BlobArg([]byte("\x00\xff"))
	for i, a := range []db.Arg{word, db.IntArg(-7), db.FloatArg(0.25), blob, {}, db.TextArg(nil)} {
		a := q("INSERT INTO t (v) VALUES (?)", a)
		if a.out != asyncops.Completed || a.affected != 1 || a.key != int64(i+1) {
			t.Errorf("value %d: %+v", i, a)
		}
	}
	if a := q("SELECT typeof(v), v FROM t WHERE id > ? ORDER BY id", db.IntArg(0)); a.rows != "text|a'; DROP TABLE t; --\ninteger|-7\nreal|0.25\nblob|\x00\xff\nnull|NULL\ntext|" {
		t.Errorf("%+v", a)
	}
	if a := q("SELECT id FROM t WHERE v = ? AND id < ?", word, db.IntArg(100)); a.rows != "1" || a.names != "id" {
		t.Errorf("%+v", a)
	}
	if a := q("SELECT ?2 || ?1", db.TextArg([]byte("b")), db.TextArg([]byte("a"))); a.rows != "ab" {
		t.Errorf("%+v", a)
	}
	for _, args := range [][]db.Arg{{}, {{}, {}}} {
		if a := q("SELECT ?", args...); a.out != asyncops.Failed || a.state != "25" { // SQLITE_RANGE
			t.Errorf("%d values for one placeholder: %+v", len(args), a)
		}
	}
	if a := q("UPDATE t SET v = ? WHERE id <= ?", word, db.IntArg(3)); a.affected != 3 || a.key != 0 {
		t.Errorf("%+v", a)
	}
	r.want("SELECT count(*) FROM t", "6")
}

// "Pragmas: for each connection", readers too; one that SQLite refuses is an error.
func TestPragmas(t *testing.T) {
	r := newRig(t, 1, Config{Pragmas: []string{"PRAGMA cache_size=123", "PRAGMA case_sensitive_like=1"}})
	r.want("SELECT cache_size FROM pragma_cache_size", "123")
	r.want("SELECT 'a' LIKE 'A'", "0")
	r.want("CREATE TABLE t (v)", "")
	r.want("INSERT INTO t SELECT 'a' LIKE 'A' RETURNING v", "0") // the writer's
	r.want("SELECT journal_mode FROM pragma_journal_mode", "wal")
	if _, err := New(r.Group, r.Ops, Config{Path: Memory, Pragmas: []string{"PRAGMA x y z"}}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "x y z") {
		t.Errorf("got %v", err)
	}
	if a := r.ask("SELECT load_extension('/tmp/x.so')"); a.out != asyncops.Failed || !strings.Contains(a.err.Error(), "not authorized") {
		t.Errorf("extensions are loaded: %+v", a)
	}
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
			a := r.begin(0, 30*time.Millisecond, text).Wait()
			if a.out != asyncops.TimedOut || a.err != dbwork.ErrDeadline || a.rows != "" {
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
		first := r.begin(0, 0, "SELECT 'late'")
		first.Abandon()
		if a := r.ask(fmt.Sprintf("SELECT %d", i)); a.rows != fmt.Sprint(i) {
			t.Errorf("got %+v", a)
		}
		if first.Ended() {
			if a := first.Wait(); a.rows != "late" { // it was faster than we
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
	forever := r.begin(0, 0, endless)
	for r.db.Snapshot().Overloaded == 0 { // the worker takes the first when it likes
		r.begin(0, 0, "SELECT 1")
	}
	if a := r.ask("SELECT 1"); a.out != asyncops.Overloaded || a.err == nil {
		t.Errorf("got %+v", a)
	}
	forever.Abandon()
	r.Until("the worker has noticed", func() bool {
		a := r.ask("SELECT 2")
		if a.rows != "2" && a.out != asyncops.Overloaded {
			t.Fatalf("got %+v", a)
		}
		return a.rows == "2"
	})
}

// Readers and writers of two loops at once: nothing is lost, nobody is told "locked".
func TestConcurrent(t *testing.T) {
	r := newRig(t, 2, Config{Workers: 4})
	r.exec("CREATE TABLE t (who INTEGER, n INTEGER); CREATE TABLE sums (s INTEGER); INSERT INTO sums VALUES (0)")
	const each = 100
	var waits []*looptest.Pending[answer]
	for n := range each {
		for who := range 2 {
			for _, text := range []string{
				fmt.Sprintf("INSERT INTO t VALUES (%d, %d)", who, n),
				"UPDATE sums SET s = s + 1",
				fmt.Sprintf("SELECT count(*) >= 0 FROM t WHERE who = %d", who),
			} {
				waits = append(waits, r.begin(who, 0, text))
			}
		}
	}
	for _, w := range waits {
		if a := w.Wait(); a.out != asyncops.Completed {
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
	forever := r.begin(0, 0, endless)
	for i := range 20 {
		r.want(fmt.Sprintf("INSERT INTO t VALUES (%d) RETURNING v", i), fmt.Sprint(i))
		r.want("SELECT max(v) FROM t", fmt.Sprint(i))
	}
	forever.Abandon()
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
			c.until = time.Now().Add(looptest.Patience)
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

// Faults of the database count against it, faults of statements do not.
func TestDown(t *testing.T) {
	for code, down := range map[int]bool{1: false, 10: true, 13: true, 11: true, 19: false, 1299: false, 5: true, 266: true} {
		if got := (driver{}).Down(nil, &Error{Code: code}); got != down {
			t.Errorf("code %d: %v, want %v", code, got, down)
		}
	}
	if (driver{}).Down(nil, dbwork.ErrTooBig) {
		t.Error("a result that is too big counts")
	}
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
	r := looptest.New(t, 1)
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
		if db, err := New(r.Group, r.Ops, Config{Path: path}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), say) {
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

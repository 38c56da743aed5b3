package pg_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/loop"
)

// null is bound as NULL.
type null struct{}

// bind sets a query's text and values.
func bind(q *pg.Query, text string, values ...any) {
	q.SetText([]byte(text))
	for _, v := range values {
		switch v := v.(type) {
		case int:
			q.Bind(db.IntArg(int64(v)))
		case null:
			q.Bind(db.Arg{})
		case float64:
			q.Bind(db.FloatArg(v))
		case []byte:
			q.Bind(db.BlobArg(v))
		default:
			q.Bind(db.TextArg([]byte(v.(string))))
		}
	}
}

// with begins a query with bound values on loop 0.
func (r *rig) with(timeout time.Duration, text string, values ...any) (p *asked) {
	r.Group.Do(0, func(l *loop.Loop) { p = r.withOn(l, timeout, text, values...) })
	return p
}

func (r *rig) withOn(l *loop.Loop, timeout time.Duration, text string, values ...any) *asked {
	q := r.db.Query(l)
	bind(q, text, values...)
	return looptest.BeginOn(r.Rig, l, timeout, q, read)
}

// wantBound runs a query with bound values.
func (r *rig) wantBound(rows, text string, values ...any) {
	r.T.Helper()
	if a := r.with(0, text, values...).Wait(); a.out != asyncops.Completed || a.flat() != rows {
		r.T.Errorf("%s %v: %v, want [%s]", text, values, a, rows)
	}
}

// What is bound is a value, whatever it looks like; it has the type that its place
// in the statement asks for.
func testBound(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	for range 4 { // parsed without a name, with one, and executed by it
		r.wantBound("a'; DROP TABLE x; --,é,", `SELECT $1::text, $2::varchar, $3::text`, "a'; DROP TABLE x; --", "é", "")
		r.wantBound("43,NULL,t", `SELECT $1::int + 1, $2::text, $3::bool`, 42, null{}, "true")
		r.wantBound("2;3", `SELECT g FROM generate_series(1, 3) g WHERE g > $1 ORDER BY g`, 1)
		r.wantBound("", `SELECT 1 WHERE $1 = 'no'`, "yes")
		r.wantBound("\x00\xff\\", `SELECT $1::bytea`, []byte("\x00\xff\\"))
		r.wantBound("-0.125", `SELECT $1::float8`, -0.125)
	}
	a := r.with(0, `SELECT 1, 'x', $1::int8 WHERE false`, 5).Wait()
	if a.cols != 3 || fmt.Sprint(a.ints) != "[true false true]" {
		t.Errorf("no rows: %d columns, integers %v", a.cols, a.ints)
	}
	for range 3 { // described by the server, or known from before
		a := r.with(0, `SELECT 1 AS i, 1.5 AS f, now() AS t, current_date AS d, true AS b, ''::bytea AS x, $1::text AS "a name"`, "").Wait()
		want := fmt.Sprintf("i=%d f=%d t=%d d=%d b=%d x=%d a name=%d ", db.TypeInt, db.TypeFloat, db.TypeTime, db.TypeTime, db.TypeBool, db.TypeBlob, db.TypeText)
		if a.kinds != want {
			t.Errorf("columns %q, want %q", a.kinds, want)
		}
	}
	r.wantRows(`CREATE TABLE bound (a int PRIMARY KEY, b text)`, "")
	for i := range 4 {
		if a := r.with(0, `INSERT INTO bound VALUES ($1, $2), ($1 + 100, $2)`, i, "x").Wait(); a.affected != 2 || a.cols != 0 {
			t.Errorf("insert %d: %v", i, a)
		}
	}
	r.wantBound("8", `SELECT count(*) FROM bound WHERE b = $1`, "x")
	r.wantBound("3", `DELETE FROM bound WHERE a = $1 RETURNING a`, 3)
	r.wantRows(`DROP TABLE bound`, "")
	if s := r.db.Snapshot(); s.Prepared == 0 || s.Connects != 1 || s.InFlight != 0 {
		t.Errorf("counted %+v", s)
	}
}

// An error of a bound query is its own: the connection and its statements stay.
func testBoundErrors(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1, MaxRows: 10})
	pid := r.ask(`SELECT pg_backend_pid()`).flat()
	for _, c := range []struct {
		state, text string
		values      []any
	}{
		{"42601", `SELEC $1`, []any{1}},
		{"42601", `SELECT $1::int; SELECT 2`, []any{1}}, // "cannot insert multiple commands into a prepared statement"
		{"42P01", `SELECT * FROM no_such_table WHERE a = $1`, []any{1}},
		{"22P02", `SELECT $1::int`, []any{"seven"}},
		{"22012", `SELECT 1 / $1::int`, []any{0}},
		{"08P01", `SELECT $1::int, $2::int`, []any{1}}, // one value is missing
		{"22021", `SELECT $1::text`, []any{"\xff"}},
		{"54000", `SELECT g FROM generate_series(1, $1::int) g`, []any{11}},
		{"54000", `SELECT $1::text`, []any{strings.Repeat("x", 8<<20+1)}},
	} {
		for range 3 {
			if a := r.with(0, c.text, c.values...).Wait(); a.out != asyncops.Failed || a.sqlstate != c.state {
				t.Errorf("%s: %v, want %s", c.text, a, c.state)
			}
			r.wantBound("1", `SELECT $1::int`, 1)
		}
	}
	r.wantBound(pid, `SELECT pg_backend_pid() WHERE $1 = 1`, 1)
	if a := r.with(50*time.Millisecond, `SELECT pg_sleep($1)`, 60).Wait(); a.out != asyncops.TimedOut {
		t.Error("deadline: ", a)
	}
	r.wantBound(pid, `SELECT pg_backend_pid() WHERE $1 = 1`, 1)
}

// A text that keeps coming is parsed once for each connection, with or without
// values; texts that differ are not kept.
func testPrepared(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1, Statements: 3})
	kept := func() string {
		return r.ask(`SELECT count(*) FROM pg_prepared_statements /* ` + time.Now().String() + ` */`).flat()
	}
	for i := range 20 {
		r.wantRows(fmt.Sprintf(`SELECT %d`, i), fmt.Sprint(i))
		r.wantBound(fmt.Sprint(i), fmt.Sprintf(`SELECT %d WHERE $1 = 1`, i), 1)
	}
	if n := kept(); n != "0" || r.db.Snapshot().Prepared != 0 {
		t.Errorf("%s statements are kept of texts that came once", n)
	}
	for range 10 {
		r.wantRows(`SELECT 77`, "77")
		r.wantBound("8", `SELECT $1::int`, 8)
		r.wantRows(`SELECT 1; SELECT 2`, "2") // two statements cannot be one
	}
	if n, s := kept(), r.db.Snapshot(); n != "2" || s.Prepared != 7+8 {
		t.Errorf("%s kept, %d executed by name; want 2 and 15", n, s.Prepared)
	}
	for i := range 30 { // "Statements: that each connection keeps"
		r.wantBound(fmt.Sprint(i/3), fmt.Sprintf(`SELECT $1::int + %d`, i/3), 0)
	}
	if n := kept(); n != "3" {
		t.Errorf("%s kept, want 3", n)
	}
}

// A statement that has lost its meaning at the server is parsed again, and the
// script does not notice.
func testStale(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	r.wantRows(`CREATE TABLE stale (a int); INSERT INTO stale VALUES (1)`, "")
	const text = `SELECT * FROM stale WHERE a = $1`
	for i, c := range []struct{ change, rows string }{
		{``, "1"},
		{`ALTER TABLE stale ADD b text DEFAULT 'x'`, "1,x"}, // 0A000 "cached plan must not change result type"
		{`ALTER TABLE stale ALTER a TYPE text`, "1,x"},      // 42883 "operator does not exist: text = integer"
		{`DEALLOCATE ALL`, "1,x"},                           // 26000
		{`DISCARD ALL`, "1,x"},
	} {
		r.ask(c.change)
		for range 3 {
			r.wantBound(c.rows, text, 1)
		}
		if s := r.db.Snapshot(); s.Resent != uint64(i) {
			t.Errorf("after %q %d were sent again, want %d", c.change, s.Resent, i)
		}
	}
	// A write that is sent again was not carried out the first time.
	for range 3 {
		r.with(0, `INSERT INTO stale VALUES ($1)`, "w").Wait()
		r.ask(`DEALLOCATE ALL`)
	}
	r.wantRows(`SELECT count(*) FROM stale WHERE a = 'w'`, "3")
	r.wantRows(`DROP TABLE stale`, "")
	if a := r.with(0, text, 1).Wait(); a.sqlstate != "42P01" {
		t.Error("a table that is gone: ", a)
	}
}

// "pgbouncer=true" does without names; so does a pool whose names keep vanishing.
func testNameless(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL + "&pgbouncer=true", MaxConns: 1})
	for i := range 10 {
		r.wantBound(fmt.Sprint(i), `SELECT $1::int`, i)
		r.wantRows(`SELECT 7`, "7")
		r.ask(`DISCARD ALL`) // as a server that changes with each transaction
	}
	if s := r.db.Snapshot(); s.Prepared != 0 || s.Resent != 0 {
		t.Errorf("with pgbouncer=true: %+v", s)
	}
	r = newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1})
	for i := range 30 {
		r.wantBound(fmt.Sprint(i), `SELECT $1::int`, i)
		r.ask(`DISCARD ALL`)
	}
	if s := r.db.Snapshot(); s.Resent != 3 {
		t.Errorf("%d were sent again until names were given up, want 3", s.Resent)
	}
}

// Bound and other queries share a connection's pipeline; each gets its own answer.
func testBoundPipelining(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 1, Statements: 3})
	// A machine with other things to do may make some of the queries slow.
	r.until("queries are pipelined", func(s pg.Stats) bool {
		r.pipeline()
		return r.db.Snapshot().Pipelined > 50
	})
	if s := r.db.Snapshot(); s.Connects != 1 || s.Resent != 0 || s.Prepared == 0 {
		t.Errorf("counted %+v", s)
	}
}

// pipeline asks in one go more than there are connections, and statements to keep.
func (r *rig) pipeline() {
	r.T.Helper()
	var all []*asked
	var want []string
	r.Group.Do(0, func(l *loop.Loop) {
		for i := range 12 {
			all = append(all, r.withOn(l, 0, fmt.Sprintf(`SELECT $1::int + %d`, i%4), i), r.beginOn(l, 0, `SELECT 'x'`),
				r.withOn(l, 0, `SELECT 1 / ($1::int - $1::int)`, i))
			want = append(want, fmt.Sprint(i+i%4), "x", "")
		}
	})
	for i, o := range all {
		if a := o.Wait(); a.flat() != want[i] || (a.sqlstate == "22012") != (want[i] == "") {
			r.T.Fatalf("query %d: %v, want [%s]", i, a, want[i])
		}
	}
}

// "SlowQuery: queries that take as long are logged with their text."
func testSlowLog(t *testing.T, srv *pgtest.Server) {
	var log lines
	r := &rig{Rig: looptest.New(t, 1)}
	db, err := pg.New(r.Group, r.Ops, pg.Config{URL: srv.URL, MaxConns: 1, SlowQuery: 100 * time.Millisecond}, log.logger())
	if err != nil {
		t.Fatal(err)
	}
	r.db = db
	t.Cleanup(db.Close)
	r.Start()
	r.open(1)
	r.begin(0, 0, `SELECT pg_sleep(0.2), 'slow'`).Wait()
	r.begin(0, 200*time.Millisecond, `SELECT pg_sleep(60), 'given up'`).Wait()
	text := log.String()
	if !strings.Contains(text, "'slow'") || !strings.Contains(text, "'given up'") || strings.Count(text, "slow query") != 2 {
		t.Errorf("logged:\n%s", text)
	}
	if strings.Contains(text, "secret") {
		t.Error("the password is in the log")
	}
}

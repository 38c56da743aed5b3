package db_virtual

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// A fake is a database that does as its state says. All of it belongs to loop 0.
type fake struct {
	url     string
	out     asyncops.Outcome // of its queries
	late    bool             // they end when the test says so
	dialect *db.Dialect
	said    []string // what it was asked
	waiting []*fakeQuery
	queries int // that are not freed
}

type fakeQuery struct {
	db.Query // nil: what is not overridden is not used
	d        *fake
	text     string
	done     asyncops.Completion
	ended    bool
}

func (d *fake) Query(*loop.Loop) db.Query { d.queries++; return &fakeQuery{d: d} }
func (d *fake) Dialect() *db.Dialect      { return d.dialect }
func (d *fake) Stats() string             { return "" }
func (d *fake) Close()                    {}

func (q *fakeQuery) SetText(b []byte)                    { q.text = string(b) }
func (q *fakeQuery) Bind(a db.Arg)                       { q.text += fmt.Sprint(" ", a.N) }
func (q *fakeQuery) SetBounds(int, int)                  {}
func (q *fakeQuery) Free(*loop.Loop)                     { q.d.queries-- }
func (q *fakeQuery) Rows() int                           { return 1 }
func (q *fakeQuery) Cols() int                           { return 1 }
func (q *fakeQuery) Affected() int64                     { return 1 }
func (q *fakeQuery) Value(int, int) (b []byte, nul bool) { return []byte(q.d.url), false }
func (q *fakeQuery) Err() (state, message []byte)        { return []byte("XX"), []byte(q.d.url) }
func (q *fakeQuery) Cancel(*loop.Loop)                   { q.d.said = append(q.d.said, "cancelled") }

func (q *fakeQuery) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	q.d.said = append(q.d.said, q.text)
	if q.done = c; q.d.late {
		q.d.waiting = append(q.d.waiting, q)
		return
	}
	c.Done(l, q.d.out)
}

// answer ends the queries that wait.
func (d *fake) answer(l *loop.Loop, out asyncops.Outcome) {
	list := d.waiting
	d.waiting = nil
	for _, q := range list {
		q.done.Done(l, out)
	}
}

// A rig is a set of three fakes, "a", "b" and "c"; c has another SQL.
type rig struct {
	*looptest.Rig
	m   *Module
	db  db.Database
	dbs map[string]*fake
}

func (r *rig) OpenDatabase(_ *db.Set, u *db.URL) (db.Database, error) {
	d := &fake{url: u.Host, dialect: db.PostgreSQL}
	if u.Host == "c" {
		d.dialect = db.MySQL
	}
	r.dbs[u.Host] = d
	return d, nil
}

func newRig(t *testing.T, mode string) *rig {
	t.Helper()
	r := &rig{Rig: looptest.New(t, 1), m: &Module{probe: 50 * time.Millisecond}, dbs: map[string]*fake{}}
	all := db.NewSet(r.Group, r.Ops, func(name string) any {
		if name == "db_virtual" {
			return r.m
		}
		return r
	})
	for _, line := range []string{"# a comment", "define other ROUND", "postgres://x/d", "define s " + mode, "postgres://a/d", "postgres://u:secret@b/d", "mysql://c/d"} {
		if err := r.m.add(line); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if r.db, err = all.Open("virtual://s"); err != nil {
		t.Fatal(err)
	}
	r.Start()
	return r
}

// set changes the fakes; names have each one's initial.
func (r *rig) set(names string, change func(*fake)) {
	r.Group.Do(0, func(*loop.Loop) {
		for _, n := range names {
			change(r.dbs[string(n)])
		}
	})
}

type answer struct {
	out   asyncops.Outcome
	who   string
	state string
}

func (r *rig) begin(timeout time.Duration, text string, args ...int64) *looptest.Pending[answer] {
	return looptest.Begin(r.Rig, 0, timeout, func(l *loop.Loop) db.Query {
		q := r.db.Query(l)
		q.SetText([]byte(text))
		for _, n := range args {
			q.Bind(db.IntArg(n))
		}
		return q
	}, func(l *loop.Loop, q db.Query, out asyncops.Outcome) answer {
		a := answer{out: out}
		if q.Rows() > 0 {
			b, _ := q.Value(0, 0)
			a.who = string(b)
		}
		state, _ := q.Err()
		a.state = string(state)
		q.Free(l)
		return a
	})
}

// want asks n times and tells who must have answered.
func (r *rig) want(who string, text string) {
	r.T.Helper()
	got := ""
	for range who {
		a := r.begin(0, text).Wait()
		if a.out != asyncops.Completed {
			r.T.Errorf("%s: %+v", text, a)
		}
		got += a.who
	}
	if got != who {
		r.T.Errorf("%s: %s answered, want %s", text, got, who)
	}
}

// wantFreed checks that nothing is left of any query.
func (r *rig) wantFreed() {
	r.T.Helper()
	r.set("abc", func(d *fake) {
		if d.queries != 0 || len(d.waiting) != 0 {
			r.T.Errorf("%s has %d queries", d.url, d.queries)
		}
	})
}

func down(d *fake) { d.out, d.late = asyncops.Unavailable, false }
func well(d *fake) { d.out, d.late = asyncops.Completed, false }
func late(d *fake) { d.late = true }

// "Use the first URL; if it fails, take the next URL and redo the operation."
func TestFailover(t *testing.T) {
	r := newRig(t, "FAILOVER")
	r.want("aaa", "SELECT 1")
	r.set("a", down)
	r.want("bbb", "UPDATE t SET x = 1")
	r.set("b", down)
	r.want("cc", "SELECT 1")
	r.set("a", well)
	r.want("cc", "SELECT 1") // stays, until it fails in turn
	r.set("c", down)
	r.want("aa", "SELECT 1")
	r.set("a", down)
	if a := r.begin(0, "SELECT 1").Wait(); a.out != asyncops.Unavailable || a.state != "08001" {
		t.Errorf("all are down: %+v", a)
	}
	r.set("b", well) // it is asked at once, though it was down a moment ago
	r.want("bb", "SELECT 1")
	r.wantFreed()
}

// A query that may have been carried out is never repeated.
func TestNotRepeated(t *testing.T) {
	r := newRig(t, "FAILOVER")
	for _, out := range []asyncops.Outcome{asyncops.Failed, asyncops.Overloaded} {
		r.set("a", func(d *fake) { d.out, d.said = out, nil })
		if a := r.begin(0, "INSERT INTO t VALUES (1)").Wait(); a.out != out || a.state != "XX" {
			t.Errorf("%+v", a)
		}
		r.set("b", func(d *fake) {
			if len(d.said) != 0 {
				t.Errorf("%v: b was asked too", out)
			}
		})
	}
	r.set("a", late)
	p := r.begin(20*time.Millisecond, "INSERT INTO t VALUES (1)")
	if a := p.Wait(); a.out != asyncops.TimedOut {
		t.Errorf("%+v", a)
	}
	r.set("a", func(d *fake) {
		if !slices.Contains(d.said, "cancelled") {
			t.Error("a goes on")
		}
		d.waiting = nil
	})
	r.wantFreed()
}

// A database that says so later that it cannot be asked is as good as down.
func TestLateRefusal(t *testing.T) {
	r := newRig(t, "FAILOVER")
	r.set("a", late)
	p := r.begin(0, "SELECT 1")
	r.Group.Do(0, func(l *loop.Loop) { r.dbs["a"].answer(l, asyncops.Unavailable) })
	if a := p.Wait(); a.who != "b" {
		t.Errorf("%+v", a)
	}
	r.want("b", "SELECT 1")
	r.wantFreed()
}

// "ROUND: use the next URL each time", for what reads or inserts; an update goes where
// the last query went.
func TestRound(t *testing.T) {
	r := newRig(t, "ROUND")
	r.want("bcabca", "SELECT 1")
	r.want("bc", "insert into t values (1)")
	r.want("ccc", "DELETE FROM t")
	r.set("a", down)
	r.want("bcbc", "SELECT 1")
	r.wantFreed()
}

// "PARALLEL: use all the URLs. Fails if all the URLs fail."
func TestParallel(t *testing.T) {
	r := newRig(t, "PARALLEL")
	r.want("a", "UPDATE t SET x = 1")
	r.set("abc", func(d *fake) {
		if len(d.said) != 1 {
			t.Errorf("%s was asked %q", d.url, d.said)
		}
		d.said = nil
	})
	r.want("a", "SELECT 1") // reading asks one
	r.set("bc", func(d *fake) {
		if len(d.said) != 0 {
			t.Errorf("%s was asked %q", d.url, d.said)
		}
	})
	r.set("a", func(d *fake) { d.out = asyncops.Failed })
	r.want("b", "UPDATE t SET x = 1")
	r.set("bc", down)
	if a := r.begin(0, "UPDATE t SET x = 1").Wait(); a.out != asyncops.Failed || a.state != "XX" {
		t.Errorf("all fail: %+v", a)
	}
	r.wantFreed()
}

// The first that has carried it out is enough; the others go on, and nothing of them
// is left when they have ended too.
func TestParallelLate(t *testing.T) {
	r := newRig(t, "PARALLEL")
	r.set("abc", late)
	p := r.begin(0, "UPDATE t SET x = 1")
	r.Group.Do(0, func(l *loop.Loop) {
		r.dbs["b"].answer(l, asyncops.Failed)
		r.dbs["c"].answer(l, asyncops.Completed)
	})
	if a := p.Wait(); a.out != asyncops.Completed || a.who != "c" {
		t.Errorf("%+v", a)
	}
	r.Group.Do(0, func(l *loop.Loop) { r.dbs["a"].answer(l, asyncops.Completed) })
	r.wantFreed()
}

// db_virtual:set takes a database out of use, and back.
func TestCommands(t *testing.T) {
	r := newRig(t, "FAILOVER")
	call := func(args ...int) error {
		_, err := r.m.switchTo(args[0], args[1], args[2], args[3])
		return err
	}
	if err := call(1, 0, 0, 0); err != nil {
		t.Error(err)
	}
	r.want("bb", "SELECT 1")
	if got := fmt.Sprint(r.m.describe()); !strings.Contains(got, "FAILOVER") || strings.Contains(got, "secret") || !strings.Contains(got, "{may 0}") {
		t.Error(got)
	}
	for _, bad := range [][]int{{2, 0, 1, 0}, {-1, 0, 1, 0}, {1, 3, 1, 0}, {1, 0, 2, 0}, {1, 0, 1, 5}} {
		if call(bad...) == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	for _, j := range []int{1, 2} {
		_ = call(1, j, 0, 0) // has been taken above
	}
	if a := r.begin(0, "SELECT 1").Wait(); a.out != asyncops.Unavailable {
		t.Errorf("none may be used: %+v", a)
	}
	if err := call(1, 0, 1, 1); err != nil {
		t.Error(err)
	}
	r.want("aa", "SELECT 1")
	for _, c := range r.m.commands() {
		if c.Name == "db_virtual:get" && len(c.Recipes) != 1 || len(c.Aliases) != 1 {
			t.Error(c.Name)
		}
	}
}

// Each database is told in its own SQL.
func TestTranslate(t *testing.T) {
	r := newRig(t, "FAILOVER")
	r.set("ab", down)
	r.begin(0, `SELECT "a" FROM t WHERE b = $1 AND c = '$2' AND d = $2`, 7, 8).Wait()
	r.set("c", func(d *fake) {
		if want := "SELECT `a` FROM t WHERE b = ? AND c = '$2' AND d = ? 7 8"; len(d.said) != 1 || d.said[0] != want {
			t.Errorf("said %q, want %q", d.said, want)
		}
	})
	for _, c := range []struct {
		from, to  *db.Dialect
		text, out string
	}{
		{db.MySQL, db.PostgreSQL, "SELECT `x`, '?`' FROM t WHERE a = ? AND b = 'it\\'s ?' AND c=?", `SELECT "x", '?` + "`" + `' FROM t WHERE a = $1 AND b = 'it\'s ?' AND c=$2`},
		{db.SQLite, db.PostgreSQL, `a = ? AND b = 'it''s ?' AND c = '\' AND d = ?`, `a = $1 AND b = 'it''s ?' AND c = '\' AND d = $2`},
		{db.PostgreSQL, db.PostgreSQL, `a = $1`, `a = $1`},
		{db.PostgreSQL, db.SQLite, `a = $12 AND b = 'open`, `a = ? AND b = 'open`},
	} {
		if got := string(translate([]byte(c.text), c.from, c.to)); got != c.out {
			t.Errorf("%s: %s, want %s", c.text, got, c.out)
		}
	}
}

// A Statement is compiled for each database by itself.
func TestStatement(t *testing.T) {
	r := newRig(t, "FAILOVER")
	ask := func(s *db.Statement) answer {
		return looptest.Begin(r.Rig, 0, 0, func(l *loop.Loop) db.Query {
			q := r.db.Query(l)
			if err := db.Prepare(r.db, q, s); err != nil {
				t.Error(err)
			}
			q.Bind(db.IntArg(5))
			return q
		}, func(l *loop.Loop, q db.Query, out asyncops.Outcome) answer {
			defer q.Free(l)
			state, message := q.Err()
			return answer{out, string(message), string(state)}
		}).Wait()
	}
	s := &db.Statement{Verb: db.Select, Table: "T", Columns: []string{"c"}, Where: []db.Condition{{Column: "k"}}}
	r.set("a", down)
	ask(s)
	r.set("b", down)
	ask(s)
	for name, want := range map[string]string{"b": `SELECT "c" FROM "t" WHERE "k" = $1 5`, "c": "SELECT `c` FROM `T` WHERE `k` = ? 5"} {
		r.set(name, func(d *fake) {
			if !slices.Contains(d.said, want) {
				t.Errorf("%s was told %q, want %q", name, d.said, want)
			}
		})
	}
	r.set("a", well)
	r.set("c", down)
	if a := ask(&db.Statement{Verb: db.Replace, Table: "t", Set: []string{"a"}}); a.out != asyncops.Failed || !strings.Contains(a.who, "key") {
		t.Errorf("what PostgreSQL cannot be told: %+v", a)
	}
	r.wantFreed()
}

// An operator's mistakes are told.
func TestParameters(t *testing.T) {
	for say, lines := range map[string][]string{
		"must come before":   {"mysql://a/d"},
		"there are FAILOVER": {"define s FAIL"},
		`"define NAME MODE"`: {"define s"},
		"defined twice":      {"define s ROUND", "define s ROUND"},
		"another set in it":  {"define s ROUND", "virtual://t"},
		"driver://":          {"define s ROUND", "mysql"},
		"no URL follows":     {"define s ROUND"},
		"at most 64":         append([]string{"define s ROUND"}, slices.Repeat([]string{"mysql://a/d"}, 65)...),
	} {
		m := new(Module)
		var err error
		for _, line := range lines {
			err = errors.Join(err, m.add(line))
		}
		if err = errors.Join(err, m.Start(nil)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, want %q", lines[:min(2, len(lines))], err, say)
		}
	}
	m := new(Module)
	if _, err := m.OpenDatabase(nil, &db.URL{Raw: "virtual://x"}); err == nil || !strings.Contains(err.Error(), `no set "x"`) {
		t.Error(err)
	}
}

package spool

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// A store is a database in memory. Its answers can be had otherwise: say is asked for each
// INSERT of so many rows.
type store struct {
	mu   sync.Mutex
	rows []string
	say  func(n int) (out asyncops.Outcome, state string, carriedOut bool)
	bad  string // a row with this in it is refused, SQLSTATE 22001
	most int    // rows of one INSERT
	asks int    // SELECTs
}

func (s *store) Query(*loop.Loop) db.Query { return &query{s: s} }
func (s *store) Dialect() *db.Dialect      { return db.PostgreSQL }
func (s *store) Stats() string             { return "" }
func (s *store) Close()                    {}

func (s *store) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *store) list() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rows)
}

// away has every statement fail: nothing is carried out.
func (s *store) away(yes bool) {
	s.set(func() {
		if s.say = nil; yes {
			s.say = func(int) (asyncops.Outcome, string, bool) { return asyncops.Unavailable, "", false }
		}
	})
}

type query struct {
	s     *store
	what  *db.Statement
	args  []string
	count int
	state string
}

func (q *query) SetStatement(s *db.Statement)  { q.what = s }
func (q *query) SetText([]byte)                {}
func (q *query) SetBounds(int, int)            {}
func (q *query) Cols() int                     { return 1 }
func (q *query) Rows() int                     { return 1 }
func (q *query) Name(int) []byte               { return nil }
func (q *query) Type(int, int) db.Type         { return db.TypeInt }
func (q *query) Affected() int64               { return 0 }
func (q *query) Err() ([]byte, []byte)         { return []byte(q.state), []byte("as told") }
func (q *query) Free(*loop.Loop)               {}
func (q *query) Cancel(*loop.Loop)             {}
func (q *query) Backend() *asyncops.Backend    { return nil }
func (q *query) Value(int, int) ([]byte, bool) { return fmt.Append(nil, q.count), false }
func (q *query) Bind(a db.Arg) {
	q.args = append(q.args, map[db.Kind]string{db.Null: "NULL", db.Int: fmt.Sprint(a.N), db.Text: string(a.B)}[a.Kind])
}

func (q *query) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	out := asyncops.Completed
	q.s.set(func() { out = q.carryOut() })
	c.Done(l, out)
}

func (q *query) carryOut() asyncops.Outcome {
	s, n := q.s, max(q.what.Rows, 1)
	if s.say != nil {
		out, state, done := s.say(n)
		if q.state = state; done {
			q.apply(n)
		}
		return out
	}
	return q.apply(n)
}

func (q *query) apply(n int) asyncops.Outcome {
	s := q.s
	if q.what.Verb == db.Select {
		s.asks++
		like := q.what.Table + "|" + strings.Join(q.args, "|")
		for _, r := range s.rows {
			if r == like {
				q.count++
			}
		}
		return asyncops.Completed
	}
	var rows []string
	for part := range slices.Chunk(q.args, len(q.args)/n) {
		rows = append(rows, q.what.Table+"|"+strings.Join(part, "|"))
	}
	for _, r := range rows {
		if s.bad != "" && strings.Contains(r, s.bad) {
			q.state = "22001"
			return asyncops.Failed
		}
	}
	s.rows, s.most = append(s.rows, rows...), max(s.most, n)
	return asyncops.Completed
}

// A bench is a Spool on a loop that runs.
type bench struct {
	*looptest.Rig
	*Spool
	store *store
	shape []byte
}

func newBench(t *testing.T, s *store, cfg Config) *bench {
	t.Helper()
	b := &bench{Rig: looptest.New(t, 1), store: s, shape: AppendShape(nil, "t", []string{"n", "text"})}
	cfg.Name, cfg.Set, cfg.DB = "test", db.NewSet(b.Group, b.Ops, nil), s
	if cfg.MaxRows == 0 {
		cfg.MaxRows = 1000
	}
	if cfg.MaxDisk == 0 {
		cfg.MaxDisk = 64 << 20
	}
	sp, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.Spool = sp
	b.Rig.Start()
	b.Spool.Start()
	return b
}

// put puts rows with the numbers from to to-1.
func (b *bench) put(from, to int) {
	b.T.Helper()
	b.Group.Do(0, func(l *loop.Loop) {
		for n := from; n < to; n++ {
			b.Put(l, AppendText(AppendInt(append([]byte(nil), b.shape...), int64(n)), fmt.Appendf(nil, "row %d", n)))
		}
	})
}

func wanted(from, to int) (list []string) {
	for n := from; n < to; n++ {
		list = append(list, fmt.Sprintf("t|%d|row %d", n, n))
	}
	return list
}

// await waits, for ten seconds at most, until f holds.
func (b *bench) await(what string, f func() bool) {
	b.T.Helper()
	for end := time.After(10 * time.Second); !f(); {
		select {
		case <-end:
			b.T.Fatalf("not so: %s; queued %d, written %d, rows %d", what, b.Counts().Queued.Load(), b.Counts().Written.Load(), len(b.store.list()))
		case <-time.After(time.Millisecond):
		}
	}
}

func (b *bench) empty() bool { return b.Counts().Queued.Load() == 0 }

func (b *bench) equal(want []string) {
	b.T.Helper()
	if got := b.store.list(); !slices.Equal(got, want) {
		b.T.Errorf("%d rows are there, want %d: %.200q ... want %.200q", len(got), len(want), got, want)
	}
}

package sqlite

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A rig is a database on running loops.
type rig struct {
	*looptest.Rig
	db *DB
}

func newRig(t testing.TB, loops int, cfg Config) *rig {
	t.Helper()
	if cfg.Path == "" {
		cfg.Path = filepath.Join(t.TempDir(), "test.db")
	}
	r := &rig{Rig: looptest.New(t, loops)}
	db, err := New(r.Group, r.Ops, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r.db = db
	t.Cleanup(db.Close)
	r.Start()
	return r
}

func (r *rig) exec(script string) {
	r.T.Helper()
	if err := r.db.Exec(context.Background(), script); err != nil {
		r.T.Fatal(err)
	}
}

// An answer is what a query left behind; rows are written like "1|two|NULL".
type answer struct {
	out      asyncops.Outcome
	rows     string
	cols     int
	ints     string // which values are integers: "i" or "."
	affected int64
	key      int64
	names    string
	state    string
	err      error
}

func read(l *loop.Loop, q *Query, out asyncops.Outcome) answer {
	defer q.Free(l)
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
			kinds += map[bool]string{true: "i", false: "."}[q.Type(i, k) == db.TypeInt]
		}
		rows, ints = append(rows, strings.Join(row, "|")), append(ints, kinds)
	}
	var names []string
	for k := range q.Cols() {
		names = append(names, string(q.Name(k)))
	}
	state, _ := q.Err()
	return answer{out, strings.Join(rows, "\n"), q.Cols(), strings.Join(ints, " "), q.Affected(), q.LastInsert(), strings.Join(names, ","), string(state), q.Cause()}
}

// begin starts a query on a loop.
func (r *rig) begin(on int, timeout time.Duration, text string) *looptest.Pending[answer] {
	return looptest.Begin(r.Rig, on, timeout, func(l *loop.Loop) *Query {
		q := r.db.Query(l)
		q.SetText([]byte(text))
		return q
	}, read)
}

// bound starts a query with arguments on loop 0.
func (r *rig) bound(text string, args ...db.Arg) *looptest.Pending[answer] {
	return looptest.Begin(r.Rig, 0, 0, func(l *loop.Loop) *Query {
		q := r.db.Query(l)
		q.SetText([]byte(text))
		for _, a := range args {
			q.Bind(a)
		}
		return q
	}, read)
}

func (r *rig) ask(text string) answer {
	r.T.Helper()
	return r.begin(0, 0, text).Wait()
}

func (r *rig) want(text, rows string) {
	r.T.Helper()
	if a := r.ask(text); a.out != asyncops.Completed || a.rows != rows || a.err != nil {
		r.T.Errorf("%s: got %v %q, error %v, want %q", text, a.out, a.rows, a.err, rows)
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

package mysql

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/dbwork"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A rig is a database on running loops.
type rig struct {
	*looptest.Rig
	db *DB
}

func newRig(t testing.TB, url string, cfg Config) *rig {
	t.Helper()
	u, err := db.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	cfg.URL = u
	r := &rig{Rig: looptest.New(t, 1)}
	if r.db, err = New(r.Group, r.Ops, cfg, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.db.Close)
	r.Start()
	return r
}

// An answer is what a query left behind; rows are written like "1,two,NULL;…".
type answer struct {
	out      asyncops.Outcome
	rows     string
	cols     string // name=type
	affected int64
	key      int64
	state    string
	message  string
}

func (a answer) String() string {
	return fmt.Sprintf("%v [%s] %d affected %q %q", a.out, a.rows, a.affected, a.state, a.message)
}

func read(l *loop.Loop, q *dbwork.Query, out asyncops.Outcome) answer {
	defer q.Free(l)
	a := answer{out: out, affected: q.Affected(), key: q.LastInsert()}
	var rows, cols []string
	for i := range q.Rows() {
		var row []string
		for k := range q.Cols() {
			b, null := q.Value(i, k)
			if null {
				b = []byte("NULL")
			}
			row = append(row, string(b))
			if i == 0 {
				cols = append(cols, fmt.Sprintf("%s=%d", q.Name(k), q.Type(i, k)))
			}
		}
		rows = append(rows, strings.Join(row, ","))
	}
	a.rows, a.cols = strings.Join(rows, ";"), strings.Join(cols, " ")
	state, message := q.Err()
	a.state, a.message = string(state), string(message)
	return a
}

type asked = looptest.Pending[answer]

func (r *rig) begin(timeout time.Duration, text string, args ...db.Arg) *asked {
	return looptest.Begin(r.Rig, 0, timeout, func(l *loop.Loop) *dbwork.Query {
		q := r.db.Query(l)
		q.SetText([]byte(text))
		for _, a := range args {
			q.Bind(a)
		}
		return q
	}, read)
}

func (r *rig) ask(text string, args ...db.Arg) answer {
	r.T.Helper()
	return r.begin(0, text, args...).Wait()
}

func (r *rig) want(rows, text string, args ...db.Arg) {
	r.T.Helper()
	if a := r.ask(text, args...); a.out != asyncops.Completed || a.rows != rows {
		r.T.Errorf("%s: %v, want [%s]", text, a, rows)
	}
}

func (r *rig) wantError(state, text string, args ...db.Arg) {
	r.T.Helper()
	if a := r.ask(text, args...); a.out != asyncops.Failed || a.state != state || a.message == "" || a.rows != "" {
		r.T.Errorf("%.60s: %v, want error %s", text, a, state)
	}
}

func text(s string) db.Arg { return db.TextArg([]byte(s)) }

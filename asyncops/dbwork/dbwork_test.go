package dbwork

import (
	"context"
	"errors"
	"log/slog"
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

// fake is a driver with one worker and room for two more jobs; do is what it does.
type fake struct {
	workers *asyncops.Workers
	do      func(*Job) error
}

var errDown = errors.New("the server is gone")

func (f *fake) Submit(j *Job) bool          { return f.workers.Submit(func() { j.Return(f.do(j)) }) }
func (f *fake) Down(_ *Job, err error) bool { return errors.Is(err, errDown) }
func (f *fake) Explain(err error) (state, message string) {
	return "S", err.Error()
}

// echo gives back the text, or fails as the text says.
func echo(j *Job) error {
	switch string(j.Text) {
	case "down":
		return errDown
	case "no way there":
		return NotSent(errDown)
	case "wrong":
		return errors.New("wrong")
	}
	j.AddColumn("text")
	for !j.Full() && j.Rows() < 20 {
		if !j.AddText(j.Text, db.TypeText) {
			return ErrTooBig
		}
		if j.Rows() == j.Args.Len()+1 {
			return nil
		}
	}
	return ErrTooBig
}

type rig struct {
	*looptest.Rig
	db *DB
}

func newRig(t *testing.T, cfg Config, do func(*Job) error) *rig {
	t.Helper()
	r := &rig{Rig: looptest.New(t, 1)}
	f := &fake{asyncops.NewWorkers(1, 2), do}
	t.Cleanup(f.workers.Close)
	r.db = New(r.Group, r.Ops, cfg, f, slog.New(slog.DiscardHandler))
	r.Start()
	return r
}

type answer struct {
	out  asyncops.Outcome
	rows int
	err  error
}

func read(l *loop.Loop, q *Query, out asyncops.Outcome) answer {
	defer q.Free(l)
	return answer{out, q.Rows(), q.Cause()}
}

func (r *rig) begin(timeout time.Duration, text string, args ...db.Arg) *looptest.Pending[answer] {
	return looptest.Begin(r.Rig, 0, timeout, func(l *loop.Loop) *Query {
		q := r.db.Query(l)
		q.SetText([]byte(text))
		for _, a := range args {
			q.Bind(a)
		}
		return q
	}, read)
}

func (r *rig) want(out asyncops.Outcome, err error, text string, args ...db.Arg) {
	r.T.Helper()
	if a := r.begin(0, text, args...).Wait(); a.out != out || err != nil && a.err != err {
		r.T.Errorf("%.20q: %+v, want %v, %v", text, a, out, err)
	}
}

// A database that fails again and again is left alone for a while, then asked again;
// faults of statements do not count.
func TestBreaker(t *testing.T) {
	r := newRig(t, Config{Breaker: asyncops.BreakerConfig{Failures: 3, Probe: time.Millisecond}}, echo)
	for range 10 {
		r.want(asyncops.Failed, nil, "wrong")
	}
	for range 3 {
		r.want(asyncops.Failed, errDown, "down")
	}
	r.Until("a probe", func() bool { return r.begin(0, "probe").Wait().out == asyncops.Completed })
	r.want(asyncops.Completed, nil, "back")
	if _, e := r.db.Backend().Ends(); e.Failed != 13 {
		t.Errorf("counted %+v", e)
	}
}

// An open breaker refuses without a worker.
func TestUnavailable(t *testing.T) {
	r := newRig(t, Config{Breaker: asyncops.BreakerConfig{Failures: 1, Probe: time.Hour}}, echo)
	r.want(asyncops.Unavailable, nil, "no way there") // "another database may be asked instead"
	if p := r.begin(0, "x"); !p.AtOnce || p.Wait().out != asyncops.Unavailable {
		t.Error("it was tried")
	}
}

// One runs, two wait, and no more: a worker that hangs fills no memory. The deadline
// ends all three for their waiters, and tells the worker to give up.
func TestBounds(t *testing.T) {
	begun, gaveUp := make(chan bool, 3), make(chan error, 3)
	r := newRig(t, Config{}, func(j *Job) error {
		begun <- true
		ctx, release := j.Context(context.Background())
		defer release()
		<-ctx.Done()
		gaveUp <- ctx.Err()
		return ctx.Err()
	})
	first := r.begin(200*time.Millisecond, "hang")
	<-begun
	others := []*looptest.Pending[answer]{r.begin(200*time.Millisecond, "hang"), r.begin(200*time.Millisecond, "hang")}
	r.want(asyncops.Overloaded, ErrOverloaded, "one too many")
	for _, p := range append(others, first) {
		if a := p.Wait(); a.out != asyncops.TimedOut || a.err != ErrDeadline {
			t.Errorf("%+v", a)
		}
	}
	for range 3 {
		looptest.Receive(t, "the worker gives up", gaveUp)
	}
}

// A query that has waited for a worker until nobody wanted it tells nothing of the
// database: it does not close the breaker.
func TestUnaskedIsNoSuccess(t *testing.T) {
	r := newRig(t, Config{Breaker: asyncops.BreakerConfig{Failures: 2, Probe: time.Hour}}, func(j *Job) error {
		if string(j.Text) == "late" {
			return ErrDeadline
		}
		return echo(j)
	})
	r.want(asyncops.Failed, errDown, "down")
	r.begin(0, "late").Wait()
	r.want(asyncops.Failed, errDown, "down")
	r.want(asyncops.Unavailable, ErrUnavailable, "refused")
}

// Whoever goes away frees the worker before the deadline.
func TestAbandon(t *testing.T) {
	begun, gaveUp := make(chan bool), make(chan error)
	r := newRig(t, Config{}, func(j *Job) error {
		ctx, release := j.Context(context.Background())
		defer release()
		begun <- true
		<-ctx.Done()
		gaveUp <- ctx.Err()
		return ctx.Err()
	})
	p := r.begin(time.Hour, "hang")
	<-begun
	p.Abandon()
	if err := looptest.Receive(t, "the worker gives up", gaveUp); err != context.Canceled {
		t.Error(err)
	}
	if p.Ended() {
		t.Error("an abandoned waiter was told")
	}
}

// What cannot be sent is refused at once; a result beyond its bounds has no rows.
func TestLimits(t *testing.T) {
	r := newRig(t, Config{MaxRows: 3, MaxBytes: 1 << 21}, echo)
	one := db.IntArg(1)
	r.want(asyncops.Failed, ErrText, "a\x00b")
	r.want(asyncops.Failed, ErrText, strings.Repeat("x", 1<<20+1))
	r.want(asyncops.Failed, ErrArgs, "x", db.TextArg(make([]byte, maxSize)), one)
	r.want(asyncops.Completed, nil, "x", one, one) // 3 rows
	r.want(asyncops.Failed, ErrTooBig, "x", one, one, one)
	if a := r.begin(0, strings.Repeat("x", 1<<20), one, one).Wait(); a.err != ErrTooBig || a.rows != 0 {
		t.Errorf("%+v", a)
	}
}

// A query that has ended may be begun again, with the same text and arguments.
func TestAgain(t *testing.T) {
	r := newRig(t, Config{}, echo)
	var q *Query
	for i := range 3 {
		a := looptest.Begin(r.Rig, 0, 0, func(l *loop.Loop) *Query {
			if i == 0 {
				q = r.db.Query(l)
				q.SetText([]byte("x"))
				q.Bind(db.IntArg(1))
			}
			return q
		}, func(_ *loop.Loop, q *Query, out asyncops.Outcome) answer { return answer{out, q.Rows(), q.Cause()} }).Wait()
		if a.rows != 2 {
			t.Errorf("time %d: %+v", i, a)
		}
	}
	r.Group.Do(0, func(l *loop.Loop) { q.Free(l) })
}

// Queries and results are used again, and shrink. "BUG: query freed twice"
func TestPools(t *testing.T) {
	r := newRig(t, Config{}, echo)
	r.want(asyncops.Completed, nil, strings.Repeat("x", 200_000))
	r.Group.Do(0, func(l *loop.Loop) {
		q, j := r.db.queries.Get(l), r.db.jobs.Get(l)
		if q.db == nil || j.db == nil || cap(j.data) > maxKept || cap(j.Text) > maxKept || cap(q.text) > maxKept {
			t.Errorf("not used twice, or it keeps %d, %d and %d bytes", cap(j.data), cap(j.Text), cap(q.text))
		}
		q = r.db.Query(l)
		q.Free(l)
		defer func() {
			if recover() == nil {
				t.Error("nobody noticed")
			}
		}()
		q.Free(l)
	})
}

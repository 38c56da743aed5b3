package rest

import (
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A rig is a client on running loops.
type rig struct {
	*looptest.Rig
	client *Client
}

func newRig(t testing.TB, loops int, cfg Config) *rig {
	t.Helper()
	return startRig(t, looptest.New(t, loops), cfg)
}

// startRig makes a client for loops that have not started.
func startRig(t testing.TB, loops *looptest.Rig, cfg Config) *rig {
	t.Helper()
	r := &rig{loops, New(loops.Group, loops.Ops, cfg, slog.New(slog.DiscardHandler))}
	t.Cleanup(r.client.Close)
	r.Start()
	return r
}

// An answer is what a request left behind.
type answer struct {
	out         asyncops.Outcome
	code        int32
	status      int
	body        string
	contentType string
	location    string
}

type asked = looptest.Pending[answer]

func read(l *loop.Loop, q *Request, out asyncops.Outcome) answer {
	defer q.Free(l)
	return answer{out, q.Code(), q.Status(), string(q.Body()), string(q.ContentType()), string(q.Header("Location"))}
}

// begin starts a request on a loop.
func (r *rig) begin(on int, timeout time.Duration, set func(*Request)) (p *asked) {
	r.Group.Do(on, func(l *loop.Loop) { p = r.beginOn(l, timeout, set) })
	return p
}

func (r *rig) beginOn(l *loop.Loop, timeout time.Duration, set func(*Request)) *asked {
	q := r.client.Request(l)
	set(q)
	return looptest.BeginOn(r.Rig, l, timeout, q, read)
}

// to sets a request's URL, and nothing else.
func to(url string) func(*Request) { return func(q *Request) { q.SetURL([]byte(url)) } }

func (r *rig) get(url string) answer {
	r.T.Helper()
	return r.begin(0, 0, to(url)).Wait()
}

func (r *rig) want(a answer, out asyncops.Outcome, code int32) {
	r.T.Helper()
	if a.out != out || a.code != code {
		r.T.Errorf("got %v, code %d (status %d), want %v, code %d", a.out, a.code, a.status, out, code)
	}
}

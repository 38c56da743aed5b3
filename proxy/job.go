package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/tm"
)

// A job is a run that no message asks for: of a startup_route, a timer_route or an
// event_route or for notify_on_event. It works on a dummy request, without AVPs and without a transaction, and
// is parked as any other.
type job struct {
	timer *timerRoute // whose tick it is; nil: none's

	// Of an event: what was raised. The values borrow from text.
	event  string // "": none
	names  []string
	values []script.Value
	text   []byte
	depth  int
	queued bool

	about  tm.ID        // of a notification: the transaction in which it was asked for; 0: none
	pinned *Transaction // that one, once the run has injected branches
}

// runJob runs route for j, which ends with the run.
func (s *shard) runJob(l *loop.Loop, prog *program, why purpose, kind syntax.RouteKind, route int32, j *job) {
	x := s.jobContext(l, prog, why, kind, j)
	if why == forEvent {
		x.run.SetNamedParams(j.names, j.values)
	}
	x.start(route)
}

// jobContext makes the run of j.
func (s *shard) jobContext(l *loop.Loop, prog *program, why purpose, kind syntax.RouteKind, j *job) *Context {
	x := s.newContext(l, prog, why, kind)
	x.job = j
	x.Req = s.dummyRequest()
	x.Req.depth = uint8(j.depth)
	x.Target, x.Edits = &x.Req.Target, &x.Req.Edits
	x.useAVPs(nil)
	return x
}

// endJob goes on after such a run.
func (s *shard) endJob(l *loop.Loop, x *Context) {
	s.endRequest(l, x.Req)
	j := x.job
	if tx := j.pinned; tx != nil {
		tx.running--
		s.release(l, tx)
	}
	switch x.why {
	case forStartup:
		s.p.startupEnded(l)
	case forTimer:
		j.timer.ended()
	}
	s.putJob(j)
}

func (s *shard) newJob() *job { return s.jobs.get() }

func (s *shard) putJob(j *job) {
	if j.event != "" {
		s.eventJobs--
	}
	clear(j.values)
	clear(j.names)
	text := j.text[:0]
	if cap(text) > maxOwnKept {
		text = nil
	}
	*j = job{names: j.names[:0], values: j.values[:0], text: text}
	s.jobs.put(j)
}

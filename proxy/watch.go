package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// A Watcher is told what becomes of a request, on its loop: OpenSIPS's callbacks of
// transactions, of which accounting is the first user. It must not wait, run a script, or
// answer; what it is given is valid during the call.
type Watcher interface {
	// Answered is told of each response that went upstream, provisional ones too. Of a
	// request made here, it is each that came and the final one.
	Answered(l *loop.Loop, r *Request, a Answer)
	// Failed is told when all branches have failed and a failure route is about to run: a
	// answers only if that route does not find another way.
	Failed(l *loop.Loop, r *Request, a Answer)
	// Released is told last: the request, its transaction and all runs are over.
	Released(l *loop.Loop)
}

// An Answer is a response.
type Answer struct {
	Status int
	Reply  *sipparse.Msg // as it was received; nil: made here
}

// Reason is its reason phrase: of one that was made here, that of its status.
func (a *Answer) Reason() []byte {
	if a.Reply != nil {
		return a.Reply.Reason()
	}
	return reasonOf(a.Status)
}

// A Watch is a link between a request and a Watcher, which embeds it so that watching
// allocates nothing. It is one request's until Released.
type Watch struct {
	Watcher
	next *Watch
}

// Next is the one that began to watch before.
func (w *Watch) Next() *Watch { return w.next }

// Watch has w told from now on. The request need not have a transaction yet: what it is
// told then is only that it is over.
func (r *Request) Watch(w *Watch) {
	w.next = r.watches
	r.watches = w
}

// Watches are those who watch; nil if nobody does.
func (r *Request) Watches() *Watch { return r.watches }

func (r *Request) answered(l *loop.Loop, a Answer) {
	for w := r.watches; w != nil; {
		next := w.next
		w.Answered(l, r, a)
		w = next
	}
}

func (r *Request) failed(l *loop.Loop, a Answer) {
	for w := r.watches; w != nil; {
		next := w.next
		w.Failed(l, r, a)
		w = next
	}
}

func (r *Request) released(l *loop.Loop) {
	for w := r.watches; w != nil; {
		next := w.next
		w.next = nil
		w.Released(l)
		w = next
	}
	r.watches = nil
}

// WatchRequests has f look at every request that gets a transaction, before anybody
// answers it, so that it may [Request.Watch]. Call it before the loops run.
func (c *Core) WatchRequests(f func(l *loop.Loop, r *Request)) {
	c.begun = append(c.begun, f)
}

func msgOf(m *Message) *sipparse.Msg {
	if m == nil {
		return nil
	}
	return &m.Msg
}

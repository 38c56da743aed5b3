package asyncops

import (
	"github.com/fastsips/fastsips/loop"
)

// A Describer is a Waiter that can say for whom it waits. It is asked only when somebody
// wants to know, on its loop.
type Describer interface{ Describe(*Description) }

// A Description is what a Waiter says of itself. All of it may be missing.
type Description struct {
	CallID, Method string // of the message in hand
	Route          string // route[found]
	Place          string // x.cfg:12
	Call           string // what is written there
	How            string // "async", "call", "launch", or what of the proxy it is
}

// A Pending is an operation that has not ended.
type Pending struct {
	Description
	Token    Token
	Loop     int
	Began    int64 // of Loop.Now
	Deadline int64
	Backend  *Backend
}

// Scan calls visit for the pending operations in entries from to from+n, and returns where
// to go on; -1 at the end. For those who look at many, a few at a time: what begins and
// ends meanwhile may be missing.
func (t *Table) Scan(from, n int, visit func(tok Token, began int64)) (next int) {
	if from >= len(t.entries) {
		return -1
	}
	next = min(from+n, len(t.entries))
	for i := from; i < next; i++ {
		if e := &t.entries[i]; e.state == pending {
			visit(token(e.gen, uint32(i)), e.begun)
		}
	}
	if next == len(t.entries) {
		return -1
	}
	return next
}

// Look describes a pending operation; false: it has ended.
func (t *Table) Look(_ *loop.Loop, tok Token) (p Pending, ok bool) {
	e := t.find(tok)
	if e == nil || e.state != pending {
		return p, false
	}
	p = Pending{Token: tok, Loop: t.loop, Began: e.begun, Deadline: e.at, Backend: e.meter.of}
	if d, ok := e.waiter.(Describer); ok {
		d.Describe(&p.Description)
	}
	return p, true
}

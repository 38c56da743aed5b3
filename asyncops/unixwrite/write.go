package unixwrite

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

type phase uint8

const (
	phaseFreed     phase = iota
	phaseNew             // set up, or being so
	phaseRunning         // a worker has it, or it waits for one
	phaseCancelled       // likewise, but nobody waits for it
	phaseEnded
)

// A Write is one message on its way: an asyncops.Op of the loop it was taken on. Set it
// up, begin it, Free it.
type Write struct {
	w     *Writer
	c     asyncops.Completion
	phase phase
	freed bool // while a worker still has it

	// The worker's while it has it.
	fifo bool
	path []byte
	data []byte
	home loop.Mailbox
	back loop.Task
	work func() // run, bound once
	err  error

	until time.Time
	stop  atomic.Bool // the loop has lost interest
}

var _ asyncops.Metered = (*Write)(nil)

// Backend is that of all messages: their paths are many.
func (x *Write) Backend() *asyncops.Backend { return x.w.backend }

// errTooLong is of a message beyond Config.MaxBytes.
var errTooLong = errors.New("message is too long")

// errOverloaded is of a message that too many wait before.
var errOverloaded = errors.New("too many messages wait")

// Write returns an unused message of l.
func (w *Writer) Write(l *loop.Loop) *Write {
	x := w.writes.Get(l)
	if x.w == nil {
		x.w, x.work, x.back.Run = w, x.run, x.arrive
	}
	x.phase, x.freed, x.err = phaseNew, false, nil
	x.path, x.data = x.path[:0], x.data[:0]
	x.stop.Store(false)
	return x
}

// ToFIFO says where the message goes. The path is copied.
func (x *Write) ToFIFO(path []byte) { x.fifo, x.path = true, append(x.path[:0], path...) }

// ToSocket is ToFIFO for a UNIX datagram socket.
func (x *Write) ToSocket(path []byte) { x.fifo, x.path = false, append(x.path[:0], path...) }

// Buffer is for appending the message to; see SetData.
func (x *Write) Buffer() []byte { return x.data[:0] }

// SetData sets the message, which the Write owns from here on.
func (x *Write) SetData(b []byte) { x.data = b }

// Start gives the message to a worker.
func (x *Write) Start(l *loop.Loop, c asyncops.Completion, deadline int64) {
	if x.phase != phaseNew {
		panic("BUG: message begun twice")
	}
	x.c, x.phase = c, phaseRunning
	x.home, x.until = l.Mailbox(), l.Wall().Add(time.Duration(deadline-l.Now()))
	switch {
	case len(x.data) > x.w.cfg.MaxBytes:
		x.end(l, errTooLong, asyncops.Failed)
	case !x.w.lane(x.path).Submit(x.work):
		x.end(l, errOverloaded, asyncops.Overloaded)
	}
}

// Cancel has the worker give up soon. Its work ends unheard.
func (x *Write) Cancel(*loop.Loop) {
	if x.phase != phaseRunning {
		return
	}
	x.stop.Store(true)
	x.phase = phaseCancelled
}

// arrive brings the Write home.
func (x *Write) arrive(l *loop.Loop) {
	switch {
	case x.phase == phaseCancelled:
		x.phase = phaseEnded
		if x.freed {
			x.recycle(l)
		}
	case x.err != nil:
		x.end(l, x.err, asyncops.Failed)
	default:
		x.end(l, nil, asyncops.Completed)
	}
}

// end tells the waiter. Nothing of x may be touched afterwards.
func (x *Write) end(l *loop.Loop, err error, out asyncops.Outcome) {
	x.err, x.phase = err, phaseEnded
	x.c.Done(l, out)
}

// Err returns why the message could not be written; nil if it was, or if nobody waited
// for the end.
func (x *Write) Err() error {
	if x.phase != phaseEnded {
		return nil
	}
	return x.err
}

// Free ends x's life. Of a cancelled one a worker may still be writing: it is used again
// when that one has ended.
func (x *Write) Free(l *loop.Loop) {
	switch {
	case x.phase == phaseCancelled && !x.freed:
		x.freed = true
	case x.phase == phaseNew, x.phase == phaseEnded:
		x.recycle(l)
	default:
		panic("BUG: message freed twice or while it is being written")
	}
}

// maxKept is the largest buffer that a pooled Write keeps.
const maxKept = 16 << 10

func (x *Write) recycle(l *loop.Loop) {
	x.phase, x.c = phaseFreed, asyncops.Completion{}
	if cap(x.data) > maxKept {
		x.data = nil
	}
	x.w.writes.Put(l, x)
}

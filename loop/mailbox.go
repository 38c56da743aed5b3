package loop

import (
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/internal/invariants"
)

// A Task is work for a loop. Embed it in a pooled object and set Run once: then
// posting allocates nothing. It may not be posted again until it runs; Run itself
// may post it.
type Task struct {
	next   *Task
	posted atomic.Bool // kept only with invariants enabled
	Run    func(*Loop)
}

// A Mailbox takes tasks for one loop from any goroutine. It is a small comparable
// value that may be kept anywhere.
type Mailbox struct{ l *Loop }

// Post has the loop run t. Tasks of one poster run in the order of posting. After
// the loop has ended nothing runs any more.
func (m Mailbox) Post(t *Task) { m.l.inbox.post(t) }

// An inbox is a lock-free stack of tasks, which its loop takes whole and turns
// round, and the means to wake the loop.
//
// The poller goes to sleep by itself: it calls EpollWait(0) after its last
// callback and, if that gives nothing, EpollWait(-1), and tells nobody. So the
// loop says at the end of every callback that it may sleep:
//
//	loop                          poster
//	1  asleep = true              a  push
//	2  inbox empty?               b  asleep? then swap it to false, and if we
//	   else asleep = false, run      did that, write the eventfd
//
// and at the start of the next callback sets asleep = false again. Go's atomics
// are sequentially consistent, so 2 sees a, or b sees 1, or both: no task is left
// behind. At most one poster writes per sleep. A poster that comes between two
// callbacks writes though the poller is awake, which costs a pass. The eventfd is
// edge-triggered and is never read.
type inbox struct {
	head    atomic.Pointer[Task]
	_       [56]byte
	asleep  atomic.Bool
	writing atomic.Int32 // posters that may be about to write the eventfd
	wakes   atomic.Uint64
	eventfd int
	one     [8]byte // what is written; here, since it would escape from signal
}

func (b *inbox) post(t *Task) {
	b.push(t)
	if b.asleep.Load() {
		b.wake()
	}
}

// push adds t without waking anybody: for what can wait until the loop wakes for
// something else.
func (b *inbox) push(t *Task) {
	if invariants.Enabled && t.posted.Swap(true) {
		panic("BUG: task posted twice")
	}
	for {
		head := b.head.Load()
		t.next = head
		if b.head.CompareAndSwap(head, t) {
			return
		}
	}
}

// wake is apart so that the eventfd can be closed: see close.
func (b *inbox) wake() {
	b.writing.Add(1)
	if b.asleep.CompareAndSwap(true, false) {
		b.signal()
	}
	b.writing.Add(-1)
}

// signal makes the poller come up with the eventfd once more.
func (b *inbox) signal() {
	b.wakes.Add(1)
	_, _ = unix.Write(b.eventfd, b.one[:])
}

// close closes the eventfd once no poster can write to it: none begins to after
// asleep is false, and nobody sets it any more.
func (b *inbox) close() {
	b.asleep.Store(false)
	for b.writing.Load() != 0 {
		runtime.Gosched()
	}
	_ = unix.Close(b.eventfd)
}

// take empties the inbox and returns the oldest task; the others follow it.
func (b *inbox) take() *Task {
	if b.head.Load() == nil {
		return nil
	}
	var first *Task
	for t := b.head.Swap(nil); t != nil; {
		t, t.next, first = t.next, first, t
	}
	return first
}

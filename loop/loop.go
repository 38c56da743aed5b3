package loop

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	gneterrors "github.com/panjf2000/gnet/v2/pkg/errors"
	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/timer"
)

// A Loop is one event loop. Holding one means running on it.
type Loop struct {
	inbox inbox // the only part that other goroutines touch, with stats and lent
	_     [64]byte
	stats Stats
	lag   metrics.Histogram // of timers
	_     [64]byte

	group  *Group
	index  int
	poller *netpoll.Poller
	napper *napper
	ending bool
	held   bool          // the listeners are not read, see HoldInput
	ended  chan struct{} // closed after the last pass

	now  int64
	wall time.Time

	wheel   *timer.Wheel
	fire    func(timer.Kind, uint64) // l.fireTimer, bound once
	timerfd int
	armed   int64 // what the timerfd is set to, 0 if it has fired

	fds          []fdEntry // by fd
	closing      []int     // fds to be closed, see closeLater
	closingReady []int

	backlog  *Task // tasks taken from the inbox
	budget   int   // how much more of them this round
	deferred []*Task
	running  []*Task // deferred tasks that this round runs

	slots    slotPool
	onLoan   *Slot // what Recv looks at and has not given away
	outs     outPool
	vector   *recvVector
	sender   *sendVector
	dirty    []*udpSocket // sockets with queued datagrams
	failed   []failure    // send errors to be reported
	telling  []failure    // those that this round reports
	shipping int          // slots in away and homeward
	away     []shipment   // by loop: slots to be handed over
	homeward []shipment   // by loop: foreign slots to be given back
	lent     []lending    // by loop: datagrams handed to and from it

	streams    []*Stream // by index
	streamFree []uint32  // indexes that are free
	streamIn   []byte    // what all connections read into
	soiled     []*Stream // connections with queued Outs
	writer     *writeVector
	leaving    []*Out    // to be passed on to other loops
	lentOuts   []lending // by loop: Outs passed on to and from it

	ring *logRing
}

// Bounds on what a loop does before it looks at its sockets again.
const (
	settleRounds = 4
	inboxBudget  = 256 // tasks, or datagrams handed over, per round
)

func newLoop(g *Group, i int) (*Loop, error) {
	l := &Loop{group: g, index: i, ended: make(chan struct{}), timerfd: -1}
	l.inbox.eventfd = -1
	l.inbox.one[0] = 1 // in any byte order not zero
	l.fire = l.fireTimer
	l.readClock()
	l.wheel = timer.New(l.now)
	l.ring = newLogRing(g.cfg.LogRing * logRecord)
	l.away, l.homeward = make([]shipment, g.cfg.Loops), make([]shipment, g.cfg.Loops)
	l.lent, l.lentOuts = make([]lending, g.cfg.Loops), make([]lending, g.cfg.Loops)
	l.slots.max, l.outs.max = g.cfg.SlotPool, g.cfg.OutPool
	l.sender = newSendVector()
	if g.virtual != nil {
		return l, nil
	}
	if err := l.open(); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *Loop) open() (err error) {
	if l.poller, err = netpoll.OpenPoller(); err != nil {
		return err
	}
	l.napper = newNapper(l.poller)
	if l.vector, err = newRecvVector(); err != nil {
		return err
	}
	l.writer = new(writeVector)
	l.inbox.eventfd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err == nil {
		err = l.watchOwn(l.inbox.eventfd, awoken{})
	}
	if err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	l.timerfd, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err == nil {
		err = l.watchOwn(l.timerfd, timerExpired{})
	}
	return os.NewSyscallError("timerfd_create", err)
}

// watchOwn watches an fd that nobody has to read, or closes it.
func (l *Loop) watchOwn(fd int, h Handler) error {
	_, err := l.Watch(fd, Readable|EdgeTriggered, h)
	if err != nil {
		_ = unix.Close(fd)
	}
	return err
}

// Index returns the number of the loop, from 0.
func (l *Loop) Index() int { return l.index }

// Count returns how many loops there are.
func (l *Loop) Count() int { return len(l.group.loops) }

// Now returns the time of this wake-up in nanoseconds of CLOCK_MONOTONIC.
func (l *Loop) Now() int64 { return l.now }

// Reading reads the clock that Now is from: the time of this moment.
func (l *Loop) Reading() int64 {
	now, _ := l.group.clock.read()
	return now
}

// Wall returns the time of this wake-up on the wall clock.
func (l *Loop) Wall() time.Time { return l.wall }

// Mailbox returns the way to post to l from elsewhere.
func (l *Loop) Mailbox() Mailbox { return Mailbox{l} }

// Stats returns l's own counters, to be read.
func (l *Loop) Stats() *Stats {
	atomic.StoreUint64(&l.stats.Wakes, l.inbox.wakes.Load())
	return &l.stats
}

// Defer runs t at the end of this pass.
func (l *Loop) Defer(t *Task) { l.deferred = append(l.deferred, t) }

// run is the loop's goroutine.
func (l *Loop) run() {
	defer close(l.ended)
	defer l.close()
	l.wakeUp()
	if l.settle(); l.ending {
		return
	}
	if l.napper.fd >= 0 {
		l.passes()
		return
	}
	l.armTimer()
	err := l.poller.Polling(l.dispatch)
	if !errors.Is(err, gneterrors.ErrEngineShutdown) {
		l.group.logger.Error("event loop ended", "loop", l.index, "error", err)
	}
}

// dispatch is the poller's callback, where the loop does not wait itself: one pass.
func (l *Loop) dispatch(fd int, ev netpoll.IOEvent, _ netpoll.IOFlags) error {
	l.wakeUp()
	bump(&l.stats.Wakeups, 1)
	l.hand(fd, ev)
	if l.settle(); l.ending {
		return gneterrors.ErrEngineShutdown
	}
	l.armTimer()
	return nil
}

// hand gives an event to whoever watches fd.
func (l *Loop) hand(fd int, ev netpoll.IOEvent) {
	if w := l.watchOf(fd); w != nil {
		w.ready(l, ev)
	}
}

// wakeUp begins a pass.
func (l *Loop) wakeUp() {
	l.inbox.asleep.Store(false)
	l.readClock()
}

func (l *Loop) readClock() { l.now, l.wall = l.group.clock.read() }

// settle ends a pass: it does what there is to do until there is nothing, and
// then says that the loop may sleep. What is left after some rounds waits for
// the next pass, which the eventfd brings about.
func (l *Loop) settle() {
	for range settleRounds {
		l.advance()
		l.runInbox()
		l.runDeferred()
		l.ship()
		l.flush()
		l.passOuts()
		if l.idle() && l.mayDoze() {
			return
		}
	}
	l.inbox.signal()
}

// idle reports whether the round left nothing behind.
func (l *Loop) idle() bool {
	return l.backlog == nil && len(l.deferred) == 0 && len(l.dirty) == 0 && len(l.failed) == 0 && l.shipping == 0 &&
		len(l.soiled) == 0 && len(l.leaving) == 0
}

// mayDoze is the loop's half of the protocol at inbox. It reports false if a task
// came in between.
func (l *Loop) mayDoze() bool {
	l.inbox.asleep.Store(true)
	if l.inbox.head.Load() == nil {
		return true
	}
	// If a poster was first, the eventfd comes up, and we may as well stay awake.
	l.inbox.asleep.Store(false)
	return false
}

// runInbox runs posted tasks, in order, within the round's budget.
func (l *Loop) runInbox() {
	if l.backlog == nil {
		l.backlog = l.inbox.take()
	}
	n := uint64(0)
	for l.budget = inboxBudget; l.backlog != nil && l.budget > 0; l.budget-- {
		t := l.backlog
		l.backlog, t.next = t.next, nil
		t.posted.Store(false)
		n++
		l.runTask(t)
	}
	if n > 0 {
		bump(&l.stats.Posts, n)
	}
}

func (l *Loop) runDeferred() {
	if len(l.deferred) == 0 {
		return
	}
	l.deferred, l.running = l.running[:0], l.deferred
	for i, t := range l.running {
		l.running[i] = nil
		l.runTask(t)
	}
}

func (l *Loop) runTask(t *Task) {
	defer l.recovered("task")
	t.Run(l)
}

// recovered is deferred around every callback: a BUG in one of them must not end
// everybody's calls.
func (l *Loop) recovered(what string) {
	r := recover()
	if r == nil {
		return
	}
	bump(&l.stats.Panics, 1)
	l.Log(levelCritical, fmt.Appendf(nil, "CRITICAL:core: panic in %s on loop %d: %v\n%s", what, l.index, r, debug.Stack()))
}

// close frees what the kernel holds for l, after its last pass or instead of its
// first.
func (l *Loop) close() {
	for fd, e := range l.fds {
		if e.w != nil && fd != l.inbox.eventfd {
			_ = unix.Close(fd)
		}
	}
	for _, fd := range append(l.closing, l.closingReady...) {
		_ = unix.Close(fd)
	}
	if l.inbox.eventfd >= 0 {
		l.inbox.close()
	}
	if l.poller != nil {
		_ = l.poller.Close()
	}
	l.vector.close()
}

package loop

import (
	"reflect"
	"runtime"
	"time"
	"unsafe"

	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"golang.org/x/sys/unix"
)

// A napper waits for the events of the poller's epoll set, in one of two ways.
//
// A loop that is woken thousands of times a second naps: it waits by a raw system call,
// which Go's scheduler is not told of, so that thread and P stay, and nobody else is woken.
// That is only fair while it is short, and others have a P to run on (see Group.NoteProcs). The
// garbage collector need not wait: it stops a loop by a signal, which ends the nap. It has a
// price for each second, not for each message: while a P is held, Go's monitor looks a hundred
// times a second whether that is for too long.
//
// Any other loop sleeps in a system call that Go's scheduler knows of, as the poller does. The
// poller yields first. That pays where a sleep lasts some milliseconds, and costs a
// millisecond of CPU where it lasts more than ten, so a loop that is hardly woken at all does
// not. docs/decisions/0061-naps.md has the figures. The poller's own sleep is left to where
// there is no epoll_pwait2.
type napper struct {
	fd     int   // the poller's epoll set; -1 if the poller has to do it all
	gap    int64 // between wake-ups, in nanoseconds: a moving average
	before int64 // time of the last wake-up
	count  uint64
	max    unix.Timespec // how long to wait
	events [napEvents]unix.EpollEvent
}

const (
	napEvents = 64
	napMax    = 3 * int64(time.Millisecond)

	// Where an average gap is half a nap, one nap in eight or so is in vain.
	napGap = napMax / 2

	// Gaps count for no more than longGap: after a long silence a few wake-ups are enough to
	// nap again. Where nearly all are as long, the loop does not yield before it sleeps.
	longGap  = 4 * napGap
	yieldGap = longGap * 15 / 16
)

// newNapper returns one that leaves all to the poller if that has changed inside, or if the
// kernel (before 5.11) has no epoll_pwait2.
func newNapper(p *netpoll.Poller) *napper {
	n := &napper{fd: epollFD(p), gap: longGap}
	if _, errno := n.wait(0); errno != 0 {
		n.fd = -1
	}
	return n
}

// epollFD returns the poller's epoll set, which it does not show; -1 if it has none.
func epollFD(p *netpoll.Poller) int {
	f := reflect.ValueOf(p).Elem().FieldByName("fd")
	if !f.IsValid() || !f.CanInt() {
		return -1
	}
	return int(f.Int())
}

// wait is epoll_pwait2 as a raw system call. Any signal ends it. It is not inlined, since
// Go's scheduler has its turn where a function begins.
//
//go:noinline
func (n *napper) wait(most int64) ([]unix.EpollEvent, unix.Errno) {
	n.max = unix.NsecToTimespec(most)
	got, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT2, uintptr(n.fd), uintptr(unsafe.Pointer(&n.events)), napEvents,
		uintptr(unsafe.Pointer(&n.max)), 0, 0)
	if errno != 0 {
		return nil, errno
	}
	return n.events[:got], 0
}

// NoteProcs tells the loops that GOMAXPROCS has changed: they nap only where there is a P for
// everybody else while all of them do.
func (g *Group) NoteProcs() { g.spare.Store(runtime.GOMAXPROCS(0) > len(g.loops)) }

// woken notes when the loop was woken.
func (n *napper) woken(now int64) {
	d := min(now-n.before, longGap)
	n.before = now
	n.gap += (d - n.gap) / 8
}

// passes is the loop's life: it waits for events and hands them out.
func (l *Loop) passes() {
	for !l.ending {
		events := l.await()
		l.wakeUp()
		l.napper.woken(l.now)
		bump(&l.stats.Wakeups, uint64(max(len(events), 1)))
		l.handAll(events)
		l.settle()
	}
}

// await returns the next events; none if a timer is due first.
func (l *Loop) await() []unix.EpollEvent {
	n := l.napper
	if n.gap <= napGap && l.group.spare.Load() {
		if events, ok := l.nap(); ok {
			return events
		}
	}
	l.armTimer()
	if n.gap < yieldGap {
		runtime.Gosched()
	}
	return n.sleep()
}

// nap waits a little. It reports false if that was in vain.
func (l *Loop) nap() ([]unix.EpollEvent, bool) {
	n := l.napper
	n.count++
	for {
		most, timer := napMax, false
		if at, ok := l.wheel.Next(); ok && at < l.now+napMax {
			most, timer = max(at-l.Reading(), 0), true
		}
		events, errno := n.wait(most)
		if errno != unix.EINTR {
			return events, len(events) > 0 || timer
		}
	}
}

// handAll hands events out as if they were one, but for a tick at most: then what is due
// and what was posted get their turn.
func (l *Loop) handAll(events []unix.EpollEvent) {
	for i := range events {
		if i > 0 && l.Reading()-l.now >= int64(time.Millisecond) {
			if l.settle(); l.ending {
				return
			}
			l.wakeUp()
		}
		l.hand(int(events[i].Fd), events[i].Events)
	}
}

// sleep waits without a bound in a system call that Go's scheduler is told of.
func (n *napper) sleep() []unix.EpollEvent {
	got, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(n.fd), uintptr(unsafe.Pointer(&n.events)), napEvents, 0, 0, 0)
	if errno != 0 {
		return nil // EINTR
	}
	return n.events[:got]
}

package loop

import (
	"reflect"
	"runtime"
	"time"
	"unsafe"

	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"golang.org/x/sys/unix"
)

// A napper waits for the poller's events without telling Go's scheduler.
//
// The poller's own sleep is dear: it yields first, for which the run-time wakes a thread
// that looks for work in vain, and then sleeps in a call that may cost the loop its P,
// which comes back by futexes. A loop that is woken a thousand times a second spends more
// on that than on its messages. So a pass that is likely to be followed soon by another
// one naps first: it asks the poller's epoll set itself, by a raw system call, so that
// thread and P stay. That is only fair while it is short, and others have a P to run on
// (see Group.spare). The garbage collector need not wait: it stops a loop by a signal,
// which ends the nap.
//
// A loop that is seldom woken does not nap: it leaves everything to the poller.
type napper struct {
	fd     int   // the poller's epoll set; -1 if there is no napping
	gap    int64 // between wake-ups, in nanoseconds: a moving average
	before int64 // time of the last wake-up
	inARow int   // naps since the poller's last event
	count  uint64
	max    unix.Timespec // how long to wait
	events [napEvents]unix.EpollEvent
}

const (
	napEvents = 64
	napMax    = 3 * int64(time.Millisecond)

	// Where an average gap is half a nap, one nap in eight or so is in vain.
	napGap = napMax / 2

	// The poller may hold events that it got together with the one that it told of last.
	// Those of level-triggered fds come up in a nap as well, others have to wait so long.
	napsInARow = 64
)

// newNapper returns one that does not nap if the poller has changed inside, or if the
// kernel (before 5.11) has no epoll_pwait2.
func newNapper(p *netpoll.Poller) *napper {
	n := &napper{fd: epollFD(p), gap: 4 * napGap}
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

// wait is epoll_pwait2 as a raw system call. Any signal ends it.
func (n *napper) wait(most int64) ([]unix.EpollEvent, unix.Errno) {
	n.max = unix.NsecToTimespec(most)
	got, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT2, uintptr(n.fd), uintptr(unsafe.Pointer(&n.events)), napEvents,
		uintptr(unsafe.Pointer(&n.max)), 0, 0)
	if errno != 0 {
		return nil, errno
	}
	return n.events[:got], 0
}

// woken notes when the loop was woken.
func (n *napper) woken(now int64) {
	d := min(now-n.before, 4*napGap) // after a long silence a few wake-ups are enough to nap again
	n.before = now
	n.gap += (d - n.gap) / 8
}

// spare reports whether there is a P for everybody else while all loops nap. During a
// collection there may be fewer (internal/collect).
func (g *Group) spare() bool { return runtime.GOMAXPROCS(0) > len(g.loops) }

// nap waits a little for events and hands them out: the beginning of another pass. It
// reports false if none came, or if the poller had better wait for them.
func (l *Loop) nap() bool {
	n := l.napper
	if n.fd < 0 || n.gap > napGap || n.inARow >= napsInARow || len(l.closing)+len(l.closingReady) > 0 || !l.group.spare() {
		return false
	}
	most, timer := napMax, false
	if at, ok := l.wheel.Next(); ok && at < l.now+napMax {
		most, timer = max(at-l.Reading(), 0), true
	}
	events, _ := n.wait(most)
	if len(events) == 0 && !timer {
		return false
	}
	n.inARow++
	n.count++
	l.wakeUp()
	n.woken(l.now)
	bump(&l.stats.Wakeups, uint64(max(len(events), 1)))
	l.handAll(events)
	return true
}

// handAll hands events out as if they were one, but for a tick at most: then what is due
// and what was posted get their turn, as they do after each event of the poller.
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

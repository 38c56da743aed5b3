package loop

import (
	"fmt"

	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"golang.org/x/sys/unix"
)

// Events say what an fd is watched for and what has happened to it.
type Events uint8

// Readable, Writable and EdgeTriggered may be asked for. Hangup (the peer will
// send no more, or is gone) and Error come unasked with either of the former.
const (
	Readable Events = 1 << iota
	Writable
	EdgeTriggered
	Hangup
	Error
)

// A Handler is told when a watched fd is ready. It may be told without cause, so
// it reads and writes without blocking.
type Handler interface {
	Ready(l *Loop, w *Watch, ev Events)
}

// A Watch is the interest in an fd. It belongs to its loop.
type Watch struct {
	fd      int
	on      Events
	handler Handler
	closed  bool
	suspect bool  // the next event of the poller may be that of a predecessor with the same number
	strikes uint8 // panics of the handler in a row
}

// maxStrikes is how often a handler may panic in a row before its fd, which
// would come up again in every pass, is no longer watched.
const maxStrikes = 16

// An fdEntry is what a loop knows of an fd.
type fdEntry struct {
	w        *Watch
	released bool // was watched, and left by Release
}

// Watch watches fd, which must be non-blocking, for on; 0 is nothing for now. From
// here on fd belongs to the Watch: Close and the end of the loop close it.
func (l *Loop) Watch(fd int, on Events, h Handler) (*Watch, error) {
	if l.group.virtual != nil {
		return nil, errNoFDs
	}
	if fd < 0 {
		return nil, fmt.Errorf("loop: watching fd %d", fd)
	}
	for fd >= len(l.fds) {
		l.fds = append(l.fds, fdEntry{})
	}
	e := &l.fds[fd]
	if e.w != nil {
		return nil, fmt.Errorf("loop: fd %d is watched already", fd)
	}
	w := &Watch{fd: fd, handler: h, suspect: e.released}
	if err := w.Modify(l, on); err != nil {
		return nil, err
	}
	*e = fdEntry{w: w}
	return w, nil
}

// FD returns the watched fd.
func (w *Watch) FD() int { return w.fd }

// Modify changes what w's fd is watched for; 0 pauses the Watch.
func (w *Watch) Modify(l *Loop, on Events) error {
	on &= Readable | Writable | EdgeTriggered
	if on&(Readable|Writable) == 0 {
		on = 0
	}
	if w.closed || on == w.on {
		return nil
	}
	if err := l.register(w.fd, w.on, on); err != nil {
		return fmt.Errorf("loop: fd %d: %w", w.fd, err)
	}
	w.on = on
	return nil
}

// register tells the poller, which cannot turn reading into writing.
func (l *Loop) register(fd int, was, on Events) error {
	const rw = Readable | Writable
	if was != 0 && (on == 0 || on&rw == Writable) {
		if err := l.poller.Delete(fd); err != nil || on == 0 {
			return err
		}
		was = 0
	}
	pa, edge := &netpoll.PollAttachment{FD: fd}, on&EdgeTriggered != 0
	switch {
	case was == 0 && on&rw == Readable:
		return l.poller.AddRead(pa, edge)
	case was == 0 && on&rw == Writable:
		return l.poller.AddWrite(pa, edge)
	case was == 0:
		return l.poller.AddReadWrite(pa, edge)
	case on&rw == Readable:
		return l.poller.ModRead(pa, edge)
	default:
		return l.poller.ModReadWrite(pa, edge)
	}
}

// Close ends w: no more events come, at once. The fd is closed a little later. A
// second Close is a no-op.
func (w *Watch) Close(l *Loop) {
	if !w.closed {
		l.closeLater(w.leave(l))
	}
}

// Release ends w and gives its fd back, unclosed; -1 if w has ended before.
func (w *Watch) Release(l *Loop) int {
	if w.closed {
		return -1
	}
	fd := w.leave(l)
	l.fds[fd].released = true
	return fd
}

func (w *Watch) leave(l *Loop) int {
	_ = w.Modify(l, 0)
	w.closed = true
	l.fds[w.fd] = fdEntry{}
	return w.fd
}

func (l *Loop) watchOf(fd int) *Watch {
	if fd >= len(l.fds) {
		return nil
	}
	return l.fds[fd].w
}

// ready hands an event of the poller to the handler.
func (w *Watch) ready(l *Loop, e netpoll.IOEvent) {
	if w.suspect {
		w.suspect = false
		if e &= pollNow(w.fd, w.on); e == 0 {
			return
		}
	}
	ev := eventsOf(e)
	if w.call(l, ev) {
		w.strikes = 0
		return
	}
	if w.strikes++; w.strikes == maxStrikes {
		_ = w.Modify(l, 0)
		l.group.logger.Error("handler panics again and again, its fd is no longer watched", "loop", l.index, "fd", w.fd)
	}
}

// call reports whether the handler returned.
func (w *Watch) call(l *Loop, ev Events) (ok bool) {
	defer l.recovered("handler")
	w.handler.Ready(l, w, ev)
	return true
}

// pollNow asks what is true of fd. The poller hands out fd numbers: in the pass in
// which an fd was released, closed elsewhere and its number given to another, the
// other would be told of the first one's event.
func pollNow(fd int, on Events) netpoll.IOEvent {
	p := []unix.PollFd{{Fd: int32(fd)}}
	if on&Readable != 0 {
		p[0].Events |= unix.POLLIN | unix.POLLPRI | unix.POLLRDHUP
	}
	if on&Writable != 0 {
		p[0].Events |= unix.POLLOUT
	}
	_, _ = unix.Poll(p, 0)
	return netpoll.IOEvent(uint16(p[0].Revents)) // poll's bits are epoll's
}

func eventsOf(e netpoll.IOEvent) (ev Events) {
	if e&(unix.EPOLLIN|unix.EPOLLPRI) != 0 {
		ev |= Readable
	}
	if e&unix.EPOLLOUT != 0 {
		ev |= Writable
	}
	if e&(unix.EPOLLHUP|unix.EPOLLRDHUP) != 0 {
		ev |= Hangup
	}
	if e&unix.EPOLLERR != 0 {
		ev |= Error
	}
	return ev
}

// closeLater closes fd when the poller has surely begun another pass, so that no
// event of fd can reach a successor with its number. The eventfd shows that: it
// comes up once per pass of the poller at most, so its second coming after now is
// in a later one.
func (l *Loop) closeLater(fd int) {
	if len(l.closing)+len(l.closingReady) == 0 {
		l.inbox.signal()
	}
	l.closing = append(l.closing, fd)
}

// awoken handles the eventfd. It is edge-triggered and so is never read.
type awoken struct{}

func (awoken) Ready(l *Loop, _ *Watch, _ Events) {
	if len(l.closing)+len(l.closingReady) == 0 {
		return
	}
	for _, fd := range l.closingReady {
		_ = unix.Close(fd)
	}
	l.closing, l.closingReady = l.closingReady[:0], l.closing
	if len(l.closingReady) > 0 {
		l.inbox.signal()
	}
}

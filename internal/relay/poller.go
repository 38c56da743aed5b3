package relay

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A poller is an epoll set with an eventfd in it that wakes it.
type poller struct {
	fd, bell int
	events   [256]unix.EpollEvent
}

func (p *poller) open() (err error) {
	if p.fd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	if p.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		_ = unix.Close(p.fd)
		return err
	}
	return p.add(p.bell, unix.EPOLLIN)
}

func (p *poller) close() {
	_ = unix.Close(p.bell)
	_ = unix.Close(p.fd)
}

func (p *poller) add(fd int, events uint32) error {
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

// set fails only for a descriptor that is not in the set, which would be a bug.
func (p *poller) set(fd int, events uint32) {
	if err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)}); err != nil {
		panic("BUG: relay: epoll_ctl: " + err.Error())
	}
}

// wake makes wait return. The eventfd's counter does not overflow.
func (p *poller) wake() { _, _ = unix.Write(p.bell, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// wait returns what is ready, after at most ns nanoseconds; a negative ns means for
// ever. It has the precision of the kernel's timers: 1 ms would be a delay of its own.
func (p *poller) wait(ns int64) []unix.EpollEvent {
	var limit *unix.Timespec
	if ns >= 0 {
		t := unix.NsecToTimespec(ns)
		limit = &t
	}
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)),
		uintptr(unsafe.Pointer(limit)), 0, 0)
	if errno != 0 {
		return nil // EINTR
	}
	return p.events[:n]
}

var epoch = time.Now()

// now is monotonic, in nanoseconds.
func now() int64 { return int64(time.Since(epoch)) }

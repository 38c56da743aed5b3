package loop

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// parking makes a loop's goroutine wait in Go's own poller, which watches the loop's epoll
// set as it does any fd. The loop's P is free meanwhile: nobody has to take it away, and if
// all are free Go's monitor sleeps. The thread that waits for Go's poller goes on with the loop
// itself when something comes: no other is woken.
type parking struct {
	set  *os.File // the epoll set by another number; nil while the loop naps, lest each event wakes Go's poller too
	conn syscall.RawConn
	look func(uintptr) bool // napper.lookOnce, bound once
	got  []unix.EpollEvent
	err  error // why it cannot be done
}

// park returns the next events.
func (n *napper) park() []unix.EpollEvent {
	if n.set == nil && n.err == nil {
		n.err = n.open(n.fd)
	}
	n.got = nil
	if n.err == nil {
		n.err = n.conn.Read(n.look)
	}
	if n.err != nil {
		return n.sleep()
	}
	return n.got
}

// lookOnce reports whether there are events.
func (n *napper) lookOnce(uintptr) bool {
	n.got, _ = n.wait(0)
	return len(n.got) > 0
}

// open gives the epoll set to Go's poller.
func (p *parking) open(set int) error {
	fd, err := unix.FcntlInt(uintptr(set), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	_ = unix.SetNonblock(fd, true) // what NewFile goes by
	p.set = os.NewFile(uintptr(fd), "epoll")
	p.conn, err = p.set.SyscallConn()
	return err
}

// unpark takes it back.
func (p *parking) unpark() {
	if p.set != nil {
		_ = p.set.Close()
		p.set = nil
	}
}

// sleep waits in a system call, where Go's poller cannot do it.
func (n *napper) sleep() []unix.EpollEvent {
	got, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(n.fd), uintptr(unsafe.Pointer(&n.events)), napEvents, 0, 0, 0)
	if errno != 0 {
		return nil // EINTR
	}
	return n.events[:got]
}

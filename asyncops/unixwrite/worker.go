package unixwrite

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// What a worker finds wrong by itself.
var (
	errLate    = errors.New("the deadline has passed")
	errNoFIFO  = errors.New("this is no FIFO")
	errNotRead = errors.New("the reader is too slow")
)

// run is what the worker does.
func (x *Write) run() {
	switch {
	case x.stop.Load() || !time.Now().Before(x.until):
		x.err = errLate
	case x.fifo:
		x.err = x.toFIFO()
	default:
		x.err = x.toSocket()
	}
	x.home.Post(&x.back)
}

// toFIFO writes to a FIFO that somebody reads: without a reader open fails with ENXIO.
func (x *Write) toFIFO() error {
	fd, err := unix.Open(string(x.path), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFIFO {
		return errNoFIFO
	}
	return x.writeAll(fd)
}

// toSocket sends one datagram. The socket is connected, since only then poll waits for
// room in the receiver's queue.
func (x *Write) toSocket() error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if len(x.path) == 0 || x.path[0] == '@' { // not the abstract name that x/sys makes of it
		return unix.ENOENT
	}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: string(x.path)}); err != nil {
		return err
	}
	return x.writeAll(fd)
}

func (x *Write) writeAll(fd int) error {
	for rest := x.data; len(rest) > 0; {
		n, err := unix.Write(fd, rest)
		switch {
		case err == nil:
			rest = rest[n:]
		case err == unix.EINTR:
		case err != unix.EAGAIN:
			return err
		case !x.awaitRoom(fd):
			return errNotRead
		}
	}
	return nil
}

// look is how often a waiting worker looks whether the message is still wanted.
const look = 50 * time.Millisecond

// awaitRoom waits until fd takes more; false at the deadline, or when nobody waits.
func (x *Write) awaitRoom(fd int) bool {
	p := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	for !x.stop.Load() {
		left := time.Until(x.until)
		if left <= 0 {
			return false
		}
		n, err := unix.Poll(p[:], int(min(left, look)/time.Millisecond)+1)
		switch {
		case n > 0:
			return true
		case err != nil && err != unix.EINTR:
			return false
		}
	}
	return false
}

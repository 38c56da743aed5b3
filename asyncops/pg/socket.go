package pg

import (
	"net"

	"golang.org/x/sys/unix"
)

// A socket is a network connection that changes hands: pgconn dials it and speaks
// over it in a worker, blocking; afterwards it is a non-blocking descriptor of a
// loop. TLS, which sits on top, does not notice: it reads until errWouldBlock,
// and what it writes goes into the conn's buffer and never fails.
type socket struct {
	net.Conn
	network, address string // as dialled
	conn             *conn  // nil: still the worker's
}

func (s *socket) Read(b []byte) (int, error) {
	if s.conn == nil {
		return s.Conn.Read(b)
	}
	return readFD(s.conn.fd, b)
}

func (s *socket) Write(b []byte) (int, error) {
	if s.conn == nil {
		return s.Conn.Write(b)
	}
	s.conn.wbuf = append(s.conn.wbuf, b...)
	return len(b), nil
}

// wouldBlock is temporary to crypto/tls, which goes on where it stopped.
type wouldBlock struct{}

var errWouldBlock net.Error = wouldBlock{}

func (wouldBlock) Error() string   { return "nothing to read" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }

// readFD reads once from a non-blocking descriptor.
func readFD(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Read(fd, b)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return 0, errWouldBlock
		case err != nil:
			return 0, err
		case n == 0:
			return 0, errHangup
		default:
			return n, nil
		}
	}
}

package wire

import (
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// A Shim is a network connection that changes hands: a worker speaks over it, blocking;
// afterwards it is a non-blocking descriptor of a loop. TLS, which sits on top, does not
// notice: it reads until WouldBlock, and what it writes goes into a buffer and never
// fails.
type Shim struct {
	net.Conn // the worker's, until Adopt
	fd       int
	out      *[]byte
	ended    bool // the peer has closed its side of the socket
}

// NewShim wraps the connection that a worker is to use.
func NewShim(c net.Conn) *Shim { return &Shim{Conn: c, fd: -1} }

// Adopt makes s a loop's: from here on it reads from fd, which stays the caller's, and
// appends to out what is to be sent.
func (s *Shim) Adopt(fd int, out *[]byte) { s.Conn, s.fd, s.out = nil, fd, out }

// Ended reports whether the socket has ended, rather than TLS by a close_notify.
func (s *Shim) Ended() bool { return s.ended }

// Read reads what is there.
func (s *Shim) Read(b []byte) (int, error) {
	if s.Conn != nil {
		return s.Conn.Read(b)
	}
	n, err := readFD(s.fd, b)
	s.ended = s.ended || err == io.EOF
	return n, err
}

// Write takes b.
func (s *Shim) Write(b []byte) (int, error) {
	if s.Conn != nil {
		return s.Conn.Write(b)
	}
	*s.out = append(*s.out, b...)
	return len(b), nil
}

// Close does nothing once the descriptor is a loop's.
func (s *Shim) Close() error {
	if s.Conn != nil {
		return s.Conn.Close()
	}
	return nil
}

// SetDeadline and the others concern the worker only.
func (s *Shim) SetDeadline(t time.Time) error {
	if s.Conn != nil {
		return s.Conn.SetDeadline(t)
	}
	return nil
}

// SetReadDeadline is as SetDeadline.
func (s *Shim) SetReadDeadline(t time.Time) error {
	if s.Conn != nil {
		return s.Conn.SetReadDeadline(t)
	}
	return nil
}

// SetWriteDeadline is as SetDeadline; tls.Conn.Close calls it on the loop.
func (s *Shim) SetWriteDeadline(t time.Time) error {
	if s.Conn != nil {
		return s.Conn.SetWriteDeadline(t)
	}
	return nil
}

// wouldBlock is temporary to crypto/tls, which goes on where it stopped.
type wouldBlock struct{}

// WouldBlock is what reading gives while nothing is there.
var WouldBlock net.Error = wouldBlock{}

func (wouldBlock) Error() string   { return "nothing to read" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }

// readFD reads once from a non-blocking descriptor; io.EOF is its end.
func readFD(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Read(fd, b)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return 0, WouldBlock
		case err != nil:
			return 0, err
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

package wire

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// A Stage is how far a connection has come.
type Stage uint8

// The stages, in their order.
const (
	Resolving   Stage = iota // the host's addresses are asked for
	Connecting               // TCP
	Handshaking              // TLS
	Open                     // it stands
)

func (s Stage) String() string {
	return [...]string{"looking up the host", "connecting", "TLS handshake", "connection"}[s]
}

// An Error says why a connection has ended. Once it was Open, io.EOF is an end that the
// peer has announced (with TLS by a close_notify), io.ErrUnexpectedEOF a TLS connection
// cut off.
type Error struct {
	Stage Stage
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("%v: %v", e.Stage, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether time ran out: ours, or that of the kernel.
func (e *Error) Timeout() bool {
	return errors.Is(e.Err, ErrTimeout) || errors.Is(e.Err, unix.ETIMEDOUT)
}

// Ours reports whether the peer is not to blame: too many connections or handshakes.
func (e *Error) Ours() bool {
	for _, err := range []error{ErrBusy, ErrClosed, unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM} {
		if errors.Is(e.Err, err) {
			return true
		}
	}
	return false
}

// What an Error may wrap, beside errors of the kernel and of crypto/tls.
var (
	ErrTimeout   = errors.New("no connection in time")
	ErrNoAddress = errors.New("the host has no address, or no name server says")
	ErrBusy      = errors.New("too many handshakes or look-ups under way")
	ErrClosed    = errors.New("closed by us")
	ErrTooMuch   = errors.New("the peer sends more than is wanted")
)

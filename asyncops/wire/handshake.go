package wire

import (
	"crypto/tls"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/loop"
)

// A handshake is the time in which a worker has the socket.
type handshake struct {
	task  loop.Task
	away  bool // the worker has the descriptor, or will have: only it may use it
	block blocking
	err   error
}

// shakeHands gives the socket to a worker.
func (c *Conn) shakeHands(l *loop.Loop) {
	c.stage = Handshaking
	c.arm(l, c.by)
	h := &c.handshake
	h.block = blocking{fd: c.w.Release(l), by: time.Now().Add(time.Duration(c.by - l.Now()))}
	c.w, h.away = nil, true
	h.task.Run = c.shaken
	c.shim = NewShim(&h.block)
	c.tls = tls.Client(c.shim, clientTLS(c.target))
	home := l.Mailbox()
	c.d.states.On(l).stats.handshakes.Inc()
	if !c.d.workers.Submit(func() { c.handshake.work(c.tls, home) }) {
		h.err = ErrBusy
		home.Post(&h.task)
	}
}

// clientTLS is the configuration in use. Renegotiation would block the loop, and a cache
// of sessions would be a lock that loops share.
func clientTLS(to Target) *tls.Config {
	cfg := to.TLS.Clone()
	cfg.Renegotiation, cfg.ClientSessionCache = tls.RenegotiateNever, nil
	if cfg.ServerName == "" {
		cfg.ServerName = to.Host
	}
	return cfg
}

// work is what the worker does.
func (h *handshake) work(t *tls.Conn, home loop.Mailbox) {
	h.err = errPanicked
	defer home.Post(&h.task)
	h.err = t.Handshake()
}

var errPanicked = net.UnknownNetworkError("BUG: handshake")

// shaken takes the worker's result, and the socket.
func (c *Conn) shaken(l *loop.Loop) {
	h := &c.handshake
	if !h.away {
		return // recalled
	}
	if c.closed {
		c.recall(l)
		return
	}
	fd := h.block.fd
	h.away = false
	w, err := l.Watch(fd, loop.Readable, c)
	if err != nil {
		_ = unix.Close(fd)
		c.end(l, err)
		return
	}
	c.fd, c.w = fd, w
	if h.err != nil {
		c.end(l, h.err)
		return
	}
	c.shim.Adopt(fd, &c.out)
	c.opened(l)
}

// abandon makes the worker come home; false if none has the socket.
func (h *handshake) abandon() bool {
	if h.away {
		_ = unix.Shutdown(h.block.fd, unix.SHUT_RDWR)
	}
	return h.away
}

// recall closes the socket of a handshake that nobody wants. The worker has gone.
func (c *Conn) recall(l *loop.Loop) {
	if h := &c.handshake; h.away {
		h.away = false
		_ = unix.Close(h.block.fd)
		c.d.states.On(l).conns.Remove(c.slot)
	}
}

// blocking is a non-blocking socket in the hands of a worker, which waits for it by
// poll(2): Go's poller never hears of it.
type blocking struct {
	net.Conn // nil: crypto/tls needs no more than what is below
	fd       int
	by       time.Time
}

func (b *blocking) Read(p []byte) (int, error) {
	for {
		n, err := readFD(b.fd, p)
		if err != WouldBlock {
			return n, err
		}
		if err := b.wait(unix.POLLIN); err != nil {
			return 0, err
		}
	}
}

func (b *blocking) Write(p []byte) (n int, err error) {
	for n < len(p) {
		m, err := unix.Write(b.fd, p[n:])
		switch {
		case m > 0:
			n += m
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			if err := b.wait(unix.POLLOUT); err != nil {
				return n, err
			}
		default:
			return n, err
		}
	}
	return n, nil
}

// wait waits until the socket is ready, or time is up.
func (b *blocking) wait(events int16) error {
	for {
		left := time.Until(b.by)
		if left <= 0 {
			return ErrTimeout
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(b.fd), Events: events}}, int(left/time.Millisecond)+1)
		switch {
		case n > 0:
			return nil
		case err != nil && err != unix.EINTR:
			return err
		}
	}
}

func (b *blocking) SetWriteDeadline(time.Time) error { return nil }
func (b *blocking) Close() error                     { return nil }

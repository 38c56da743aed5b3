package wire

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/loop"
)

// hands bounds the handshakes of a Dialer.
type hands struct {
	most    int64
	running atomic.Int64
	cores   chan struct{} // holds a token for each that computes rather than waits
	quit    chan struct{}
	done    sync.WaitGroup
	once    sync.Once
}

// admit counts one more handshake, if it may be.
func (p *hands) admit() bool {
	if p.running.Add(1) <= p.most {
		return true
	}
	p.running.Add(-1)
	return false
}

// end waits for all goroutines, who have been told. A second end is a no-op.
func (p *hands) end() {
	p.once.Do(func() { close(p.quit) })
	p.done.Wait()
}

// A handshake is the time in which a goroutine uses the socket of a Conn. Where it would
// wait for the peer it has the loop watch the socket, so that no thread waits and the
// socket is in no other epoll set than the loop's.
type handshake struct {
	hands *hands
	home  loop.Mailbox
	fd    int
	asks  loop.Task     // the goroutine has the loop watch for wants
	wants loop.Events   // set before asks is posted
	ready chan struct{} // the loop tells: try again
	over  loop.Task     // the goroutine has ended
	err   error         // how; set before over is posted
	away  bool          // of the loop: the goroutine may use the socket
}

// shakeHands gives the socket to a goroutine.
func (c *Conn) shakeHands(l *loop.Loop) {
	c.stage = Handshaking
	c.arm(l, c.by)
	if !c.d.hands.admit() {
		c.end(l, ErrBusy)
		return
	}
	if err := c.w.Modify(l, 0); err != nil {
		c.d.hands.running.Add(-1)
		c.end(l, err)
		return
	}
	c.d.states.On(l).stats.handshakes.Inc()
	h := &handshake{hands: c.d.hands, home: l.Mailbox(), fd: c.fd, ready: make(chan struct{}, 1), away: true}
	h.asks.Run, h.over.Run = c.watchHandshake, c.shaken
	c.handshake, c.shim = h, NewShim(h)
	c.tls = tls.Client(c.shim, clientTLS(c.target))
	h.hands.done.Add(1)
	go h.work(c.tls)
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

// work is what the goroutine does.
func (h *handshake) work(t *tls.Conn) {
	defer h.hands.done.Done()
	h.hands.cores <- struct{}{}
	h.err = shake(t)
	<-h.hands.cores
	h.hands.running.Add(-1)
	h.home.Post(&h.over)
}

func shake(t *tls.Conn) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("BUG: %v", v)
		}
	}()
	return t.Handshake()
}

// watchHandshake does what the goroutine asks for.
func (c *Conn) watchHandshake(l *loop.Loop) {
	if c.closed {
		return // it was told
	}
	if err := c.w.Modify(l, c.handshake.wants); err != nil {
		c.end(l, err)
	}
}

// tell has the goroutine try again.
func (h *handshake) tell() {
	select {
	case h.ready <- struct{}{}:
	default:
	}
}

// abandon sends the goroutine home; false if there is none.
func (h *handshake) abandon() bool {
	if h == nil || !h.away {
		return false
	}
	_ = unix.Shutdown(h.fd, unix.SHUT_RDWR)
	h.tell()
	return true
}

// shaken takes the result, and the socket.
func (c *Conn) shaken(l *loop.Loop) {
	h := c.handshake
	switch {
	case !h.away: // recalled
	case c.closed:
		c.recall(l)
	case h.err != nil:
		h.away = false
		c.end(l, h.err)
	default:
		h.away = false
		c.handshake = nil
		c.shim.Adopt(c.fd, &c.out)
		c.opened(l)
	}
}

// recall closes the socket of a handshake that nobody wants. The goroutine has gone.
func (c *Conn) recall(l *loop.Loop) {
	if h := c.handshake; h != nil && h.away {
		h.away = false
		c.unwatch(l)
		c.d.states.On(l).conns.Remove(c.slot)
	}
}

// Read waits for the peer; the goroutine calls it, within tls.Conn.Handshake.
func (h *handshake) Read(p []byte) (int, error) {
	for {
		n, err := readFD(h.fd, p)
		if err != WouldBlock {
			return n, err
		}
		if err := h.wait(loop.Readable); err != nil {
			return 0, err
		}
	}
}

// Write is likewise.
func (h *handshake) Write(p []byte) (n int, err error) {
	for n < len(p) {
		m, err := unix.Write(h.fd, p[n:])
		switch {
		case m > 0:
			n += m
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			if err := h.wait(loop.Writable); err != nil {
				return n, err
			}
		default:
			return n, err
		}
	}
	return n, nil
}

// wait waits until the loop says that the socket is ready, or has been given up.
func (h *handshake) wait(on loop.Events) error {
	<-h.hands.cores
	defer func() { h.hands.cores <- struct{}{} }()
	h.wants = on
	h.home.Post(&h.asks)
	select {
	case <-h.ready:
		return nil
	case <-h.hands.quit:
		return io.ErrClosedPipe
	}
}

// The rest of net.Conn. The deadline is the loop's to keep.

func (h *handshake) Close() error                     { return nil }
func (h *handshake) LocalAddr() net.Addr              { return nil }
func (h *handshake) RemoteAddr() net.Addr             { return nil }
func (h *handshake) SetDeadline(time.Time) error      { return nil }
func (h *handshake) SetReadDeadline(time.Time) error  { return nil }
func (h *handshake) SetWriteDeadline(time.Time) error { return nil }

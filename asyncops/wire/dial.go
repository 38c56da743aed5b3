package wire

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/loop"
)

// maxAddresses is how many addresses of a host are tried.
const maxAddresses = 8

// begin is the first thing that happens to a Conn.
func (c *Conn) begin(l *loop.Loop) {
	switch {
	case c.closed:
	case c.d.states.On(l).closed:
		c.end(l, ErrClosed)
	case c.by <= l.Now():
		c.end(l, ErrTimeout)
	default:
		c.resolve(l)
	}
}

// resolve looks up the host.
func (c *Conn) resolve(l *loop.Loop) {
	q := c.d.cfg.Resolver.Lookup(l)
	q.SetName([]byte(c.target.Host))
	tok, out, pending := c.d.ops.On(l).Begin(l, q, time.Duration(c.by-l.Now()), (*lookup)(c))
	if pending {
		c.lookup = tok
		return
	}
	(*lookup)(c).Resume(l, q, out)
}

// A lookup is a Conn as what waits for its addresses.
type lookup Conn

// Resume takes the answer of a look-up.
func (u *lookup) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	c, q := (*Conn)(u), op.(*dns.Lookup)
	c.lookup = 0
	c.addrs = q.Addrs()
	q.Free(l)
	switch out {
	case asyncops.Completed:
		c.addrs = c.addrs[:min(len(c.addrs), maxAddresses)]
		c.stage, c.err = Connecting, ErrNoAddress
		c.nextAddress(l)
	case asyncops.TimedOut:
		c.end(l, ErrTimeout)
	case asyncops.Overloaded:
		c.end(l, ErrBusy)
	default:
		c.end(l, ErrNoAddress)
	}
}

// nextAddress begins to connect to the next address, which gets its share of the time
// that is left. After the last one, the last error counts.
func (c *Conn) nextAddress(l *loop.Loop) {
	c.unwatch(l)
	for len(c.addrs) > 0 {
		now := l.Now()
		share := now + (c.by-now)/int64(len(c.addrs))
		c.remote = c.addrs[0].WithPort(c.target.Port)
		c.addrs = c.addrs[1:]
		if c.err = c.attempt(l); c.err == nil {
			c.arm(l, share)
			return
		}
	}
	c.end(l, c.err)
}

// expired is called when an attempt or a handshake has taken too long.
func (c *Conn) expired(l *loop.Loop) {
	c.timer = 0
	if c.stage == Connecting && l.Now() < c.by && len(c.addrs) > 0 {
		c.err = ErrTimeout
		c.nextAddress(l)
		return
	}
	c.end(l, ErrTimeout)
}

// attempt starts a non-blocking connect to c.remote.
func (c *Conn) attempt(l *loop.Loop) error {
	c.d.states.On(l).stats.attempts.Inc()
	fd, err := c.d.cfg.socket(c.remote)
	if err != nil {
		return err
	}
	if err = unix.Connect(fd, sockaddr(c.remote)); err != nil && err != unix.EINPROGRESS {
		_ = unix.Close(fd)
		return err
	}
	w, err := l.Watch(fd, loop.Writable, c) // one that stands already is writable as well
	if err != nil {
		_ = unix.Close(fd)
		return err
	}
	c.fd, c.w = fd, w
	return nil
}

// socket makes a socket for a connection to a.
func (cfg *Config) socket(a loop.Addr) (fd int, err error) {
	family := unix.AF_INET6
	if a.Is4() {
		family = unix.AF_INET
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	seconds := max(1, int(cfg.Idle/time.Second))
	for _, o := range [...]struct{ level, name, value int }{
		{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1}, // a request must not wait for an acknowledgement
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, seconds},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, max(1, seconds/6)},
		{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3},
		{unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(cfg.UserTimeout.Milliseconds())},
	} {
		_ = unix.SetsockoptInt(fd, o.level, o.name, o.value) // it works without, less well
	}
	return fd, nil
}

func sockaddr(a loop.Addr) unix.Sockaddr {
	ap := a.AddrPort()
	if a.Is4() {
		return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().Unmap().As4()}
	}
	return &unix.SockaddrInet6{Port: int(ap.Port()), Addr: ap.Addr().As16()}
}

// tryConnected asks what has become of the attempt. To connect again is the one question
// that has three answers.
func (c *Conn) tryConnected(l *loop.Loop) {
	switch err := unix.Connect(c.fd, sockaddr(c.remote)); err {
	case nil, unix.EISCONN:
		c.addrs = nil
		if c.target.TLS != nil {
			c.shakeHands(l)
			return
		}
		c.opened(l)
	case unix.EALREADY, unix.EINTR, unix.EINPROGRESS:
	default:
		c.err = err
		c.nextAddress(l)
	}
}

// opened begins the life of a connection.
func (c *Conn) opened(l *loop.Loop) {
	c.stop(l)
	if err := c.w.Modify(l, loop.Readable); err != nil {
		c.end(l, err)
		return
	}
	c.stage = Open
	n := c.d.states.On(l).stats
	n.opened.Inc()
	n.open.Add(1)
	c.task.Run = c.flushQueued
	c.handler.Opened(l, c)
	if !c.closed && c.tls != nil {
		c.read(l) // TLS may have more from the socket than the handshake needed
	}
}

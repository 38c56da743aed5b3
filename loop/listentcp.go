package loop

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// TCPConfig says what to listen on, and how connections are to be treated, those
// that are dialed for it included.
type TCPConfig struct {
	// Bind is the address; port 0 takes a free one. An IPv6 address gets no IPv4.
	Bind netip.AddrPort
	// Recv is lent each message that Stream.Deliver delivers. Required.
	Recv func(l *Loop, s *Slot)
	// Handler is told of the connections. Required.
	Handler StreamHandler
	// Backlog is how many connections may wait to be accepted, for each loop; the
	// default is 1024.
	Backlog int
	Limits  StreamLimits
	// KeepAlive has the kernel probe idle connections (SO_KEEPALIVE); the others are
	// TCP_KEEPIDLE and TCP_KEEPINTVL, in seconds, and TCP_KEEPCNT, 0 for the kernel's.
	KeepAlive                         bool
	KeepIdle, KeepInterval, KeepCount int
}

// A TCP is a listener: one listening socket per loop, bound to the same address.
type TCP struct {
	cfg      TCPConfig
	limits   StreamLimits
	addr     Addr
	index    int
	wildcard bool
	sockets  []tcpSocket // by loop
}

// A tcpSocket is one loop's part of a listener.
type tcpSocket struct {
	tcp   *TCP
	watch *Watch
	_     [48]byte
}

// ListenTCP binds a listener, before Start. An address that any other socket is
// bound to gives EADDRINUSE.
func (g *Group) ListenTCP(cfg TCPConfig) (*TCP, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.phase != setUp {
		return nil, errStarted
	}
	if cfg.Recv == nil || cfg.Handler == nil || !cfg.Bind.IsValid() {
		return nil, errors.New("loop: listen tcp: an address, a function to receive and a handler are required")
	}
	if cfg.Backlog <= 0 {
		cfg.Backlog = 1024
	}
	t := &TCP{cfg: cfg, limits: cfg.Limits.withDefaults(), addr: AddrFrom(cfg.Bind), index: len(g.tcps), sockets: make([]tcpSocket, len(g.loops))}
	t.wildcard = t.addr.IsUnspecified()
	if err := t.open(g); err != nil {
		return nil, fmt.Errorf("loop: listen tcp %s: %w", cfg.Bind, err)
	}
	g.tcps = append(g.tcps, t)
	return t, nil
}

// Addr returns the address bound to, with the real port.
func (t *TCP) Addr() Addr { return t.addr }

// Index returns the position among the ListenTCP calls, from 0.
func (t *TCP) Index() int { return t.index }

// open makes the sockets and has the loops watch them, or leaves nothing open.
func (t *TCP) open(g *Group) error {
	for i := range t.sockets {
		l, k := g.loops[i], &t.sockets[i]
		k.tcp = t
		fd, err := t.listen(i == 0)
		if err == nil {
			if k.watch, err = l.Watch(fd, Readable, k); err != nil {
				_ = unix.Close(fd)
			}
		}
		if err != nil {
			for j := range i {
				_ = unix.Close(t.sockets[j].watch.Release(g.loops[j]))
			}
			return err
		}
	}
	return nil
}

// listen opens a listening socket. As with UDP, the first is bound without
// SO_REUSEPORT, so that a second process gets EADDRINUSE. SO_REUSEADDR lets us bind
// while connections of a former process linger; it does not share a listening port.
func (t *TCP) listen(first bool) (fd int, err error) {
	fd, err = streamSocket(t.addr)
	if err != nil {
		return -1, err
	}
	if err = t.setUp(fd, first); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func (t *TCP) setUp(fd int, first bool) error {
	if err := setFlag(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, "SO_REUSEADDR"); err != nil {
		return err
	}
	if !t.addr.Is4() {
		if err := setFlag(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, "IPV6_V6ONLY"); err != nil {
			return err
		}
	}
	if !first {
		if err := setFlag(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, "SO_REUSEPORT"); err != nil {
			return err
		}
	}
	if err := unix.Bind(fd, t.addr.sockaddr()); err != nil {
		return os.NewSyscallError("bind", err)
	}
	if first {
		if err := setFlag(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, "SO_REUSEPORT"); err != nil {
			return err
		}
		name, err := unix.Getsockname(fd)
		if err != nil {
			return os.NewSyscallError("getsockname", err)
		}
		t.addr = t.addr.WithPort(addrFromSockaddr(name).port)
	}
	return os.NewSyscallError("listen", unix.Listen(fd, t.cfg.Backlog))
}

// streamSocket opens a TCP socket of a's family.
func streamSocket(a Addr) (fd int, err error) {
	family := unix.AF_INET6
	if a.Is4() {
		family = unix.AF_INET
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	return fd, nil
}

// setStreamOptions sets what every connection has: messages leave at once, and the
// kernel probes a silent peer if that was asked for.
func (t *TCP) setStreamOptions(fd int) error {
	if err := setFlag(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, "TCP_NODELAY"); err != nil || !t.cfg.KeepAlive {
		return err
	}
	if err := setFlag(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, "SO_KEEPALIVE"); err != nil {
		return err
	}
	for _, o := range [...]struct{ name, value int }{
		{unix.TCP_KEEPIDLE, t.cfg.KeepIdle}, {unix.TCP_KEEPINTVL, t.cfg.KeepInterval}, {unix.TCP_KEEPCNT, t.cfg.KeepCount},
	} {
		if o.value > 0 {
			if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, o.name, o.value); err != nil {
				return os.NewSyscallError("setsockopt", err)
			}
		}
	}
	return nil
}

const (
	acceptRounds = 16                     // connections accepted per readiness
	acceptPause  = 100 * time.Millisecond // when the process is out of files
)

// Ready is the poller's word that connections wait.
func (k *tcpSocket) Ready(l *Loop, _ *Watch, _ Events) {
	for range acceptRounds {
		fd, name, err := unix.Accept4(k.watch.FD(), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch err {
		case nil:
			k.tcp.adopt(l, fd, addrFromSockaddr(name))
		case unix.EAGAIN:
			return
		case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
			// The connection stays in the queue and would wake us for ever.
			k.tcp.callRefused(l, Addr{}, err)
			_ = k.watch.Modify(l, 0)
			l.After(acceptPause, l.group.acceptTimer, uint64(k.tcp.index))
			return
		default: // that connection is gone already
		}
	}
}

// acceptAgain fires after acceptPause for listener number tcp.
func (g *Group) acceptAgain(l *Loop, tcp uint64) {
	_ = g.tcps[tcp].sockets[l.index].watch.Modify(l, l.input())
}

// adopt makes fd a connection of l.
func (t *TCP) adopt(l *Loop, fd int, from Addr) {
	if !l.group.admitStream() {
		_ = unix.Close(fd)
		t.callRefused(l, from, ErrTooManyStreams)
		return
	}
	c := l.newStream(t)
	c.remote = from
	err := t.setStreamOptions(fd)
	if err == nil {
		c.watch, err = l.Watch(fd, Readable, c)
	}
	if err != nil {
		_ = unix.Close(fd)
		c.abandon(l)
		return
	}
	bump(&l.stats.Accepted, 1)
	c.opened(l)
}

func (t *TCP) callRefused(l *Loop, from Addr, err error) {
	defer l.recovered("connection refused")
	t.cfg.Handler.Refused(l, from, err)
}

func addrFromSockaddr(name unix.Sockaddr) Addr {
	switch n := name.(type) {
	case *unix.SockaddrInet4:
		a := Addr{family: 4, port: uint16(n.Port)}
		copy(a.ip[:], n.Addr[:])
		return a
	case *unix.SockaddrInet6:
		return Addr{family: 6, ip: n.Addr, scope: n.ZoneId, port: uint16(n.Port)}
	}
	return Addr{}
}

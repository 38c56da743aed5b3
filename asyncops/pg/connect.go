package pg

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/asyncops/wire"
	"github.com/fastsips/fastsips/loop"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"
)

const (
	// dialTimeout bounds the TCP handshake. It is short, so that a network that
	// comes back is tried again soon, rather than at the kernel's next SYN.
	dialTimeout = 400 * time.Millisecond
	// userTimeout is how long sent bytes may stay unacknowledged before the
	// kernel gives the connection up.
	userTimeout = 10 * time.Second
)

// dialed is what a worker brings home: a connection or an error.
type dialed struct {
	task loop.Task
	conn *conn
	err  error
}

// connect has a worker make a connection. It reports false if none is free.
func (p *pool) connect(l *loop.Loop) bool {
	d, home := p.db, l.Mailbox()
	ok := d.dialers.Submit(func() {
		r := new(dialed)
		r.conn, r.err = d.dial()
		r.task.Run = func(l *loop.Loop) { d.pools.On(l).dialed(l, r) }
		home.Post(&r.task)
	})
	if ok {
		p.opening++
	}
	return ok
}

// dialed takes a worker's result.
func (p *pool) dialed(l *loop.Loop, r *dialed) {
	p.opening--
	if r.err == nil && p.closed {
		_ = unix.Close(r.conn.fd) // nobody is left to be told
		return
	}
	if r.err == nil {
		r.err = p.adopt(l, r.conn)
	}
	if r.err != nil {
		p.connectFailed(l, r.err)
	}
}

// adopt makes c one of the pool's.
func (p *pool) adopt(l *loop.Loop, c *conn) error {
	w, err := l.Watch(c.fd, loop.Readable, c)
	if err != nil {
		_ = unix.Close(c.fd) // the error that counts is Watch's
		return err
	}
	c.pool, c.watch = p, w
	c.more.task.Run = c.readOn
	c.born, c.heard = l.Now(), l.Now()
	p.conns = append(p.conns, c)
	p.counts.open.Add(1)
	p.counts.connects.Inc()
	if p.hurt {
		p.counts.reconnects.Inc()
		p.hurt = false
	}
	p.heard, p.retryAt = l.Now(), 0
	p.breaker.Success()
	p.db.opened()
	p.ready(l, c)
	p.grow(l)
	return nil
}

// connectFailed plans the next attempt, and refuses what waits if there is no
// hope of a connection soon.
func (p *pool) connectFailed(l *loop.Loop, err error) {
	p.counts.connectFailures.Inc()
	p.hurt = true
	if p.closed {
		return
	}
	p.db.failed(err)
	atMost := lastRetry
	if len(p.conns) > 0 || needsOperator(err) {
		atMost = rareRetry
	}
	p.retryLater(l, atMost)
	if len(p.conns) == 0 {
		p.breaker.Failure(l.Now())
		if p.breaker.Open() {
			p.refuseWaiting(l)
		}
	}
}

// needsOperator reports whether the server refuses us for good: a wrong password
// (class 28) or no such database (3D000).
func needsOperator(err error) bool {
	var refusal *pgconn.PgError
	return errors.As(err, &refusal) && (strings.HasPrefix(refusal.Code, "28") || refusal.Code == "3D000")
}

// dial makes and authenticates a connection. It blocks: for workers only.
func (d *DB) dial() (*conn, error) {
	ctx, cancel := context.WithTimeout(d.ctx, d.cfg.ConnectTimeout)
	defer cancel()
	pc, err := pgconn.ConnectConfig(ctx, d.conf.Copy())
	if err != nil {
		return nil, err
	}
	if err := pc.SyncConn(ctx); err != nil {
		_ = pc.Close(ctx) // the error that counts is SyncConn's
		return nil, err
	}
	hc, err := pc.Hijack()
	if err != nil {
		return nil, err
	}
	c, err := takeOver(hc)
	if err != nil {
		_ = hc.Conn.Close() // likewise
	}
	return c, err
}

// takeOver gets the descriptor out of hc. The net.Conn is closed, or the
// descriptor would stay in Go's own epoll.
func takeOver(hc *pgconn.HijackedConn) (*conn, error) {
	if err := drainFrontend(hc); err != nil {
		return nil, err
	}
	c := new(conn)
	base := hc.Conn
	if t, ok := base.(*tls.Conn); ok {
		c.tls = t
		base = t.NetConn()
	}
	s := base.(*socket)
	fd, err := duplicate(s.Conn)
	if err != nil {
		return nil, err
	}
	c.fd = fd
	c.key = cancelKey{network: s.network, address: s.address, pid: hc.PID, secret: hc.SecretKey,
		tls: hc.TLSConfig, direct: hc.Config.SSLNegotiation == "direct"}
	_ = s.Conn.Close() // our duplicate stays
	s.Adopt(fd, &c.wbuf)
	return c, nil
}

// drainFrontend reads what pgconn has in its buffers, without waiting for more.
// After SyncConn that can only be notices and the like.
func drainFrontend(hc *pgconn.HijackedConn) error {
	if err := hc.Conn.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return err
	}
	for {
		_, err := hc.Frontend.Receive()
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			break
		}
		if err != nil {
			return err
		}
	}
	if n := hc.Frontend.ReadBufferLen(); n > 0 {
		return fmt.Errorf("%d bytes of a message are left over from connecting", n)
	}
	return nil
}

// duplicate returns a second descriptor of nc's socket, non-blocking as nc's is.
func duplicate(nc net.Conn) (fd int, err error) {
	raw, err := nc.(syscall.Conn).SyscallConn()
	if err != nil {
		return -1, err
	}
	var dupErr error
	err = raw.Control(func(old uintptr) { fd, dupErr = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(err, dupErr); err != nil {
		return -1, err
	}
	return fd, nil
}

// dialSocket is pgconn's DialFunc.
func dialSocket(ctx context.Context, network, address string) (net.Conn, error) {
	nc, err := dialNet(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &socket{wire.NewShim(nc), network, address}, nil
}

func dialNet(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{
		Timeout:         dialTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 5 * time.Second, Count: 3},
	}
	if strings.HasPrefix(network, "tcp") {
		dialer.Control = setUserTimeout
	}
	return dialer.DialContext(ctx, network, address)
}

func setUserTimeout(_, _ string, raw syscall.RawConn) error {
	var sockErr error
	err := raw.Control(func(fd uintptr) {
		sockErr = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout.Milliseconds()))
	})
	return errors.Join(err, sockErr)
}

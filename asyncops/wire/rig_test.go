package wire

import (
	"bytes"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A rig is a Dialer on running loops.
type rig struct {
	*looptest.Rig
	dialer *Dialer
}

func newRig(t testing.TB, loops int, cfg Config) *rig {
	t.Helper()
	base := looptest.New(t, loops)
	if cfg.Resolver == nil {
		cfg.Resolver = dns.New(base.Group, base.Ops, dns.Config{})
		t.Cleanup(cfg.Resolver.Close)
	}
	r := &rig{base, New(base.Group, base.Ops, cfg)}
	t.Cleanup(r.dialer.Close)
	r.Start()
	return r
}

// A client is a Handler that keeps what it is told.
type client struct {
	r      *rig
	on     int
	conn   *Conn
	greet  []byte // sent when the connection stands
	use    func(b []byte) int
	opened chan struct{}
	closed chan *Error
	got    chan []byte
}

// dial makes a connection on loop i; use says how many bytes are taken of those there.
func (r *rig) dial(i int, to Target, timeout time.Duration, greet string) *client {
	c := &client{r: r, on: i, greet: []byte(greet), opened: make(chan struct{}), closed: make(chan *Error, 1), got: make(chan []byte, 1000)}
	c.use = func(b []byte) int { return len(b) }
	c.do(func(l *loop.Loop) { c.conn = r.dialer.Dial(l, to, l.Now()+int64(timeout), c) })
	return c
}

func (c *client) do(f func(l *loop.Loop)) { c.r.Group.Do(c.on, f) }

func (c *client) Opened(l *loop.Loop, conn *Conn) {
	close(c.opened)
	conn.Write(l, c.greet)
}

func (c *client) Received(_ *loop.Loop, _ *Conn, b []byte) int {
	n := c.use(b)
	if n > 0 {
		c.got <- bytes.Clone(b[:n])
	}
	return n
}

func (c *client) Closed(_ *loop.Loop, _ *Conn, err *Error) { c.closed <- err }

// read waits until n bytes have come.
func (c *client) read(n int) (b []byte) {
	c.r.T.Helper()
	for len(b) < n {
		b = append(b, looptest.Receive(c.r.T, "bytes", c.got)...)
	}
	return b
}

func (c *client) end() *Error {
	c.r.T.Helper()
	return looptest.Receive(c.r.T, "the end of a connection", c.closed)
}

// A peer talks to each connection that comes, in a goroutine of its own.
func listen(t testing.TB, talk func(c net.Conn)) Target {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, ln, talk)
}

func listenTLS(t testing.TB, cfg *tls.Config, talk func(c net.Conn)) Target {
	t.Helper()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, ln, talk)
}

func serve(t testing.TB, ln net.Listener, talk func(c net.Conn)) Target {
	conns := make(chan net.Conn, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			conns <- c
			go func() {
				defer c.Close()
				talk(c)
			}()
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		<-done
		close(conns)
		for c := range conns {
			c.Close()
		}
	})
	return Target{Host: "127.0.0.1", Port: uint16(ln.Addr().(*net.TCPAddr).Port)}
}

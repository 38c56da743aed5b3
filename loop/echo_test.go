package loop

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// An echoHandler takes lines: it sends each back on the connection that it came by,
// and notes what it is told.
type echoHandler struct {
	tcp    *TCP
	events chan string
	keep   bool // consume nothing
	unsent chan uint64
}

func newEchoHandler() *echoHandler {
	return &echoHandler{events: make(chan string, 10000), unsent: make(chan uint64, 10000)}
}

func (h *echoHandler) Opened(l *Loop, c *Stream) {
	h.events <- fmt.Sprintf("opened %v", c.Dialed())
}

func (h *echoHandler) Received(l *Loop, c *Stream, b []byte) (n int) {
	for !h.keep {
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 {
			break
		}
		if !c.Deliver(l, b[n:n+i+1], 0, l.Index()) || l.Stream(c.ID()) == nil {
			break
		}
		n += i + 1
	}
	return n
}

// echo is Recv.
func (h *echoHandler) echo(l *Loop, s *Slot) { h.sendOn(l, s.Stream(), s.Bytes(), 0) }

func (h *echoHandler) sendOn(l *Loop, id StreamID, b []byte, tag uint64) {
	o := l.NewOut()
	o.Set(append(o.Buf(), b...))
	o.SetTag(tag)
	if h.tcp.Take(l, o, id, Addr{}, Addr{}) {
		h.Passed(l, o)
	}
	l.Free(o)
}

func (h *echoHandler) Passed(l *Loop, o *Out) {
	id := o.Stream()
	switch c := l.Stream(id); {
	case c != nil:
		c.Enqueue(l, o)
	case id.Loop() != l.Index():
		l.PassOn(o, id.Loop())
	default:
		l.Fail(o, NotConnected)
	}
}

func (h *echoHandler) Closed(l *Loop, c *Stream, why Cause, err error) {
	h.events <- "closed: " + why.String()
}

func (h *echoHandler) Unsent(l *Loop, o *Out, err error) { h.unsent <- o.Tag() }

func (h *echoHandler) Refused(l *Loop, from Addr, err error) {
	h.events <- "refused"
}

func (h *echoHandler) want(t *testing.T, what string) {
	t.Helper()
	if got := receive(t, h.events); got != what {
		t.Fatalf("%q, want %q", got, what)
	}
}

// newEcho starts a group with one TCP listener.
func newEcho(t testing.TB, loops int, limits StreamLimits, more ...func(*TCPConfig)) (*Group, *echoHandler) {
	h := newEchoHandler()
	g := newGroup(t, Config{Loops: loops}, func(g *Group) {
		cfg := TCPConfig{Bind: localhost4, Recv: h.echo, Handler: h, Limits: limits}
		for _, f := range more {
			f(&cfg)
		}
		var err error
		if h.tcp, err = g.ListenTCP(cfg); err != nil {
			t.Fatal(err)
		}
	})
	return g, h
}

// dialEcho connects a plain client.
func dialEcho(t testing.TB, h *echoHandler) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", h.tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

func write(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func readText(t testing.TB, c net.Conn, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if _, err := io.ReadFull(c, b); err != nil || string(b) != want {
		t.Fatalf("read %.80q (%v), want %.80q", b, err, want)
	}
}

// gone reads until the peer is gone.
func gone(t testing.TB, c net.Conn) {
	t.Helper()
	if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatal(err)
	}
}

// someStream returns the one connection that there is.
func someStream(t testing.TB, g *Group) (id StreamID) {
	t.Helper()
	for i := range g.Len() {
		g.Do(i, func(l *Loop) {
			if len(l.streams) > 0 {
				id = l.streams[0].ID()
			}
		})
	}
	if id.IsZero() {
		t.Fatal("no connection")
	}
	return id
}

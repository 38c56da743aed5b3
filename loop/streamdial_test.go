package loop

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

// dial has loop 0 connect to addr and send text.
func dial(t testing.TB, g *Group, h *echoHandler, addr, text string, tag uint64) {
	t.Helper()
	g.Do(0, func(l *Loop) {
		o := l.NewOut()
		o.Set(append(o.Buf(), text...))
		o.SetTag(tag)
		c, err := h.tcp.Dial(l, AddrFrom(netip.MustParseAddrPort(addr)), Addr{})
		h.tcp.Take(l, o, StreamID{}, Addr{}, Addr{})
		if err != nil {
			l.Fail(o, err)
		} else {
			c.Enqueue(l, o)
		}
		l.Free(o)
	})
}

// What is sent while connecting leaves when connected, from the listener's address.
func TestStreamDial(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	g, h := newEcho(t, 1, StreamLimits{}, func(c *TCPConfig) { c.Bind = netip.MustParseAddrPort("127.0.0.9:0") })
	dial(t, g, h, ln.Addr().String(), "hello\n", 1)
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	h.want(t, "opened true")
	readText(t, c, "hello\n")
	if ip, _, _ := net.SplitHostPort(c.RemoteAddr().String()); ip != "127.0.0.9" {
		t.Errorf("connected from %s", ip)
	}
	write(t, c, "back\n")
	readText(t, c, "back\n")
}

// Refused, and never answered: both are reported, with what was to be sent.
func TestStreamDialFails(t *testing.T) {
	g, h := newEcho(t, 1, StreamLimits{Connect: 50 * time.Millisecond})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	dial(t, g, h, ln.Addr().String(), "x", 5)
	if tag := receive(t, h.unsent); tag != 5 {
		t.Errorf("tag %d", tag)
	}
	full := fullListener(t)
	for len(h.events) > 0 {
		<-h.events
	}
	dial(t, g, h, full, "x", 6)
	h.want(t, "closed: no answer in time")
	if tag := receive(t, h.unsent); tag != 6 {
		t.Errorf("tag %d", tag)
	}
	if n := g.Streams(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

// fullListener returns an address that takes no more connections: its queue is full
// and nobody accepts.
func fullListener(t testing.TB) string {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, _ := syscall.Getsockname(fd)
	addr := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for range 3 {
		c, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err == nil {
			t.Cleanup(func() { c.Close() })
		}
	}
	return addr
}

// More connections than allowed are refused; one that ends makes room.
func TestStreamMaximum(t *testing.T) {
	h := newEchoHandler()
	g := newGroup(t, Config{Loops: 2}, func(g *Group) {
		g.SetMaxStreams(3)
		h.tcp, _ = g.ListenTCP(TCPConfig{Bind: localhost4, Recv: h.echo, Handler: h})
	})
	var conns []net.Conn
	for range 3 {
		conns = append(conns, dialEcho(t, h))
		h.want(t, "opened false")
	}
	gone(t, dialEcho(t, h))
	h.want(t, "refused")
	conns[0].Close()
	h.want(t, "closed: closed by the peer")
	c := dialEcho(t, h)
	write(t, c, "x\n")
	readText(t, c, "x\n")
	if g.Streams() != 3 {
		t.Errorf("%d connections", g.Streams())
	}
}

// Two loops send on one connection, which is the third's: each one's order is kept,
// the buffers go home.
func TestStreamPassOn(t *testing.T) {
	g, h := newEcho(t, 3, StreamLimits{Queue: 64 << 20})
	c := dialEcho(t, h)
	h.want(t, "opened false")
	id := someStream(t, g)
	const n = 2000
	for i := range g.Len() {
		go g.Do(i, func(l *Loop) {
			for k := range n {
				h.sendOn(l, id, fmt.Appendf(nil, "%d %d\n", i, k), 0)
			}
		})
	}
	var next [3]int
	for range 3 * n {
		var i, k int
		if _, err := fmt.Fscanf(c, "%d %d\n", &i, &k); err != nil {
			t.Fatal(err)
		}
		if k != next[i] {
			t.Fatalf("loop %d: %d, want %d", i, k, next[i])
		}
		next[i]++
	}
	for i := range g.Len() {
		eventually(t, "buffers at home", func() (ok bool) {
			g.Do(i, func(l *Loop) {
				ok = len(l.outs.free) >= n || i == id.Loop() // which uses its own again and again
				for _, o := range l.outs.free {
					if o.home != int32(i) {
						t.Fatal("a foreign buffer in the pool")
					}
				}
			})
			return ok
		})
	}
}

// What was on its way to a connection that has ended is reported on the loop that sent
// it; so is what its owner has kept.
func TestStreamPassOnFails(t *testing.T) {
	g, h := newEcho(t, 2, StreamLimits{})
	c := dialEcho(t, h)
	h.want(t, "opened false")
	id := someStream(t, g)
	c.Close()
	h.want(t, "closed: closed by the peer")
	other := 1 - id.Loop()
	g.Do(other, func(l *Loop) { h.sendOn(l, id, []byte("x"), 77) })
	if tag := receive(t, h.unsent); tag != 77 {
		t.Errorf("tag %d", tag)
	}
	var kept *Out
	g.Do(other, func(l *Loop) {
		o := l.NewOut()
		o.SetTag(78)
		h.tcp.Take(l, o, id, Addr{}, Addr{})
		l.PassOn(o, id.Loop())
		kept = o
	})
	if tag := receive(t, h.unsent); tag != 78 {
		t.Errorf("tag %d", tag)
	}
	g.Do(other, func(l *Loop) {
		if kept.Queued() {
			t.Error("still queued, though its copy has come back")
		}
		l.Free(kept)
	})
}

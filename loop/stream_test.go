package loop

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
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

// Whatever the pieces, whole lines come back in order; of what is not whole a part is
// kept; an idle connection has no buffer.
func TestStreamEcho(t *testing.T) {
	g, h := newEcho(t, 1, StreamLimits{})
	c := dialEcho(t, h)
	h.want(t, "opened false")
	write(t, c, "one\ntwo\nth")
	readText(t, c, "one\ntwo\n")
	g.Do(0, func(l *Loop) {
		if s := l.streams[0]; string(s.in) != "th" || s.timer == 0 {
			t.Errorf("kept %q", s.in)
		}
	})
	for _, piece := range strings.SplitAfter("ree\nfour\n", "") {
		write(t, c, piece)
	}
	readText(t, c, "three\nfour\n")
	long := strings.Repeat("x", 60_000) + "\n"
	write(t, c, "a\n"+long+long[:30_000])
	readText(t, c, "a\n"+long)
	write(t, c, long[30_000:]+"b\n")
	readText(t, c, long+"b\n")
	g.Do(0, func(l *Loop) {
		if s := l.streams[0]; s.in != nil || s.messageBy != 0 || s.held != 0 {
			t.Errorf("an idle connection has a buffer of %d bytes, %d held", cap(s.in), s.held)
		}
	})
	c.Close()
	h.want(t, "closed: closed by the peer")
	if n := g.Streams(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}

// IPv6, and a wildcard that is told which of its addresses was reached.
func TestStreamAddresses(t *testing.T) {
	needIPv6(t)
	for bind, to := range map[string]string{"[::1]:0": "::1", "0.0.0.0:0": "127.0.0.7", "[::]:0": "::1"} {
		g, h := newEcho(t, 1, StreamLimits{}, func(c *TCPConfig) { c.Bind = netip.MustParseAddrPort(bind) })
		c, err := net.Dial("tcp", net.JoinHostPort(to, fmt.Sprint(h.tcp.Addr().Port())))
		if err != nil {
			t.Fatal(err)
		}
		h.want(t, "opened false")
		g.Do(0, func(l *Loop) {
			s := l.streams[0]
			if s.Local().AddrPort().String() != c.RemoteAddr().String() || s.Remote().AddrPort().String() != c.LocalAddr().String() {
				t.Errorf("%s: %v to %v, want %v to %v", bind, s.Remote(), s.Local(), c.LocalAddr(), c.RemoteAddr())
			}
		})
		c.Close()
		h.want(t, "closed: closed by the peer")
	}
}

// What does not arrive whole in time ends the connection, however lively it trickles.
func TestStreamSlowMessage(t *testing.T) {
	g, h := newEcho(t, 1, StreamLimits{Message: 50 * time.Millisecond})
	c := dialEcho(t, h)
	h.want(t, "opened false")
	go func() {
		for {
			if _, err := c.Write([]byte("x")); err != nil {
				return
			}
			time.Sleep(2 * time.Millisecond) // the peer's pace
		}
	}()
	h.want(t, "closed: message not complete in time")
	gone(t, c)
	g.Do(0, func(l *Loop) {
		if l.streams[0].in != nil {
			t.Error("the buffer is still there")
		}
	})
}

// An idle connection ends; each message keeps it.
func TestStreamIdle(t *testing.T) {
	_, h := newEcho(t, 1, StreamLimits{Idle: 100 * time.Millisecond})
	c := dialEcho(t, h)
	h.want(t, "opened false")
	write(t, c, "still here\n")
	readText(t, c, "still here\n")
	gone(t, c)
	h.want(t, "closed: idle")
}

// A peer that reads nothing: the queue is bounded, what was in it is reported.
func TestStreamQueueFull(t *testing.T) {
	g, h := newEcho(t, 1, StreamLimits{Queue: 64 << 10})
	c := dialEcho(t, h)
	c.SetReadBuffer(4096)
	h.want(t, "opened false")
	sent := uint64(0)
	for done := false; !done; {
		g.Do(0, func(l *Loop) {
			s := l.streams[0]
			if done = s.state == streamFree; done {
				return
			}
			if s.held > 64<<10 {
				t.Errorf("%d bytes held", s.held)
			}
			sent++
			h.sendOn(l, s.ID(), bytes.Repeat([]byte("y"), 1500), sent)
		})
	}
	h.want(t, "closed: too much waits to be sent")
	first := receive(t, h.unsent)
	for want := first + 1; want <= sent; want++ {
		if got := receive(t, h.unsent); got != want {
			t.Fatalf("unsent: %d, want %d", got, want)
		}
	}
	if sent-first < 30 {
		t.Errorf("only %d of %d reported", sent-first, sent)
	}
}

// A peer that stops reading has StreamLimits.Write.
func TestStreamStalled(t *testing.T) {
	g, h := newEcho(t, 1, StreamLimits{Write: 50 * time.Millisecond, Queue: 64 << 20})
	c := dialEcho(t, h)
	c.SetReadBuffer(4096)
	h.want(t, "opened false")
	g.Do(0, func(l *Loop) {
		for range 10_000 {
			h.sendOn(l, l.streams[0].ID(), bytes.Repeat([]byte("y"), 2000), 7)
		}
	})
	h.want(t, "closed: peer does not read")
	if receive(t, h.unsent) != 7 {
		t.Error("another tag")
	}
	eventually(t, "all buffers back", func() (ok bool) {
		g.Do(0, func(l *Loop) { ok = len(l.outs.free) > 5000 })
		return ok
	})
}

// A slow reader gets everything, in order.
func TestStreamSlowReader(t *testing.T) {
	g, h := newEcho(t, 1, StreamLimits{Queue: 64 << 20})
	c := dialEcho(t, h)
	h.want(t, "opened false")
	const n = 10_000
	g.Do(0, func(l *Loop) {
		for i := range n {
			h.sendOn(l, l.streams[0].ID(), fmt.Appendf(nil, "%04d%s\n", i, strings.Repeat("z", 1000)), 0)
		}
	})
	for i := range n {
		readText(t, c, fmt.Sprintf("%04d%s\n", i, strings.Repeat("z", 1000)))
	}
}

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

// After Finish nothing is read; an answer still leaves, then the peer is told.
func TestStreamFinish(t *testing.T) {
	g, h := newEcho(t, 1, StreamLimits{})
	c := dialEcho(t, h)
	h.want(t, "opened false")
	g.Do(0, func(l *Loop) { l.streams[0].Finish(l, true) })
	write(t, c, strings.Repeat("not read\n", 1000))
	g.Do(0, func(l *Loop) { h.sendOn(l, l.streams[0].ID(), []byte("what was wrong\n"), 0) })
	b, err := io.ReadAll(c)
	if err != nil || string(b) != "what was wrong\n" {
		t.Errorf("%q, %v", b, err)
	}
	c.Close()
	h.want(t, "closed: closed here")
}

// Pause leaves the rest to be shown again.
func TestStreamPause(t *testing.T) {
	p := &pauser{echoHandler: newEchoHandler()}
	newGroup(t, Config{Loops: 1}, func(g *Group) {
		p.tcp, _ = g.ListenTCP(TCPConfig{Bind: localhost4, Recv: p.echo, Handler: p})
	})
	c := dialEcho(t, p.echoHandler)
	text := strings.Repeat("0123456789abcde\n", 20_000)
	go c.Write([]byte(text))
	readText(t, c, text)
}

// A pauser pauses before every thousandth line.
type pauser struct {
	*echoHandler
	lines int
}

func (p *pauser) Received(l *Loop, c *Stream, b []byte) (n int) {
	for {
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 {
			return n
		}
		if p.lines++; p.lines%1000 == 0 {
			c.Pause(l, time.Millisecond)
			return n
		}
		c.Deliver(l, b[n:n+i+1], 0, l.Index())
		n += i + 1
	}
}

// A panic of the handler costs the connection, not the loop.
func TestStreamPanic(t *testing.T) {
	h := &panicker{newEchoHandler()}
	newGroup(t, Config{Loops: 1}, func(g *Group) {
		h.tcp, _ = g.ListenTCP(TCPConfig{Bind: localhost4, Recv: h.echo, Handler: h})
	})
	c := dialEcho(t, h.echoHandler)
	write(t, c, "x")
	gone(t, c)
	c = dialEcho(t, h.echoHandler)
	write(t, c, "x")
	gone(t, c)
}

type panicker struct{ *echoHandler }

func (*panicker) Received(*Loop, *Stream, []byte) int { panic("as the test wants") }

// A second fastsips on the same port gets "address in use"; so does a second listener.
// After a restart the port is free at once, though connections linger.
func TestStreamAddressInUse(t *testing.T) {
	g, h := newEcho(t, 2, StreamLimits{})
	other := newGroup(t, Config{Loops: 2}, func(g *Group) {
		_, err := g.ListenTCP(TCPConfig{Bind: h.tcp.Addr().AddrPort(), Recv: h.echo, Handler: h})
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("a second listener: %v", err)
		}
	})
	other.Stop()
	for _, bind := range []string{h.tcp.Addr().String(), fmt.Sprintf("0.0.0.0:%d", h.tcp.Addr().Port())} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), bindEnv+"=tcp "+bind)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "in use: true") {
			t.Errorf("a second process on %s: %v\n%s", bind, err, out)
		}
	}
	c := dialEcho(t, h)
	h.want(t, "opened false")
	g.Stop() // we close first: the connection lingers on our side
	gone(t, c)
	newGroup(t, Config{Loops: 2}, func(g *Group) {
		if _, err := g.ListenTCP(TCPConfig{Bind: h.tcp.Addr().AddrPort(), Recv: h.echo, Handler: h}); err != nil {
			t.Errorf("after a restart: %v", err)
		}
	})
}

// In steady state a message that comes and one that leaves cost no allocation.
func TestStreamAllocs(t *testing.T) {
	_, h := newEcho(t, 1, StreamLimits{})
	c := dialEcho(t, h)
	in, out := make([]byte, 1500), []byte(strings.Repeat("q", 1000)+"\n")
	roundtrip := func() {
		c.Write(out)
		io.ReadFull(c, in[:len(out)])
	}
	for range 100 {
		roundtrip()
	}
	if n := testing.AllocsPerRun(2000, roundtrip); n > 0 {
		t.Errorf("%v allocations for a message each way, want none", n)
	}
}

// A peer that half-closes (RFC 793 §3.5: "can continue to RECEIVE until he is told that
// the other side has CLOSED also") gets what is answered at once, by other loops too.
func TestStreamHalfClose(t *testing.T) {
	_, h := newEcho(t, 3, StreamLimits{}, func(c *TCPConfig) { c.Handler = elsewhere{c.Handler.(*echoHandler)} })
	for i := range 100 {
		c := dialEcho(t, h)
		text := fmt.Sprintf("first %d\nsecond %d\n", i, i)
		write(t, c, text)
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(c); err != nil || string(b) != text {
			t.Fatalf("%d: read %q (%v), want %q", i, b, err, text)
		}
		h.want(t, "opened false")
		h.want(t, "closed: closed by the peer")
	}
}

// elsewhere has the last loop look at the messages.
type elsewhere struct{ *echoHandler }

func (h elsewhere) Received(l *Loop, c *Stream, b []byte) (n int) {
	for {
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 {
			return n
		}
		c.Deliver(l, b[n:n+i+1], 0, l.Count()-1)
		n += i + 1
	}
}

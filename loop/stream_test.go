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

package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// patience bounds the wait for what must happen.
const patience = 20 * time.Second

// A rig is a Transport on loops of its own, whose messages a function takes.
type rig struct {
	t      testing.TB
	group  *loop.Group
	tr     *Transport
	take   func(r *rig, l *loop.Loop, ls *Listener, s *loop.Slot)
	failed chan failure
}

// A failure is one SendFailed.
type failure struct {
	loop int
	tag  uint64
	err  error
}

func (r *rig) Datagram(l *loop.Loop, ls *Listener, s *loop.Slot) { r.take(r, l, ls, s) }

func (r *rig) SendFailed(l *loop.Loop, tag uint64, err error) {
	r.failed <- failure{l.Index(), tag, err}
}

func (r *rig) Unreachable(*loop.Loop, loop.Addr, []byte) bool { return true }

// newRig starts a Transport with one TCP listener.
func newRig(t testing.TB, lc loop.Config, cfg TCPConfig, take func(r *rig, l *loop.Loop, ls *Listener, s *loop.Slot)) *rig {
	t.Helper()
	lc.LogWriter = io.Discard
	g, err := loop.New(lc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	r := &rig{t: t, group: g, take: take, failed: make(chan failure, 100_000)}
	r.tr, err = Open(g, Config{TCP: cfg, Listeners: []ListenerConfig{
		{Proto: TCP, Written: "tcp:127.0.0.1", Binds: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}},
	}}, r, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) dial() net.Conn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.tr.Listener(0).Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c
}

// send has loop i send text to a peer.
func (r *rig) send(i int, f Flow, text string, tag uint64) {
	r.group.Do(i, func(l *loop.Loop) { sendText(l, r.tr, f, text, tag) })
}

func sendText(l *loop.Loop, tr *Transport, f Flow, text string, tag uint64) {
	o := l.NewOut()
	o.Set(append(o.Buf()[:0], text...))
	o.SetTag(tag)
	tr.Send(l, &f, o)
	l.Free(o)
}

// sum adds up a counter over the loops.
func (r *rig) sum(pick func(*Counters) uint64) (n uint64) {
	for i := range r.group.Len() {
		n += pick(r.tr.Counters(i))
	}
	return n
}

func (r *rig) nextFailure() failure {
	r.t.Helper()
	select {
	case f := <-r.failed:
		return f
	case <-time.After(patience):
		r.t.Fatal("no failure was reported")
		panic("not reached")
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func mustWrite(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func message(callID string, cseq int, body string) string {
	return fmt.Sprintf("MESSAGE sip:b@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK%s%d\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: %s\r\nCSeq: %d MESSAGE\r\nContent-Length: %d\r\n\r\n%s",
		callID, cseq, callID, cseq, len(body), body)
}

// collect returns a take that hands out what arrives.
func collect() (take func(*rig, *loop.Loop, *Listener, *loop.Slot), got chan string) {
	got = make(chan string, 100_000)
	return func(_ *rig, _ *loop.Loop, _ *Listener, s *loop.Slot) { got <- string(s.Bytes()) }, got
}

func want(t testing.TB, got <-chan string, text string) {
	t.Helper()
	select {
	case g := <-got:
		if g != text {
			t.Fatalf("got\n%s\nwant\n%s", g, text)
		}
	case <-time.After(patience):
		t.Fatalf("nothing came, want\n%s", text)
	}
}

var readBuf = map[net.Conn]*stream{}

var readMu sync.Mutex

// A stream is what a test has read of a connection.
type stream struct {
	f sipparse.Framer
	b []byte
}

// readMessage reads the next message of c.
func readMessage(t testing.TB, c net.Conn) *sipparse.Msg {
	t.Helper()
	readMu.Lock()
	s := readBuf[c]
	if s == nil {
		s = new(stream)
		readBuf[c] = s
	}
	readMu.Unlock()
	for {
		m := new(sipparse.Msg)
		n, err := s.f.Next(s.b, m)
		if err != sipparse.OK && err != sipparse.ErrKeepAlive {
			t.Fatalf("%v in %q", err, s.b)
		}
		b := s.b[:n]
		s.b = s.b[n:]
		if n > 0 && err == sipparse.OK {
			if e := m.Parse(bytes.Clone(b)); e != sipparse.OK {
				t.Fatal(e)
			}
			return m
		}
		if n > 0 {
			continue
		}
		piece := make([]byte, 65536)
		k, rerr := c.Read(piece)
		if rerr != nil {
			t.Fatal(rerr)
		}
		s.b = append(s.b, piece[:k]...)
	}
}

// listen accepts connections for a test.
func listen(t testing.TB) (ln net.Listener, conns chan net.Conn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns = make(chan net.Conn, 100)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				close(conns)
				return
			}
			c.SetDeadline(time.Now().Add(patience))
			conns <- c
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		for c := range conns {
			c.Close()
		}
	})
	return ln, conns
}

// to is a flow from the rig's listener to an address.
func to(addr net.Addr) Flow {
	return Flow{Remote: loop.AddrFrom(netip.MustParseAddrPort(addr.String())), Proto: TCP}
}

// fullListener returns an address that takes no more connections.
func fullListener(t testing.TB) net.Addr {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	err = errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0))
	name, _ := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	a := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}
	for range 3 {
		if c, err := net.DialTimeout("tcp", a.String(), 100*time.Millisecond); err == nil {
			t.Cleanup(func() { c.Close() })
		}
	}
	return a
}

func openFiles(t testing.TB) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

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
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

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

// Each tombstone keeps one: docs/transactions.md counts on its size.
func TestFlowSize(t *testing.T) {
	if n := unsafe.Sizeof(Flow{}); n > 64 {
		t.Errorf("a Flow has %d bytes", n)
	}
}

// A message may come in any pieces, several may come in one; RFC 3261 §18.3.
func TestStreamPieces(t *testing.T) {
	take, got := collect()
	r := newRig(t, loop.Config{Loops: 1}, TCPConfig{}, take)
	c := r.dial()
	one, two := message("one", 1, "hello"), message("two", 2, strings.Repeat("long ", 3000))
	for _, b := range []byte(one) {
		mustWrite(t, c, string(b))
	}
	want(t, got, one)
	mustWrite(t, c, one+two+one+"\r\n"+two[:5000])
	for _, m := range []string{one, two, one} {
		want(t, got, m)
	}
	mustWrite(t, c, two[5000:])
	want(t, got, two)
}

// The loop that owns the call gets the message, and knows where it came from.
func TestStreamFlow(t *testing.T) {
	type seen struct {
		flow Flow
		loop int
		id   string
	}
	got := make(chan seen, 100)
	r := newRig(t, loop.Config{Loops: 4}, TCPConfig{}, func(r *rig, l *loop.Loop, ls *Listener, s *loop.Slot) {
		got <- seen{ls.FlowFrom(s), l.Index(), string(sipparse.PeekCallID(s.Bytes()))}
	})
	c := r.dial()
	for i := range 50 {
		mustWrite(t, c, message(fmt.Sprint("call", i), 1, ""))
	}
	var conn loop.StreamID
	for range 50 {
		s := <-got
		if s.loop != r.tr.Owner().Of([]byte(s.id)) || s.flow.Proto != TCP || s.flow.Remote.String() != c.LocalAddr().String() || s.flow.Conn.IsZero() {
			t.Fatalf("%+v", s)
		}
		if conn.IsZero() {
			conn = s.flow.Conn
		} else if conn != s.flow.Conn {
			t.Error("another connection")
		}
	}
}

// Four loops, one connection, more than fits between two loops: the connection has to
// wait, nothing is dropped, and each call's messages keep their order, there and back.
func TestStreamOrder(t *testing.T) {
	const calls, each = 16, 500
	r := newRig(t, loop.Config{Loops: 4, HandOver: 8}, TCPConfig{Limits: loop.StreamLimits{Queue: 64 << 20}}, func(r *rig, l *loop.Loop, ls *Listener, s *loop.Slot) {
		sendText(l, r.tr, ls.FlowFrom(s), string(s.Bytes()), 1)
	})
	c := r.dial()
	go func() {
		for n := range each {
			for call := range calls {
				io.WriteString(c, message(fmt.Sprint("call", call), n, "0123456789"))
			}
		}
	}()
	last := map[string]uint32{}
	for range calls * each {
		m := readMessage(t, c)
		id := string(m.CallID())
		if m.CSeq() != last[id] {
			t.Fatalf("%s: %d, want %d", id, m.CSeq(), last[id])
		}
		last[id]++
	}
	if s := r.group.Snapshot(); s.HandOverDrops != 0 || len(r.failed) != 0 {
		t.Errorf("%d dropped, %d unsent", s.HandOverDrops, len(r.failed))
	}
	if r.sum(func(c *Counters) uint64 { return c.Paused.Load() }) == 0 {
		t.Error("the connection never had to wait: the test shows nothing")
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

// A peer sees one connection, whatever loops send to it, and each one's messages in
// order.
func TestOneConnectionPerPeer(t *testing.T) {
	take, _ := collect()
	r := newRig(t, loop.Config{Loops: 4}, TCPConfig{}, take)
	ln, conns := listen(t)
	const n = 300
	var done sync.WaitGroup
	for i := range 4 {
		done.Go(func() {
			for k := range n {
				r.send(i, to(ln.Addr()), message(fmt.Sprint("loop", i), k, ""), 1)
			}
		})
	}
	c := <-conns
	defer c.Close()
	last := map[string]uint32{}
	for range 4 * n {
		m := readMessage(t, c)
		if m.CSeq() != last[string(m.CallID())] {
			t.Fatalf("%s: %d, want %d", m.CallID(), m.CSeq(), last[string(m.CallID())])
		}
		last[string(m.CallID())]++
	}
	done.Wait()
	if got := r.sum(func(c *Counters) uint64 { return c.Connected.Load() }); got != 1 {
		t.Errorf("%d connections", got)
	}
	if len(conns) != 0 {
		t.Error("a second connection was made")
	}
}

// What comes by a connection that we made belongs to its calls like any other; and a
// peer that connected to us is reached by its source address without a new connection.
func TestConnectionsAreReused(t *testing.T) {
	take, got := collect()
	r := newRig(t, loop.Config{Loops: 2}, TCPConfig{}, take)
	ln, conns := listen(t)
	r.send(0, to(ln.Addr()), message("x", 1, ""), 1)
	c := <-conns
	defer c.Close()
	mustWrite(t, c, message("back", 1, ""))
	want(t, got, message("back", 1, ""))

	in := r.dial()
	mustWrite(t, in, message("in", 1, ""))
	want(t, got, message("in", 1, ""))
	for i := range 2 {
		r.send(i, to(in.LocalAddr()), message("out", i, ""), 1)
	}
	for range 2 {
		readMessage(t, in)
	}
}

// Nobody listens, and nobody answers: each message that was to leave is reported on the
// loop that sent it, and a later one tries again.
func TestConnectFails(t *testing.T) {
	take, _ := collect()
	r := newRig(t, loop.Config{Loops: 4}, TCPConfig{Limits: loop.StreamLimits{Connect: 50 * time.Millisecond}}, take)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := ln.Addr()
	ln.Close()
	for _, peer := range []net.Addr{nobody, fullListener(t)} {
		for round := range 2 {
			for i := range 4 {
				for k := range 5 {
					r.send(i, to(peer), "x", uint64(100*i+k+1))
				}
			}
			count := map[failure]int{}
			for range 20 {
				f := r.nextFailure()
				f.err = nil
				count[f]++
			}
			for i := range 4 {
				for k := range 5 {
					if n := count[failure{i, uint64(100*i + k + 1), nil}]; n != 1 {
						t.Errorf("%v, round %d: loop %d was told %d times of its %d", peer, round, i, n, k)
					}
				}
			}
		}
	}
	if n := r.group.Streams(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
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

// A reply whose connection has ended goes by another: to the address of its flow.
func TestReplyToAnEndedConnection(t *testing.T) {
	flows := make(chan Flow, 10)
	r := newRig(t, loop.Config{Loops: 2}, TCPConfig{}, func(_ *rig, _ *loop.Loop, ls *Listener, s *loop.Slot) { flows <- ls.FlowFrom(s) })
	ln, conns := listen(t)
	in := r.dial()
	mustWrite(t, in, message("x", 1, ""))
	f := <-flows
	in.Close()
	eventually(t, "the connection is gone", func() bool { return r.group.Streams() == 0 })
	f.Remote = to(ln.Addr()).Remote
	for i := range 2 {
		r.send(i, f, message("reply", i, ""), 1)
	}
	c := <-conns
	defer c.Close()
	for range 2 {
		readMessage(t, c)
	}
	if len(conns) != 0 {
		t.Error("two connections")
	}
}

// Somebody who names a connection of another machine's does not get it used.
func TestForeignConnection(t *testing.T) {
	flows := make(chan Flow, 10)
	r := newRig(t, loop.Config{Loops: 1}, TCPConfig{Limits: loop.StreamLimits{Connect: 50 * time.Millisecond}}, func(_ *rig, _ *loop.Loop, ls *Listener, s *loop.Slot) { flows <- ls.FlowFrom(s) })
	in := r.dial()
	mustWrite(t, in, message("x", 1, ""))
	f := <-flows
	f.Remote = loop.AddrFrom(netip.MustParseAddrPort("127.0.0.55:9"))
	r.send(0, f, "not for you", 9)
	if got := r.nextFailure(); got.tag != 9 {
		t.Errorf("%+v", got)
	}
	in.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if b, err := io.ReadAll(in); len(b) > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%q %v", b, err)
	}
}

// A peer that resets: what had not left is reported.
func TestPeerResets(t *testing.T) {
	take, _ := collect()
	r := newRig(t, loop.Config{Loops: 2}, TCPConfig{Limits: loop.StreamLimits{Queue: 256 << 20}}, take)
	ln, conns := listen(t)
	big := message("big", 1, strings.Repeat("x", 60_000))
	r.send(0, to(ln.Addr()), big, 1)
	c := <-conns
	for range 500 {
		r.send(1, to(ln.Addr()), big, 2)
	}
	ln.Close() // what comes to the connection's loop after its end does not get another one
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
	if f := r.nextFailure(); f.loop != 1 || f.tag != 2 || f.err == nil {
		t.Errorf("%+v", f)
	}
	eventually(t, "the connection is gone", func() bool { return r.group.Streams() == 0 })
}

// A peer that reads nothing costs what tcp_write_queue allows, and nobody else notices.
func TestPeerReadsNothing(t *testing.T) {
	r := newRig(t, loop.Config{Loops: 1}, TCPConfig{Limits: loop.StreamLimits{Queue: 128 << 10}}, func(r *rig, l *loop.Loop, ls *Listener, s *loop.Slot) {
		for range 100 {
			sendText(l, r.tr, ls.FlowFrom(s), string(s.Bytes()), 3)
		}
	})
	bad, good := r.dial(), r.dial()
	bad.(*net.TCPConn).SetReadBuffer(4096)
	go func() {
		for {
			if _, err := io.WriteString(bad, message("bad", 1, strings.Repeat("x", 1000))); err != nil {
				return
			}
		}
	}()
	eventually(t, "the connection is closed", func() bool { return r.tr.Counters(0).ClosedFull.Load() == 1 })
	r.nextFailure()
	mustWrite(t, good, message("good", 1, ""))
	for range 100 {
		readMessage(t, good)
	}
}

// A byte now and then keeps nothing for longer than tcp_max_msg_time; a ping is
// answered meanwhile to whoever asks.
func TestTrickle(t *testing.T) {
	take, got := collect()
	r := newRig(t, loop.Config{Loops: 1}, TCPConfig{Limits: loop.StreamLimits{Message: 60 * time.Millisecond}}, take)
	slow, good := r.dial(), r.dial()
	go func() {
		for _, b := range []byte(message("slow", 1, strings.Repeat("x", 10_000))) {
			if _, err := slow.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond) // the peer's pace
		}
	}()
	mustWrite(t, good, "\r\n\r\n")
	b := make([]byte, 2)
	if _, err := io.ReadFull(good, b); err != nil || string(b) != "\r\n" {
		t.Errorf("%q, %v", b, err)
	}
	eventually(t, "closed", func() bool { return r.tr.Counters(0).ClosedSlow.Load() == 1 })
	mustWrite(t, good, message("good", 1, ""))
	want(t, got, message("good", 1, ""))
}

// Pings are answered each, and a flood of them by a peer that does not read ends.
func TestPings(t *testing.T) {
	take, _ := collect()
	r := newRig(t, loop.Config{Loops: 1}, TCPConfig{Limits: loop.StreamLimits{Queue: 64 << 10}}, take)
	c := r.dial()
	mustWrite(t, c, strings.Repeat("\r\n\r\n", 5000))
	if _, err := io.CopyN(io.Discard, c, 2*5000); err != nil {
		t.Fatal(err)
	}
	bad := r.dial()
	bad.(*net.TCPConn).SetReadBuffer(4096)
	go func() {
		for {
			if _, err := io.WriteString(bad, strings.Repeat("\r\n\r\n", 10_000)); err != nil {
				return
			}
		}
	}()
	eventually(t, "closed", func() bool { return r.tr.Counters(0).ClosedFull.Load() == 1 })
}

// Many connections come, say something, and go: no file, no goroutine, no entry of the
// directory is left.
func TestManyConnections(t *testing.T) {
	r := newRig(t, loop.Config{Loops: 4}, TCPConfig{}, func(r *rig, l *loop.Loop, ls *Listener, s *loop.Slot) {
		sendText(l, r.tr, ls.FlowFrom(s), string(s.Bytes()), 1)
	})
	files := openFiles(t)
	const n = 300
	for round := range 3 {
		var conns []net.Conn
		for i := range n {
			c := r.dial()
			mustWrite(t, c, message(fmt.Sprintf("%d-%d", round, i), 1, ""))
			conns = append(conns, c)
		}
		for i, c := range conns {
			if id := string(readMessage(t, c).CallID()); id != fmt.Sprintf("%d-%d", round, i) {
				t.Fatalf("%s on connection %d", id, i)
			}
		}
		for _, c := range conns {
			c.Close()
		}
	}
	eventually(t, "nothing is left", func() bool { return r.group.Streams() == 0 && openFiles(t) <= files })
	for i := range r.tr.peers.buckets {
		if n := r.tr.peers.buckets[i].Load(); n != nil {
			t.Fatalf("the directory still has %v", n.key.remote)
		}
	}
	if got := r.sum(func(c *Counters) uint64 { return uint64(c.Connections.Load()) }); got != 0 {
		t.Errorf("%d connections counted", got)
	}
}

func openFiles(t testing.TB) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// In steady state a message that comes by a connection and one that goes cost nothing,
// on the connection's loop and from another.
func TestStreamAllocs(t *testing.T) {
	for _, loops := range []int{1, 4} {
		r := newRig(t, loop.Config{Loops: loops}, TCPConfig{}, func(r *rig, l *loop.Loop, ls *Listener, s *loop.Slot) {
			f := ls.FlowFrom(s)
			f.Conn = loop.StreamID{} // found in the directory
			o := l.NewOut()
			o.Set(append(o.Buf()[:0], s.Bytes()...))
			r.tr.Send(l, &f, o)
			l.Free(o)
		})
		c := r.dial()
		var out [16][]byte
		for i := range out {
			out[i] = []byte(message(fmt.Sprintf("call%02d", i), 1, "hello"))
		}
		in := make([]byte, len(out[0]))
		i := 0
		roundtrip := func() {
			c.Write(out[i%len(out)])
			io.ReadFull(c, in)
			i++
		}
		for range 500 {
			roundtrip()
		}
		if n := testing.AllocsPerRun(2000, roundtrip); n > 0 {
			t.Errorf("%d loops: %v allocations for a message there and back, want none", loops, n)
		}
	}
}

// The newest connection to a peer counts; an older one that ends does not end it.
func TestDirectory(t *testing.T) {
	g, err := loop.New(loop.Config{Loops: 1, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Stop()
	ids := map[string]loop.StreamID{}
	g.Do(0, func(l *loop.Loop) {
		for _, text := range []string{"00000000000100000001", "00000000000200000001", "00000000000300000001"} {
			ids[text[11:12]] = l.ParseStreamID([]byte(text))
			if got := string(ids[text[11:12]].AppendTo(nil)); got != text {
				t.Errorf("%s became %s", text, got)
			}
		}
		for _, bad := range []string{"", "0", "00010000000100000001", "0000000000010000000g", "0000000000010000000 "} {
			if !l.ParseStreamID([]byte(bad)).IsZero() {
				t.Errorf("%q names a connection", bad)
			}
		}
	})
	d := newDirectory(0)
	d.buckets = d.buckets[:1] // all in one chain
	keys := make([]peerKey, 5)
	for i := range keys {
		keys[i] = peerKey{addr(t, fmt.Sprintf("192.0.2.%d:5060", i)), 0}
		d.put(keys[i], ids["1"])
	}
	d.put(keys[2], ids["2"])
	d.drop(keys[2], ids["1"])
	d.drop(keys[3], ids["1"])
	d.drop(keys[0], ids["3"])
	for i, want := range []string{"1", "1", "2", "", "1"} {
		if got := d.find(keys[i]); got != ids[want] {
			t.Errorf("%d: %v, want %q", i, got, want)
		}
	}
	if !d.find(peerKey{keys[0].remote, 1}).IsZero() {
		t.Error("found by another listener")
	}
}

// Loops put and drop at the same time.
func TestDirectoryRace(t *testing.T) {
	d := newDirectory(0)
	d.buckets = d.buckets[:2]
	var done sync.WaitGroup
	for i := range 4 {
		done.Go(func() {
			g, _ := loop.New(loop.Config{Loops: 1, LogWriter: io.Discard})
			defer g.Stop()
			var id loop.StreamID
			g.Do(0, func(l *loop.Loop) { id = l.ParseStreamID(fmt.Appendf(nil, "0000%08x00000001", i)) })
			for k := range 2000 {
				key := peerKey{addr(t, fmt.Sprintf("192.0.2.%d:%d", i, k%7+1)), 0}
				d.put(key, id)
				if d.find(key) != id {
					t.Error("not found")
				}
				if k%3 > 0 {
					d.drop(key, id)
				}
			}
		})
	}
	done.Wait()
}

// RFC 5923 §8.1: "an attacker could … hijack … connections" by an alias that is not his.
// Here somebody at the same address, behind the same NAT say, names the port of another
// one: that one's requests stay his, and so do those to whom we have connected. The
// alias counts once the other one is gone.
func TestAliasTakesNothingAway(t *testing.T) {
	take, got := collect()
	r := newRig(t, loop.Config{Loops: 1}, TCPConfig{Aliases: true}, take)
	say := func(c net.Conn, callID string, port int) {
		text := strings.Replace(message(callID, 1, ""), "TCP 127.0.0.1;", fmt.Sprintf("TCP 127.0.0.1:%d;alias;", port), 1)
		mustWrite(t, c, text)
		want(t, got, text)
	}
	victim, thief := r.dial(), r.dial()
	port := victim.LocalAddr().(*net.TCPAddr).Port
	say(victim, "victim", port)
	say(thief, "thief", port)
	r.send(0, to(victim.LocalAddr()), message("secret", 1, ""), 1)
	if m := readMessage(t, victim); string(m.CallID()) != "secret" {
		t.Errorf("the victim got %s", m.CallID())
	}

	ln, conns := listen(t)
	r.send(0, to(ln.Addr()), message("first", 1, ""), 1)
	trunk := <-conns
	readMessage(t, trunk)
	say(thief, "thief2", ln.Addr().(*net.TCPAddr).Port)
	r.send(0, to(ln.Addr()), message("secret", 2, ""), 1)
	if m := readMessage(t, trunk); m.CSeq() != 2 {
		t.Errorf("the trunk got %d", m.CSeq())
	}

	trunk.Close()
	ln.Close()
	eventually(t, "it is gone", func() bool { return r.group.Streams() == 2 })
	say(thief, "heir", ln.Addr().(*net.TCPAddr).Port)
	r.send(0, to(ln.Addr()), message("open", 1, ""), 1)
	if m := readMessage(t, thief); string(m.CallID()) != "open" {
		t.Errorf("the heir got %s", m.CallID())
	}
}

package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/loop"
)

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

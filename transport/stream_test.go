package transport

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"unsafe"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

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

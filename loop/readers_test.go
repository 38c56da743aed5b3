package loop

import (
	"sync/atomic"
	"testing"
)

// Only the first loops read; the others send by their sockets and get what is handed
// over to them.
func TestReaders(t *testing.T) {
	var u *UDP
	var read, answered [4]atomic.Int32
	next := atomic.Int32{}
	g := newGroup(t, Config{Loops: 4}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, Readers: 2, Recv: func(l *Loop, s *Slot) {
			if len(s.Bytes()) == 1 && s.Bytes()[0] == 'q' {
				read[l.Index()].Add(1)
				s.Bytes()[0] = 'a'
				if to := int(next.Add(1)) % 4; to != l.Index() {
					l.HandOver(s, to)
					return
				}
			}
			answered[l.Index()].Add(1)
			echo(l, s)
		}})
	})
	for range 16 { // the kernel chooses by the port
		p := newPeer(t, Addr{}, u.Addr())
		p.send([]byte("q"))
		if got := p.recv(); string(got) != "a" {
			t.Errorf("got %q", got)
		}
	}
	if n := read[0].Load() + read[1].Load(); n != 16 || read[2].Load()+read[3].Load() != 0 {
		t.Errorf("loops 0 and 1 have read %d datagrams of 16", n)
	}
	for i := range answered {
		if answered[i].Load() != 4 {
			t.Errorf("loop %d has answered %d datagrams, want 4", i, answered[i].Load())
		}
	}
	eventually(t, "the last answer is counted", func() bool { return g.Snapshot().Sent == 16 }) // it leaves before
	if s := g.Snapshot(); s.Received != 16 || s.Sent != 16 || s.Panics+s.SendErrors != 0 {
		t.Errorf("%+v", s)
	}
}

// A number beyond the loops is all of them.
func TestReadersAtMostLoops(t *testing.T) {
	var u *UDP
	newGroup(t, Config{Loops: 2}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, Readers: 9, Recv: echo})
	})
	if n := u.readers(); n != 2 {
		t.Errorf("%d loops read", n)
	}
}

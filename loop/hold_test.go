package loop

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// "No listener reads anything or accepts anybody, until ReleaseInput: what comes meanwhile
// waits in the kernel's buffers." A loop that is released reads; sending is not held.
func TestHoldInput(t *testing.T) {
	var u *UDP
	var received atomic.Int32
	g := newGroup(t, Config{Loops: 2}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, Recv: func(l *Loop, s *Slot) {
			received.Add(1)
			echo(l, s)
		}})
		g.HoldInput()
	})
	peers := make([]*peer, 8) // some for each loop
	for i := range peers {
		peers[i] = newPeer(t, Addr{}, u.Addr())
		peers[i].send(fmt.Append(nil, "held ", i))
	}
	here := newPeer(t, Addr{}, u.Addr())
	for i := range 2 {
		g.Do(i, func(l *Loop) { sendText(l, u, here, "sent") })
		if got := string(here.recv()); got != "sent" {
			t.Errorf("got %q", got)
		}
	}
	if n := received.Load(); n != 0 {
		t.Errorf("%d datagrams were read", n)
	}
	for i := range 2 {
		g.Do(i, func(l *Loop) {
			l.ReleaseInput()
			l.ReleaseInput()
		})
	}
	for i, p := range peers {
		if got, want := string(p.recv()), fmt.Sprint("held ", i); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func sendText(l *Loop, u *UDP, to *peer, text string) {
	o := l.NewOut()
	o.Set(append(o.Buf()[:0], text...))
	u.Send(l, o, to.addr, Addr{})
	l.Free(o)
}

// In virtual time likewise.
func TestVirtualHoldInput(t *testing.T) {
	r := newVirtualRig(t, 1, (*virtualRig).echo)
	r.Group().HoldInput()
	if err := r.Group().Start(); err != nil {
		t.Fatal(err)
	}
	r.Deliver(virtualPeer, r.u.Addr(), []byte("x"))
	r.Advance(1e9)
	if got := r.took(); got != "" {
		t.Errorf("answered while held: %q", got)
	}
	r.Group().Do(0, (*Loop).ReleaseInput)
	r.Settle()
	if got := r.took(); got == "" {
		t.Error("not answered after the release")
	}
}

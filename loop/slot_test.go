package loop

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/fastsips/fastsips/internal/invariants"
)

// A retained slot stays as it is while others come; without Retain the ring uses
// it again.
func TestRetain(t *testing.T) {
	const n = 500
	var kept []*Slot
	var first []*byte
	done := make(chan bool)
	var u *UDP
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, RecvBuf: 4 << 20, Recv: func(_ *Loop, s *Slot) {
			b := &s.Bytes()[0]
			s.Retain()
			kept, first = append(kept, s), append(first, b)
			if len(kept) == n {
				close(done)
			}
		}})
	})
	p := newPeer(t, Addr{}, u.Addr())
	for i := range n {
		p.send(fmt.Appendf(nil, "datagram %d", i))
	}
	receive(t, done)
	g.Do(0, func(l *Loop) {
		for i, s := range kept {
			if string(s.Bytes()) != fmt.Sprintf("datagram %d", i) || &s.Bytes()[0] != first[i] || s.From() != p.addr {
				t.Fatalf("slot %d holds %q from %v", i, s.Bytes(), s.From())
			}
			l.Release(s)
		}
		if got := len(l.slots.free); got != n {
			t.Errorf("%d slots came back, want %d", got, n)
		}
	})
}

// Recv may give back what it has just retained: then the ring needs another slot.
func TestRetainAndRelease(t *testing.T) {
	var u *UDP
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, Recv: func(l *Loop, s *Slot) {
			s.Retain()
			echo(l, s)
			l.Release(s)
		}})
	})
	p := newPeer(t, Addr{}, u.Addr())
	for i := range 100 {
		p.send([]byte{byte(i)})
		if got := p.recv(); got[0] != byte(i) {
			t.Errorf("got %d, want %d", got[0], i)
		}
	}
	g.Do(0, func(l *Loop) {
		pooled := map[*Slot]bool{}
		for _, s := range append(l.slots.free, l.vector.slots[:]...) {
			if pooled[s] {
				t.Fatal("a slot is in two places")
			}
			pooled[s] = true
		}
	})
}

// Misuse is ours, and is told at once.
func TestSlotMisuse(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	g.Do(0, func(l *Loop) {
		for name, misuse := range map[string]func(){
			"retain what is not lent":  func() { l.newSlot().Retain() },
			"release what is not held": func() { l.Release(l.newSlot()) },
			"hand over what is pooled": func() { l.HandOver(l.newSlot(), 0) },
			"free twice":               func() { o := l.NewOut(); l.Free(o); l.Free(o) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: no panic", name)
					}
				}()
				misuse()
			}()
		}
	})
}

// Freed memory is poisoned, so that a stale reader is found.
func TestPoison(t *testing.T) {
	if !invariants.Enabled {
		t.Skip("poisoned with invariants only")
	}
	g := newGroup(t, Config{Loops: 1}, nil)
	g.Do(0, func(l *Loop) {
		s := l.newSlot()
		s.data, s.state = append(s.buf[:0], "INVITE"...), held
		stale := s.Bytes()
		l.Release(s)
		o := l.NewOut()
		o.Set(append(o.Buf(), "INVITE"...))
		staleOut := o.Buf()
		l.Free(o)
		if stale[0] != 0xdb || staleOut[0] != 0xdb {
			t.Errorf("freed memory holds %q and %q", stale, staleOut)
		}
	})
}

// The pools are bounded: a burst is not remembered for ever.
func TestPoolsAreBounded(t *testing.T) {
	g := newGroup(t, Config{Loops: 1, SlotPool: 3, OutPool: 2}, nil)
	g.Do(0, func(l *Loop) {
		var slots []*Slot
		var outs []*Out
		for range 10 {
			s := l.newSlot()
			s.state = held
			slots, outs = append(slots, s), append(outs, l.NewOut())
		}
		for i := range slots {
			l.Release(slots[i])
			l.Free(outs[i])
		}
		big := l.NewOut()
		big.Set(make([]byte, 9000))
		l.Free(big)
		if len(l.slots.free) != 3 || len(l.outs.free) != 2 {
			t.Errorf("%d slots and %d outs are kept, want 3 and 2", len(l.slots.free), len(l.outs.free))
		}
		if o := l.NewOut(); o != big || cap(o.Buf()) != outSize {
			t.Errorf("the pool remembers a giant of %d bytes", cap(o.Buf()))
		}
		for range 2 * giantKeep / (64 << 10) {
			l.slots.putGiant(make([]byte, 64<<10))
		}
		if n := len(l.slots.giants[giantClasses-1]); n != giantKeep/(64<<10) {
			t.Errorf("%d giants are kept", n)
		}
	})
}

func TestGiantClass(t *testing.T) {
	for n, want := range map[int]int{2049: 0, 4096: 0, 4097: 1, 8192: 1, 60_000: 4, 65_536: 4} {
		if got := giantClass(n); got != want {
			t.Errorf("giantClass(%d) = %d, want %d", n, got, want)
		}
	}
	var p slotPool
	b := p.giant(5000)
	p.putGiant(b[:cap(b)])
	if c := p.giant(8000); &c[0] != &b[0] || len(c) != 8000 {
		t.Error("a giant's buffer is not used again")
	}
}

// own is the owner of a datagram in these tests: its first byte.
func own(s *Slot, n int) int { return int(s.Bytes()[0]) % n }

// Datagrams of one source, which the kernel gives to one loop, move to the loops
// that own them, in order and without a copy; every slot goes home.
func TestHandOver(t *testing.T) {
	const loops, n, window = 4, 4000, 500
	var u *UDP
	var seen, wrong atomic.Int64
	g := newGroup(t, Config{Loops: loops}, func(g *Group) {
		type state struct{ last [256]int }
		local := NewLocal[state](g, nil)
		u = mustListen(t, g, UDPConfig{Bind: localhost4, RecvBuf: 4 << 20, Recv: func(l *Loop, s *Slot) {
			if to := own(s, loops); to != l.Index() {
				if !l.HandOver(s, to) {
					t.Error("not handed over")
				}
				return
			}
			b := s.Bytes()
			if i := int(b[1])<<8 | int(b[2]); i <= local.On(l).last[b[0]] {
				wrong.Add(1)
			} else {
				local.On(l).last[b[0]] = i
			}
			if b[2]%2 == 0 { // one half is kept for a while
				s.Retain()
				l.Defer(&Task{Run: func(l *Loop) { l.Release(s) }})
			}
			seen.Add(1)
		}})
	})
	p := newPeer(t, Addr{}, u.Addr())
	for i := 1; i <= n; i++ {
		p.send([]byte{byte(i), byte(i >> 8), byte(i)})
		if i%window == 0 {
			eventually(t, "the datagrams arrive", func() bool { return seen.Load() == int64(i) })
		}
	}
	if wrong.Load() != 0 {
		t.Errorf("%d datagrams out of order", wrong.Load())
	}
	if s := g.Snapshot(); s.Received != n || s.HandedOver != n*3/4 || s.HandOverDrops != 0 || s.Panics != 0 {
		t.Errorf("%+v", s)
	}
	slotsAreHome(t, g)
}

// slotsAreHome waits until each loop has nothing under way, and checks that pools
// hold slots of their own loop only, and nobody is owed any.
func slotsAreHome(t *testing.T, g *Group) {
	t.Helper()
	for i := range g.Len() { // shipped by one, taken in by the next
		g.Do(i, func(*Loop) {})
	}
	for i := range g.Len() {
		g.Do(i, func(*Loop) {})
		g.Do(i, func(l *Loop) {
			if l.shipping != 0 {
				t.Errorf("loop %d has %d slots to be shipped", i, l.shipping)
			}
			for _, s := range l.slots.free {
				if int(s.home) != i || s.state != pooled || s.next != nil {
					t.Fatalf("in the pool of loop %d: %+v", i, s)
				}
			}
			for j, peer := range g.loops {
				if sent, done := l.lent[j].sent, peer.lent[i].done.Load(); sent != done {
					t.Errorf("loop %d handed %d datagrams to %d, which is done with %d", i, sent, j, done)
				}
			}
		})
	}
}

// Slots released on a foreign loop go home though they are fewer than a shipment,
// and though their home sleeps.
func TestSlotsGoHome(t *testing.T) {
	for _, n := range []int{1, 31, 32, 33, 100} {
		g := newGroup(t, Config{Loops: 2}, nil)
		var slots []*Slot
		g.Do(0, func(l *Loop) {
			for range n {
				s := l.newSlot()
				s.state = held
				slots = append(slots, s)
			}
		})
		g.Do(1, func(l *Loop) {
			for _, s := range slots {
				l.Release(s)
			}
		})
		g.Do(1, func(l *Loop) {
			if l.shipping != 0 || len(l.slots.free) != 0 {
				t.Errorf("%d of %d slots are still away", l.shipping, n)
			}
		})
		g.Do(0, func(*Loop) {})
		g.Do(0, func(l *Loop) {
			if len(l.slots.free) != n {
				t.Errorf("%d of %d slots are home", len(l.slots.free), n)
			}
		})
		g.Stop()
	}
}

// Hand-over is bounded per pair of loops: a loop that does not keep up must not
// take all memory. Beyond the bound the datagram is dropped and counted, lent or
// retained.
func TestHandOverBound(t *testing.T) {
	const bound = 10
	var got atomic.Int64
	var u *UDP
	g := newGroup(t, Config{Loops: 2, HandOver: bound}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, Recv: func(*Loop, *Slot) { got.Add(1) }})
	})
	lend := func(l *Loop, state slotState) *Slot {
		s := l.newSlot()
		s.udp, s.data, s.state = u, s.buf[:1], state
		return s
	}
	stalled, release := make(chan bool), make(chan bool)
	g.Mailbox(1).Post(&Task{Run: func(*Loop) { close(stalled); <-release }})
	receive(t, stalled)
	g.Do(0, func(l *Loop) {
		for i := range bound {
			if !l.HandOver(lend(l, loaned), 1) {
				t.Errorf("datagram %d was refused", i)
			}
		}
		if s := lend(l, loaned); l.HandOver(s, 1) || s.state != loaned {
			t.Error("more than the bound were handed over, or the ring lost its slot")
		}
		if s := lend(l, held); l.HandOver(s, 1) || s.state != pooled {
			t.Error("more than the bound were handed over, or a retained slot was lost")
		}
		if l.stats.HandOverDrops != 2 {
			t.Errorf("HandOverDrops = %d, want 2", l.stats.HandOverDrops)
		}
	})
	close(release)
	eventually(t, "the other loop has caught up", func() bool { return got.Load() == bound })
	g.Do(1, func(*Loop) {})
	g.Do(0, func(l *Loop) {
		if !l.HandOver(lend(l, held), 1) {
			t.Error("refused though the other loop has caught up")
		}
	})
	slotsAreHome(t, g)
}

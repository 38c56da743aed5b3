package loop

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A virtualRig is a virtual group with one listener, and what leaves it.
type virtualRig struct {
	*Virtual
	u    *UDP
	sent []string // "from > to: text"
	log  lockedBuffer
}

var virtualPeer = AddrFrom(localhost4).WithPort(7001)

func newVirtualRig(t *testing.T, loops int, recv func(r *virtualRig, l *Loop, s *Slot)) *virtualRig {
	t.Helper()
	r := new(virtualRig)
	var err error
	r.Virtual, err = NewVirtual(Config{Loops: loops, LogWriter: &r.log}, func(from, to Addr, b []byte) {
		r.sent = append(r.sent, fmt.Sprintf("%v > %v: %s", from, to, b))
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Group().Stop)
	r.u = mustListen(t, r.Group(), UDPConfig{Bind: localhost4, Recv: func(l *Loop, s *Slot) { recv(r, l, s) }})
	return r
}

// took returns what has left since the last call.
func (r *virtualRig) took() string {
	text := strings.Join(r.sent, "\n")
	r.sent = nil
	return text
}

// echo sends a datagram back.
func (r *virtualRig) echo(l *Loop, s *Slot) {
	o := l.NewOut()
	o.Set(append(o.Buf()[:0], s.Bytes()...))
	r.u.Send(l, o, s.From(), Addr{})
	l.Free(o)
}

// A datagram given in is read by Settle, not before, and what it causes leaves within
// it, from the listener's address. A giant comes whole.
func TestVirtualDatagrams(t *testing.T) {
	r := newVirtualRig(t, 1, (*virtualRig).echo)
	if err := r.Group().Start(); err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("x", 5000)
	for _, text := range []string{"hello", big, ""} {
		if !r.Deliver(virtualPeer, r.u.Addr(), []byte(text)) {
			t.Fatal("nobody listens")
		}
		if r.took() != "" {
			t.Error("something left before Settle")
		}
		r.Settle()
		if got, want := r.took(), fmt.Sprintf("%v > %v: %s", r.u.Addr(), virtualPeer, text); got != want {
			t.Errorf("sent %q, want %q", got, want)
		}
	}
	if r.Deliver(virtualPeer, virtualPeer, nil) {
		t.Error("a datagram to nobody was taken")
	}
	if slots, outs := r.Held(); slots != 0 || outs != 0 {
		t.Errorf("%d slots and %d datagrams are held", slots, outs)
	}
	if _, err := r.Group().ListenUDP(UDPConfig{Bind: r.u.Addr().AddrPort(), Recv: r.u.cfg.Recv}); err == nil {
		t.Error("a second listener at the same address")
	}
}

// A wildcard listener is reached by every address of its family, says which, and sends
// from the one it is told.
func TestVirtualWildcard(t *testing.T) {
	r := newVirtualRig(t, 1, (*virtualRig).echo)
	var u *UDP
	u = mustListen(t, r.Group(), UDPConfig{Bind: netip.MustParseAddrPort("0.0.0.0:5060"), Recv: func(l *Loop, s *Slot) {
		o := l.NewOut()
		o.Set(append(o.Buf()[:0], s.To().String()...))
		u.Send(l, o, s.From(), s.To())
		l.Free(o)
	}})
	at := AddrFrom(netip.MustParseAddrPort("192.0.2.7:5060"))
	if !r.Deliver(virtualPeer, at, nil) || r.Deliver(virtualPeer, at.WithPort(5061), nil) {
		t.Error("the port does not tell who listens")
	}
	r.Settle()
	if got, want := r.took(), fmt.Sprintf("%v > %v: %v", at, virtualPeer, at); got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}

// The kernel gives a listener's datagrams to any loop; one hands over to another, in
// the order of arrival, whichever comes first in the round.
func TestVirtualHandOver(t *testing.T) {
	const loops = 3
	r := newVirtualRig(t, loops, func(r *virtualRig, l *Loop, s *Slot) {
		if to := int(s.Bytes()[0] - '0'); to != l.Index() {
			l.HandOver(s, to)
			return
		}
		r.echo(l, s)
	})
	for from := range loops {
		for to := range loops {
			peer := virtualPeer.WithPort(uint16(7000 + from))
			for i := range 50 {
				r.Deliver(peer, r.u.Addr(), fmt.Appendf(nil, "%d %02d", to, i))
			}
			r.Settle()
			for i, got := range strings.Split(r.took(), "\n") {
				if want := fmt.Sprintf("%v > %v: %d %02d", r.u.Addr(), peer, to, i); got != want {
					t.Fatalf("sent %q, want %q", got, want)
				}
			}
		}
	}
	if slots, _ := r.Held(); slots != 0 {
		t.Errorf("%d slots did not come home", slots)
	}
}

// The clock stands until it is moved; then each timer fires at its own time, and one
// that it arms meanwhile too.
func TestVirtualTimers(t *testing.T) {
	var fired []string
	r := newVirtualRig(t, 2, (*virtualRig).echo)
	g := r.Group()
	begin := r.Now()
	var kind = g.NewKind(nil)
	g.kinds[kind] = func(l *Loop, ref uint64) {
		fired = append(fired, fmt.Sprintf("%d:%v@%v", l.Index(), ref, time.Duration(l.Now()-begin)))
		if ref == 1 {
			l.After(50*time.Millisecond, kind, 4)
		}
	}
	for i, d := range []time.Duration{100 * time.Millisecond, 3 * time.Hour} {
		g.Do(i, func(l *Loop) { l.After(d, kind, uint64(i+1)) })
	}
	g.Do(1, func(l *Loop) { l.After(100*time.Millisecond, kind, 3) })
	r.Advance(100*time.Millisecond - 1)
	if fired != nil {
		t.Errorf("fired early: %v", fired)
	}
	r.Advance(1)
	r.Advance(4 * time.Hour)
	if got := strings.Join(fired, " "); got != "0:1@100ms 1:3@100ms 0:4@150ms 1:2@3h0m0s" {
		t.Errorf("fired %s", got)
	}
	if r.Timers() != 0 {
		t.Errorf("%d timers are armed", r.Timers())
	}
	g.Do(0, func(l *Loop) {
		if l.Now() != r.Now() || l.Wall().Sub(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)) != time.Duration(r.Now()-begin) {
			t.Errorf("the loop's clocks show %d, %v", l.Now(), l.Wall())
		}
	})
}

// Tasks that any goroutine has posted run in the next Settle, deferred ones in the
// same; what is logged is written when it ends. An fd cannot be watched.
func TestVirtualTasks(t *testing.T) {
	r := newVirtualRig(t, 2, (*virtualRig).echo)
	order := ""
	posted := make(chan bool)
	go func() {
		defer close(posted)
		r.Group().Mailbox(1).Post(&Task{Run: func(l *Loop) {
			order += "posted "
			l.Defer(&Task{Run: func(l *Loop) {
				order += "deferred "
				r.Group().Mailbox(0).Post(&Task{Run: func(l *Loop) { order += "answered" }})
			}})
			l.Log(3, []byte("INFO:script: here"))
		}})
	}()
	<-posted
	r.Settle()
	if order != "posted deferred answered" {
		t.Errorf("done: %q", order)
	}
	if !strings.Contains(r.log.String(), "INFO:script: here\n") {
		t.Errorf("logged %q", r.log.String())
	}
	r.Group().Do(0, func(l *Loop) {
		var fds [2]int
		if err := unix.Pipe(fds[:]); err != nil {
			t.Fatal(err)
		}
		defer func() { unix.Close(fds[0]); unix.Close(fds[1]) }()
		if _, err := l.Watch(fds[0], Readable, nil); err != errNoFDs {
			t.Errorf("watching gave %v", err)
		}
	})
}

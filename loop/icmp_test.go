package loop

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// A refusal is one call of Unreachable.
type refusal struct {
	from Addr
	head string
	err  error
}

// closedPort returns an address at ip at which nobody is, for as long as nobody takes it.
func closedPort(t *testing.T, ip Addr) Addr {
	t.Helper()
	p := newPeer(t, ip.WithPort(0), Addr{})
	addr := p.addr
	p.must("close", unix.Close(p.fd))
	p.fd = -1
	return addr
}

// RFC 3261 §18.4: port unreachable is told, with where it was sent to and how the datagram
// began. The other datagrams, before and behind, in the same pass and later, arrive and
// are not blamed, nor is one that comes in.
func TestUnreachable(t *testing.T) {
	for _, bind := range []string{"127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"} {
		t.Run(bind, func(t *testing.T) {
			host := AddrFrom(localhost4)
			if bind[0] == '[' {
				needIPv6(t)
				host = AddrFrom(localhost6)
			}
			got, echoed := make(chan refusal, 10_000), make(chan string, 10_000)
			var u *UDP
			g := newGroup(t, Config{Loops: 1}, func(g *Group) {
				u = mustListen(t, g, UDPConfig{
					Bind:      netip.MustParseAddrPort(bind),
					Recv:      func(_ *Loop, s *Slot) { echoed <- string(s.Bytes()) },
					SendError: func(_ *Loop, o *Out, err error) { t.Errorf("%q is blamed: %v", o.Buf(), err) },
					Unreachable: func(_ *Loop, s *Slot, err error) {
						got <- refusal{s.From(), string(s.Bytes()), err}
					},
				})
			})
			own := host.WithPort(u.Addr().Port())
			p, closed := newPeer(t, host, own), closedPort(t, host)
			send := func(to Addr, text string) {
				g.Do(0, func(l *Loop) {
					o := l.NewOut()
					o.Set(append(o.Buf()[:0], text...))
					u.Send(l, o, to, Addr{})
					l.Free(o)
					l.flush()
				})
			}
			const rounds = 200
			for i := range rounds {
				send(closed, fmt.Sprint("lost ", i))
				send(p.addr, fmt.Sprint("kept ", i))
				if i%10 == 0 {
					p.send([]byte("in"))
					if in := receive(t, echoed); in != "in" {
						t.Errorf("received %q", in)
					}
				}
			}
			for i := range rounds {
				if text := string(p.recv()); text != fmt.Sprint("kept ", i) {
					t.Fatalf("the peer got %q, want number %d", text, i)
				}
			}
			r := receive(t, got)
			if r.from != closed || r.err != unix.ECONNREFUSED || !bytes.HasPrefix([]byte(r.head), []byte("lost ")) {
				t.Errorf("told of %+v, want %v", r, closed)
			}
			g.Do(0, func(l *Loop) {
				if s := l.Stats(); s.ICMPErrors == 0 || s.SendErrors+s.RecvErrors+s.Panics+s.QueueDrops != 0 || s.Sent != 2*rounds {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// A listener that wants no ICMP errors hears of none.
func TestUnreachableUnwanted(t *testing.T) {
	g, u := newSender(t, nil, UDPConfig{SendError: func(_ *Loop, _ *Out, err error) { t.Error(err) }})
	p, closed := newPeer(t, u.Addr().WithPort(0), Addr{}), closedPort(t, u.Addr())
	for _, to := range []Addr{closed, closed, p.addr} {
		g.Do(0, func(l *Loop) { u.Send(l, letter(l, 'a'), to, Addr{}) })
	}
	if text := string(p.recv()); text != "a" {
		t.Errorf("got %q", text)
	}
	g.Do(0, func(l *Loop) {
		if s := l.Stats(); s.ICMPErrors != 0 || s.Sent != 3 {
			t.Errorf("%+v", s)
		}
	})
}

// What the kernel refuses for its own sake is reported though ICMP errors are listened to
// (which it reports, too: a giant leaves an entry in the queue), and nothing spins on it.
func TestSendErrorsBesideUnreachable(t *testing.T) {
	var failures []failed
	cfg := UDPConfig{
		SendError:   func(_ *Loop, o *Out, err error) { failures = append(failures, failed{o.Tag(), err}) },
		Unreachable: func(*Loop, *Slot, error) { t.Error("nothing was unreachable") },
	}
	g, u := newSender(t, nil, cfg)
	p := newPeer(t, u.Addr().WithPort(0), Addr{})
	checkSendErrors(t, g, u, p, &failures)
	eventually(t, "the queue is empty", func() bool {
		fds := []unix.PollFd{{Fd: int32(u.sockets[0].fd)}}
		_, _ = unix.Poll(fds, 0)
		return fds[0].Revents&unix.POLLERR == 0
	})
}

// An error that comes again and again, and that sending has never by itself, is a flood's:
// the datagram waits and is sent in the end.
func TestSendDuringFlood(t *testing.T) {
	k := &kernel{errno: unix.ECONNREFUSED}
	g, u := newSender(t, k, UDPConfig{
		SendError:   func(_ *Loop, _ *Out, err error) { t.Error(err) },
		Unreachable: func(*Loop, *Slot, error) {},
	})
	g.Do(0, func(l *Loop) {
		u.Send(l, letter(l, 'a'), u.Addr(), Addr{})
		l.flush()
		if !u.sockets[0].blocked || k.calls != maxDoubts {
			t.Errorf("blocked %v after %d calls", u.sockets[0].blocked, k.calls)
		}
		k.room = 1
	})
	eventually(t, "it is sent", func() (sent bool) {
		g.Do(0, func(*Loop) { sent = len(k.sent) == 1 })
		return sent
	})
}

// RFC 3261 §18.4 says which errors count. A router may quote 8 bytes, that is nothing of
// the datagram's own.
func TestHardErrors(t *testing.T) {
	for _, c := range []struct {
		origin, kind, code uint8
		hard               bool
	}{
		{unix.SO_EE_ORIGIN_ICMP, 3, 0, true},
		{unix.SO_EE_ORIGIN_ICMP, 3, 1, true},
		{unix.SO_EE_ORIGIN_ICMP, 3, 2, true},
		{unix.SO_EE_ORIGIN_ICMP, 3, 3, true},
		{unix.SO_EE_ORIGIN_ICMP, 3, 4, false}, // too big
		{unix.SO_EE_ORIGIN_ICMP, 3, 13, true}, // a firewall says no
		{unix.SO_EE_ORIGIN_ICMP, 4, 0, false}, // source quench
		{unix.SO_EE_ORIGIN_ICMP, 11, 0, false},
		{unix.SO_EE_ORIGIN_ICMP, 12, 0, true},
		{unix.SO_EE_ORIGIN_ICMP6, 1, 4, true},
		{unix.SO_EE_ORIGIN_ICMP6, 2, 0, false}, // too big
		{unix.SO_EE_ORIGIN_ICMP6, 3, 0, false}, // hop limit
		{unix.SO_EE_ORIGIN_ICMP6, 4, 1, true},
		{unix.SO_EE_ORIGIN_LOCAL, 3, 3, false},
		{unix.SO_EE_ORIGIN_NONE, 0, 0, false},
	} {
		e := unix.SockExtendedErr{Errno: uint32(unix.ECONNREFUSED), Origin: c.origin, Type: c.kind, Code: c.code}
		if got := errorOf(&e); (got != 0) != c.hard {
			t.Errorf("origin %d type %d code %d: %v, want hard %v", c.origin, c.kind, c.code, got, c.hard)
		}
	}
}

// What Unreachable gives to another loop comes to Unreachable there, and then the slot is
// as any other.
func TestUnreachableHandedOver(t *testing.T) {
	got := make(chan refusal, 10)
	var u *UDP
	g := newGroup(t, Config{Loops: 2}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, Recv: func(l *Loop, s *Slot) { t.Error("received") },
			Unreachable: func(l *Loop, s *Slot, err error) {
				if s.Note() == 0 {
					s.SetNote(7)
					l.HandOver(s, 1-l.Index())
					return
				}
				got <- refusal{s.From(), string(s.Bytes()), err}
			}})
	})
	closed := closedPort(t, u.Addr())
	g.Do(0, func(l *Loop) { u.Send(l, letter(l, 'a'), closed, Addr{}) })
	if r := receive(t, got); r.from != closed || r.head != "a" || r.err != unix.ECONNREFUSED {
		t.Errorf("%+v", r)
	}
}

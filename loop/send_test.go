package loop

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A kernel stands in for sendmmsg where the real one cannot be brought to fail:
// it takes what room there is, and then answers with an errno.
type kernel struct {
	room  int
	errno unix.Errno
	calls int
	sent  []byte // the first byte of each datagram
}

func (k *kernel) send(_ int, v []mmsghdr) (int, unix.Errno) {
	k.calls++
	if k.room == 0 {
		return -1, k.errno
	}
	n := min(k.room, len(v))
	for _, h := range v[:n] {
		k.sent = append(k.sent, *h.Iov.Base)
	}
	k.room -= n
	return n, 0
}

// newSender returns a listener on loop 0 whose sendmmsg is k's, if given.
func newSender(t *testing.T, k *kernel, cfg UDPConfig) (*Group, *UDP) {
	t.Helper()
	cfg.Bind, cfg.Recv = localhost4, echo
	var u *UDP
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		u = mustListen(t, g, cfg)
		if k != nil {
			u.sockets[0].send = k.send
		}
	})
	return g, u
}

// letter returns an Out of one byte, whose tag is the byte too.
func letter(l *Loop, b byte) *Out {
	o := l.NewOut()
	o.Set(append(o.Buf()[:0], b))
	o.SetTag(uint64(b))
	return o
}

// What a pass sends leaves in one sendmmsg, or when 64 wait.
func TestSendBatches(t *testing.T) {
	k := &kernel{room: 1000}
	g, u := newSender(t, k, UDPConfig{})
	g.Do(0, func(l *Loop) {
		for i := range 63 {
			o := letter(l, byte(i))
			u.Send(l, o, u.Addr(), Addr{})
			l.Free(o)
		}
		if k.calls != 0 {
			t.Error("sent before the end of the pass")
		}
	})
	g.Do(0, func(l *Loop) {
		if k.calls != 1 || len(k.sent) != 63 || !slices.IsSorted(k.sent) {
			t.Errorf("%d calls sent %d", k.calls, k.sent)
		}
		for i := range 65 {
			o := letter(l, byte(i))
			u.Send(l, o, u.Addr(), Addr{})
			l.Free(o)
		}
		if k.calls != 2 || len(k.sent) != 63+64 {
			t.Errorf("%d calls sent %d, want the 64 to leave at once", k.calls, len(k.sent))
		}
	})
	g.Do(0, func(l *Loop) {
		if l.stats.Sent != 63+65 || k.calls != 3 {
			t.Errorf("Sent = %d by %d calls", l.stats.Sent, k.calls)
		}
	})
}

// The owner may send an Out again after it has left, as retransmissions do. While
// it is queued that is a no-op, changing it is a BUG, and freeing it waits.
func TestOutLife(t *testing.T) {
	g, u := newSender(t, nil, UDPConfig{})
	p := newPeer(t, u.Addr().WithPort(0), Addr{})
	var o *Out
	g.Do(0, func(l *Loop) {
		o = letter(l, 'a')
		u.Send(l, o, p.addr, Addr{})
		u.Send(l, o, p.addr, Addr{})
		if !o.Queued() || l.stats.SendRepeats != 1 {
			t.Errorf("queued %v, %d repeats", o.Queued(), l.stats.SendRepeats)
		}
		defer func() {
			if recover() == nil {
				t.Error("a queued datagram was changed")
			}
		}()
		o.Set(nil)
	})
	if got := p.recv(); string(got) != "a" {
		t.Errorf("got %q", got)
	}
	g.Do(0, func(l *Loop) {
		u.Send(l, o, p.addr, Addr{})
		l.Free(o)
		if l.NewOut() == o {
			t.Error("reused before it left")
		}
	})
	if got := p.recv(); string(got) != "a" {
		t.Errorf("got %q", got)
	}
	g.Do(0, func(l *Loop) {
		if n := l.NewOut(); n != o || len(n.Buf()) != 0 || n.Tag() != 0 || n.Queued() {
			t.Errorf("not reused after it left: %+v", n)
		}
	})
	p.quiet()
}

// "A sendmmsg error belongs to the first unsent datagram; the rest is sent." Here
// the kernel itself refuses: a datagram of 65,508 bytes, a broadcast without
// permission, IPv6 on an IPv4 socket.
func TestSendErrors(t *testing.T) {
	var failures []failed
	cfg := UDPConfig{SendError: func(_ *Loop, o *Out, err error) {
		if o.Queued() {
			t.Error("told of a datagram that is still queued")
		}
		failures = append(failures, failed{o.Tag(), err})
	}}
	g, u := newSender(t, nil, cfg)
	checkSendErrors(t, g, u, newPeer(t, u.Addr().WithPort(0), Addr{}), &failures)
}

// A failed is one call of SendError.
type failed struct {
	tag   uint64
	errno error
}

func checkSendErrors(t *testing.T, g *Group, u *UDP, p *peer, failures *[]failed) {
	t.Helper()
	g.Do(0, func(l *Loop) {
		send := func(b byte, size int, to Addr) {
			o := letter(l, b)
			o.Set(append(o.Buf(), make([]byte, size-1)...))
			u.Send(l, o, to, Addr{})
			l.Free(o)
		}
		send('a', 1, p.addr)
		send('b', 65_508, p.addr)
		send('c', 1, p.addr)
		send('d', 1, AddrFrom(netip.MustParseAddrPort("255.255.255.255:5060")))
		send('e', 1, AddrFrom(netip.MustParseAddrPort("[::1]:5060")))
		send('f', 1, p.addr)
	})
	for _, want := range []string{"a", "c", "f"} {
		if got := p.recv(); string(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	g.Do(0, func(l *Loop) {
		want := []failed{{'b', unix.EMSGSIZE}, {'d', unix.EACCES}, {'e', unix.EAFNOSUPPORT}}
		if !slices.Equal(*failures, want) || l.stats.SendErrors != 3 {
			t.Errorf("failures = %v, want %v", *failures, want)
		}
		if len(l.outs.free) != 6 {
			t.Errorf("%d of 6 datagrams are free again", len(l.outs.free))
		}
	})
}

// SendError may send the same datagram elsewhere, even if that fails again and
// again: others still get their turn.
func TestSendErrorResends(t *testing.T) {
	k := &kernel{errno: unix.EHOSTUNREACH}
	var u *UDP
	tries := 0
	g, u := newSender(t, k, UDPConfig{SendError: func(l *Loop, o *Out, _ error) {
		tries++
		u.Send(l, o, o.To(), Addr{})
	}})
	g.Do(0, func(l *Loop) {
		for range 100 {
			u.Send(l, letter(l, 'a'), u.Addr(), Addr{})
		}
	})
	eventually(t, "many tries", func() (many bool) {
		g.Do(0, func(*Loop) { many = tries > 10_000 })
		return many
	})
	g.Do(0, func(*Loop) { k.room = 100 })
	eventually(t, "all are sent", func() (sent bool) {
		g.Do(0, func(*Loop) { sent = len(k.sent) == 100 })
		return sent
	})
}

// A panic in SendError costs nothing else.
func TestPanicInSendError(t *testing.T) {
	k := &kernel{errno: unix.EPERM}
	g, u := newSender(t, k, UDPConfig{SendError: func(*Loop, *Out, error) { panic("boom") }})
	g.Do(0, func(l *Loop) {
		for range 2 {
			o := letter(l, 'a')
			u.Send(l, o, u.Addr(), Addr{})
			l.Free(o)
		}
	})
	g.Do(0, func(l *Loop) {
		if l.stats.Panics != 2 || l.stats.SendErrors != 2 || len(l.outs.free) != 2 {
			t.Errorf("%+v, %d free", l.stats, len(l.outs.free))
		}
	})
}

// Without room in the kernel the queue waits, in order, up to MaxQueue. EAGAIN
// ends when the socket is writable again, ENOBUFS is tried again after a while.
func TestSendQueue(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EAGAIN, unix.ENOBUFS} {
		t.Run(errno.Error(), func(t *testing.T) {
			k := &kernel{room: 3, errno: errno}
			g, u := newSender(t, k, UDPConfig{MaxQueue: 5})
			g.Do(0, func(l *Loop) {
				for i := range 4 {
					u.Send(l, letter(l, byte(i)), u.Addr(), Addr{})
				}
				l.flush()
				blocked := u.sockets[0].blocked
				if !blocked || u.sockets[0].queue.len() != 1 {
					t.Errorf("blocked %v with %d waiting", blocked, u.sockets[0].queue.len())
				}
				if wants := u.sockets[0].watch.on&Writable != 0; wants != (errno == unix.EAGAIN) {
					t.Errorf("write interest %v", wants)
				}
				for i := range 6 {
					u.Send(l, letter(l, byte(4+i)), u.Addr(), Addr{})
				}
				if l.stats.QueueDrops != 2 || k.calls != 2 {
					t.Errorf("QueueDrops = %d, want 2, by %d calls", l.stats.QueueDrops, k.calls)
				}
				k.room = 1000
			})
			eventually(t, "the queue is sent", func() (empty bool) {
				g.Do(0, func(*Loop) { empty = u.sockets[0].queue.len() == 0 })
				return empty
			})
			g.Do(0, func(*Loop) {
				if !slices.Equal(k.sent, []byte{0, 1, 2, 3, 4, 5, 6, 7}) {
					t.Errorf("sent %v", k.sent)
				}
				if u.sockets[0].watch.on != Readable || u.sockets[0].blocked {
					t.Error("still waits for room")
				}
			})
		})
	}
}

// While a blocked queue drains and fills it does not grow without end.
func TestSendQueueIsCompact(t *testing.T) {
	var q sendQueue
	o := new(Out)
	for range 10 {
		q.push(o)
	}
	for range 10_000 {
		q.push(o)
		q.drop(1)
	}
	if q.len() != 10 || cap(q.outs) > 64 {
		t.Errorf("%d waiting take %d places", q.len(), cap(q.outs))
	}
}

// A full socket buffer is no reason to spin: a pass that cannot send ends.
func TestBlockedSleeps(t *testing.T) {
	k := &kernel{errno: unix.ENOBUFS}
	g, u := newSender(t, k, UDPConfig{})
	g.Do(0, func(l *Loop) { u.Send(l, letter(l, 'a'), u.Addr(), Addr{}) })
	began := time.Now()
	eventually(t, "some tries", func() (some bool) {
		g.Do(0, func(*Loop) { some = k.calls > 20 })
		return some
	})
	if least := 18 * sendRetry; time.Since(began) < least {
		t.Errorf("20 tries in %v, want at least %v", time.Since(began), least)
	}
}

package loop

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// echo answers each datagram from where it came to.
func echo(l *Loop, s *Slot) {
	o := l.NewOut()
	o.Set(append(o.Buf()[:0], s.Bytes()...))
	s.UDP().Send(l, o, s.From(), s.To())
	l.Free(o)
}

func TestEcho(t *testing.T) {
	for _, bind := range []netip.AddrPort{localhost4, localhost6} {
		t.Run(bind.String(), func(t *testing.T) {
			if bind.Addr().Is6() {
				needIPv6(t)
			}
			var u *UDP
			g := newGroup(t, Config{Loops: 2}, func(g *Group) {
				u = mustListen(t, g, UDPConfig{Bind: bind, Recv: func(l *Loop, s *Slot) {
					if s.UDP() != u || s.To() != u.Addr() {
						t.Errorf("came to %v, want %v", s.To(), u.Addr())
					}
					if wait := l.Now() - s.At(); wait < 0 || wait > int64(patience) {
						t.Errorf("waited %d ns", wait)
					}
					echo(l, s)
				}})
			})
			if u.Addr().Port() == 0 || u.Index() != 0 {
				t.Errorf("Addr = %v, Index = %d", u.Addr(), u.Index())
			}
			p := newPeer(t, Addr{}, u.Addr())
			for _, text := range []string{"OPTIONS sip:a SIP/2.0\r\n\r\n", "", "x"} {
				p.send([]byte(text))
				if got := p.recv(); string(got) != text {
					t.Errorf("got %q, want %q", got, text)
				}
			}
			g.Do(0, func(*Loop) {}) // the last pass is over, on both loops
			g.Do(1, func(*Loop) {})
			if s := g.Snapshot(); s.Received != 3 || s.Sent != 3 || s.SendErrors+s.Panics+s.RecvErrors != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// Any number of listeners; a datagram leaves by the one that is asked.
func TestListeners(t *testing.T) {
	var first, second *UDP
	newGroup(t, Config{Loops: 2}, func(g *Group) {
		relay := func(l *Loop, s *Slot) {
			o := l.NewOut()
			o.Set(append(o.Buf()[:0], s.Bytes()...))
			second.Send(l, o, s.From(), Addr{})
			l.Free(o)
		}
		first = mustListen(t, g, UDPConfig{Bind: localhost4, Recv: relay})
		second = mustListen(t, g, UDPConfig{Bind: localhost4, Recv: relay})
	})
	if second.Index() != 1 {
		t.Errorf("Index = %d, want 1", second.Index())
	}
	p := newPeer(t, first.Addr().WithPort(0), Addr{})
	p.sendTo([]byte("x"), first.Addr())
	if _, from := p.recvFrom(); from != second.Addr() {
		t.Errorf("came from %v, want %v", from, second.Addr())
	}
}

// A wildcard listener knows which address a datagram came to, and answers from it.
func TestWildcardSource(t *testing.T) {
	for _, c := range []struct{ bind, to string }{
		{"0.0.0.0:0", "127.0.0.1"}, {"0.0.0.0:0", "127.0.0.77"}, {"[::]:0", "::1"},
	} {
		t.Run(c.to, func(t *testing.T) {
			if c.to == "::1" {
				needIPv6(t)
			}
			to, _ := ParseIP([]byte(c.to))
			came := make(chan Addr, 1)
			var u *UDP
			newGroup(t, Config{Loops: 1}, func(g *Group) {
				u = mustListen(t, g, UDPConfig{Bind: netip.MustParseAddrPort(c.bind), Recv: func(l *Loop, s *Slot) {
					came <- s.To()
					echo(l, s)
				}})
			})
			to = to.WithPort(u.Addr().Port())
			ip, _ := ParseIP([]byte(map[bool]string{true: "127.0.0.1", false: "::1"}[to.Is4()]))
			p := newPeer(t, ip, Addr{})
			p.sendTo([]byte("x"), to)
			if got := receive(t, came); got != to {
				t.Errorf("To = %v, want %v", got, to)
			}
			if _, from := p.recvFrom(); from != to {
				t.Errorf("answered from %v, want %v", from, to)
			}
		})
	}
}

// [::] takes no IPv4 (RFC 3493 §5.3): 0.0.0.0 may have the same port.
func TestWildcardsOfBothFamilies(t *testing.T) {
	needIPv6(t)
	g := newGroup(t, Config{Loops: 2}, nil)
	g.Stop()
	newGroup(t, Config{Loops: 2}, func(g *Group) {
		u := mustListen(t, g, UDPConfig{Bind: netip.MustParseAddrPort("[::]:0"), Recv: echo})
		mustListen(t, g, UDPConfig{Bind: netip.AddrPortFrom(netip.IPv4Unspecified(), u.Addr().Port()), Recv: echo})
	})
}

func TestListenRefused(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		for _, cfg := range []UDPConfig{{}, {Bind: localhost4}, {Recv: echo}, {Recv: echo, Bind: netip.MustParseAddrPort("192.0.2.1:0")}} {
			if _, err := g.ListenUDP(cfg); err == nil {
				t.Errorf("listening on %+v", cfg)
			}
		}
	})
	if _, err := g.ListenUDP(UDPConfig{Bind: localhost4, Recv: echo}); err == nil {
		t.Error("listening after Start")
	}
}

// The place for a steering program: sockets are in the group in the loops' order,
// so the program's answer i is loop i. Here a classic BPF program answers 2.
func TestGroupOfSockets(t *testing.T) {
	const wanted = 2
	got := make(chan int, 1)
	var u *UDP
	newGroup(t, Config{Loops: 4}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, Recv: func(l *Loop, _ *Slot) { got <- l.Index() }})
		program := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: wanted}}
		if err := unix.SetsockoptSockFprog(u.Group()[0], unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF, &unix.SockFprog{Len: 1, Filter: &program[0]}); err != nil {
			t.Fatal(err)
		}
	})
	for range 8 {
		newPeer(t, Addr{}, u.Addr()).send([]byte("x"))
		if i := receive(t, got); i != wanted {
			t.Errorf("came to loop %d, want %d", i, wanted)
		}
	}
}

const bindEnv = "LOOP_TEST_BIND"

// secondProcess is what TestAddressInUse runs in another process: it tries to
// listen and says what came of it.
func secondProcess(bind string) {
	g, err := New(Config{Loops: 2})
	if err != nil {
		panic(err)
	}
	defer g.Stop()
	if addr, tcp := strings.CutPrefix(bind, "tcp "); tcp {
		h := newEchoHandler()
		_, err = g.ListenTCP(TCPConfig{Bind: netip.MustParseAddrPort(addr), Recv: h.echo, Handler: h})
	} else {
		_, err = g.ListenUDP(UDPConfig{Bind: netip.MustParseAddrPort(bind), Recv: echo})
	}
	fmt.Printf("in use: %v\nerror: %v\n", errors.Is(err, syscall.EADDRINUSE), err)
}

// A second fastsips on the same port must get "address in use", not half of the
// traffic; so must a second listener of the same process, and a wildcard.
func TestAddressInUse(t *testing.T) {
	var u *UDP
	newGroup(t, Config{Loops: 2}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, Recv: echo})
		_, err := g.ListenUDP(UDPConfig{Bind: u.Addr().AddrPort(), Recv: echo})
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("a second listener: %v", err)
		}
	})
	for _, bind := range []string{u.Addr().String(), fmt.Sprintf("0.0.0.0:%d", u.Addr().Port())} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), bindEnv+"="+bind)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "in use: true") || !strings.Contains(string(out), "address already in use") {
			t.Errorf("a second process on %s: %v\n%s", bind, err, out)
		}
	}
}

// The granted sizes are told: an operator who asks for more than the system's limit
// must see what came of it.
func TestBuffersLogged(t *testing.T) {
	out := new(lockedBuffer)
	g := newGroup(t, Config{Loops: 1, LogWriter: out}, func(g *Group) {
		mustListen(t, g, UDPConfig{Bind: localhost4, Recv: echo, RecvBuf: 300_000, SendBuf: 1 << 30})
	})
	g.Stop()
	for _, want := range []string{"INFO:core: udp receive buffer socket=127.0.0.1:", "asked=300000 granted=300000\n", "udp send buffer", "asked=1073741824 granted="} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// Giants are contiguous, whatever their size, and those of one batch do not
// overwrite each other. 65,507 bytes are the most that IPv4 carries.
func TestGiants(t *testing.T) {
	sizes := []int{2047, 2048, 2049, 4096, 4097, 60_000, 65_507, 60_001, 3000}
	fill := func(n int) []byte { return bytes.Repeat([]byte{byte(n), byte(n >> 8), 'x'}, n/3+1)[:n] }
	var kept []*Slot
	var u *UDP
	all := make(chan bool)
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, RecvBuf: 1 << 20, Recv: func(l *Loop, s *Slot) {
			s.Retain()
			if kept = append(kept, s); len(kept) == len(sizes) {
				close(all)
			}
		}})
	})
	p := newPeer(t, Addr{}, u.Addr())
	g.Do(0, func(*Loop) { // while the loop is held up here, they queue to one batch
		for _, n := range sizes {
			p.send(fill(n))
		}
	})
	receive(t, all)
	g.Do(0, func(l *Loop) {
		for i, n := range sizes {
			if s := kept[i]; !bytes.Equal(s.Bytes(), fill(n)) {
				t.Errorf("datagram of %d bytes came as %d others", n, len(s.Bytes()))
			}
			if s := kept[i]; n <= slotSize && &s.data[0] != &s.buf[0] {
				t.Errorf("datagram of %d bytes was copied", n)
			}
			l.Release(kept[i])
		}
	})
	if s := g.Snapshot(); s.Truncated != 0 || s.RecvDrops != 0 {
		t.Errorf("%+v", s)
	}
}

// What the receive buffer has no room for is counted, thanks to SO_RXQ_OVFL, when
// the next datagram comes.
func TestReceiveDropsCounted(t *testing.T) {
	var u *UDP
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, RecvBuf: 1, Recv: echo}) // the least the kernel has
	})
	p := newPeer(t, Addr{}, u.Addr())
	g.Do(0, func(*Loop) {
		for range 100 {
			p.send(make([]byte, 1000))
		}
	})
	eventually(t, "what was not dropped is received", func() bool {
		p.send([]byte("and on"))
		s := g.Snapshot()
		return s.RecvDrops > 0 && s.RecvDrops+s.Received >= 100
	})
}

// At is when the kernel got the datagram: the owner sees how long it has waited
// for a busy loop.
func TestArrival(t *testing.T) {
	const busy = 20_000_000 // ns
	waited := make(chan int64, 2)
	var u *UDP
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, Recv: func(l *Loop, s *Slot) { waited <- l.Now() - s.At() }})
	})
	p := newPeer(t, Addr{}, u.Addr())
	g.Do(0, func(*Loop) {
		p.send([]byte("x"))
		for began := monotonic(); monotonic() < began+busy; {
		}
	})
	if n := receive(t, waited); n < busy-1e6 || n > int64(patience) { // 1 ms: the wall clock may be slewed
		t.Errorf("waited %d ns, want at least %d", n, busy)
	}
	g.Do(0, func(l *Loop) { // a stamp that cannot be is as good as none
		for _, stamp := range []int64{0, 1, l.Wall().UnixNano() + 1e9} {
			if at := l.arrival(stamp); at != l.Now() {
				t.Errorf("stamp %d gives %d, want Now", stamp, at)
			}
		}
	})
}

// A panic while receiving costs that datagram, and nothing else.
func TestPanicInRecv(t *testing.T) {
	out := new(lockedBuffer)
	var u *UDP
	g := newGroup(t, Config{Loops: 1, LogWriter: out}, func(g *Group) {
		u = mustListen(t, g, UDPConfig{Bind: localhost4, Recv: func(l *Loop, s *Slot) {
			if s.Bytes()[0] == '!' {
				panic("BUG: cannot bear " + string(s.Bytes()))
			}
			echo(l, s)
		}})
	})
	p := newPeer(t, Addr{}, u.Addr())
	p.send([]byte("!this"))
	p.send([]byte("but this"))
	if got := p.recv(); string(got) != "but this" {
		t.Errorf("got %q", got)
	}
	if n := g.Snapshot().Panics; n != 1 {
		t.Errorf("Panics = %d, want 1", n)
	}
	g.Stop()
	for _, want := range []string{"CRITICAL:core: panic in receiving on loop 0: BUG: cannot bear !this", "udp_test.go"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

package loop

import (
	"io"
	"net/netip"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if bind := os.Getenv(bindEnv); bind != "" {
		secondProcess(bind)
		return
	}
	goleak.VerifyTestMain(m)
}

// newGroup returns a group that ends with the test. Set-up may register kinds
// and listeners before it starts.
func newGroup(t testing.TB, cfg Config, setUp func(g *Group)) *Group {
	t.Helper()
	if cfg.LogWriter == nil {
		cfg.LogWriter = io.Discard
	}
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	if setUp != nil {
		setUp(g)
	}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	return g
}

// patience bounds the wait for what real sockets, timers and threads bring about.
const patience = 20 * time.Second

// receive waits for a value, which a loop sends.
func receive[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

// eventually polls: what other loops do with what they were posted, nobody tells.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func mustListen(t testing.TB, g *Group, cfg UDPConfig) *UDP {
	t.Helper()
	u, err := g.ListenUDP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

var (
	localhost4 = netip.MustParseAddrPort("127.0.0.1:0")
	localhost6 = netip.MustParseAddrPort("[::1]:0")
)

// needIPv6 skips a test on a machine without ::1.
func needIPv6(t testing.TB) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet6{Addr: [16]byte{15: 1}})
		_ = unix.Close(fd)
	}
	if err != nil {
		t.Skipf("this machine has no ::1: %v", err)
	}
}

// A peer is a plain blocking socket outside of all loops, which allocates nothing.
type peer struct {
	t    testing.TB
	fd   int
	addr Addr
	buf  [65536]byte
}

// newPeer returns a socket at ip, which may be unset, connected to to, if set.
func newPeer(t testing.TB, ip, to Addr) *peer {
	t.Helper()
	if !ip.IsValid() {
		ip = to.WithPort(0)
	}
	family := unix.AF_INET6
	if ip.Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(os.NewSyscallError("socket", err))
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	p := &peer{t: t, fd: fd}
	p.must("bind", unix.Bind(fd, ip.sockaddr()))
	timeout := unix.NsecToTimeval(int64(patience))
	p.must("SO_RCVTIMEO", unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout))
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20)
	if to.IsValid() {
		p.must("connect", unix.Connect(fd, to.sockaddr()))
	}
	name, err := unix.Getsockname(fd)
	p.must("getsockname", err)
	p.addr = addrOf(name)
	return p
}

func addrOf(name unix.Sockaddr) Addr {
	switch n := name.(type) {
	case *unix.SockaddrInet4:
		return AddrFrom(netip.AddrPortFrom(netip.AddrFrom4(n.Addr), uint16(n.Port)))
	case *unix.SockaddrInet6:
		return AddrFrom(netip.AddrPortFrom(netip.AddrFrom16(n.Addr), uint16(n.Port)))
	}
	return Addr{}
}

func (p *peer) must(what string, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(os.NewSyscallError(what, err))
	}
}

// send sends on a connected peer.
func (p *peer) send(b []byte) {
	p.t.Helper()
	_, err := unix.Write(p.fd, b)
	p.must("write", err)
}

func (p *peer) sendTo(b []byte, to Addr) {
	p.t.Helper()
	p.must("sendto", unix.Sendto(p.fd, b, 0, to.sockaddr()))
}

// recv waits for one datagram.
func (p *peer) recv() []byte {
	p.t.Helper()
	for {
		n, err := unix.Read(p.fd, p.buf[:])
		if err == unix.EINTR {
			continue
		}
		p.must("read", err)
		return p.buf[:n]
	}
}

// recvFrom waits for one datagram and tells where it came from.
func (p *peer) recvFrom() ([]byte, Addr) {
	p.t.Helper()
	n, name, err := unix.Recvfrom(p.fd, p.buf[:], 0)
	p.must("recvfrom", err)
	return p.buf[:n], addrOf(name)
}

// quiet fails if a datagram is waiting.
func (p *peer) quiet() {
	p.t.Helper()
	if n, _, err := unix.Recvfrom(p.fd, p.buf[:], unix.MSG_DONTWAIT); err == nil {
		p.t.Errorf("got %q, want nothing", p.buf[:n])
	}
}

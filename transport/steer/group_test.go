package steer

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A group is sockets that share an address, and one that sends to it.
type group struct {
	fds    []int
	out    *net.UDPConn
	choice int // the socket that the kernel chooses without a program's advice
}

func newGroup(t testing.TB, n int, family int) *group {
	g := &group{}
	for i, port := 0, 0; i < n; i++ {
		fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
			t.Fatal(err)
		}
		port = bind(t, fd, family, port)
		g.fds = append(g.fds, fd)
	}
	name, err := unix.Getsockname(g.fds[0])
	if err != nil {
		t.Fatal(err)
	}
	to := &net.UDPAddr{IP: net.IPv6loopback}
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		to.IP, to.Port = net.IPv4(127, 0, 0, 1), a.Port
	case *unix.SockaddrInet6:
		to.Port = a.Port
	}
	if g.out, err = net.DialUDP("udp", nil, to); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.out.Close() })
	g.choice = g.lands(t, []byte("\r\n\r\n"))
	return g
}

func bind(t testing.TB, fd, family, port int) int {
	var at unix.Sockaddr = &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	if family == unix.AF_INET6 {
		at = &unix.SockaddrInet6{Port: port} // the wildcard
	}
	if err := unix.Bind(fd, at); err != nil {
		t.Skipf("no such address here: %v", err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := name.(*unix.SockaddrInet4); ok {
		return a.Port
	}
	return name.(*unix.SockaddrInet6).Port
}

// lands sends b and returns which socket got it.
func (g *group) lands(t testing.TB, b []byte) int {
	t.Helper()
	if _, err := g.out.Write(b); err != nil {
		t.Fatal(err)
	}
	var buf [1]byte
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		for i, fd := range g.fds {
			if _, _, err := unix.Recvfrom(fd, buf[:], unix.MSG_DONTWAIT); err == nil {
				return i
			}
		}
	}
	t.Fatal("the datagram was lost")
	return -1
}

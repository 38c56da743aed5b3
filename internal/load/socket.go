package load

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	maxSockets = 32
	batch      = 64   // datagrams in one system call
	room       = 4096 // bytes of one
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	unix.Msghdr
	n uint32
}

// A packets is a batch of datagrams, in the kernel's form. The sockets are connected,
// so there are no addresses.
type packets struct {
	headers [batch]mmsghdr
	iovs    [batch]unix.Iovec
	bufs    [batch][room]byte
	n       int // in use
}

func newPackets() *packets {
	p := new(packets)
	for i := range p.headers {
		p.iovs[i].Base = &p.bufs[i][0]
		p.iovs[i].SetLen(room)
		p.headers[i].Iov = &p.iovs[i]
		p.headers[i].SetIovlen(1)
	}
	return p
}

// A socket is one port of ours, connected to the proxy.
type socket struct {
	fd      int
	port    int
	callee  bool
	addr    string // host:port
	uri     []byte // Request-URI of calls to it
	out     *packets
	dropped int // datagrams that the kernel did not take
}

// port is that of one of the sockets: first the callers, then the callees.
func (c *Config) port(i int) int {
	switch {
	case i < c.Callers && c.CallerPort > 0:
		return c.CallerPort + i
	case i >= c.Callers && c.CalleePort > 0:
		return c.CalleePort + i - c.Callers
	}
	return 0
}

func dial(proxy netip.AddrPort, user string, port int, callee bool) (*socket, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	for _, option := range []int{unix.SO_RCVBUF, unix.SO_SNDBUF} {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, 8<<20) // as much of it as the kernel grants
	}
	err = unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrInet4{Port: int(proxy.Port()), Addr: proxy.Addr().As4()})
	}
	var name unix.Sockaddr
	if err == nil {
		name, err = unix.Getsockname(fd)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("load: %w", err)
	}
	port = name.(*unix.SockaddrInet4).Port
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return &socket{fd: fd, port: port, callee: callee, addr: addr, uri: []byte("sip:" + user + "@" + addr), out: newPackets()}, nil
}

// buffer returns an empty buffer for the next datagram; send sends it.
func (s *socket) buffer() []byte {
	if s.out.n == batch {
		s.flush()
	}
	return s.out.bufs[s.out.n][:0]
}

// send puts what was appended to buffer in the batch.
func (s *socket) send(b []byte) {
	s.out.iovs[s.out.n].SetLen(len(b))
	s.out.n++
}

// flush sends the batch. What the kernel does not take is lost, as on a network.
func (s *socket) flush() {
	o := s.out
	for at := 0; at < o.n; {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&o.headers[at])), uintptr(o.n-at), unix.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == unix.EINTR:
		case errno == unix.ECONNREFUSED: // of an earlier datagram: nobody listens yet, or any more
		case errno != 0:
			s.dropped++
			at++
		default:
			at += int(n)
		}
	}
	o.n = 0
}

// receive reads a batch, as much as is there.
func (s *socket) receive(in *packets) (n int) {
	k, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&in.headers[0])), batch, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(k)
}

func (p *packets) at(i int) []byte { return p.bufs[i][:min(p.headers[i].n, room)] }

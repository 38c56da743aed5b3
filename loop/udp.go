package loop

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// UDPConfig says what to listen on.
type UDPConfig struct {
	// Bind is the address; port 0 takes a free one. An IPv6 address gets no IPv4.
	Bind netip.AddrPort
	// Recv is lent each datagram, on the loop whose socket the kernel chose or to
	// which it was handed over. Required.
	Recv func(l *Loop, s *Slot)
	// SendError is told, at the end of the pass, of a datagram that the kernel
	// refused to send, and why (a syscall.Errno). O may be sent again.
	SendError func(l *Loop, o *Out, err error)
	// Unreachable is lent what an ICMP error quotes of a datagram that was sent before:
	// its beginning, or nothing. From is the address it was sent to, and err (a
	// syscall.Errno) why it did not arrive; To is of no use. It comes on the loop whose socket the
	// kernel chose, which need not be the sender's; the slot may be handed over, and then
	// comes here again. If it is nil, such errors are not heard of.
	Unreachable func(l *Loop, s *Slot, err error)
	// RecvBuf and SendBuf are the sizes in bytes asked for the kernel's buffers, of
	// each loop's socket; what is granted is logged. Zero is the kernel's default.
	RecvBuf, SendBuf int
	IP               IPOptions
	// Readers is how many loops read, the first ones: the others have no socket in the
	// kernel's group of their own, send by that of a reader, and get what is handed over
	// to them. Zero, or more than there are loops, is all.
	Readers int
	// MaxQueue bounds the datagrams that wait for room in the kernel, per loop.
	// The default is 4096.
	MaxQueue int
}

// A UDP is a listener: one socket per loop that reads, bound to the same address.
type UDP struct {
	cfg      UDPConfig
	addr     Addr
	index    int
	wildcard bool
	virtual  *Virtual    // where it is in memory; commonly nil
	sockets  []udpSocket // by loop
}

// A udpSocket is one loop's part of a listener.
type udpSocket struct {
	udp     *UDP
	fd      int
	reads   bool
	watch   *Watch
	drops   uint32 // SO_RXQ_OVFL's count when last seen
	queue   sendQueue
	dirty   bool // in Loop.dirty
	blocked bool // the kernel has no room
	doubts  int  // errors in a row that may not be the first unsent datagram's
	send    func(fd int, v []mmsghdr) (int, unix.Errno)
	_       [64]byte
}

// ListenUDP binds a listener, before Start. An address that any other socket is
// bound to, be it of another process of ours, gives EADDRINUSE.
func (g *Group) ListenUDP(cfg UDPConfig) (*UDP, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.phase != setUp {
		return nil, errStarted
	}
	if cfg.Recv == nil || !cfg.Bind.IsValid() {
		return nil, errors.New("loop: listen udp: an address and a function to receive are required")
	}
	if cfg.MaxQueue <= 0 {
		cfg.MaxQueue = 4096
	}
	u := &UDP{cfg: cfg, addr: AddrFrom(cfg.Bind), index: len(g.udps), sockets: make([]udpSocket, len(g.loops))}
	u.wildcard = u.addr.IsUnspecified()
	open := u.open
	if g.virtual != nil {
		open = u.openVirtual
	}
	if err := open(g); err != nil {
		return nil, fmt.Errorf("loop: listen udp %s: %w", cfg.Bind, err)
	}
	g.udps = append(g.udps, u)
	if g.virtual == nil {
		u.logBuffers(g.logger)
	}
	return u, nil
}

// open makes the sockets and has the loops watch them, or leaves nothing open.
func (u *UDP) open(g *Group) error {
	for i := range u.sockets {
		fd, err := u.socket(i)
		if err == nil {
			err = u.adopt(g.loops[i], fd)
		}
		if err != nil {
			u.abandon(g, i)
			return err
		}
	}
	return nil
}

// Group returns the sockets of the SO_REUSEPORT group, that of loop i at i, as far as loops
// read; none in memory. It is for attaching a program that chooses among them
// (SO_ATTACH_REUSEPORT_EBPF, SO_ATTACH_REUSEPORT_CBPF), before Start.
func (u *UDP) Group() []int {
	if u.virtual != nil {
		return nil
	}
	fds := make([]int, u.readers())
	for i := range fds {
		fds[i] = u.sockets[i].fd
	}
	return fds
}

// socket makes loop i's: one of its own, or if it does not read, another fd of a reader's.
func (u *UDP) socket(i int) (fd int, err error) {
	if i < u.readers() {
		return u.bind(i == 0)
	}
	fd, err = unix.FcntlInt(uintptr(u.sockets[i%u.readers()].fd), unix.F_DUPFD_CLOEXEC, 0)
	return fd, os.NewSyscallError("fcntl", err)
}

func (u *UDP) readers() int {
	if n := u.cfg.Readers; n > 0 {
		return min(n, len(u.sockets))
	}
	return len(u.sockets)
}

// adopt makes fd the socket of l.
func (u *UDP) adopt(l *Loop, fd int) (err error) {
	k := &u.sockets[l.index]
	k.udp, k.fd, k.send, k.reads = u, fd, sendmmsg, l.index < u.readers()
	if k.watch, err = l.Watch(fd, k.input(l), k); err != nil {
		_ = unix.Close(fd)
	}
	return err
}

// abandon closes the first n sockets.
func (u *UDP) abandon(g *Group, n int) {
	for i := range n {
		_ = unix.Close(u.sockets[i].watch.Release(g.loops[i]))
	}
}

// Addr returns the address bound to, with the real port.
func (u *UDP) Addr() Addr { return u.addr }

// Index returns the position among the ListenUDP calls, from 0.
func (u *UDP) Index() int { return u.index }

// Ready is the poller's word that the socket has datagrams, or room for some.
func (k *udpSocket) Ready(l *Loop, _ *Watch, ev Events) {
	if ev&Writable != 0 {
		k.unblock(l)
	}
	if ev&Error != 0 && k.udp.cfg.Unreachable != nil && k.readErrors(l) > 0 {
		ev &^= Error // if it lasts, the poller comes back
	}
	switch {
	case ev&(Readable|Error) == 0:
	case k.input(l) == 0: // an error, which is reported whatever is watched for: asking clears it
		_, _ = unix.GetsockoptInt(k.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	default:
		k.receive(l)
	}
}

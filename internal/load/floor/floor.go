package floor

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Mode is how many datagrams a system call has.
type Mode string

// The modes.
const (
	Single Mode = "single" // recvfrom, sendto
	Batch  Mode = "batch"  // recvmmsg, sendmmsg: as many as are there, up to 64
)

const (
	batch = 64
	room  = 4096 // bytes of a datagram
)

// Run binds a UDP port of 127.0.0.1 and forwards what comes from the callee to the
// caller and all else to the callee, until ctx ends. It has a thread to itself.
func Run(ctx context.Context, port int, caller, callee netip.AddrPort, mode Mode) error {
	fd, err := bind(port)
	if err != nil {
		return fmt.Errorf("floor: port %d: %w", port, err)
	}
	defer unix.Close(fd)
	// It wakes up who waits there, although there is no connection (ENOTCONN).
	stop := context.AfterFunc(ctx, func() { _ = unix.Shutdown(fd, unix.SHUT_RDWR) })
	defer stop()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f := newForwarder(fd, caller, callee)
	switch mode {
	case Single:
		f.n = 1
		for ctx.Err() == nil {
			f.single()
		}
	case Batch:
		for ctx.Err() == nil {
			f.batch()
		}
	default:
		return fmt.Errorf("floor: mode %q: want %q or %q", mode, Single, Batch)
	}
	return nil
}

func bind(port int) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fd, err
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20) // as much of it as the kernel grants
	if err = unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		_ = unix.Close(fd)
	}
	return fd, err
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	unix.Msghdr
	n uint32
}

// A forwarder is the socket and its datagrams, in the kernel's form.
type forwarder struct {
	fd             uintptr
	caller, callee unix.RawSockaddrInet4
	headers        [batch]mmsghdr
	iovs           [batch]unix.Iovec
	peers          [batch]unix.RawSockaddrInet4
	bufs           [batch][room]byte
	n              int // of the headers that are to be made ready for receiving
}

func newForwarder(fd int, caller, callee netip.AddrPort) *forwarder {
	f := &forwarder{fd: uintptr(fd), caller: sockaddr(caller), callee: sockaddr(callee), n: batch}
	for i := range f.headers {
		f.iovs[i].Base = &f.bufs[i][0]
		f.headers[i].Name = (*byte)(unsafe.Pointer(&f.peers[i]))
		f.headers[i].Namelen = unix.SizeofSockaddrInet4
		f.headers[i].Iov = &f.iovs[i]
		f.headers[i].SetIovlen(1)
	}
	return f
}

func sockaddr(a netip.AddrPort) unix.RawSockaddrInet4 {
	return unix.RawSockaddrInet4{Family: unix.AF_INET, Port: a.Port()<<8 | a.Port()>>8, Addr: a.Addr().As4()}
}

// turn makes the peer that a datagram came from the one that it goes to.
func (f *forwarder) turn(peer *unix.RawSockaddrInet4) {
	if peer.Port == f.callee.Port {
		*peer = f.caller
		return
	}
	*peer = f.callee
}

// single forwards one datagram. Errors do not matter: what comes next is as good.
func (f *forwarder) single() {
	peer, length := unsafe.Pointer(&f.peers[0]), uint32(unix.SizeofSockaddrInet4)
	n, _, errno := unix.Syscall6(unix.SYS_RECVFROM, f.fd, uintptr(unsafe.Pointer(&f.bufs[0])), room, 0, uintptr(peer), uintptr(unsafe.Pointer(&length)))
	if errno != 0 || n == 0 {
		return
	}
	f.turn(&f.peers[0])
	_, _, _ = unix.RawSyscall6(unix.SYS_SENDTO, f.fd, uintptr(unsafe.Pointer(&f.bufs[0])), n, 0, uintptr(peer), unix.SizeofSockaddrInet4)
}

// batch forwards what is there, at least one datagram.
func (f *forwarder) batch() {
	for i := range f.n {
		f.iovs[i].SetLen(room)
	}
	f.n = 0
	got, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, f.fd, uintptr(unsafe.Pointer(&f.headers[0])), batch, unix.MSG_WAITFORONE, 0, 0)
	if errno != 0 {
		return
	}
	f.n = int(got)
	for i := range f.n {
		f.iovs[i].SetLen(int(f.headers[i].n))
		f.turn(&f.peers[i])
	}
	for at := 0; at < f.n; {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, f.fd, uintptr(unsafe.Pointer(&f.headers[at])), uintptr(f.n-at), 0, 0, 0)
		if errno != 0 {
			return
		}
		at += int(n)
	}
}

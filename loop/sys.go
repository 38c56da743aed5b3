package loop

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	unix.Msghdr
	n uint32 // bytes received
}

// recvmmsg and sendmmsg are raw system calls: the scheduler is not told of them.
// With MSG_DONTWAIT they do not sleep, and what they do for 32 or 64 datagrams is
// shorter than a hand-over of the processor would be worth. That saves a tenth of
// the CPU time of a datagram (BenchmarkBurst).

func recvmmsg(fd int, v []mmsghdr, flags uintptr) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&v[0])), uintptr(len(v)), unix.MSG_DONTWAIT|flags, 0, 0)
	return int(n), errno
}

func sendmmsg(fd int, v []mmsghdr) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&v[0])), uintptr(len(v)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	return int(n), errno
}

// A sockaddr has room for an IPv4 or IPv6 address in the kernel's form.
type sockaddr struct{ unix.RawSockaddrInet6 }

// set writes a, and returns its length.
func (s *sockaddr) set(a Addr) uint32 {
	if a.Is4() {
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(s))
		in.Family, in.Addr = unix.AF_INET, [4]byte(a.ip[:4])
		putPort(&in.Port, a.port)
		return unix.SizeofSockaddrInet4
	}
	s.Family, s.Addr, s.Scope_id, s.Flowinfo = unix.AF_INET6, a.ip, a.scope, 0
	putPort(&s.Port, a.port)
	return unix.SizeofSockaddrInet6
}

// addr reads what the kernel wrote.
func (s *sockaddr) addr() Addr {
	a := Addr{port: port(&s.Port)} // at the same place in both
	if s.Family == unix.AF_INET {
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(s))
		a.family = 4
		copy(a.ip[:], in.Addr[:])
		return a
	}
	a.family, a.ip, a.scope = 6, s.Addr, s.Scope_id
	return a
}

// Ports are big-endian on every machine.

func putPort(p *uint16, port uint16) {
	b := (*[2]byte)(unsafe.Pointer(p))
	b[0], b[1] = byte(port>>8), byte(port)
}

func port(p *uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(p))
	return uint16(b[0])<<8 | uint16(b[1])
}

// ptr is any pointer for the kernel's untyped fields.
func ptr[T any](p *T) unsafe.Pointer { return unsafe.Pointer(p) }

// recv and sendmsg of a connection do not sleep either.

func recv(fd int, b []byte) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

func sendmsg(fd int, h *unix.Msghdr) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(h)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
	return int(n), errno
}

// shutdown tells the peer that no more comes.
func shutdown(fd int) { _ = unix.Shutdown(fd, unix.SHUT_WR) }

package loop

import "golang.org/x/sys/unix"

// SourceFor returns the address from which the kernel would send to remote by its
// routing table; ok is false where there is no way there. It connects a UDP socket,
// over which nothing is sent: a few system calls, none of which waits.
func SourceFor(remote Addr) (from Addr, ok bool) {
	family := unix.AF_INET6
	if remote.Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return from, false
	}
	defer unix.Close(fd)
	if unix.Connect(fd, remote.sockaddr()) != nil {
		return from, false
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return from, false
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		from.family = 4
		copy(from.ip[:], name.Addr[:])
	case *unix.SockaddrInet6:
		from.family, from.ip, from.scope = 6, name.Addr, name.ZoneId
	}
	return from, from.family != 0
}

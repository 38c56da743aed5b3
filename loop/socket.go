package loop

import (
	"log/slog"
	"os"

	"golang.org/x/sys/unix"
)

// bind opens a socket at u's address.
//
// The first is bound without SO_REUSEPORT, which fails if any socket has the
// address, in SO_REUSEPORT mode or not; only then is it opened to the others. At
// no moment can a second process bind its first socket: it gets EADDRINUSE, not
// half of the traffic.
func (u *UDP) bind(first bool) (fd int, err error) {
	family := unix.AF_INET6
	if u.addr.Is4() {
		family = unix.AF_INET
	}
	fd, err = unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err = u.setUp(fd, first); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func (u *UDP) setUp(fd int, first bool) error {
	if err := u.setOptions(fd); err != nil {
		return err
	}
	if !first {
		if err := setFlag(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, "SO_REUSEPORT"); err != nil {
			return err
		}
		return os.NewSyscallError("bind", unix.Bind(fd, u.addr.sockaddr()))
	}
	if err := unix.Bind(fd, u.addr.sockaddr()); err != nil {
		return os.NewSyscallError("bind", err)
	}
	if err := setFlag(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, "SO_REUSEPORT"); err != nil {
		return err
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		return os.NewSyscallError("getsockname", err)
	}
	switch b := bound.(type) {
	case *unix.SockaddrInet4:
		u.addr.port = uint16(b.Port)
	case *unix.SockaddrInet6:
		u.addr.port = uint16(b.Port)
	}
	return nil
}

func (u *UDP) setOptions(fd int) error {
	type option struct {
		level, name int
		text        string
	}
	options := []option{
		{unix.SOL_SOCKET, unix.SO_RXQ_OVFL, "SO_RXQ_OVFL"},
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, "SO_TIMESTAMPNS"},
	}
	switch {
	case u.wildcard && u.addr.Is4():
		options = append(options, option{unix.IPPROTO_IP, unix.IP_PKTINFO, "IP_PKTINFO"})
	case u.wildcard:
		options = append(options, option{unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO"})
	}
	if !u.addr.Is4() {
		options = append(options, option{unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, "IPV6_V6ONLY"})
	}
	switch {
	case u.cfg.Unreachable != nil && u.addr.Is4():
		options = append(options, option{unix.IPPROTO_IP, unix.IP_RECVERR, "IP_RECVERR"})
	case u.cfg.Unreachable != nil:
		options = append(options, option{unix.IPPROTO_IPV6, unix.IPV6_RECVERR, "IPV6_RECVERR"})
	}
	for _, o := range options {
		if err := setFlag(fd, o.level, o.name, o.text); err != nil {
			return err
		}
	}
	if err := u.cfg.IP.set(fd, u.addr.Is4(), false); err != nil {
		return err
	}
	askBuffer(fd, unix.SO_RCVBUFFORCE, unix.SO_RCVBUF, u.cfg.RecvBuf)
	askBuffer(fd, unix.SO_SNDBUFFORCE, unix.SO_SNDBUF, u.cfg.SendBuf)
	return nil
}

func setFlag(fd, level, name int, text string) error {
	return os.NewSyscallError("setsockopt "+text, unix.SetsockoptInt(fd, level, name, 1))
}

// askBuffer asks for more than the system's limit first, which takes
// CAP_NET_ADMIN. Either is a request: logBuffers tells what came of it.
func askBuffer(fd, force, plain, size int) {
	if size > 0 && unix.SetsockoptInt(fd, unix.SOL_SOCKET, force, size) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, plain, size)
	}
}

// logBuffers tells the sizes granted, of which the kernel reports the double
// (socket(7)).
func (u *UDP) logBuffers(log *slog.Logger) {
	for _, b := range []struct {
		text        string
		name, asked int
	}{
		{"udp receive buffer", unix.SO_RCVBUF, u.cfg.RecvBuf},
		{"udp send buffer", unix.SO_SNDBUF, u.cfg.SendBuf},
	} {
		granted, err := unix.GetsockoptInt(u.sockets[0].fd, unix.SOL_SOCKET, b.name)
		if granted /= 2; err != nil || granted >= b.asked {
			log.Info(b.text, "socket", u.addr, "asked", b.asked, "granted", granted)
			continue
		}
		log.Warn(b.text+" is smaller than asked for", "socket", u.addr, "asked", b.asked, "granted", granted)
	}
}

// sockaddr is a for the system calls that are not on the path of a message.
func (a Addr) sockaddr() unix.Sockaddr {
	if a.Is4() {
		return &unix.SockaddrInet4{Port: int(a.port), Addr: [4]byte(a.ip[:4])}
	}
	return &unix.SockaddrInet6{Port: int(a.port), Addr: a.ip, ZoneId: a.scope}
}

package siptest

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// openPort opens a UDP socket on a port of ip that is free for TCP too, and holds that:
// tcp is bound and does not listen, so nobody else gets the port, and who connects to it
// is refused until listenOn.
func openPort(ip netip.Addr) (udp *net.UDPConn, tcp *os.File, err error) {
	for range 100 {
		udp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
		if err != nil {
			return nil, nil, err
		}
		tcp, err = bindTCP(udp.LocalAddr().(*net.UDPAddr).AddrPort())
		if err == nil {
			return udp, tcp, nil
		}
		udp.Close()
	}
	return nil, nil, err
}

func bindTCP(a netip.AddrPort) (*os.File, error) {
	family, name := syscall.AF_INET6, syscall.Sockaddr(&syscall.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()})
	if a.Addr().Is4() {
		family, name = syscall.AF_INET, &syscall.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Bind(fd, name); err != nil {
		return nil, errors.Join(err, syscall.Close(fd))
	}
	return os.NewFile(uintptr(fd), "held TCP port"), nil
}

// listenOn has the held socket listen.
func listenOn(tcp *os.File) (net.Listener, error) {
	if err := syscall.Listen(int(tcp.Fd()), 128); err != nil {
		return nil, err
	}
	return net.FileListener(tcp)
}

package datagram

import (
	"errors"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// A udpSocket is a socket of UDP, which never makes its sender wait for long.
type udpSocket struct{ *net.UDPConn }

func listenUDP(name string) (socket, error) {
	at, err := net.ResolveUDPAddr("udp", name)
	if err != nil {
		return nil, err
	}
	c, err := net.ListenUDP("udp", at)
	if err != nil {
		return nil, err
	}
	return udpSocket{c}, nil
}

func (s udpSocket) receive(b []byte) (int, sender, error) {
	n, from, err := s.ReadFromUDPAddrPort(b)
	return n, udpSender{s.UDPConn, from}, err
}

type udpSender struct {
	c  *net.UDPConn
	to netip.AddrPort
}

func (s udpSender) send(b []byte) error {
	_, err := s.c.WriteToUDPAddrPort(b, s.to)
	return err
}

func (s udpSender) String() string { return s.to.String() }

// A unixSocket is a UNIX socket, whose file is removed with it.
type unixSocket struct {
	*net.UnixConn
	name string
	file os.FileInfo
}

func listenUnix(cfg *Config) (socket, error) {
	name := cfg.Address.Name
	if err := removeStale(name); err != nil {
		return nil, err
	}
	old := unix.Umask(0o777 &^ int(cfg.Mode.Perm())) // nobody else may come in between
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	unix.Umask(old)
	if err != nil {
		return nil, err
	}
	s := &unixSocket{UnixConn: c, name: name}
	s.file, err = os.Lstat(name)
	if err == nil {
		err = os.Chmod(name, cfg.Mode.Perm())
	}
	if err == nil && (cfg.UID >= 0 || cfg.GID >= 0) {
		err = os.Lchown(name, cfg.UID, cfg.GID)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// Close removes the file, unless it is another's by now.
func (s *unixSocket) Close() error {
	err := s.UnixConn.Close()
	if now, e := os.Lstat(s.name); e == nil && s.file != nil && os.SameFile(now, s.file) {
		err = errors.Join(err, os.Remove(s.name))
	}
	return err
}

func (s *unixSocket) receive(b []byte) (int, sender, error) {
	n, from, err := s.ReadFromUnix(b)
	if from == nil || from.Name == "" {
		return n, nil, err // a client without a name cannot be answered
	}
	return n, unixSender{s.UnixConn, from.Name}, err
}

type unixSender struct {
	c    *net.UnixConn
	name string
}

// send does not wait where net's own methods would: for one client that does not read
// all others.
func (s unixSender) send(b []byte) error {
	raw, err := s.c.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Control(func(fd uintptr) {
		sent = unix.Sendto(int(fd), b, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, &unix.SockaddrUnix{Name: s.name})
	})
	if errors.Is(sent, unix.EAGAIN) || errors.Is(sent, unix.ENOBUFS) {
		return errFull
	}
	return errors.Join(err, sent)
}

func (s unixSender) String() string { return s.name }

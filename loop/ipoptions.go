package loop

import (
	"os"

	"golang.org/x/sys/unix"
)

// IPOptions are what the packets of a socket say to the network. The zero value leaves all
// to the kernel.
type IPOptions struct {
	TOS             int // type of service, or traffic class, 1 to 255; 0: the kernel's
	MulticastTTL    int // 0 to 255, if HasMulticastTTL
	HasMulticastTTL bool
	Fragment        bool // datagrams never say that they must not be fragmented
	NoMulticastLoop bool // multicast datagrams do not come back to this machine
}

// set is for IPv4 or IPv6 sockets; of streams only TOS counts.
func (o *IPOptions) set(fd int, v4, stream bool) error {
	type option struct{ level, name, value int }
	var list []option
	add := func(on bool, name4, name6, value int) {
		switch {
		case on && v4:
			list = append(list, option{unix.IPPROTO_IP, name4, value})
		case on:
			list = append(list, option{unix.IPPROTO_IPV6, name6, value})
		}
	}
	add(o.TOS > 0, unix.IP_TOS, unix.IPV6_TCLASS, o.TOS)
	add(o.HasMulticastTTL && !stream, unix.IP_MULTICAST_TTL, unix.IPV6_MULTICAST_HOPS, o.MulticastTTL)
	add(o.NoMulticastLoop && !stream, unix.IP_MULTICAST_LOOP, unix.IPV6_MULTICAST_LOOP, 0)
	add(o.Fragment && !stream, unix.IP_MTU_DISCOVER, unix.IPV6_MTU_DISCOVER, unix.IP_PMTUDISC_DONT)
	for _, x := range list {
		if err := unix.SetsockoptInt(fd, x.level, x.name, x.value); err != nil {
			return os.NewSyscallError("setsockopt", err)
		}
	}
	return nil
}

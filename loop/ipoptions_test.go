package loop

import (
	"testing"

	"golang.org/x/sys/unix"
)

// The options of a configuration are those of the sockets.
func TestIPOptions(t *testing.T) {
	o := IPOptions{TOS: 0x10, MulticastTTL: 7, HasMulticastTTL: true, Fragment: true, NoMulticastLoop: true}
	for _, v4 := range []bool{true, false} {
		family := unix.AF_INET6
		if v4 {
			family = unix.AF_INET
		}
		fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Skip("no IPv6: ", err)
		}
		defer unix.Close(fd)
		if err := o.set(fd, v4, false); err != nil {
			t.Fatal(err)
		}
		get := func(level, name int) int {
			n, err := unix.GetsockoptInt(fd, level, name)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		level, names := unix.IPPROTO_IPV6, [...]int{unix.IPV6_TCLASS, unix.IPV6_MULTICAST_HOPS, unix.IPV6_MULTICAST_LOOP, unix.IPV6_MTU_DISCOVER}
		if v4 {
			level, names = unix.IPPROTO_IP, [...]int{unix.IP_TOS, unix.IP_MULTICAST_TTL, unix.IP_MULTICAST_LOOP, unix.IP_MTU_DISCOVER}
		}
		var got [4]int
		for i, name := range names {
			got[i] = get(level, name)
		}
		if got != [...]int{0x10, 7, 0, unix.IP_PMTUDISC_DONT} {
			t.Errorf("IPv4 %v: %v", v4, got)
		}
	}
}

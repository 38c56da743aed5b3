package loop

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A control holds ancillary messages, aligned as the kernel wants them: the
// destination's packet info, the time stamp and the count of drops are 96 bytes, with
// an ICMP error in place of the count 136.
type control [20]uint64

// received is what the ancillary messages of a datagram say.
type received struct {
	to      Addr   // without port; unset if not asked for
	stamp   int64  // wall clock in nanoseconds; 0 if absent
	drops   uint32 // lost on this socket so far
	dropped bool   // drops is set
	icmp    unix.SockExtendedErr
}

// parse reads the first n bytes.
func (c *control) parse(n int, r *received) {
	b := unsafe.Slice((*byte)(unsafe.Pointer(c)), unsafe.Sizeof(*c))[:n]
	for len(b) >= unix.SizeofCmsghdr {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
		size := int(h.Len)
		if size < unix.SizeofCmsghdr || size > len(b) {
			return
		}
		r.take(h, b[unix.CmsgLen(0):size])
		b = b[min(unix.CmsgSpace(size-unix.CmsgLen(0)), len(b)):]
	}
}

func (r *received) take(h *unix.Cmsghdr, data []byte) {
	switch {
	case h.Level == unix.SOL_SOCKET && h.Type == unix.SCM_TIMESTAMPNS && len(data) >= int(unsafe.Sizeof(unix.Timespec{})):
		r.stamp = (*unix.Timespec)(unsafe.Pointer(&data[0])).Nano()
	case h.Level == unix.SOL_SOCKET && h.Type == unix.SO_RXQ_OVFL && len(data) >= 4:
		r.drops, r.dropped = *(*uint32)(unsafe.Pointer(&data[0])), true
	case h.Level == unix.IPPROTO_IP && h.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
		// Spec_dst, not Addr: the local address, also for a broadcast.
		r.to.family = 4
		copy(r.to.ip[:], (*unix.Inet4Pktinfo)(unsafe.Pointer(&data[0])).Spec_dst[:])
	case h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
		info := (*unix.Inet6Pktinfo)(unsafe.Pointer(&data[0]))
		r.to.family, r.to.ip = 6, info.Addr
		if info.Addr[0] == 0xfe && info.Addr[1]&0xc0 == 0x80 {
			r.to.scope = info.Ifindex
		}
	case (h.Level == unix.IPPROTO_IP && h.Type == unix.IP_RECVERR || h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_RECVERR) &&
		len(data) >= int(unsafe.Sizeof(r.icmp)):
		r.icmp = *(*unix.SockExtendedErr)(unsafe.Pointer(&data[0]))
	}
}

// setSource writes the packet info that makes a datagram leave from an address,
// and returns its length.
func (c *control) setSource(a Addr) int {
	h := (*unix.Cmsghdr)(unsafe.Pointer(c))
	data := unsafe.Add(unsafe.Pointer(c), unix.CmsgLen(0))
	if a.Is4() {
		h.Level, h.Type = unix.IPPROTO_IP, unix.IP_PKTINFO
		h.SetLen(unix.CmsgLen(unix.SizeofInet4Pktinfo))
		*(*unix.Inet4Pktinfo)(data) = unix.Inet4Pktinfo{Spec_dst: [4]byte(a.ip[:4])}
		return unix.CmsgSpace(unix.SizeofInet4Pktinfo)
	}
	h.Level, h.Type = unix.IPPROTO_IPV6, unix.IPV6_PKTINFO
	h.SetLen(unix.CmsgLen(unix.SizeofInet6Pktinfo))
	*(*unix.Inet6Pktinfo)(data) = unix.Inet6Pktinfo{Addr: a.ip, Ifindex: a.scope}
	return unix.CmsgSpace(unix.SizeofInet6Pktinfo)
}

// maxWait is the longest a datagram can plausibly have waited for us; beyond it
// the wall clock was set.
const maxWait = 30 * time.Second

// arrival turns the kernel's time stamp into the loop's time.
func (l *Loop) arrival(stamp int64) int64 {
	waited := l.wall.UnixNano() - stamp
	if stamp == 0 || waited < 0 || waited > int64(maxWait) {
		return l.now
	}
	return l.now - waited
}

package loop

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// WaitingUDP returns how much memory received datagrams take in the kernel that no loop
// has read yet, in bytes, all listeners together: what /proc/net/udp calls rx_queue.
// It may be called anywhere.
func (g *Group) WaitingUDP() (n int64) {
	for _, u := range g.udps {
		for i := range u.sockets {
			if u.sockets[i].reads { // the others' are these
				n += rmemAlloc(u.sockets[i].fd)
			}
		}
	}
	return n
}

// rmemAlloc reads the first word of SO_MEMINFO: SK_MEMINFO_RMEM_ALLOC of
// linux/sock_diag.h.
func rmemAlloc(fd int) int64 {
	if fd <= 0 {
		return 0 // in memory
	}
	var info [9]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, e := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if e != 0 {
		return 0
	}
	return int64(info[0])
}

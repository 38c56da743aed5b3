package loop

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	recvBatch  = 32 // datagrams per recvmmsg
	recvRounds = 4  // recvmmsg calls per readiness; then others get their turn

	overflowSize = 62 << 10 // beyond the slot: 64 KiB together, more than UDP carries
)

// A recvVector is what a loop's recvmmsg calls read into. Each position has a
// slot's 2 KiB and, for a giant, the overflow, whose pages exist only once a
// giant has touched them: one overflow for all positions would be overwritten by
// the next giant of the batch.
type recvVector struct {
	hdrs     [recvBatch]mmsghdr
	iovs     [recvBatch][2]unix.Iovec
	names    [recvBatch]sockaddr
	controls [recvBatch]control
	slots    [recvBatch]*Slot
	overflow []byte
}

func newRecvVector() (*recvVector, error) {
	v := new(recvVector)
	var err error
	v.overflow, err = unix.Mmap(-1, 0, recvBatch*overflowSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	_ = unix.Madvise(v.overflow, unix.MADV_NOHUGEPAGE) // one giant must not cost 2 MiB
	for i := range v.hdrs {
		h := &v.hdrs[i]
		h.Name = (*byte)(ptr(&v.names[i]))
		h.Iov = &v.iovs[i][0]
		h.SetIovlen(2)
		h.Control = (*byte)(ptr(&v.controls[i]))
		v.iovs[i][1].Base = &v.giant(i)[0]
		v.iovs[i][1].SetLen(overflowSize)
		v.reset(i)
	}
	return v, nil
}

func (v *recvVector) close() {
	if v != nil {
		_ = unix.Munmap(v.overflow)
	}
}

// giant is the overflow of position i.
func (v *recvVector) giant(i int) []byte {
	return v.overflow[i*overflowSize : (i+1)*overflowSize]
}

// reset undoes what the kernel wrote to position i.
func (v *recvVector) reset(i int) {
	v.hdrs[i].Namelen = unix.SizeofSockaddrInet6
	v.hdrs[i].SetControllen(len(control{}) * 8)
}

// put makes s the slot of position i.
func (v *recvVector) put(i int, s *Slot) {
	v.slots[i] = s
	v.iovs[i][0].Base = &s.buf[0]
	v.iovs[i][0].SetLen(slotSize)
}

// receive reads what there is, within bounds; the poller comes back for the rest.
func (k *udpSocket) receive(l *Loop) {
	v := l.readyVector()
	for range recvRounds {
		n, errno := recvmmsg(k.fd, v.hdrs[:], 0)
		if errno != 0 {
			if errno != unix.EAGAIN && errno != unix.EINTR && !k.mayBeStale(errno) {
				bump(&l.stats.RecvErrors, 1)
			}
			return
		}
		bump(&l.stats.Received, uint64(n))
		for i := range n {
			k.deliver(l, i)
		}
		if n < recvBatch {
			return
		}
	}
}

// readyVector is l's vector with slots in it: it gets them when it is first used.
func (l *Loop) readyVector() *recvVector {
	v := l.vector
	if v.slots[0] == nil {
		for i := range v.slots {
			v.put(i, l.newSlot())
		}
	}
	return v
}

// deliver lends the datagram at position i to the listener.
func (k *udpSocket) deliver(l *Loop, i int) {
	v := l.vector
	s := v.slots[i]
	if !k.fill(l, i) {
		bump(&l.stats.Truncated, 1)
		return
	}
	l.lendAt(i, s)
}

// lendAt lends s, which position i has. If it is kept, the position gets a fresh slot.
func (l *Loop) lendAt(i int, s *Slot) {
	if l.lend(s) {
		l.slots.clean(s)
	} else {
		l.vector.put(i, l.newSlot())
	}
}

// fill describes the datagram at position i in its slot. It reports false if the
// kernel had to cut it.
func (k *udpSocket) fill(l *Loop, i int) bool {
	v := l.vector
	h := &v.hdrs[i]
	var r received
	v.controls[i].parse(int(h.Controllen), &r)
	whole, n := h.Flags&unix.MSG_TRUNC == 0, int(h.n)
	v.reset(i)
	if r.dropped && r.drops != k.drops {
		bump(&l.stats.RecvDrops, uint64(r.drops-k.drops))
		k.drops = r.drops
	}
	if !whole {
		return false
	}
	s := v.slots[i]
	if s.data = s.buf[:min(n, slotSize)]; n > slotSize {
		s.data = append(append(l.slots.giant(n)[:0], s.buf[:]...), v.giant(i)[:n-slotSize]...)
	}
	s.udp, s.at = k.udp, l.arrival(r.stamp)
	s.from, s.to, s.icmp = v.names[i].addr(), k.udp.addr, errorOf(&r.icmp)
	if r.to.IsValid() {
		s.to = r.to.WithPort(k.udp.addr.port)
	}
	return true
}

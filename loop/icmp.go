package loop

import "golang.org/x/sys/unix"

// With IP_RECVERR the kernel keeps the ICMP errors about what a socket has sent in a
// queue (ip(7)), together with the beginning of the datagram that each is about. That
// counts against SO_RCVBUF, so the queue is emptied whoever wants it.

// readErrors reads a batch of ICMP errors and lends those to the listener's owner that
// it is to hear of. It returns how many there were; the poller comes back for more. It is
// for the poller's callback alone: what Recv or SendError do must not get here, since the
// vector is theirs.
func (k *udpSocket) readErrors(l *Loop) int {
	v := l.readyVector()
	n, errno := recvmmsg(k.fd, v.hdrs[:], unix.MSG_ERRQUEUE)
	if errno != 0 {
		return 0
	}
	bump(&l.stats.ICMPErrors, uint64(n))
	for i := range n {
		if s := v.slots[i]; k.fill(l, i) && s.icmp != 0 {
			l.lendAt(i, s)
		} else {
			l.slots.clean(s)
		}
	}
	return n
}

// errorOf returns the error that the owner is told of; 0 for none. RFC 3261 §18.4: "Host,
// network, port or protocol unreachable errors, or parameter problem errors SHOULD cause
// the transport layer to inform the transport user of a failure in sending. Source quench
// and TTL exceeded ICMP errors SHOULD be ignored." RFC 1122 §3.2.2.1 calls an unreachable
// host or net a hint that may pass: it is no more here, as it ends one attempt, nothing
// else. "Packet too big" is the kernel's business, which sends in fragments from then on.
func errorOf(e *unix.SockExtendedErr) unix.Errno {
	const (
		unreachable, tooBig, problem = 3, 4, 12 // RFC 792; tooBig is a code of unreachable
		unreachable6, problem6       = 1, 4     // RFC 4443 §3
	)
	hard := false
	switch e.Origin {
	case unix.SO_EE_ORIGIN_ICMP:
		hard = e.Type == unreachable && e.Code != tooBig || e.Type == problem
	case unix.SO_EE_ORIGIN_ICMP6:
		hard = e.Type == unreachable6 || e.Type == problem6
	}
	if !hard {
		return 0
	}
	return unix.Errno(e.Errno)
}

// mayBeStale reports whether errno, of a system call on k, may be that of an ICMP error:
// the kernel hands the last one to the next call as well, whatever that is about.
func (k *udpSocket) mayBeStale(errno unix.Errno) bool {
	if k.udp.cfg.Unreachable == nil {
		return false
	}
	switch errno {
	case unix.ECONNREFUSED, unix.ENOPROTOOPT, unix.EPROTO, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EHOSTDOWN, unix.ENONET,
		unix.EACCES, unix.EMSGSIZE, unix.EOPNOTSUPP:
		return true
	}
	return false
}

// maxDoubts is how often in a row sending the same datagram has to fail before the error is
// believed to be its own. A failed call takes the stale error with it; only another ICMP
// error within the microsecond until the next brings one again.
const maxDoubts = 4

// doubtful reports whether k's first unsent datagram is to be tried once more, since it may
// not be to blame for errno.
func (k *udpSocket) doubtful(l *Loop, errno unix.Errno) bool {
	if !k.mayBeStale(errno) {
		k.doubts = 0
		return false
	}
	if k.doubts++; k.doubts < maxDoubts {
		return true
	}
	k.doubts = 0
	if errno != unix.ECONNREFUSED && errno != unix.EPROTO && errno != unix.ENOPROTOOPT {
		return false
	}
	k.block(l, unix.ENOBUFS) // sending never fails so by itself: let the flood pass
	return true
}

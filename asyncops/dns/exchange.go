package dns

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/loop"
)

// Ready is called by the loop: the server has answered, or is out of reach.
func (q *query) Ready(l *loop.Loop, w *loop.Watch, ev loop.Events) {
	switch {
	case w != q.watch: // of an attempt that has ended
	case q.tcp:
		q.readyTCP(l, w, ev)
	default:
		q.readyUDP(l, w)
	}
}

// maxReads is how many datagrams are read in one pass.
const maxReads = 8

func (q *query) readyUDP(l *loop.Loop, w *loop.Watch) {
	for range maxReads {
		n, err := unix.Read(w.FD(), q.s.inbox[:])
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return
		case err != nil: // such as port unreachable
			q.failed(l)
			return
		case q.take(l, q.s.inbox[:n]):
			return
		default:
			q.s.stats.Refused.Inc()
			if q.wrong++; q.wrong >= maxWrong {
				q.byTCP(l)
				return
			}
		}
	}
}

// byTCP leaves a port that somebody shoots at.
func (q *query) byTCP(l *loop.Loop) {
	if srv := q.server(); srv != nil {
		q.again(l, srv, true)
		return
	}
	q.next(l)
}

func (q *query) readyTCP(l *loop.Loop, w *loop.Watch, ev loop.Events) {
	for q.sent < len(q.msg) {
		n, err := unix.Write(w.FD(), q.msg[q.sent:])
		switch {
		case n > 0:
			q.sent += n
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return
		default: // also: no connection
			q.failed(l)
			return
		}
		if q.sent == len(q.msg) && w.Modify(l, loop.Readable) != nil {
			q.failed(l)
			return
		}
	}
	if ev&^loop.Writable != 0 {
		q.readTCP(l, w)
	}
}

// readTCP reads until the message is whole. The length before it bounds it.
func (q *query) readTCP(l *loop.Loop, w *loop.Watch) {
	for range maxReads {
		n, err := unix.Read(w.FD(), q.s.inbox[:])
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return
		case err != nil || n == 0:
			q.failed(l)
			return
		}
		q.in = append(q.in, q.s.inbox[:n]...)
		if len(q.in) < 2 {
			continue
		}
		size := int(binary.BigEndian.Uint16(q.in))
		if len(q.in)-2 < size {
			continue
		}
		if !q.take(l, q.in[2:2+size]) {
			q.s.stats.Refused.Inc()
			q.failed(l)
		}
		return
	}
}

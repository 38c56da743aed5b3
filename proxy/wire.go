package proxy

import (
	"math"
	"unsafe"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// A wire is what the proxy keeps for one entry of the transaction table, in a
// slab parallel to it: where to send, and what to send again. With the table's
// own entry it is all that is left of a finished transaction (the tombstone), so
// it has no pointers.
type wire struct {
	flow     transport.Flow
	bytes    keepRef // request until answered; then the response or ACK to repeat
	tx       uint32  // index of the live Transaction plus one; zero for a tombstone
	branch   uint16  // of a client transaction
	acks     bool    // bytes is the ACK to a 2xx, which answers copies of that
	upgraded bool    // sent by TCP for its size alone
	rewrites Rewrite // of the request whose 2xx is kept in bytes
	alone    bool    // client transaction whose responses end here: a CANCEL made here, a replica
	toTag    uint64  // hash of the To tag of the 2xx kept in bytes
}

// wires is the slab, in chunks as the table's: it grows with the table, and growing
// copies nothing.
type wires []*[wireChunk]wire

const wireChunk = 1 << 10

func (w *wires) at(index uint32) *wire {
	i := int(index / wireChunk)
	for i >= len(*w) {
		*w = append(*w, new([wireChunk]wire))
	}
	return &(*w)[i][index%wireChunk]
}

func (w wires) bytes() int { return len(w) * int(unsafe.Sizeof([wireChunk]wire{})) }

// wire returns the wire of id.
func (s *shard) wire(id tm.ID) *wire { return s.wires.at(id.Index()) }

// txOf returns the live Transaction that id belongs to; nil for a tombstone.
func (s *shard) txOf(id tm.ID) *Transaction {
	if n := s.wire(id).tx; n != 0 {
		return s.live[n-1]
	}
	return nil
}

// setBytes replaces what is kept for id.
func (s *shard) setBytes(id tm.ID, b []byte) {
	w := s.wire(id)
	s.keep.drop(w.bytes)
	w.bytes = 0
	if b != nil {
		w.bytes = s.keep.put(b)
	}
}

// ownLimits are those of what was sent from here: it has what was received, and more.
var ownLimits = sipparse.Limits{Message: math.MaxInt32, Headers: math.MaxUint16, Line: math.MaxInt32}

// readSent parses the request that is kept for a client transaction into scratch. False: a
// script has made something of it that nobody can read.
func (s *shard) readSent(id tm.ID) bool {
	return s.scratch.ParseLimited(s.keep.get(s.wire(id).bytes), &ownLimits) == sipparse.OK
}

// endWire forgets what was kept for a terminated entry.
func (s *shard) endWire(id tm.ID) {
	w := s.wire(id)
	s.keep.drop(w.bytes)
	*w = wire{}
}

// sendAgain sends what is kept for id, if anything.
func (s *shard) sendAgain(l *loop.Loop, id tm.ID) {
	w := s.wire(id)
	if b := s.keep.get(w.bytes); b != nil {
		s.send(l, &w.flow, b, uint64(id))
	}
}

// send copies b into a datagram of its own and queues it. Tag names the
// transaction entry to tell when sending fails.
func (s *shard) send(l *loop.Loop, f *transport.Flow, b []byte, tag uint64) {
	o := l.NewOut()
	o.Set(append(o.Buf()[:0], b...))
	s.sendOut(l, f, o, tag)
}

// sendOut queues o and gives it up.
func (s *shard) sendOut(l *loop.Loop, f *transport.Flow, o *loop.Out, tag uint64) {
	o.SetTag(tag)
	s.p.tr.Send(l, f, o)
	l.Free(o)
}

// effects does what a machine asked for, apart from delivering.
func (s *shard) effects(l *loop.Loop, id tm.ID, fx tm.Effects) {
	switch fx.Send {
	case tm.Request, tm.Response, tm.Ack:
		s.counters.Retransmissions.Inc()
		s.sendAgain(l, id)
	}
	if fx.Terminated {
		s.endWire(id)
		if cancel := s.tm.Cancel(id); cancel != 0 && s.tm.Live(cancel) {
			s.tm.Kill(cancel) // its response could not be found any more
			s.endWire(cancel)
		}
	}
}

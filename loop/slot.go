package loop

import (
	"math/bits"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/internal/invariants"
)

// A Slot is one received datagram, or message of a stream. Recv is lent it; what outlives Recv must
// Retain it.
type Slot struct {
	task   Task   // carries this slot, and those chained to it, to another loop; its Run is made when that is first so
	next   *Slot  // in a chain or the pool
	udp    *UDP   // of a datagram
	tcp    *TCP   // of a message of a stream
	data   []byte // the datagram: in buf, or in a buffer of its own
	at     int64
	from   Addr
	to     Addr
	stream StreamID
	note   uint16
	icmp   unix.Errno // not 0: an ICMP error about what was sent to from
	home   int32      // index of the loop it belongs to
	giver  int32      // index of the loop that handed it over
	state  slotState
	way    slotWay
	buf    [slotSize]byte // the first iovec. Behind all pointers: the collector does not look at it
}

// A slotState says whose a slot is.
type slotState uint8

const (
	pooled slotState = iota // nobody's: in the pool or waiting in the vector
	loaned                  // Recv's, while it runs
	held                    // the caller's who retained it
	moving                  // on its way to another loop
)

// A slotWay says why a chain of slots travels.
type slotWay uint8

const (
	handedOver slotWay = iota
	homebound
)

const slotSize = 2048

// Bytes returns the datagram. It stays where it is for as long as the slot is
// kept.
func (s *Slot) Bytes() []byte { return s.data }

// From returns where the datagram came from.
func (s *Slot) From() Addr { return s.from }

// To returns the local address that it came to, for wildcard sockets too.
func (s *Slot) To() Addr { return s.to }

// UDP returns the listener that received it; nil if it came by a stream.
func (s *Slot) UDP() *UDP { return s.udp }

// Stream returns the connection that it came by; zero for a datagram.
func (s *Slot) Stream() StreamID { return s.stream }

// Note returns what Stream.Deliver or SetNote was given; else 0.
func (s *Slot) Note() uint16 { return s.note }

// SetNote writes a number on s for the loop that it is handed over to.
func (s *Slot) SetNote(note uint16) { s.note = note }

// Home returns the index of the loop that read it.
func (s *Slot) Home() int { return int(s.home) }

// At returns when the kernel got it, in the time of Loop.Now: the difference is
// how long it waited.
func (s *Slot) At() int64 { return s.at }

// Retain, called while Recv runs, makes the slot the caller's until it is given to
// Loop.Release or Loop.HandOver. The bytes stay put.
func (s *Slot) Retain() {
	if s.state != loaned {
		panic("BUG: slot retained that is not lent")
	}
	s.state = held
}

// Release gives a retained slot back, on any loop.
func (l *Loop) Release(s *Slot) {
	if s.state != held {
		panic("BUG: slot released that is not held")
	}
	l.letGo(s)
	l.recycle(s)
}

// lend has the listener's owner look at s, and reports whether it is still ours
// afterwards. What was given away within Recv may be another loop's by then, so
// only l's own note tells. A panic costs this datagram.
func (l *Loop) lend(s *Slot) bool {
	s.state, l.onLoan = loaned, s
	l.callRecv(s)
	back := l.onLoan == s && s.state == loaned
	l.onLoan = nil
	return back
}

func (l *Loop) callRecv(s *Slot) {
	defer l.recovered("receiving")
	if s.tcp != nil {
		s.tcp.cfg.Recv(l, s)
		return
	}
	if s.icmp != 0 {
		s.udp.cfg.Unreachable(l, s, s.icmp)
		return
	}
	s.udp.cfg.Recv(l, s)
}

// letGo notes that s is no longer on loan.
func (l *Loop) letGo(s *Slot) {
	if l.onLoan == s {
		l.onLoan = nil
	}
}

// recycle returns s to its home.
func (l *Loop) recycle(s *Slot) {
	if s.home == int32(l.index) {
		l.slots.put(s)
		return
	}
	s.state, s.way = moving, homebound
	b := &l.homeward[s.home]
	b.add(s)
	l.shipping++
	if b.n == shipmentSize {
		l.sendHome(int(s.home))
	}
}

// A slotPool holds a loop's idle slots, and the bigger buffers for giants.
type slotPool struct {
	free   []*Slot
	made   int // slots that exist
	max    int
	giants [giantClasses][][]byte
}

// Giants, datagrams beyond a slot's own buffer, get one of the next power of two.
// A loop keeps up to 1 MiB of each size.
const (
	giantShift   = 12 // 4 KiB
	giantClasses = 5  // up to 64 KiB
	giantKeep    = 1 << 20
)

// newSlot returns an idle slot of l's.
func (l *Loop) newSlot() *Slot {
	p := &l.slots
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free[n-1], p.free = nil, p.free[:n-1]
		return s
	}
	p.made++
	return &Slot{home: int32(l.index)}
}

// put ends the life of s, which is at home.
func (p *slotPool) put(s *Slot) {
	p.clean(s)
	if len(p.free) < p.max {
		p.free = append(p.free, s)
	} else {
		p.made--
	}
}

// clean makes s fit for another datagram.
func (p *slotPool) clean(s *Slot) {
	if invariants.Enabled {
		poison(s.data)
	}
	if len(s.data) > slotSize {
		p.putGiant(s.data[:cap(s.data)])
	}
	s.state, s.udp, s.tcp, s.data = pooled, nil, nil, nil
	s.stream, s.note, s.icmp = StreamID{}, 0, 0
}

func (p *slotPool) giant(n int) []byte {
	c := giantClass(n)
	if k := len(p.giants[c]); k > 0 {
		b := p.giants[c][k-1]
		p.giants[c] = p.giants[c][:k-1]
		return b[:n]
	}
	return make([]byte, n, 1<<(giantShift+c))
}

func (p *slotPool) putGiant(b []byte) {
	c := giantClass(len(b))
	if len(p.giants[c]) < giantKeep>>(giantShift+c) {
		p.giants[c] = append(p.giants[c], b)
	}
}

// giantClass is the smallest class whose buffers have n bytes.
func giantClass(n int) int { return max(bits.Len(uint(n-1)), giantShift) - giantShift }

// poison makes a stale reader see garbage at once, not somebody's call later.
func poison(b []byte) {
	for i := range b {
		b[i] = 0xdb
	}
}

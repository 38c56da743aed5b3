package loop

import "github.com/fastsips/fastsips/internal/invariants"

// An Out is the buffer of one outgoing datagram. Whoever made it owns it, may send
// it again and again, and frees it. It belongs to its loop.
type Out struct {
	buf    []byte // the datagram
	tcp    *TCP
	err    error // why it did not leave
	task   Task  // its Run is made when it first goes to another loop
	tag    uint64
	to     Addr
	from   Addr
	queued bool // the loop still needs it
	freed  bool // its owner does not

	// Of what leaves by a stream, perhaps on another loop: see pass.go.
	homeward bool
	hops     uint8
	home     int32 // index of the loop it belongs to
	next     int32 // of the one it goes to
	giver    int32 // of the one it comes from
	stream   StreamID
	bound    bool // no connection is to be made for it

	small [outSize]byte // what buf is in to begin with. Behind all pointers: the collector does not look at it
}

const outSize = 2048

// An outPool holds a loop's idle Outs.
type outPool struct {
	free []*Out
	made int // Outs that exist
	max  int
}

// NewOut returns an empty Out, which the caller owns until it calls Free.
func (l *Loop) NewOut() *Out {
	p := &l.outs
	n := len(p.free)
	if n == 0 {
		p.made++
		o := &Out{home: int32(l.index)}
		o.buf = o.small[:0]
		return o
	}
	o := p.free[n-1]
	p.free[n-1], p.free = nil, p.free[:n-1]
	o.freed = false
	return o
}

// Free gives o up. It is reused once it has left.
func (l *Loop) Free(o *Out) {
	if o.freed {
		panic("BUG: datagram freed twice")
	}
	o.freed = true
	if !o.queued {
		l.outs.put(o)
	}
}

func (p *outPool) put(o *Out) {
	if invariants.Enabled {
		poison(o.buf)
	}
	o.buf, o.tag, o.tcp = o.small[:0], 0, nil // one giant must not be remembered for ever
	if len(p.free) < p.max {
		p.free = append(p.free, o)
	} else {
		p.made--
	}
}

// Buf returns the datagram; o.Set(append(o.Buf()[:0], ...)) writes one. It starts
// with room for 2 KiB and may grow.
func (o *Out) Buf() []byte { return o.buf }

// Set makes b, commonly grown from Buf, the datagram. That is a BUG while o is
// queued: what was promised to one would reach another.
func (o *Out) Set(b []byte) {
	if o.queued {
		panic("BUG: datagram changed while queued")
	}
	o.buf = b
}

// Queued reports whether o has been sent but has not left yet.
func (o *Out) Queued() bool { return o.queued }

// SetTag stores what the owner wants to know when sending fails.
func (o *Out) SetTag(tag uint64) { o.tag = tag }

// Tag returns what SetTag stored; 0 in a new Out.
func (o *Out) Tag() uint64 { return o.tag }

// To returns where o was last sent.
func (o *Out) To() Addr { return o.to }

// From returns the address that it was to be sent from; it may be unset.
func (o *Out) From() Addr { return o.from }

// Stream returns the connection that o was to be sent on, if one was named.
func (o *Out) Stream() StreamID { return o.stream }

// SetStream names the connection that o, which is in the loop's hands, is to be sent on.
func (o *Out) SetStream(id StreamID) { o.stream = id }

// Bind says that o may only leave by a connection that is there already.
func (o *Out) Bind(bound bool) { o.bound = bound }

// Bound reports whether no connection is to be made for o.
func (o *Out) Bound() bool { return o.bound }

// TCP returns the listener by which o was last sent; nil if that was a UDP one.
func (o *Out) TCP() *TCP { return o.tcp }

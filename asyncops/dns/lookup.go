package dns

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// maxName is the length of the longest name, with a final dot; RFC 1035 §2.3.4.
const maxName = 254

// A Lookup is the operation: name in, addresses out. After Completed, Addrs has
// at least one; Failed means that the name does not resolve.
type Lookup struct {
	r     *Resolver
	name  []byte // in lower case; empty: nothing that could be found
	addrs []loop.Addr
	done  asyncops.Completion
	host  *host // while it waits for it
	place asyncops.Place[Lookup]
	inUse bool
}

var _ asyncops.Op = (*Lookup)(nil)

// Lookup returns an operation from the loop's pool. Free it when its answer has
// been read.
func (r *Resolver) Lookup(l *loop.Loop) *Lookup {
	op := r.lookups.Get(l)
	op.r, op.inUse = r, true
	return op
}

// SetName says what to look up; name is copied. Case does not matter.
func (op *Lookup) SetName(name []byte) {
	op.name = op.name[:0]
	if len(name) > maxName {
		return
	}
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		op.name = append(op.name, c)
	}
}

// Addrs returns the answer, IPv4 first, without ports. It outlives the Lookup and
// must not be changed.
func (op *Lookup) Addrs() []loop.Addr { return op.addrs }

// Free gives op back. It must not be waiting.
func (op *Lookup) Free(l *loop.Loop) {
	if !op.inUse || op.host != nil {
		panic("BUG: look-up freed twice or while it waits")
	}
	op.name, op.addrs = op.name[:0], nil
	op.done, op.inUse = asyncops.Completion{}, false
	op.r.lookups.Put(l, op)
}

// Start answers from what is known, or waits for a worker's answer.
func (op *Lookup) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	op.done = c
	if len(op.name) == 0 {
		op.end(l, nil)
		return
	}
	h := op.r.find(l, op.name)
	switch {
	case h == nil:
		c.Done(l, asyncops.Overloaded)
	case h.asked:
		op.host = h
		h.waiting.Push(&op.place, op)
	default:
		op.end(l, h.addrs)
	}
}

// Cancel leaves the queue. The look-up goes on: its answer will be remembered.
func (op *Lookup) Cancel(*loop.Loop) {
	if op.host != nil {
		op.host.waiting.Remove(&op.place)
		op.host = nil
	}
}

func (op *Lookup) end(l *loop.Loop, addrs []loop.Addr) {
	op.host, op.addrs = nil, addrs
	out := asyncops.Completed
	if len(addrs) == 0 {
		out = asyncops.Failed
	}
	op.done.Done(l, out)
}

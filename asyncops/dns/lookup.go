package dns

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

var _ asyncops.Metered = (*Lookup)(nil)

// A Lookup is the operation: name in, addresses out. After Completed, Addrs has
// at least one; Failed means that the name does not resolve, or nobody says.
type Lookup struct {
	r     *Resolver
	name  []byte // canonical; empty: nothing that could be found
	hosts addresses
	addrs []loop.Addr
	done  asyncops.Completion
	inUse bool
	no4   bool // see Only
	no6   bool
}

// Lookup returns an operation from the loop's pool. Free it when its answer has
// been read.
func (r *Resolver) Lookup(l *loop.Loop) *Lookup {
	op := r.lookups.Get(l)
	op.r, op.inUse = r, true
	return op
}

// Backend is the resolver's.
func (op *Lookup) Backend() *asyncops.Backend { return op.r.backend }

// SetName says what to look up, a host name or an address; name is copied. Case does
// not matter.
func (op *Lookup) SetName(name []byte) {
	op.addrs = nil
	if a, ok := loop.ParseIP(name); ok {
		op.addrs = []loop.Addr{a}
	}
	op.name = setName(op.name, name)
}

// Only asks for IPv4 or for IPv6 addresses alone, where Lookup asks for both.
func (op *Lookup) Only(v6 bool) { op.no4, op.no6 = v6, !v6 }

// Addrs returns the answer, IPv4 first, without ports. It outlives the Lookup and
// must not be changed.
func (op *Lookup) Addrs() []loop.Addr { return op.addrs }

// Free gives op back. It must not be waiting.
func (op *Lookup) Free(l *loop.Loop) {
	if !op.inUse || op.hosts.waiting() {
		panic("BUG: look-up freed twice or while it waits")
	}
	op.hosts.forget()
	op.name, op.addrs, op.done, op.inUse = op.name[:0], nil, asyncops.Completion{}, false
	op.no4, op.no6 = false, false
	op.r.lookups.Put(l, op)
}

// Start answers from what is known, or asks.
func (op *Lookup) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	op.done = c
	switch {
	case op.addrs != nil: // a literal
		c.Done(l, asyncops.Completed)
	case len(op.name) == 0:
		c.Done(l, asyncops.Failed)
	default:
		op.end(l, op.hosts.begin(l, op.r.states.On(l), op, op.name, !op.no4, !op.no6))
	}
}

// answered goes on when an answer has come.
func (op *Lookup) answered(l *loop.Loop) { op.end(l, op.hosts.answered(l)) }

func (op *Lookup) end(l *loop.Loop, v verdict) {
	switch {
	case v == waits:
	case v == refused:
		op.done.Done(l, asyncops.Overloaded)
	default:
		op.addrs = op.hosts.all()
		if len(op.addrs) == 0 {
			op.done.Done(l, asyncops.Failed)
			return
		}
		op.done.Done(l, asyncops.Completed)
	}
}

// Cancel gives up. The questions go on: their answers will be remembered.
func (op *Lookup) Cancel(*loop.Loop) { op.hosts.leave() }

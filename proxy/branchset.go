package proxy

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// maxBranches is how many destinations one request may have, the R-URI included.
const maxBranches = 12

// A branchSet is the destinations of a message besides its R-URI. Their memory is used
// again by the next message.
type branchSet struct {
	list []Target // the first n count
	n    int
}

func (b *branchSet) clear() { b.n = 0 }

func (b *branchSet) full() bool { return b.n >= maxBranches-1 }

// add returns a new, empty destination; nil when the set is full.
func (b *branchSet) add() *Target {
	if b.full() {
		return nil
	}
	if b.n == len(b.list) {
		b.list = append(b.list, Target{})
	}
	t := &b.list[b.n]
	t.reset()
	b.n++
	return t
}

func (b *branchSet) remove(i int) {
	gone := b.list[i]
	copy(b.list[i:b.n], b.list[i+1:b.n])
	b.n--
	b.list[b.n] = gone
}

// set returns the branch set of the run in hand, nil where there is none. That of a
// request goes with it through suspensions. A reply route has one of its own, for
// t_inject_branches.
func (x *Context) set() *branchSet {
	switch x.why {
	case forRequest, forFailure, forNotify:
		return &x.Req.set
	case forReplyBranch, forReplyTx:
		if x.ownSet == nil {
			x.ownSet = x.shard.sets.get()
			x.ownSet.clear()
		}
		return x.ownSet
	}
	return nil
}

// BranchCount returns how many destinations there are besides the R-URI.
func (x *Context) BranchCount() int {
	if set := x.set(); set != nil {
		return set.n
	}
	return 0
}

// CanFork reports whether the run in hand has an R-URI that t_relay would take.
// In the route of a notification only t_inject_branches does.
func (x *Context) CanFork() bool {
	return x.why == forRequest || x.why == forFailure || x.why == forNotify
}

// Branch returns destination i, where 0 is the R-URI, or in a branch or reply route
// the branch in hand; nil if there is none.
func (x *Context) Branch(i int) *Target {
	switch {
	case i == 0:
		return x.Target
	case i < 0 || i > x.BranchCount():
		return nil
	}
	return &x.set().list[i-1]
}

// AddBranch adds a destination with uri, and with the companions of the R-URI if it is
// to inherit them; nil when the set is full, or there is none.
func (x *Context) AddBranch(uri []byte, inherit bool) *Target {
	set := x.set()
	if set == nil {
		return nil
	}
	t := set.add()
	if t == nil {
		return nil
	}
	if inherit {
		t.copyCompanions(x.Target)
	}
	t.SetURI(uri)
	return t
}

// PushBranch adds a copy of the R-URI with its companions, which the R-URI loses (the
// old append_branch()).
func (x *Context) PushBranch() *Target {
	if !x.CanFork() {
		return nil
	}
	t := x.AddBranch(x.Target.URI(x.Req.Msg.RequestURI()), true)
	if t != nil {
		x.Target.resetCompanions()
	}
	return t
}

// RemoveBranch takes destination i out, from 1; those behind it move up.
func (x *Context) RemoveBranch(i int) bool {
	if i < 1 || i > x.BranchCount() {
		return false
	}
	x.set().remove(i - 1)
	return true
}

// MoveBranch makes destination to what from is, and takes from out unless it is to be
// kept. The R-URI cannot be taken out.
func (x *Context) MoveBranch(from, to int, keep bool) bool {
	src, dst := x.Branch(from), x.Branch(to)
	if src == nil || dst == nil || !x.CanFork() {
		return false
	}
	if src == dst {
		return true
	}
	uri := src.URI(x.Req.Msg.RequestURI())
	dst.SetURI(uri)
	dst.copyCompanions(src)
	if !keep && from > 0 {
		x.RemoveBranch(from)
	}
	return true
}

// SwapBranches exchanges two destinations.
func (x *Context) SwapBranches(i, j int) bool {
	a, b := x.Branch(i), x.Branch(j)
	if a == nil || b == nil || !x.CanFork() {
		return false
	}
	received := x.Req.Msg.RequestURI()
	for _, t := range [...]*Target{a, b} {
		if !t.hasURI {
			t.SetURI(received)
		}
	}
	*a, *b = *b, *a
	return true
}

// ListenerNamed returns the listener that [proto:]host[:port] names, or the bond of
// bond:name; nil if there is none.
func (p *Proxy) ListenerNamed(name []byte) *transport.Listener {
	if bond, ok := bytes.CutPrefix(name, bondPrefix); ok {
		return p.tr.Bond(bond)
	}
	hostport := name
	before, rest, found := bytes.Cut(name, []byte{':'})
	proto, known := transport.ProtoOf(before)
	if known = known && found; known {
		hostport = rest
	}
	var text [128]byte
	uri := append(append(text[:0], "sip:"...), hostport...)
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return nil
	}
	for _, ls := range p.tr.Listeners() {
		if (!known || ls.Proto() == proto) && ls.Is(u.Host.Of(uri), int(u.Port)) {
			return ls
		}
	}
	return nil
}

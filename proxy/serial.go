package proxy

import (
	"encoding/binary"
	"slices"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/transport"
)

// Serial forking: serialize_branches() puts the R-URI and the branch set on a stack of
// AVPs, the most preferred on top, and next_branches() takes the group of those with
// one q off again. As AVPs they go with the transaction, so that a failure route finds
// what is left.

// SerializeBranches moves the R-URI and the branch set onto the stack id, sorted by q.
// With keepOrder they stay in the order of the set, each a group of its own. Nothing
// happens where all have the same q: those are for parallel forking. Clear empties the
// stack first.
func (x *Context) SerializeBranches(id int32, clear, keepOrder bool) bool {
	if !x.CanFork() {
		return false
	}
	avps := x.run.AVPs()
	if clear {
		avps.DeleteAll(id)
	}
	var order [maxBranches]int
	n := x.BranchCount() + 1
	if !keepOrder && x.oneQ(n) {
		return true
	}
	for i := range n {
		order[i] = i
	}
	if !keepOrder { // the sort is stable: those of one q stay in order
		slices.SortStableFunc(order[:n], func(i, j int) int { return int(x.Branch(j).q) - int(x.Branch(i).q) })
	}
	for k := n - 1; k >= 0; k-- {
		t := x.Branch(order[k])
		last := k == n-1 || keepOrder || x.Branch(order[k+1]).q != t.q
		x.shard.lines = appendTarget(x.shard.lines[:0], t, x.Req.Msg.RequestURI(), last)
		avps.Push(id, script.StrValue(x.shard.lines))
	}
	x.Req.set.clear()
	return true
}

// oneQ reports whether the first n branches have the same q.
func (x *Context) oneQ(n int) bool {
	for i := 1; i < n; i++ {
		if x.Branch(i).q != x.Target.q {
			return false
		}
	}
	return true
}

// NextBranches takes the next group off the stack id: its first one becomes the R-URI,
// the others the branch set. It returns how many there were, and whether more are left.
func (x *Context) NextBranches(id int32) (n int, more bool) {
	if !x.CanFork() {
		return 0, false
	}
	avps := x.run.AVPs()
	for last := false; !last; {
		v := avps.Get(id, 0)
		if v.Kind != script.StrKind || n > 0 && x.Req.set.full() {
			break
		}
		avps.Delete(id, 0) // its text stays
		r := targetReader{b: v.Str, tr: x.p.tr}
		if last = r.target(&x.shard.spare); r.failed {
			last = false
			continue // not what SerializeBranches wrote
		}
		t := x.Target
		if n > 0 {
			t = x.Req.set.add()
		}
		t.copyFrom(&x.shard.spare)
		n++
	}
	return n, avps.Get(id, 0).Kind == script.StrKind
}

// noSocket stands for no forced listener.
const noSocket = 0xffff

// appendTarget writes t for readFrom. Last marks the last of its group.
func appendTarget(dst []byte, t *Target, received []byte, last bool) []byte {
	sock := uint16(noSocket)
	if t.sock != nil {
		sock = t.sock.Index()
	}
	mark := byte(0)
	if last {
		mark = 1
	}
	le := binary.LittleEndian
	dst = append(dst, mark)
	dst = le.AppendUint16(dst, uint16(t.q))
	dst = le.AppendUint32(dst, t.flags)
	dst = le.AppendUint16(dst, sock)
	for _, b := range [...][]byte{t.URI(received), t.dst, t.path} {
		dst = append(le.AppendUint16(dst, uint16(len(b))), b...)
	}
	return t.Attrs.appendTo(dst)
}

// A targetReader reads what appendTarget wrote; what a script wrote in its place makes
// it fail.
type targetReader struct {
	b      []byte
	tr     *transport.Transport
	failed bool
}

func (r *targetReader) target(t *Target) (last bool) {
	last = r.take(1)[0] == 1
	t.q = int16(r.uint16())
	t.flags = binary.LittleEndian.Uint32(r.take(4))
	t.sock = nil
	if i := r.uint16(); i != noSocket && r.tr != nil {
		t.sock = r.tr.Socket(i)
	}
	t.SetURI(r.text())
	t.SetDst(r.text())
	t.SetPath(r.text())
	t.Attrs.readFrom(r)
	return last
}

func (r *targetReader) text() []byte { return r.take(int(r.uint16())) }

func (r *targetReader) uint16() uint16 { return binary.LittleEndian.Uint16(r.take(2)) }

// take returns the next n bytes, zeros behind the end.
func (r *targetReader) take(n int) []byte {
	if n > len(r.b) {
		r.failed, r.b = true, nil
		return noBytes[:n]
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

var noBytes [1 << 16]byte

// Package memory is a key-value table that all loops share without locks.
//
// It is a tree: the first bits of a key's hash choose a slot of the root, and further
// bits, four at a time, a slot below wherever entries are many. What hangs in a slot is a
// leaf of up to eight entries that never changes; whoever changes anything puts a new
// leaf in its place by compare-and-swap, and begins anew if somebody was faster. So the
// table grows a leaf at a time, and no reader ever waits. A value that is a number is one
// atomic, which is added to in place.
//
// Operations on a key happen one after the other, each at one moment between its call and
// its return. The table reads no clock: its callers do, in nanoseconds. It refuses to use
// more memory than its [Budget] has.
package memory

import (
	"hash/maphash"
	"sync/atomic"
)

// Bits of a hash that choose a slot below the root's, and those that mark entries in a
// leaf and choose nothing.
const (
	branchBits = 4
	tagBits    = 16
)

// MaxBits bounds the size of a root.
const MaxBits = 24

// A Table maps keys to values.
type Table struct {
	seed   maphash.Seed
	shift  uint // of a hash, to the root's slot
	root   []slot
	budget *Budget
}

// New returns an empty table whose root has 2^bits slots.
func New(bits uint, b *Budget) *Table {
	return &Table{seed: maphash.MakeSeed(), shift: 64 - bits, root: make([]slot, 1<<bits), budget: b}
}

// A slot is where a node hangs; nil is an empty leaf.
type slot = atomic.Pointer[node]

// A node is a leaf or, with a branch, a fork.
type node struct {
	branch  *branch
	n       int
	tags    [leafSize]uint16
	entries [leafSize]*entry
}

type branch [1 << branchBits]slot

const leafSize = 8

// An entry is one key with its value. Apart from the number it never changes.
type entry struct {
	expires int64        // 0: never
	number  atomic.Int64 // the value, if it is numeric
	numeric bool
	key     int    // bytes of text that are the key
	text    []byte // the key and, unless it is numeric, the value
}

func (e *entry) live(now int64) bool { return e.expires == 0 || now < e.expires }

func (e *entry) value() []byte { return e.text[e.key:] }

// A place is a slot with the leaf that was seen in it, and how far down it is.
type place struct {
	at    *slot
	leaf  *node // nil: empty
	shift uint  // bits of a hash that have not been used
}

// find goes down to where keys with that hash are.
func (t *Table) find(hash uint64) place {
	p := place{at: &t.root[hash>>t.shift], shift: t.shift}
	for {
		p.leaf = p.at.Load()
		if p.leaf == nil || p.leaf.branch == nil {
			return p
		}
		p.shift -= branchBits
		p.at = &p.leaf.branch[hash>>p.shift&(1<<branchBits-1)]
	}
}

// index returns which entry of the leaf is key's, -1 if none is.
func (n *node) index(hash uint64, key []byte) int {
	if n == nil {
		return -1
	}
	tag := uint16(hash)
	for i := range n.n {
		if n.tags[i] != tag {
			continue
		}
		if e := n.entries[i]; string(e.text[:e.key]) == string(key) {
			return i
		}
	}
	return -1
}

// look returns the entry of key that is live, or nil.
func (t *Table) look(now int64, key []byte) *entry {
	hash := maphash.Bytes(t.seed, key)
	leaf := t.find(hash).leaf
	if i := leaf.index(hash, key); i >= 0 && leaf.entries[i].live(now) {
		return leaf.entries[i]
	}
	return nil
}

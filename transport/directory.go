package transport

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"

	"github.com/fastsips/fastsips/loop"
)

// A peerKey is whom a connection leads to, and by which of our listeners.
type peerKey struct {
	remote   loop.Addr
	listener uint16
}

// A directory says which connection leads to a peer: one for all loops, so that a
// peer sees one connection and not one for each loop. Nobody waits in it: what a link
// says never changes, and a change replaces the links in front of it.
type directory struct {
	seed    maphash.Seed
	buckets []atomic.Pointer[link]
}

type link struct {
	key  peerKey
	conn loop.StreamID
	next *link
}

// newDirectory has room for n connections, and gets slower beyond.
func newDirectory(n int) *directory {
	size := 1 << bits.Len(uint(max(n, 512)))
	return &directory{seed: maphash.MakeSeed(), buckets: make([]atomic.Pointer[link], size)}
}

func (d *directory) hash(k peerKey) uint64 { return maphash.Comparable(d.seed, k) }

func (d *directory) bucket(k peerKey) *atomic.Pointer[link] {
	return &d.buckets[d.hash(k)&uint64(len(d.buckets)-1)]
}

// find returns the connection to k, zero if none is known.
func (d *directory) find(k peerKey) loop.StreamID {
	for n := d.bucket(k).Load(); n != nil; n = n.next {
		if n.key == k {
			return n.conn
		}
	}
	return loop.StreamID{}
}

// claim makes id the connection to k, unless there is one: true if it is id's now.
func (d *directory) claim(k peerKey, id loop.StreamID) bool {
	b := d.bucket(k)
	for {
		old := b.Load()
		if known := d.find(k); !known.IsZero() {
			return known == id
		}
		if b.CompareAndSwap(old, &link{k, id, old}) {
			return true
		}
	}
}

// put makes id the connection to k: the newest counts.
func (d *directory) put(k peerKey, id loop.StreamID) {
	b := d.bucket(k)
	for {
		old := b.Load()
		if b.CompareAndSwap(old, &link{k, id, old.without(k)}) {
			return
		}
	}
}

// drop forgets k if id is still the connection to it.
func (d *directory) drop(k peerKey, id loop.StreamID) {
	b := d.bucket(k)
	for {
		old := b.Load()
		if d.find(k) != id || b.CompareAndSwap(old, old.without(k)) {
			return
		}
	}
}

// without returns the chain without k; n itself if k is not in it.
func (n *link) without(k peerKey) *link {
	if n == nil {
		return nil
	}
	if n.key == k {
		return n.next
	}
	rest := n.next.without(k)
	if rest == n.next {
		return n
	}
	return &link{n.key, n.conn, rest}
}

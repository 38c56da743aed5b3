package memory

import "hash/maphash"

// put hangs e into the place that was found for it, in the stead of the entry with its
// key if there is one. Done is false if somebody else has changed the place.
func (t *Table) put(now int64, p place, hash uint64, e *entry) (r Result, done bool) {
	key := e.text[:e.key]
	next := p.leaf.with(p.leaf.index(hash, key), e, hash)
	if next == nil { // the leaf is full
		return t.makeRoom(now, p)
	}
	more := next.size() - p.leaf.size()
	if !t.budget.take(more) {
		return Full, true
	}
	if !p.at.CompareAndSwap(p.leaf, next) {
		t.budget.take(-more)
		return OK, false
	}
	t.budget.count(int64(next.n - p.leaf.count()))
	return OK, true
}

// with returns a leaf with e as entry i, or added if i is -1; nil: there is no room.
func (n *node) with(i int, e *entry, hash uint64) *node {
	if i < 0 {
		i = n.count()
	}
	if i == leafSize {
		return nil
	}
	next := new(node)
	if n != nil {
		*next = *n
	}
	next.n = max(next.n, i+1)
	next.entries[i], next.tags[i] = e, uint16(hash)
	return next
}

// makeRoom takes out of a full leaf what is over, or makes a fork of it. The caller looks
// for its place again.
func (t *Table) makeRoom(now int64, p place) (r Result, done bool) {
	if pruned := p.leaf.keep(func(e *entry) bool { return e.live(now) }); pruned.count() < leafSize {
		t.swap(p, pruned)
		return OK, false
	}
	if p.shift < tagBits+branchBits || !t.budget.take(forkBytes) {
		return Full, true
	}
	if !p.at.CompareAndSwap(p.leaf, t.fork(p)) {
		t.budget.take(-forkBytes)
	}
	return OK, false
}

// fork spreads a leaf over the slots of a branch.
func (t *Table) fork(p place) *node {
	b := new(branch)
	for i, e := range p.leaf.entries {
		hash := maphash.Bytes(t.seed, e.text[:e.key])
		at := &b[hash>>(p.shift-branchBits)&(1<<branchBits-1)]
		leaf := at.Load()
		if leaf == nil {
			leaf = new(node)
			at.Store(leaf)
		}
		leaf.entries[leaf.n], leaf.tags[leaf.n] = e, p.leaf.tags[i]
		leaf.n++
	}
	return &node{branch: b}
}

// keep returns a leaf with the entries that are to stay: n itself if all are, nil if none.
func (n *node) keep(stays func(*entry) bool) *node {
	var next node
	for i := range n.count() {
		if e := n.entries[i]; stays(e) {
			next.entries[next.n], next.tags[next.n] = e, n.tags[i]
			next.n++
		}
	}
	switch {
	case next.n == n.count():
		return n
	case next.n == 0:
		return nil
	}
	kept := next
	return &kept
}

// swap puts a leaf with fewer entries into p; false: somebody was faster.
func (t *Table) swap(p place, next *node) bool {
	if !p.at.CompareAndSwap(p.leaf, next) {
		return false
	}
	t.budget.take(next.size() - p.leaf.size())
	t.budget.count(int64(next.count() - p.leaf.count()))
	return true
}

func (n *node) count() int {
	if n == nil {
		return 0
	}
	return n.n
}

// size is the bytes of all entries.
func (n *node) size() (sum int64) {
	for i := range n.count() {
		sum += n.entries[i].size()
	}
	return sum
}

package nonce

// Once is the count of a use without qop: there can be no other.
const Once = 1<<32 - 1

// Used reports whether a nonce was used already, by its client's count (nc) or a greater
// one, or has been forgotten.
func (m *Maker) Used(n *Nonce, count uint32) bool {
	if m.used == nil {
		return false
	}
	slot, age := n.slot()
	return !later(m.used[slot].Load(), age, count)
}

// Use notes that a nonce was used, of all loops by one alone: the others, and all who come
// with a count that is not greater, get false (RFC 7616 §3.4: the server sees a replay by a
// count that it has seen before).
func (m *Maker) Use(n *Nonce, count uint32) bool {
	if m.used == nil {
		return true
	}
	slot, age := n.slot()
	for {
		was := m.used[slot].Load()
		if !later(was, age, count) {
			return false
		}
		if m.used[slot].CompareAndSwap(was, uint64(age)<<32|uint64(count)) {
			return true
		}
	}
}

// slot is the nonce's word of the table, which it shares with those that came a multiple
// of slots earlier and later, and how many times the table had been filled before it.
func (n *Nonce) slot() (slot, age uint32) {
	return uint32(n.number % slots), uint32(n.number / slots)
}

// later reports whether a use comes after the last one that a word tells of: that of an
// older nonce, or of the same one by a smaller count. A client counts from 1 on.
func later(word uint64, age, count uint32) bool {
	was, last := uint32(word>>32), uint32(word)
	return count > 0 && (age > was || age == was && count > last)
}

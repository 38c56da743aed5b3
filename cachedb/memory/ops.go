package memory

import (
	"hash/maphash"
	"math"
	"strconv"
)

// A Result says what came of an operation.
type Result uint8

// The results.
const (
	OK        Result = iota
	NotFound         // there is no such key, or its time is over
	NotNumber        // its value is no number, or the sum does not fit
	Full             // the budget is used up; nothing was changed
)

// Fetch returns the value of key. A number is written into scratch; any other value is
// the table's own memory, which does not change.
func (t *Table) Fetch(now int64, key, scratch []byte) ([]byte, Result) {
	e := t.look(now, key)
	switch {
	case e == nil:
		return nil, NotFound
	case e.numeric:
		return strconv.AppendInt(scratch[:0], e.number.Load(), 10), OK
	}
	return e.value(), OK
}

// Number returns the value of key as a number.
func (t *Table) Number(now int64, key []byte) (int64, Result) {
	e := t.look(now, key)
	if e == nil {
		return 0, NotFound
	}
	if e.numeric {
		return e.number.Load(), OK
	}
	n, err := strconv.ParseInt(string(e.value()), 10, 64)
	if err != nil {
		return 0, NotNumber
	}
	return n, OK
}

// Store sets key's value until expires; 0: for ever.
func (t *Table) Store(now int64, key, value []byte, expires int64) Result {
	e, hash := newEntry(key, value, expires), maphash.Bytes(t.seed, key)
	for {
		if r, done := t.put(now, t.find(hash), hash, e); done {
			return r
		}
	}
}

// newEntry keeps a number, if it is written as we would write it, as one.
func newEntry(key, value []byte, expires int64) *entry {
	if n, ok := canonical(value); ok {
		return newNumber(key, n, expires)
	}
	text := make([]byte, len(key)+len(value))
	copy(text[copy(text, key):], value)
	return &entry{expires: expires, key: len(key), text: text}
}

func newNumber(key []byte, n, expires int64) *entry {
	e := &entry{expires: expires, numeric: true, key: len(key), text: append([]byte(nil), key...)}
	e.number.Store(n)
	return e
}

// canonical parses a decimal number that has no other spelling than b.
func canonical(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 20 || b[0] != '-' && (b[0] < '0' || b[0] > '9') {
		return 0, false
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, false
	}
	var digits [20]byte
	return n, string(strconv.AppendInt(digits[:0], n, 10)) == string(b)
}

// Add adds by to key's number and returns the sum. A key that is not there begins as 0,
// and is kept until expires.
func (t *Table) Add(now int64, key []byte, by, expires int64) (int64, Result) {
	hash := maphash.Bytes(t.seed, key)
	for {
		p := t.find(hash)
		i := p.leaf.index(hash, key)
		if i < 0 || !p.leaf.entries[i].live(now) {
			if r, done := t.put(now, p, hash, newNumber(key, by, expires)); done {
				return by, r
			}
			continue
		}
		old := p.leaf.entries[i]
		if old.numeric {
			return old.add(by)
		}
		n, err := strconv.ParseInt(string(old.value()), 10, 64)
		if err != nil || overflows(n, by) {
			return 0, NotNumber
		}
		if r, done := t.put(now, p, hash, newNumber(key, n+by, old.expires)); done {
			return n + by, r
		}
	}
}

// add is safe although the entry may have been replaced meanwhile: whoever has found it
// began before that, so the sum may have been made before that as well.
func (e *entry) add(by int64) (int64, Result) {
	for {
		n := e.number.Load()
		if overflows(n, by) {
			return 0, NotNumber
		}
		if e.number.CompareAndSwap(n, n+by) {
			return n + by, OK
		}
	}
}

func overflows(a, b int64) bool {
	return b > 0 && a > math.MaxInt64-b || b < 0 && a < math.MinInt64-b
}

// Remove forgets key, and reports whether it was there.
func (t *Table) Remove(now int64, key []byte) bool {
	hash := maphash.Bytes(t.seed, key)
	for {
		p := t.find(hash)
		i := p.leaf.index(hash, key)
		if i < 0 {
			return false
		}
		e := p.leaf.entries[i]
		if t.swap(p, p.leaf.keep(func(x *entry) bool { return x != e })) {
			return e.live(now)
		}
	}
}

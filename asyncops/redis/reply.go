package redis

import (
	"iter"
	"strconv"
)

// A Kind is what a value of a reply is.
type Kind uint8

// The kinds. What RESP3 tells apart and nobody here needs apart is one kind.
const (
	Null   Kind = iota
	Status      // +OK
	Error       // -ERR …, also a blob error
	Int         // also a boolean
	String      // bulk, verbatim; also a double and a big number, as the server wrote them
	Array       // also a set
	Map         // its elements are keys and values in turn
)

// A Reply is what the server answered: a tree of values, flat in two slices, so that a
// reply that was used before takes the next one without garbage.
type Reply struct {
	items []item
	data  []byte
	room  int  // bytes that it may still hold
	over  bool // it had more than it may hold; the rest is missing
}

// An item is a value. Elements of an aggregate come behind it.
type item struct {
	n    int64  // number; of a string its length, of an aggregate the number of its elements
	off  uint32 // of a string
	next uint32 // the item behind this one and all its elements
	kind Kind
}

const itemSize = 24

// reset makes r ready for a reply of at most room bytes.
func (r *Reply) reset(room int) {
	r.items, r.data, r.room, r.over = r.items[:0], r.data[:0], room, false
}

// add appends a value and returns its index; ok is false if there is no room for it
// and its n bytes.
func (r *Reply) add(k Kind, n int64, bytes int) (i int, ok bool) {
	if r.room -= itemSize + bytes; r.room < 0 {
		r.over = true
		return 0, false
	}
	i = len(r.items)
	r.items = append(r.items, item{kind: k, n: n, off: uint32(len(r.data)), next: uint32(i + 1)})
	return i, true
}

// Value returns the whole of r; Null for one that is empty.
func (r *Reply) Value() Value { return Value{r, 0} }

// A Value is one value of a Reply, as long as that lives.
type Value struct {
	r *Reply
	i uint32
}

func (v Value) item() item {
	if v.r == nil || int(v.i) >= len(v.r.items) {
		return item{}
	}
	return v.r.items[v.i]
}

// Kind says what v is.
func (v Value) Kind() Kind { return v.item().kind }

// Len returns the number of v's elements; of a Map twice that of its keys.
func (v Value) Len() int {
	if n := v.item(); n.kind >= Array {
		return int(n.n)
	}
	return 0
}

// Bytes returns the text of a String, a Status or an Error.
func (v Value) Bytes() []byte {
	if n := v.item(); n.kind == String || n.kind == Status || n.kind == Error {
		end := int(n.off) + int(n.n)
		return v.r.data[n.off:end:end]
	}
	return nil
}

// Int returns a number: an Int, or a String that is one in decimal.
func (v Value) Int() (n int64, ok bool) {
	switch v.Kind() {
	case Int:
		return v.item().n, true
	case String:
		return parseInt(v.Bytes())
	}
	return 0, false
}

// All yields the elements of an Array or a Map.
func (v Value) All() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		n := v.item()
		if n.kind < Array {
			return
		}
		for i := v.i + 1; i < n.next; i = v.r.items[i].next {
			if !yield(Value{v.r, i}) {
				return
			}
		}
	}
}

// At returns element i, Null beyond the last. It takes i steps.
func (v Value) At(i int) Value {
	for e := range v.All() {
		if i == 0 {
			return e
		}
		i--
	}
	return Value{}
}

// AppendText appends v as text: of an aggregate nothing.
func (v Value) AppendText(b []byte) []byte {
	if n := v.item(); n.kind == Int {
		return strconv.AppendInt(b, n.n, 10)
	}
	return append(b, v.Bytes()...)
}

// parseInt reads a decimal number that fits 64 bits.
func parseInt(b []byte) (n int64, ok bool) {
	digits := b
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	var u uint64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		u = 10*u + uint64(c-'0') // 19 digits fit
	}
	switch {
	case negative && u <= 1<<63:
		return -int64(u), true
	case !negative && u < 1<<63:
		return int64(u), true
	}
	return 0, false
}

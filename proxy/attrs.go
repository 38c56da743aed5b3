package proxy

import (
	"encoding/binary"

	"github.com/fastsips/fastsips/script"
)

// Attrs are the attributes of a branch: names with one value each, an integer or a
// string ($msg.branch.attr, $tm.branch.attr). Branches have a handful, so looking
// goes through all.
type Attrs struct {
	list []attr
	text []byte // names and strings; those that were replaced stay until reset
}

type attr struct {
	name, str span
	kind      script.Kind
	n         int32
}

type span struct{ off, end uint32 }

// maxAttrText bounds what one branch's attributes may take, dead text included.
const maxAttrText = 16 << 10

func (a *Attrs) reset() { a.list, a.text = a.list[:0], a.text[:0] }

func (a *Attrs) copyFrom(o *Attrs) {
	a.list, a.text = append(a.list[:0], o.list...), append(a.text[:0], o.text...)
}

func (a *Attrs) find(name []byte) int {
	for i := range a.list {
		if s := a.list[i].name; string(a.text[s.off:s.end]) == string(name) {
			return i
		}
	}
	return -1
}

// Get returns the value of name; a string of it is valid until the next Set.
func (a *Attrs) Get(name []byte) script.Value {
	i := a.find(name)
	if i < 0 {
		return script.Null
	}
	return a.value(i)
}

func (a *Attrs) value(i int) script.Value {
	e := &a.list[i]
	if e.kind == script.StrKind {
		return script.StrValue(a.text[e.str.off:e.str.end])
	}
	return script.IntValue(e.n)
}

// Set gives name a value, Null takes it away. False: too much text.
func (a *Attrs) Set(name []byte, v script.Value) bool {
	i := a.find(name)
	if v.Kind == script.NullKind {
		if i >= 0 {
			a.list = append(a.list[:i], a.list[i+1:]...)
		}
		return true
	}
	if len(a.text)+len(name)+len(v.Str) > maxAttrText {
		return false
	}
	if i < 0 {
		a.list = append(a.list, attr{name: a.store(name)})
		i = len(a.list) - 1
	}
	e := &a.list[i]
	e.kind, e.n = v.Kind, v.Int
	if v.Kind == script.StrKind {
		e.str = a.store(v.Str)
	}
	return true
}

func (a *Attrs) store(b []byte) span {
	off := uint32(len(a.text))
	a.text = append(a.text, b...)
	return span{off, uint32(len(a.text))}
}

// appendTo writes all attributes for readFrom.
func (a *Attrs) appendTo(dst []byte) []byte {
	le := binary.LittleEndian
	dst = le.AppendUint16(dst, uint16(len(a.list)))
	for i := range a.list {
		e := &a.list[i]
		dst = le.AppendUint16(dst, uint16(e.name.end-e.name.off))
		dst = append(dst, a.text[e.name.off:e.name.end]...)
		v := a.value(i)
		dst = le.AppendUint32(append(dst, byte(v.Kind)), uint32(v.Int))
		dst = append(le.AppendUint16(dst, uint16(len(v.Str))), v.Str...)
	}
	return dst
}

func (a *Attrs) readFrom(r *targetReader) {
	a.reset()
	for n := r.uint16(); n > 0 && !r.failed; n-- {
		name := r.text()
		v := script.Value{Kind: script.Kind(r.take(1)[0])}
		v.Int = int32(binary.LittleEndian.Uint32(r.take(4)))
		v.Str = r.text()
		a.Set(name, v)
	}
}

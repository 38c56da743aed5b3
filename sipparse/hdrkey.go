package sipparse

import (
	"encoding/binary"
	"math/bits"
)

// HdrTypeOf returns the type of the header of that name, long or compact, in any case.
func HdrTypeOf(name []byte) HdrType {
	k, ok := keyOf(name)
	if !ok {
		return HdrOther
	}
	return k.lookup()
}

const maxHdrName = 32 // of the names known here

// A hdrKey is a name of up to 32 bytes in lower case, zero padded. Comparing
// four words is all it takes to recognise a header.
type hdrKey struct{ a, b, c, d uint64 }

func keyOf(name []byte) (k hdrKey, ok bool) {
	var text [maxHdrName]byte
	if len(name) == 0 || len(name) > len(text) || name[len(name)-1] == 0 {
		return k, false // a NUL at the end would pass for padding
	}
	copy(text[:], name)
	k.a = foldWord(binary.LittleEndian.Uint64(text[:]))
	k.b = foldWord(binary.LittleEndian.Uint64(text[8:]))
	k.c = foldWord(binary.LittleEndian.Uint64(text[16:]))
	k.d = foldWord(binary.LittleEndian.Uint64(text[24:]))
	return k, true
}

// foldWord puts eight letters into lower case. It moves bytes that are no
// letters too, but none onto a letter, a digit or "-", of which names consist.
func foldWord(w uint64) uint64 { return w | w&(0x40*ones)>>1 }

const (
	hdrSlots = 1024
	hdrMul   = 0x74852cbc7f77a99 // chosen so that no two names share a slot
)

// hdrKeys holds all names in both forms, and hdrSlot where in it the name of a
// slot is; its first entry is no name. They are written once, here.
var hdrKeys, hdrSlot = func() (keys [256]struct {
	key hdrKey
	typ HdrType
}, slot [hdrSlots]uint8) {
	n := 0
	add := func(name string, t HdrType) {
		k, ok := keyOf([]byte(name))
		if n++; !ok || slot[k.slot()] != 0 {
			panic("BUG: header name too long, or in the slot of another: " + name)
		}
		keys[n].key, keys[n].typ = k, t
		slot[k.slot()] = uint8(n)
	}
	for t := HdrOther + 1; t < numHdrTypes; t++ {
		add(t.String(), t)
		if c := t.Compact(); c != 0 {
			add(string(c), t)
		}
	}
	return keys, slot
}()

func (k *hdrKey) slot() uint64 {
	h := k.a ^ bits.RotateLeft64(k.b, 23) ^ bits.RotateLeft64(k.c, 41) ^ bits.RotateLeft64(k.d, 11)
	return h * hdrMul >> (64 - 10)
}

func (k *hdrKey) lookup() HdrType {
	if e := &hdrKeys[hdrSlot[k.slot()]]; e.key == *k {
		return e.typ
	}
	return HdrOther
}

package tm

import "math/bits"

// sipKey keys SipHash-2-4 (Aumasson and Bernstein, 2012), which unlike maphash
// is made so that seeing many values does not help to guess another. Its values
// are all that a peer sees of a Seed.
type sipKey struct{ k0, k1 uint64 }

// hash is SipHash-2-4 of words, little end first.
func (k sipKey) hash(words ...uint64) uint64 {
	s := sipState{
		k.k0 ^ 0x736f6d6570736575,
		k.k1 ^ 0x646f72616e646f6d,
		k.k0 ^ 0x6c7967656e657261,
		k.k1 ^ 0x7465646279746573,
	}
	for _, w := range words {
		s = s.block(w)
	}
	s = s.block(uint64(len(words)) * 8 << 56) // the length ends the message
	s.v2 ^= 0xff
	s = s.round().round().round().round()
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3
}

// sipState goes by value: so it stays in registers.
type sipState struct{ v0, v1, v2, v3 uint64 }

func (s sipState) block(w uint64) sipState {
	s.v3 ^= w
	s = s.round().round()
	s.v0 ^= w
	return s
}

func (s sipState) round() sipState {
	s.v0 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 13) ^ s.v0
	s.v0 = bits.RotateLeft64(s.v0, 32)
	s.v2 += s.v3
	s.v3 = bits.RotateLeft64(s.v3, 16) ^ s.v2
	s.v0 += s.v3
	s.v3 = bits.RotateLeft64(s.v3, 21) ^ s.v0
	s.v2 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 17) ^ s.v2
	s.v2 = bits.RotateLeft64(s.v2, 32)
	return s
}

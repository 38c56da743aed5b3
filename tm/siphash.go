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
		s.block(w)
	}
	s.block(uint64(len(words)) * 8 << 56) // the length ends the message
	s[2] ^= 0xff
	for range 4 {
		s.round()
	}
	return s[0] ^ s[1] ^ s[2] ^ s[3]
}

type sipState [4]uint64

func (s *sipState) block(v uint64) {
	s[3] ^= v
	s.round()
	s.round()
	s[0] ^= v
}

func (s *sipState) round() {
	s[0] += s[1]
	s[1] = bits.RotateLeft64(s[1], 13) ^ s[0]
	s[0] = bits.RotateLeft64(s[0], 32)
	s[2] += s[3]
	s[3] = bits.RotateLeft64(s[3], 16) ^ s[2]
	s[0] += s[3]
	s[3] = bits.RotateLeft64(s[3], 21) ^ s[0]
	s[2] += s[1]
	s[1] = bits.RotateLeft64(s[1], 17) ^ s[2]
	s[2] = bits.RotateLeft64(s[2], 32)
}

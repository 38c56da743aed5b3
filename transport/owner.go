package transport

import "crypto/rand"

// An Owner names the loop that a Call-ID belongs to. The hash is seeded per
// process, so that a peer cannot aim at one loop, and simple enough to be computed
// by a kernel program as well: FNV-1a over the trimmed value, a finishing mix and
// a multiply-shift instead of a division.
type Owner struct {
	seed uint32
	n    int
}

// NewOwner returns the owner function of n loops with a fresh seed.
func NewOwner(n int) Owner {
	var b [4]byte
	rand.Read(b[:])
	return Owner{seed: uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24, n: n}
}

const (
	fnvPrime = 16777619
	mixPrime = 0x85ebca6b
)

// Of returns the loop's index for a Call-ID without surrounding white space.
func (o Owner) Of(callID []byte) int {
	h := o.seed
	for _, c := range callID {
		h = (h ^ uint32(c)) * fnvPrime
	}
	h ^= h >> 16
	h *= mixPrime
	h ^= h >> 13
	return int(uint64(h) * uint64(o.n) >> 32)
}

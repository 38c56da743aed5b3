package steer

import (
	"crypto/rand"
	"encoding/binary"
)

// An Owner names the loop that a Call-ID belongs to. The hash is seeded per
// process, so that a peer cannot aim at one loop, and simple enough to be computed
// by a program in the kernel, of either kind: FNV-1a over the trimmed value, a finishing
// mix, and a multiply-shift instead of a division; 32 bits are enough for all of it.
type Owner struct {
	seed uint32
	n    int
}

// maxLoops is how many loops the 16 bits of the multiply-shift are shared out to evenly.
const maxLoops = 1024

// NewOwner returns the owner function of n loops, 1 to 1024, with a fresh seed.
func NewOwner(n int) Owner {
	if n < 1 || n > maxLoops {
		panic("BUG: steer: the number of loops is out of range")
	}
	var b [4]byte
	rand.Read(b[:])
	return Owner{seed: binary.NativeEndian.Uint32(b[:]), n: n}
}

const (
	fnvPrime = 16777619
	mixPrime = 0x85ebca6b
	mixFirst = 16 // shifts of the mix
	mixLast  = 13
	share    = 16 // of the multiply-shift, before and after
)

// Loops returns the number of loops.
func (o Owner) Loops() int { return o.n }

// Of returns the loop's index for a Call-ID without surrounding white space.
func (o Owner) Of(callID []byte) int {
	h := o.seed
	for _, c := range callID {
		h = (h ^ uint32(c)) * fnvPrime
	}
	h ^= h >> mixFirst
	h *= mixPrime
	h ^= h >> mixLast
	return int(h >> share * uint32(o.n) >> share)
}

package proxy

import "math/bits"

// A keepRef names bytes in a keep: {class, index}; zero names nothing.
type keepRef uint64

// A keep stores what has to be sent again: requests until they are answered,
// responses and ACKs while a transaction lingers. At 14,000 calls a second
// 450,000 of them are kept at a time, so they lie in a few large blocks without
// pointers, by size classes: the powers of two, and one and a half times each.
type keep struct {
	classes [keepClasses]keepClass
	big     map[keepRef][]byte // larger than the largest class; rare
	nextBig uint64
	used    int // references out
}

const (
	keepMinBits = 8  // 256 bytes
	keepClasses = 11 // up to 8 KiB
	keepBlock   = 256 << 10
	bigClass    = 0xff
)

type keepClass struct {
	blocks [][]byte
	lens   []uint32
	free   []uint32
}

// put copies b into the store.
func (k *keep) put(b []byte) keepRef {
	k.used++
	c := keepClassOf(len(b))
	if c >= keepClasses {
		return k.putBig(b)
	}
	kc := &k.classes[c]
	if len(kc.free) == 0 {
		kc.grow(c)
	}
	i := kc.free[len(kc.free)-1]
	kc.free = kc.free[:len(kc.free)-1]
	kc.lens[i] = uint32(len(b))
	copy(kc.at(c, i), b)
	return keepRef(c+1)<<56 | keepRef(i)
}

// keepSize returns how many bytes a message of class c may have.
func keepSize(c int) int { return (2 + c&1) << (keepMinBits - 1 + c/2) }

func keepClassOf(n int) int {
	c := 2 * max(bits.Len(uint(max(n, 1)-1))-keepMinBits, 0)
	if c > 0 && n <= keepSize(c-1) {
		c--
	}
	return c
}

func (kc *keepClass) grow(c int) {
	n := keepBlock / keepSize(c)
	first := len(kc.lens)
	kc.blocks = append(kc.blocks, make([]byte, keepBlock))
	kc.lens = append(kc.lens, make([]uint32, n)...)
	for i := n - 1; i >= 0; i-- {
		kc.free = append(kc.free, uint32(first+i))
	}
}

func (kc *keepClass) at(c int, i uint32) []byte {
	size := uint32(keepSize(c))
	perBlock := keepBlock / size
	off := i % perBlock * size
	return kc.blocks[i/perBlock][off : off+size : off+size]
}

func (k *keep) putBig(b []byte) keepRef {
	if k.big == nil {
		k.big = map[keepRef][]byte{}
	}
	k.nextBig++
	ref := keepRef(bigClass)<<56 | keepRef(k.nextBig)
	k.big[ref] = append([]byte(nil), b...)
	return ref
}

// get returns the bytes that ref names, valid until drop; nil for zero.
func (k *keep) get(ref keepRef) []byte {
	if ref == 0 {
		return nil
	}
	if ref>>56 == bigClass {
		return k.big[ref]
	}
	c, i := int(ref>>56)-1, uint32(ref)
	kc := &k.classes[c]
	return kc.at(c, i)[:kc.lens[i]]
}

// drop forgets the bytes; zero is fine.
func (k *keep) drop(ref keepRef) {
	if ref == 0 {
		return
	}
	k.used--
	if ref>>56 == bigClass {
		delete(k.big, ref)
		return
	}
	kc := &k.classes[int(ref>>56)-1]
	kc.free = append(kc.free, uint32(ref))
}

// size returns the bytes that are kept, rounded up to their classes, and those of
// the blocks.
func (k *keep) size() (used, blocks int) {
	for c := range k.classes {
		kc := &k.classes[c]
		used += (len(kc.lens) - len(kc.free)) << (keepMinBits + c)
		blocks += len(kc.blocks) * keepBlock
	}
	for _, b := range k.big {
		used, blocks = used+len(b), blocks+len(b)
	}
	return used, blocks
}

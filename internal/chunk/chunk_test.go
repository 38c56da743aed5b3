package chunk

import (
	"testing"
	"unsafe"
)

type thing struct {
	next *thing
	b    [1000]byte
}

// No two are the same, all are zero, and a thousand of them take some twenty allocations.
func TestObjectsComeInChunks(t *testing.T) {
	var c Of[thing]
	made := map[*thing]bool{}
	for range 1000 {
		x := c.New()
		if made[x] || x.next != nil || x.b != [1000]byte{} {
			t.Fatal("an object was handed out twice")
		}
		made[x] = true
		x.next, x.b[999] = x, 1
	}
	full := Bytes / int(unsafe.Sizeof(thing{}))
	allocs := testing.AllocsPerRun(10, func() {
		for range full {
			c.New()
		}
	})
	if allocs > 1 {
		t.Errorf("%v allocations for a chunk of %d", allocs, full)
	}
}

// What there are few of gets no more than twice the room that it needs, and what is larger
// than a chunk one each.
func TestFirstChunksAreSmall(t *testing.T) {
	var c Of[thing]
	room := 0
	for i := 1; i <= 20; i++ {
		c.New()
		if len(c.rest) == c.n-1 {
			room += c.n
		}
		if room >= 2*i {
			t.Errorf("room for %d of which %d are needed", room, i)
		}
	}
	var big Of[[2 * Bytes]byte]
	for range 3 {
		big.New()
	}
	if big.n != 1 {
		t.Errorf("a chunk of %d", big.n)
	}
}

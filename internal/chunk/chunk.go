// Package chunk makes objects for pools, many at a time.
//
// The garbage collector pays for each object that it comes to, about as much as for a
// hundred bytes of pointers: 64 KiB of them in a row are one object to it. What came from
// a chunk keeps all of the chunk alive, so this is for pools that never let go of
// anything.
package chunk

import "unsafe"

// Bytes is the size of a full chunk.
const Bytes = 64 << 10

// An Of makes Ts. The zero value is ready. The first chunk has one T, the next two, and
// so on: what there are few of takes no more room than they need.
type Of[T any] struct {
	rest []T
	n    int // in the last chunk
}

// New returns a zero T.
func (c *Of[T]) New() *T {
	if len(c.rest) == 0 {
		var t T
		c.n = max(1, min(2*c.n, Bytes/int(unsafe.Sizeof(t))))
		c.rest = make([]T, c.n)
	}
	t := &c.rest[0]
	c.rest = c.rest[1:]
	return t
}

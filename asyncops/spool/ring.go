package spool

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
)

// A ring carries rows from its loop to the goroutine: bytes in a circle, one producer, one
// consumer. Positions only grow.
type ring struct {
	buf     []byte // a power of two long
	_       [64]byte
	written atomic.Uint64 // by the loop
	seen    uint64        // what the loop last knew of read
	_       [64]byte
	read    atomic.Uint64 // by the goroutine
}

const ringHeader = 4 // bytes: length of the row

func newRing(size int) *ring { return &ring{buf: make([]byte, 1<<bits.Len(uint(max(size, 1<<10)-1)))} }

// put copies a row in and reports whether there was room.
func (r *ring) put(row []byte) bool {
	at, need, size := r.written.Load(), uint64(ringHeader+len(row)), uint64(len(r.buf))
	if at+need-r.seen > size {
		if r.seen = r.read.Load(); at+need-r.seen > size {
			return false
		}
	}
	var head [ringHeader]byte
	binary.LittleEndian.PutUint32(head[:], uint32(len(row)))
	r.copyIn(at, head[:])
	r.copyIn(at+ringHeader, row)
	r.written.Store(at + need)
	return true
}

func (r *ring) copyIn(at uint64, b []byte) {
	n := copy(r.buf[at&uint64(len(r.buf)-1):], b)
	copy(r.buf, b[n:])
}

// take appends all rows that are there to rows, in memory of their own.
func (r *ring) take(rows []row) []row {
	from, to := r.read.Load(), r.written.Load()
	if from == to {
		return rows
	}
	b := make([]byte, to-from)
	n := copy(b, r.buf[from&uint64(len(r.buf)-1):])
	copy(b[n:], r.buf)
	r.read.Store(to)
	for len(b) > 0 {
		n := ringHeader + int(binary.LittleEndian.Uint32(b))
		rows = append(rows, row{data: b[ringHeader:n:n]})
		b = b[n:]
	}
	return rows
}

func (r *ring) empty() bool { return r.read.Load() == r.written.Load() }

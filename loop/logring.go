package loop

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
)

// Levels of OpenSIPS, where lower is worse. Those up to levelError may use the
// whole ring; a flood of the others leaves them a quarter.
const (
	levelCritical = -2
	levelError    = -1
)

const (
	logRecord  = 256 // bytes of ring that one record of Config.LogRing stands for
	logHeader  = 12  // bytes: length of the text, wall clock in seconds
	maxLogText = 16 << 10
)

// A logRing carries log records from its loop to the log writer: bytes in a
// circle, one producer, one consumer. Positions only grow.
type logRing struct {
	buf     []byte // a power of two long
	_       [64]byte
	written atomic.Uint64 // by the loop
	seen    uint64        // what the loop last knew of read
	_       [64]byte
	read    atomic.Uint64 // by the log writer
}

func newLogRing(size int) *logRing {
	return &logRing{buf: make([]byte, 1<<bits.Len(uint(max(size, 2*logRecord)-1)))}
}

// put copies a record in and reports whether there was room. A text that is too
// long for any record is cut.
func (r *logRing) put(level int, wall int64, text []byte) bool {
	size := uint64(len(r.buf))
	text = text[:min(len(text), maxLogText, len(r.buf)/2)]
	if level > levelError {
		size -= size / 4
	}
	at, need := r.written.Load(), uint64(logHeader+len(text))
	if at+need-r.seen > size {
		if r.seen = r.read.Load(); at+need-r.seen > size {
			return false
		}
	}
	var head [logHeader]byte
	binary.NativeEndian.PutUint32(head[:], uint32(len(text)))
	binary.NativeEndian.PutUint64(head[4:], uint64(wall))
	r.copyIn(at, head[:])
	r.copyIn(at+logHeader, text)
	r.written.Store(at + need)
	return true
}

// get appends the next record's line to dst with format, and frees its room.
func (r *logRing) get(dst []byte, stamp *logStamp) (line []byte, ok bool) {
	at := r.read.Load()
	if at == r.written.Load() {
		return dst, false
	}
	var head [logHeader]byte
	r.copyOut(head[:], at)
	n := int(binary.NativeEndian.Uint32(head[:]))
	dst = stamp.append(dst, int64(binary.NativeEndian.Uint64(head[4:])))
	start := len(dst)
	dst = append(dst, make([]byte, n)...)
	r.copyOut(dst[start:], at+logHeader)
	r.read.Store(at + uint64(logHeader+n))
	return endLine(dst), true
}

func (r *logRing) empty() bool { return r.read.Load() == r.written.Load() }

func (r *logRing) copyIn(at uint64, b []byte) {
	n := copy(r.buf[at&uint64(len(r.buf)-1):], b)
	copy(r.buf, b[n:])
}

func (r *logRing) copyOut(b []byte, at uint64) {
	n := copy(b, r.buf[at&uint64(len(r.buf)-1):])
	copy(b[n:], r.buf)
}

func endLine(b []byte) []byte {
	if b[len(b)-1] != '\n' {
		b = append(b, '\n')
	}
	return b
}

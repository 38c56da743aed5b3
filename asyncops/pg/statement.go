package pg

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
)

// A statement is a text that a connection's server has parsed, and keeps under a
// name.
type statement struct {
	text  string
	name  string
	cols  columns
	ready bool // the server has confirmed it and described the columns
}

// statementName depends on the text alone: behind a PgBouncer several clients
// share a server's names, and each must mean the same to all.
func statementName(text []byte) string {
	sum := sha256.Sum256(text)
	return "fastsips_" + hex.EncodeToString(sum[:16])
}

// A memory knows which texts have been asked of late, by their hashes. A text that
// another one displaces counts anew.
type memory struct {
	seed  maphash.Seed
	slots [512]struct {
		hash  uint64
		times uint8
	}
}

// Texts are given a name when they have come so often. Those without parameters
// mostly have values pasted in and do not come back.
const (
	oftenBound = 2
	oftenPlain = 3
)

// often notes text and reports whether it is worth a name.
func (m *memory) often(text []byte, times uint8) bool {
	h := maphash.Bytes(m.seed, text)
	s := &m.slots[h%uint64(len(m.slots))]
	if s.hash != h {
		s.hash, s.times = h, 0
	}
	s.times = min(s.times+1, times)
	return s.times >= times
}

// plain reports whether text, which has no parameters, may be sent as a statement
// all the same: it must be one, and of a kind that gains by it.
func plain(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	for _, word := range [...]string{"select", "insert", "update", "delete", "with"} {
		if len(text) > len(word) && foldedPrefix(text, word) {
			return bytes.IndexByte(text, ';') < 0 && bytes.IndexByte(text, '$') < 0
		}
	}
	return false
}

// foldedPrefix compares the begin of b with the lower-case s, in ASCII.
func foldedPrefix(b []byte, s string) bool {
	for i := range len(s) {
		if b[i]|0x20 != s[i] {
			return false
		}
	}
	return true
}

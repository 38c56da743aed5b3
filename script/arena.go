package script

import "github.com/fastsips/fastsips/internal/invariants"

// Sizes of an arena's buffer.
const (
	arenaFirst = 1 << 10
	arenaKept  = 64 << 10 // a larger one is not kept for the next run
)

// An arena hands out bytes that live as long as a run. A full buffer is let go:
// whatever still points into it keeps it alive. Buffers double, so that the next
// run of the same script fits into one.
type arena struct{ buf []byte }

func (a *arena) alloc(n int) []byte {
	at := len(a.buf)
	if cap(a.buf)-at < n {
		a.buf, at = make([]byte, 0, max(arenaFirst, min(2*cap(a.buf), arenaKept), n)), 0
	}
	a.buf = a.buf[:at+n]
	return a.buf[at : at+n : at+n]
}

func (a *arena) copy(b []byte) []byte {
	p := a.alloc(len(b))
	copy(p, b)
	return p
}

func (a *arena) reset() {
	poison(a.buf)
	if cap(a.buf) > arenaKept {
		a.buf = nil
	}
	a.buf = a.buf[:0]
}

// poison makes whoever still reads b see garbage, where invariants are checked.
func poison(b []byte) {
	if invariants.Enabled {
		for i := range b {
			b[i] = 0xdb
		}
	}
}

// Alloc returns n bytes of unspecified content that live as long as the run.
func (c *Ctx) Alloc(n int) []byte {
	c.spend(n)
	return c.arena.alloc(n)
}

// Copy returns a copy of b that lives as long as the run.
func (c *Ctx) Copy(b []byte) []byte {
	c.spend(len(b))
	return c.arena.copy(b)
}

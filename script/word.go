//go:build !race

package script

import "sync/atomic"

// A word is written by one goroutine, with plain stores, which cost nothing where an
// atomic one would cost more than the instruction that it tells of. Others read it: Go's
// memory model has them see a value that was written, if perhaps an old one.
type word struct{ v uint64 }

func (w *word) set(n uint64) { w.v = n }

// own is for the writer.
func (w *word) own() uint64 { return w.v }

func (w *word) load() uint64 { return atomic.LoadUint64(&w.v) }

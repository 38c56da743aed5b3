//go:build race

package script

import "sync/atomic"

// A word is written by one goroutine and read by others. See word.go: the race detector
// does not know what it is for.
type word struct{ v atomic.Uint64 }

func (w *word) set(n uint64) { w.v.Store(n) }

func (w *word) own() uint64 { return w.v.Load() }

func (w *word) load() uint64 { return w.v.Load() }

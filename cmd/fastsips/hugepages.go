package main

import (
	"log/slog"
	"runtime/debug"

	"github.com/fastsips/fastsips/internal/hugepages"
)

// hugePages is how the heap came to huge pages, or why it did not.
type hugePages struct{ err error }

// useHugePages has the heap grow in huge pages until stopped is closed. It comes before
// everything that is large.
func useHugePages(stopped <-chan struct{}) (h hugePages) {
	if h.err = hugepages.Wanted(); h.err != nil {
		return h
	}
	if h.err = hugepages.Reserve(hugepages.Step); h.err == nil {
		debug.FreeOSMemory() // the run-time thinks that what was dropped is in use; nothing is
		go hugepages.Keep(stopped)
	}
	return h
}

func (h hugePages) log(log *slog.Logger) {
	if h.err != nil {
		log.Info("no huge pages are asked for", "because", h.err)
		return
	}
	log.Info("the heap grows in huge pages", "MiB", hugepages.Step>>20)
}

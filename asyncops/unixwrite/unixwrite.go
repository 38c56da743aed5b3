// Package unixwrite is the operation that hands one message to another program of this
// machine: to a FIFO, or to a UNIX datagram socket.
//
// Everything that may wait is done by a few workers: opening the file, a reader that is
// slow, a socket whose queue is full. All messages for one path go through one worker, in
// the order in which they are begun on a loop, so that two are never mixed up in a FIFO.
//
// A message ends at its deadline, in a FIFO perhaps half written when it is larger than
// PIPE_BUF. The package refuses files that are no FIFO, and never waits for a reader: a
// FIFO that nobody reads fails at once.
package unixwrite

import (
	"cmp"
	"hash/maphash"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// Config is fixed once New is called. Zero values mean the defaults.
type Config struct {
	Workers  int // default 4
	Queue    int // messages that wait for each worker; default 256
	MaxBytes int // of one message; default 64 KiB + 16 KiB
}

func (c Config) withDefaults() Config {
	c.Workers = cmp.Or(max(c.Workers, 0), 4)
	c.Queue = cmp.Or(max(c.Queue, 0), 256)
	c.MaxBytes = cmp.Or(max(c.MaxBytes, 0), 80<<10)
	return c
}

// A Writer writes for every loop of a group.
type Writer struct {
	cfg     Config
	lanes   []*asyncops.Workers // one worker each
	seed    maphash.Seed
	writes  loop.Pool[Write]
	backend *asyncops.Backend
}

// New starts the workers. Call it before g.Start. Ops is where its messages will be
// begun.
func New(g *loop.Group, ops *asyncops.Set, cfg Config) *Writer {
	w := &Writer{cfg: cfg.withDefaults(), seed: maphash.MakeSeed(), writes: loop.NewPool[Write](g)}
	w.backend = ops.Backend("unixwrite", "")
	for range w.cfg.Workers {
		w.lanes = append(w.lanes, asyncops.NewWorkers(1, w.cfg.Queue))
	}
	return w
}

// Close waits for the messages that are being written, at most until their deadlines.
// Those that wait for a worker are forgotten; their deadlines end them.
func (w *Writer) Close() {
	for _, lane := range w.lanes {
		lane.Close()
	}
}

// lane is the worker that serves a path.
func (w *Writer) lane(path []byte) *asyncops.Workers {
	return w.lanes[maphash.Bytes(w.seed, path)%uint64(len(w.lanes))]
}

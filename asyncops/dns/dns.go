// Package dns looks names up for whoever sends: an operation that waits on its
// loop while a bounded pool of workers asks the system's resolver (A and AAAA).
//
// Each loop remembers answers for half a minute and failures for a few seconds, and
// asks once for all that wait for the same name: a dead name server is asked once in
// a while and never delays a call whose names are known. An answer that comes after
// its waiter has gone is remembered all the same.
//
// The package refuses a new name when too many are being looked up, and bounds what
// it remembers, for names come from peers. The RFC 3263 procedures (NAPTR, SRV) on
// the loop's own sockets will take this place; they keep this interface.
package dns

import (
	"cmp"
	"context"
	"net"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// Config is fixed once New is called; zero values mean the defaults.
type Config struct {
	Workers  int           // look-ups at a time, over all loops; default 16
	Queue    int           // look-ups that may wait for a worker; default 1024
	Names    int           // names known at a time, per loop; default 4096
	Timeout  time.Duration // of one look-up in its worker; default 5 s
	Positive time.Duration // how long an answer is kept; default 30 s
	Negative time.Duration // how long a failure is kept; default 3 s
	Resolver *net.Resolver // default net.DefaultResolver
}

func (c Config) withDefaults() Config {
	c.Workers = cmp.Or(max(c.Workers, 0), 16)
	c.Queue = cmp.Or(max(c.Queue, 0), 1024)
	c.Names = cmp.Or(max(c.Names, 0), 4096)
	c.Timeout = cmp.Or(max(c.Timeout, 0), 5*time.Second)
	c.Positive = cmp.Or(max(c.Positive, 0), 30*time.Second)
	c.Negative = cmp.Or(max(c.Negative, 0), 3*time.Second)
	c.Resolver = cmp.Or(c.Resolver, net.DefaultResolver)
	return c
}

// A Resolver is shared by all loops; what it remembers is not.
type Resolver struct {
	cfg     Config
	workers *asyncops.Workers
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	known   loop.Local[map[string]*host]
	lookups loop.Pool[Lookup]
}

// New makes a Resolver.
func New(g *loop.Group, cfg Config) *Resolver {
	r := &Resolver{cfg: cfg.withDefaults(), lookups: loop.NewPool[Lookup](g)}
	r.workers = asyncops.NewWorkers(r.cfg.Workers, r.cfg.Queue)
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.known = loop.NewLocal(g, func(int) map[string]*host { return map[string]*host{} })
	return r
}

// Close ends the look-ups under way; new names are refused from now on.
func (r *Resolver) Close() {
	r.cancel()
	r.workers.Close()
}

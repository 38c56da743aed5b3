// Package dns looks names up for whoever sends: an operation that waits on its
// loop while a bounded pool of workers asks the system's resolver (A and AAAA).
//
// Answers are cached per loop for half a minute, failures for a few seconds, so
// that a dead name server is asked once in a while and never delays a call whose
// names are known. The RFC 3263 procedures (NAPTR, SRV) on the loop's own sockets
// will take this place; they keep this interface.
package dns

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// Config is fixed once New is called; zero values mean the defaults.
type Config struct {
	Workers  int           // look-ups at a time; default 16
	Queue    int           // look-ups that may wait for a worker; default 1024
	Positive time.Duration // how long an answer is kept; default 30 s
	Negative time.Duration // how long a failure is kept; default 3 s
	Resolver *net.Resolver // default net.DefaultResolver
}

// A Resolver is shared by all loops; its caches are not.
type Resolver struct {
	cfg     Config
	workers *asyncops.Workers
	shards  loop.Local[shard]
}

type shard struct {
	cache map[string]entry
	free  []*Lookup
}

type entry struct {
	addrs []loop.Addr // empty: the name is known not to resolve
	until int64
}

// maxCached bounds a loop's cache; names come from peers.
const maxCached = 4096

// New makes a Resolver.
func New(g *loop.Group, cfg Config) *Resolver {
	cfg.Workers = cmpOr(cfg.Workers, 16)
	cfg.Queue = cmpOr(cfg.Queue, 1024)
	cfg.Positive = cmpOr(cfg.Positive, 30*time.Second)
	cfg.Negative = cmpOr(cfg.Negative, 3*time.Second)
	if cfg.Resolver == nil {
		cfg.Resolver = net.DefaultResolver
	}
	r := &Resolver{cfg: cfg, workers: asyncops.NewWorkers(cfg.Workers, cfg.Queue)}
	r.shards = loop.NewLocal(g, func(int) shard { return shard{cache: map[string]entry{}} })
	return r
}

func cmpOr[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Close ends the workers.
func (r *Resolver) Close() { r.workers.Close() }

// A Lookup is the operation: name in, addresses out. After Completed, Addrs has
// at least one; Failed means that the name does not resolve.
type Lookup struct {
	r     *Resolver
	name  []byte
	addrs []loop.Addr
}

// Lookup returns an operation from the loop's pool.
func (r *Resolver) Lookup(l *loop.Loop) *Lookup {
	s := r.shards.On(l)
	if n := len(s.free); n > 0 {
		op := s.free[n-1]
		s.free = s.free[:n-1]
		return op
	}
	return &Lookup{r: r}
}

// SetName says what to look up; name is copied.
func (op *Lookup) SetName(name []byte) { op.name = append(op.name[:0], name...) }

// Addrs returns the answer, IPv4 first, without ports.
func (op *Lookup) Addrs() []loop.Addr { return op.addrs }

// Free gives op back.
func (op *Lookup) Free(l *loop.Loop) {
	op.name, op.addrs = op.name[:0], nil
	s := op.r.shards.On(l)
	s.free = append(s.free, op)
}

// Start answers from the cache or asks a worker.
func (op *Lookup) Start(l *loop.Loop, c asyncops.Completion, deadline int64) {
	s := op.r.shards.On(l)
	if e, ok := s.cache[string(op.name)]; ok && l.Now() < e.until {
		op.answer(l, c, e)
		return
	}
	q := &query{r: op.r, op: op, c: c, name: string(op.name), wait: time.Duration(deadline - l.Now()), home: l.Mailbox()}
	q.task.Run = q.arrive
	if !op.r.workers.Submit(q.ask) {
		c.Done(l, asyncops.Overloaded)
	}
}

// Cancel does nothing: a worker's late answer still fills the cache, and does not
// touch the Lookup.
func (op *Lookup) Cancel(*loop.Loop) {}

func (op *Lookup) answer(l *loop.Loop, c asyncops.Completion, e entry) {
	op.addrs = e.addrs
	if len(e.addrs) == 0 {
		c.Done(l, asyncops.Failed)
		return
	}
	c.Done(l, asyncops.Completed)
}

// A query is one question on its way through a worker.
type query struct {
	r    *Resolver
	op   *Lookup
	c    asyncops.Completion
	name string
	wait time.Duration
	home loop.Mailbox
	task loop.Task
	e    entry
}

func (q *query) ask() {
	ctx, cancel := context.WithTimeout(context.Background(), max(q.wait, time.Millisecond))
	defer cancel()
	ips, _ := q.r.cfg.Resolver.LookupNetIP(ctx, "ip", q.name)
	for _, want4 := range []bool{true, false} {
		for _, ip := range ips {
			if ip = ip.Unmap(); ip.Is4() == want4 {
				q.e.addrs = append(q.e.addrs, loop.AddrFrom(netip.AddrPortFrom(ip, 0)))
			}
		}
	}
	q.home.Post(&q.task)
}

func (q *query) arrive(l *loop.Loop) {
	keep := q.r.cfg.Positive
	if len(q.e.addrs) == 0 {
		keep = q.r.cfg.Negative
	}
	q.e.until = l.Now() + int64(keep)
	s := q.r.shards.On(l)
	if len(s.cache) >= maxCached {
		clear(s.cache)
	}
	s.cache[q.name] = q.e
	if q.c.Live() {
		q.op.answer(l, q.c, q.e)
	}
}

// Package redisstore keeps the contacts of a [usrloc.Store] in Redis, for several processes:
// the mode full-sharing-cachedb-cluster. There is no memory; each search and each change
// reads what Redis has.
//
// An AoR is a hash, "location:bob@example.com" for domain location. Its fields are contacts:
// the field is the contact's URI in base64, as OpenSIPS makes the keys of its documents, the
// value a JSON object with OpenSIPS's names and some more. One script writes all of a
// change at once, and has the hash end with the last of its contacts.
//
// Two processes that change one AoR at the same time both write the contacts that they have
// changed: neither loses another's, but together they may go beyond max_contacts.
package redisstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/usrloc"
)

// FlagNames are the names of branch flags, as in the other tables of contacts.
type FlagNames interface {
	AppendNames(dst []byte, bits uint32) []byte
	Bits(names []byte) uint32
}

// Config is fixed once New is called.
type Config struct {
	Client  *redis.Client
	Ops     *asyncops.Set
	Flags   FlagNames
	Call    bool          // matching_mode 1: the Call-ID is part of a contact's key
	Timeout time.Duration // of a command; default 5 s
}

// A Backend is Redis.
type Backend struct {
	cfg    Config
	store  *usrloc.Store
	seed   maphash.Seed
	lanes  loop.Local[usrloc.Lanes[*update]]
	counts []*counters // by loop
}

var _ usrloc.Backend = (*Backend)(nil)

// New makes the backend of s. Call it before g's loops run.
func New(g *loop.Group, s *usrloc.Store, cfg Config) *Backend {
	cfg.Timeout = cmp.Or(max(cfg.Timeout, 0), 5*time.Second)
	return &Backend{cfg: cfg, store: s, seed: maphash.MakeSeed(), lanes: loop.NewLocal[usrloc.Lanes[*update]](g, nil), counts: metrics.PerLoop[counters](g.Len())}
}

// Changed, Flush, Sync and Close have nothing to do: there is no memory.
func (b *Backend) Changed(*loop.Loop, *usrloc.Domain, usrloc.Record, usrloc.Record, usrloc.Cause) {}

// Flush does nothing.
func (b *Backend) Flush(context.Context) error { return nil }

// Sync does nothing.
func (b *Backend) Sync(context.Context, *usrloc.Domain, []byte) error { return nil }

// Close does nothing.
func (b *Backend) Close() error { return nil }

// A search asks for the contacts of an AoR.
type search struct {
	*redis.Command
	b     *Backend
	aor   []byte
	ended []string // fields of contacts whose time is over; after Result
}

// Find asks Redis.
func (b *Backend) Find(l *loop.Loop, d *usrloc.Domain, aor []byte) usrloc.FindOp {
	return b.search(l, d, aor)
}

func (b *Backend) search(l *loop.Loop, d *usrloc.Domain, aor []byte) *search {
	q := &search{Command: b.cfg.Client.Command(l), b: b, aor: bytes.Clone(aor)}
	q.ArgString("HGETALL")
	q.Arg(key(d, aor))
	return q
}

// key is what the hash of an AoR is called.
func key(d *usrloc.Domain, aor []byte) []byte { return append([]byte(d.Name+":"), aor...) }

// Result makes a record of the contacts whose time is not over.
func (q *search) Result(l *loop.Loop, out asyncops.Outcome) (r usrloc.Record, ok bool) {
	defer q.Free(l)
	counts := q.b.counts[l.Index()]
	if out != asyncops.Completed || q.Err() != "" {
		counts.failed.Inc()
		return nil, false
	}
	var (
		list  []usrloc.Contact
		kv    []byte
		field []byte
		now   = l.Wall().Unix()
	)
	for v := range q.Value().All() { // field, value, field, value ...
		if field == nil {
			field = append(v.Bytes(), 0) // not nil, even if empty
			continue
		}
		name := field[:len(field)-1]
		field = nil
		if string(name) == fieldKV {
			kv = v.Bytes()
			continue
		}
		var c usrloc.Contact
		if err := q.b.decode(v.Bytes(), &c); err != nil {
			counts.skipped.Inc()
			l.Log(-1, fmt.Appendf(nil, "ERROR:usrloc: a contact of %q in Redis is not used: %v", q.aor, err))
			continue
		}
		if c.Live(now) {
			list = append(list, c)
		} else {
			q.ended = append(q.ended, string(name))
		}
	}
	return q.b.store.Build(q.aor, kv, list), true
}

package redisstore

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// An update reads what Redis has of an AoR, applies a change, and writes what is different.
type update struct {
	usrloc.Carried
	b   *Backend
	key uint64
}

var _ usrloc.UpdateOp = (*update)(nil)

// Begin makes an operation of ch.
func (b *Backend) Begin(_ *loop.Loop, ch *usrloc.Change) usrloc.UpdateOp {
	if ch.PingID != 0 {
		return nil // latencies are not kept
	}
	u := &update{b: b, Carried: usrloc.Carried{Store: b.store, Change: ch}}
	u.Arrive = u.arrive
	return u
}

// arrive puts the change behind those of the same AoR that are under way.
func (u *update) arrive(l *loop.Loop) {
	lanes := u.b.lanes.On(l)
	u.key = maphash.Bytes(u.b.seed, u.Change.AoR)
	if lanes.Busy(u.key) {
		lanes.Wait(u.key, u)
		return
	}
	lanes.Take(u.key)
	u.read(l)
}

// waiter goes on when a command has ended.
type waiter func(*loop.Loop, asyncops.Outcome)

// Resume calls w.
func (w waiter) Resume(l *loop.Loop, _ asyncops.Op, out asyncops.Outcome) { w(l, out) }

func (b *Backend) begin(l *loop.Loop, op asyncops.Op, end waiter) {
	if _, out, pending := b.cfg.Ops.On(l).Begin(l, op, b.cfg.Timeout, end); !pending {
		end(l, out)
	}
}

func (u *update) read(l *loop.Loop) {
	if u.Unwanted() {
		u.end(l, usrloc.Result{Verdict: usrloc.BackendFailed})
		return
	}
	q := u.b.search(l, u.Change.Domain, u.Change.AoR)
	u.b.begin(l, q, func(l *loop.Loop, out asyncops.Outcome) {
		if old, ok := q.Result(l, out); ok {
			u.apply(l, old, q.ended)
		} else {
			u.end(l, usrloc.Result{Verdict: usrloc.BackendFailed})
		}
	})
}

func (u *update) apply(l *loop.Loop, old usrloc.Record, ended []string) {
	next, v := usrloc.Apply(old, u.Change, l.Wall().Unix(), u.b.store.NextIDs(l, u.Change.Len()))
	if v != usrloc.Done {
		u.end(l, usrloc.Result{Verdict: v, Record: old})
		return
	}
	counts := u.b.counts[l.Index()]
	q := u.b.cfg.Client.Command(l)
	puts, gone, err := u.write(q, l.Wall().Unix(), old, next, ended)
	if err != nil {
		counts.failed.Inc()
		q.Free(l)
		l.Log(-1, fmt.Appendf(nil, "ERROR:usrloc: a contact of %q cannot be kept in Redis: %v", u.Change.AoR, err))
		u.end(l, usrloc.Result{Verdict: usrloc.BackendFailed, Record: old})
		return
	}
	u.b.begin(l, q, func(l *loop.Loop, out asyncops.Outcome) {
		r := usrloc.Result{Record: next}
		if out != asyncops.Completed || q.Err() != "" {
			counts.failed.Add(uint64(puts + gone))
			r = usrloc.Result{Verdict: usrloc.BackendFailed, Record: old}
		} else {
			counts.written.Add(uint64(puts))
			counts.deleted.Add(uint64(gone))
		}
		q.Free(l)
		u.end(l, r)
	})
}

// end sends the result back, and begins the next change of the AoR.
func (u *update) end(l *loop.Loop, r usrloc.Result) {
	b, key := u.b, u.key
	u.Finish(l, r)
	if next, ok := b.lanes.On(l).Next(key); ok {
		next.read(l)
	}
}

// script removes fields, sets others, and has the hash live for a time that is at least as
// long as what it has: another process may know a contact that lasts longer.
const script = `local there = redis.call('EXISTS', KEYS[1])
local i = 3
for _ = 1, tonumber(ARGV[2]) do redis.call('HDEL', KEYS[1], ARGV[i]); i = i + 1 end
while ARGV[i] do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]); i = i + 2 end
local live = tonumber(ARGV[1])
if live == 0 then return redis.call('PERSIST', KEYS[1]) end
local has = redis.call('TTL', KEYS[1])
if there == 0 or has >= 0 and has < live then return redis.call('EXPIRE', KEYS[1], live) end
return 0`

// write makes the command that brings Redis from old to next; the fields gone are to go, too.
// It sets and removes so many fields.
func (u *update) write(q *redis.Command, now int64, old, next usrloc.Record, gone []string) (set, removed int, err error) {
	var c usrloc.Contact
	before, after := map[string][]byte{}, map[string][]byte{}
	live, last := int64(0), int64(now)
	for at, ok := old.Next(0, &c); ok; at, ok = old.Next(at, &c) {
		before[u.b.field(&c)], _ = u.b.encode(&c)
	}
	for at, ok := next.Next(0, &c); ok; at, ok = next.Next(at, &c) {
		text, err := u.b.encode(&c)
		if err != nil {
			return 0, 0, err
		}
		after[u.b.field(&c)] = text
		if c.Expires == 0 {
			last = 0
		} else if last != 0 {
			last = max(last, c.Expires)
		}
	}
	if kv := old.KV(); len(kv) > 0 {
		before[fieldKV] = kv
	}
	if kv := next.KV(); len(kv) > 0 {
		after[fieldKV] = kv
	}
	if last != 0 {
		live = max(last-now, 1)
	}
	gone = slices.DeleteFunc(gone, func(field string) bool { return after[field] != nil })
	for field := range before {
		if after[field] == nil {
			gone = append(gone, field)
		}
	}
	q.ArgString("EVAL")
	q.ArgString(script)
	q.ArgInt(1)
	q.Arg(key(u.Change.Domain, u.Change.AoR))
	q.ArgInt(live)
	q.ArgInt(int64(len(gone)))
	for _, field := range gone {
		q.ArgString(field)
	}
	for field, text := range after {
		if !bytes.Equal(before[field], text) {
			q.ArgString(field)
			q.Arg(text)
			set++
		}
	}
	return set, len(gone), nil
}

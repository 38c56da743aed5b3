package cfgutils

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/lock"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

func (m *Module) locks() []*script.Func {
	return []*script.Func{
		script.Func1("get_static_lock", "Take the lock of that name; the run waits for it parked. -1: it has it already, or waited too long.",
			script.All, script.Static("key", "name of the lock"), func(c *script.Ctx, key string) script.Ret { return m.get(c, m.staticLock(key), key) }).MayWait(),
		script.Func1("release_static_lock", "Give the lock of that name back. -1: nobody had it.",
			script.All, script.Static("key", "name of the lock"), func(_ *script.Ctx, key string) script.Ret { return truth(m.staticLock(key).Release()) }),
		script.Func1("get_dynamic_lock", "As get_static_lock, with one of lock_pool_size locks by the string's hash.",
			script.All, script.Str("key", "what is locked"), func(c *script.Ctx, key []byte) script.Ret { return m.get(c, m.dynamicLock(key), string(key)) }).MayWait(),
		script.Func1("release_dynamic_lock", "Give that string's lock back. -1: nobody had it.",
			script.All, script.Str("key", "what is locked"), func(_ *script.Ctx, key []byte) script.Ret { return truth(m.dynamicLock(key).Release()) }),
		script.Func2("strings_share_lock", "Whether two strings have the same dynamic lock.", script.All,
			script.Str("key1", "a string"), script.Str("key2", "another"), func(_ *script.Ctx, a, b []byte) script.Ret {
				return truth(m.dynamicLock(a) == m.dynamicLock(b))
			}),
	}
}

// seed makes which strings share a lock unpredictable for those who choose Call-IDs.
var seed = maphash.MakeSeed()

func (m *Module) dynamicLock(key []byte) *lock.Lock {
	return m.pool[maphash.Bytes(seed, key)%uint64(len(m.pool))]
}

// staticLock is "never the same for two different strings". There are as many as the
// script names.
func (m *Module) staticLock(key string) *lock.Lock {
	if lk, ok := m.static.Load(key); ok {
		return lk.(*lock.Lock)
	}
	lk, _ := m.static.LoadOrStore(key, m.locker.Lock(int(m.statics.Add(1))))
	return lk.(*lock.Lock)
}

// held is what a run holds. A script that ends without giving a lock back would stop
// all others for ever; so the run's end does.
type held struct{ locks []holding }

type holding struct {
	lock   *lock.Lock
	ticket lock.Ticket
}

func (h *held) giveBack() {
	for _, x := range h.locks {
		x.lock.ReleaseTicket(x.ticket)
	}
}

func (h *held) has(lk *lock.Lock) bool {
	for _, x := range h.locks {
		if x.lock == lk && lk.Held(x.ticket) {
			return true
		}
	}
	return false
}

// add forgets on the way what the run has given back.
func (h *held) add(lk *lock.Lock, t lock.Ticket) {
	for i := range h.locks {
		if x := &h.locks[i]; !x.lock.Held(x.ticket) {
			*x = holding{lk, t}
			return
		}
	}
	h.locks = append(h.locks, holding{lk, t})
}

func (m *Module) get(c *script.Ctx, lk *lock.Lock, key string) script.Ret {
	h := m.held.Of(c)
	if h.has(lk) {
		c.LogError("cfgutils: the run has the lock of %q already", key)
		return -1
	}
	l := proxy.From(c).Loop()
	if t := lk.Try(l); t != 0 {
		h.add(lk, t)
		return 1
	}
	op := lk.Op(l)
	op.For = m
	return c.Await(op, taken)
}

func taken(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	o := op.(*lock.Op)
	ok := out == asyncops.Completed
	if ok {
		o.For.(*Module).held.Of(c).add(o.Lock(), o.Ticket())
	}
	o.Free(proxy.From(c).Loop())
	return truth(ok)
}

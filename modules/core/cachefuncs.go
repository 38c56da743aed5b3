package core

import (
	"math"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// Values of the cache_* functions, besides 1.
const (
	cacheFailed    script.Ret = -1
	cacheNotFound  script.Ret = -2
	cacheNotNumber script.Ret = -3
	cacheFull      script.Ret = -4
)

// caches are the functions on key-value stores. A store that lies in memory answers at
// once; the run waits for any other.
type caches struct {
	all   *cachedb.Registry
	calls *loop.Pool[cacheCall] // made by start
}

// A cacheCall is one command in progress: the store's operation, and where its answer
// goes.
type cacheCall struct {
	cachedb.Op
	verb  cachedb.Verb
	calls *loop.Pool[cacheCall]
	to    script.VarRef
	list  []script.VarRef
}

// Backend is what the store's operation asks.
func (q *cacheCall) Backend() *asyncops.Backend {
	if m, ok := q.Op.(asyncops.Metered); ok {
		return m.Backend()
	}
	return nil
}

func (k *caches) start(g *loop.Group) {
	calls := loop.NewPool[cacheCall](g)
	k.calls = &calls
}

func (k *caches) functions() []*script.Func {
	store, key := cacheStore(k.all, false), script.Str("attribute", "the key, which is not empty")
	codes := " -1: failed, or too late."
	return []*script.Func{
		script.Func4("cache_store", "Set a key's value."+codes+" -4: the store's memory is used up.", script.All, store, key,
			script.Str("value", "its value"), script.OptInt("timeout", "seconds that it is kept for; 0: for ever", 0), k.store).MayWait(),
		script.Func2("cache_remove", "Forget a key; it need not be there."+codes, script.All, store, key, k.remove).MayWait(),
		script.Func3("cache_fetch", "Read a key's value."+codes+" -2: there is no such key, or its time is over.", script.All, store, key,
			script.Out("result", "gets the value, as a string"), k.fetch).MayWait(),
		script.Func3("cache_counter_fetch", "Read a key's value as a number."+codes+" -2: there is no such key; -3: its value is no number.", script.All, store, key,
			script.Out("result", "gets the number"), k.counter).MayWait(),
		script.Func5("cache_add", "Add to a key's number, which begins as 0. Of calls that meet none is lost."+codes+" -3: its value is no number; -4: the store's memory is used up.",
			script.All, store, key, script.Int("increment", "what is added"), script.Int("expire", "seconds that a key is kept for which was not there; 0: for ever"),
			script.Opt(script.Out("new_val", "gets the sum")), k.add).MayWait(),
		script.Func5("cache_sub", "Subtract from a key's number, as cache_add.", script.All, store, key, script.Int("decrement", "what is subtracted"),
			script.Int("expire", "seconds that a key is kept for which was not there; 0: for ever"), script.Opt(script.Out("new_val", "gets the difference")), k.sub).MayWait(),
		script.Func3("cache_raw_query", "Send a query in the store's own language. Columns of its rows are pushed to the variables, the first row ends up in front."+
			codes+" -2: the answer is empty.", script.All, cacheStore(k.all, true), script.Str("query", "the query"),
			script.Opt(script.OutList("result", `variables for the columns: "$avp(a);$avp(b)"`)), k.raw).MayWait(),
	}
}

// cacheStore is the name of a store. One that is written out is looked up when the script
// is loaded.
func cacheStore(all *cachedb.Registry, raw bool) script.Param[*cachedb.Store] {
	return script.Parsed("storage_id", "a scheme, or a scheme and a group, of a cachedb_url: local, redis:group1",
		func(name string) (*cachedb.Store, error) {
			s := all.Find(name)
			if s == nil {
				return nil, &script.Refusal{Msg: all.Missing(name), Hint: cacheHint(all, name)}
			}
			if raw && !s.Engine.Raw {
				return nil, &script.Refusal{Msg: s.Engine.Scheme + " has no language for raw queries"}
			}
			return s, nil
		},
		func(c *script.Ctx, name []byte) (*cachedb.Store, bool) {
			s := all.FindBytes(name)
			if s == nil {
				c.LogError("core: %s", all.Missing(string(name)))
			}
			return s, s != nil
		})
}

// cacheHint says how to get a store of that name.
func cacheHint(all *cachedb.Registry, name string) string {
	if near := syntax.Nearest(name, all.Names); near != "" {
		return "did you mean " + near + "?"
	}
	u, err := cachedb.ParseURL(name + "://")
	if err != nil {
		return ""
	}
	module := "cachedb_" + u.Scheme
	if all.Engine(u.Scheme) != nil {
		return `add modparam("` + module + `", "cachedb_url", "` + name + `://...")`
	}
	if cacheEngines[u.Scheme] {
		return `add loadmodule "` + module + `.so"`
	}
	return ""
}

// cacheEngines are the schemes of the modules that there are.
var cacheEngines = map[string]bool{"local": true, "redis": true, "sql": true}

func (k *caches) store(c *script.Ctx, s *cachedb.Store, key, value []byte, seconds int32) script.Ret {
	return k.do(c, s, cachedb.Command{Verb: cachedb.SetKey, Key: key, Value: value, TTL: ttl(seconds)}, script.VarRef{}, nil)
}

func (k *caches) remove(c *script.Ctx, s *cachedb.Store, key []byte) script.Ret {
	return k.do(c, s, cachedb.Command{Verb: cachedb.Remove, Key: key}, script.VarRef{}, nil)
}

func (k *caches) fetch(c *script.Ctx, s *cachedb.Store, key []byte, to script.VarRef) script.Ret {
	return k.do(c, s, cachedb.Command{Verb: cachedb.Fetch, Key: key}, to, nil)
}

func (k *caches) counter(c *script.Ctx, s *cachedb.Store, key []byte, to script.VarRef) script.Ret {
	return k.do(c, s, cachedb.Command{Verb: cachedb.Counter, Key: key}, to, nil)
}

func (k *caches) add(c *script.Ctx, s *cachedb.Store, key []byte, by, seconds int32, to script.VarRef) script.Ret {
	return k.do(c, s, cachedb.Command{Verb: cachedb.Add, Key: key, By: int64(by), TTL: ttl(seconds)}, to, nil)
}

func (k *caches) sub(c *script.Ctx, s *cachedb.Store, key []byte, by, seconds int32, to script.VarRef) script.Ret {
	return k.do(c, s, cachedb.Command{Verb: cachedb.Add, Key: key, By: -int64(by), TTL: ttl(seconds)}, to, nil)
}

func (k *caches) raw(c *script.Ctx, s *cachedb.Store, query []byte, to []script.VarRef) script.Ret {
	return k.do(c, s, cachedb.Command{Verb: cachedb.Raw, Key: query}, script.VarRef{}, to)
}

// ttl: "0 is for ever", and nobody keeps anything for less.
func ttl(seconds int32) time.Duration { return time.Duration(max(seconds, 0)) * time.Second }

func (k *caches) do(c *script.Ctx, s *cachedb.Store, cmd cachedb.Command, to script.VarRef, list []script.VarRef) script.Ret {
	if len(cmd.Key) == 0 {
		c.LogError("core: cache_%s needs a key that is not empty", cmd.Verb)
		return cacheFailed
	}
	l := proxy.From(c).Loop()
	a, op := s.Do(l, cmd)
	if op == nil {
		return answered(c, cmd.Verb, a, to, list)
	}
	q := k.calls.Get(l)
	*q = cacheCall{Op: op, verb: cmd.Verb, calls: k.calls, to: to, list: list}
	limit := time.Duration(0)
	if x, ok := op.(cachedb.Limited); ok {
		limit = x.Limit()
	}
	return c.AwaitFor(q, cacheEnded, limit)
}

func cacheEnded(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	q := op.(*cacheCall)
	a := cachedb.Answer{Status: cachedb.Failed}
	if out == asyncops.Completed || out == asyncops.Failed {
		a = q.Answer()
	}
	ret := answered(c, q.verb, a, q.to, q.list)
	l, calls := proxy.From(c).Loop(), q.calls
	q.Free(l)
	*q = cacheCall{}
	calls.Put(l, q)
	return ret
}

// answered makes the function's value of an answer, and writes what it brought.
func answered(c *script.Ctx, v cachedb.Verb, a cachedb.Answer, to script.VarRef, list []script.VarRef) script.Ret {
	switch a.Status {
	case cachedb.Failed:
		return cacheFailed
	case cachedb.NotFound:
		return cacheNotFound
	case cachedb.NotNumber:
		return cacheNotNumber
	case cachedb.Full:
		return cacheFull
	}
	switch v {
	case cachedb.Fetch:
		return yes(to.Set(c, script.StrValue(c.Copy(a.Value))))
	case cachedb.Counter, cachedb.Add:
		return yes(!to.Valid() || to.Set(c, numberValue(c, a.Number)))
	case cachedb.Raw:
		pushTable(c, a.Table, list)
	}
	return 1
}

// numberValue is a number of the script if it fits, else its digits.
func numberValue(c *script.Ctx, n int64) script.Value {
	if math.MinInt32 <= n && n <= math.MaxInt32 {
		return script.IntValue(int32(n))
	}
	return script.StrValue(strconv.AppendInt(c.Alloc(20)[:0], n, 10))
}

// pushTable pushes the rows in reverse, so that the first one is in front.
func pushTable(c *script.Ctx, t cachedb.Table, list []script.VarRef) {
	if t == nil {
		return
	}
	if x, ok := t.(cachedb.Shaped); ok {
		x.Shape(len(list))
	}
	for row := t.Rows() - 1; row >= 0; row-- {
		for col := range min(len(list), t.Cols()) {
			if cell := t.Cell(row, col); !cell.Null {
				list[col].Set(c, cellValue(c, cell))
			}
		}
	}
}

func cellValue(c *script.Ctx, cell cachedb.Cell) script.Value {
	if cell.Number {
		if n, err := strconv.ParseInt(string(cell.Text), 10, 32); err == nil {
			return script.IntValue(int32(n))
		}
	}
	return script.StrValue(c.Copy(cell.Text))
}

package usrloc

import (
	"encoding/json"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/usrloc"
)

func (m *Module) functions() []*script.Func {
	domain := m.tables.Param("domain")
	aor, key := script.Str("aor", "the address-of-record: user@domain, or just the user without use_domain"), script.Str("key", "the key")
	return []*script.Func{
		script.Func4("ul_add_key", "Note a value with an address-of-record, for as long as that has contacts. -1: it has none, or the database failed.",
			script.All, domain, aor, key, script.Opt(script.Str("value", "the value; empty or left out: the key is taken out")), m.addKey).MayWait(),
		script.Func4("ul_get_key", "Read what ul_add_key() has noted. -1: there is no such key, the address-of-record has no contacts, or the database failed.",
			script.All, domain, aor, key, script.Out("destination", "gets the value"), m.getKey).MayWait(),
		script.Func3("ul_del_key", "Forget what ul_add_key() has noted. -1: the address-of-record has no contacts, or the database failed.",
			script.All, domain, aor, key, m.delKey).MayWait(),
	}
}

func (m *Module) addKey(c *script.Ctx, t *usrloc.Table, aor, key, value []byte) script.Ret {
	if len(value) == 0 {
		return m.delKey(c, t, aor, key)
	}
	text, err := json.Marshal(string(value))
	if err != nil {
		return -1
	}
	return m.setKey(c, t, aor, key, text)
}

func (m *Module) delKey(c *script.Ctx, t *usrloc.Table, aor, key []byte) script.Ret {
	return m.setKey(c, t, aor, key, nil)
}

func (m *Module) setKey(c *script.Ctx, t *usrloc.Table, aor, key, value []byte) script.Ret {
	l := proxy.From(c).Loop()
	ch := m.store.NewChange(l, t.Domain, aor)
	ch.Key, ch.Value = ch.Keep(key), ch.Keep(value)
	r, op := m.store.Begin(l, ch)
	if op != nil {
		return c.Await(op, keySet)
	}
	return keyRet(r)
}

func keySet(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	return keyRet(op.(usrloc.UpdateOp).Result(proxy.From(c).Loop(), out))
}

// keyRet is -1 where there is no record; to set what is set already is right.
func keyRet(r usrloc.Result) script.Ret {
	if r.Verdict == usrloc.Done || r.Verdict == usrloc.Unchanged && r.Record.Len() > 0 {
		return 1
	}
	return -1
}

// A keySearch is an ul_get_key() that waits.
type keySearch struct {
	usrloc.FindOp
	key []byte
	to  script.VarRef
}

// Backend is what the search asks.
func (k *keySearch) Backend() *asyncops.Backend {
	if b, ok := k.FindOp.(asyncops.Metered); ok {
		return b.Backend()
	}
	return nil
}

func (m *Module) getKey(c *script.Ctx, t *usrloc.Table, aor, key []byte, to script.VarRef) script.Ret {
	r, op := m.store.Find(proxy.From(c).Loop(), t.Domain, aor)
	if op != nil {
		return c.Await(&keySearch{op, append([]byte(nil), key...), to}, keyFound)
	}
	return giveKey(c, r, key, to)
}

func keyFound(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	k := op.(*keySearch)
	r, ok := k.Result(proxy.From(c).Loop(), out)
	if !ok {
		return -1
	}
	return giveKey(c, r, k.key, k.to)
}

// giveKey writes the value of a key: a JSON string, or a number that another program has
// written.
func giveKey(c *script.Ctx, r usrloc.Record, key []byte, to script.VarRef) script.Ret {
	text := usrloc.Key(r.KV(), key)
	if text == nil {
		return -1
	}
	var s string
	if json.Unmarshal(text, &s) != nil {
		s = string(text)
	}
	if !to.Set(c, script.StrValue([]byte(s))) {
		return -1
	}
	return 1
}

// change has a loop carry out a change, for management, and waits for it.
func (m *Module) change(l *loop.Loop, d *usrloc.Domain, aor string, set func(*usrloc.Change), w resultWaiter) {
	ch := m.store.NewChange(l, d, []byte(aor))
	set(ch)
	r, op := m.store.Begin(l, ch)
	if op == nil {
		w <- r
		return
	}
	if _, out, pending := m.core.Ops.On(l).Begin(l, op, 0, w); !pending {
		w.Resume(l, op, out)
	}
}

// A resultWaiter carries one result away from its loop.
type resultWaiter chan usrloc.Result

// Resume tells how a change that had to be waited for has ended.
func (w resultWaiter) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	w <- op.(usrloc.UpdateOp).Result(l, out)
}

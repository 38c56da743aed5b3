package registrar

import (
	"bytes"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

func (m *Module) removeFunctions(r *script.Registry) []*script.Func {
	return []*script.Func{
		script.Func6("remove", "End contacts of a user: all, or those that are as the arguments say. 1: done, also where there were none; -1: the URI is none, or it failed.",
			script.R|script.O, m.tables.Param("domain"), script.Str("aor", "URI of the user"),
			script.Opt(script.Str("contact", "its URI, as it was registered")),
			script.Opt(script.Str("next_hop", "address or name of the next hop on the way to it: of its Path, else of where it registered from, else of its URI")),
			script.Opt(script.Str("sip_instance", "its +sip.instance: <urn:...>")),
			script.Opt(script.Flag(&r.BranchFlags, "bflag", "branch flag that it has")), m.remove).MayWait(),
		script.Func4("remove_ip_port", "End the contacts whose next hop is an address and port: of one user, or of all. 1: done; -1: failed.",
			script.All, script.Str("ip", "address"), script.Int("port", "port"), m.tables.Param("domain"),
			script.Opt(script.Str("aor", "URI of the user")), m.removeIPPort).MayWait(),
	}
}

// A filter says which contacts are to be ended: those that are like all that is set.
type filter struct {
	uri, hop, instance []byte
	port               uint16 // of hop; 0: any
	flag               uint32
}

func (f *filter) all() bool { return f.uri == nil && f.hop == nil && f.instance == nil && f.flag == 0 }

func (f *filter) matches(k *usrloc.Contact) bool {
	return (f.uri == nil || bytes.Equal(f.uri, k.URI)) &&
		(f.instance == nil || bytes.Equal(withoutBrackets(f.instance), withoutBrackets(k.Instance))) &&
		k.BranchFlags&f.flag == f.flag &&
		(f.hop == nil || f.isHop(k))
}

// isHop compares with the next hop on the way to k. Names are compared as they are
// written: nothing is looked up.
func (f *filter) isHop(k *usrloc.Contact) bool {
	uri := nextHop(k)
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return false
	}
	port := u.Port
	if port == 0 {
		port = 5060
	}
	if f.port != 0 && port != int(f.port) {
		return false
	}
	host := u.Host.Of(uri)
	a, ok := loop.ParseIP(f.hop)
	b, ok2 := loop.ParseIP(host)
	if ok && ok2 {
		return a.SameIP(b)
	}
	return sipparse.EqualFold(f.hop, host)
}

// nextHop is the URI of the next hop on the way to a contact.
func nextHop(k *usrloc.Contact) []byte {
	switch {
	case len(k.Path) > 0:
		return firstURI(k.Path)
	case len(k.Received) > 0:
		return k.Received
	}
	return k.URI
}

func (m *Module) remove(c *script.Ctx, t *usrloc.Table, uri, contact, hop, instance []byte, flag uint32) script.Ret {
	return m.removeOf(c, t, uri, filter{uri: contact, hop: hop, instance: instance, flag: flag})
}

// removeOf ends contacts of one user.
func (m *Module) removeOf(c *script.Ctx, t *usrloc.Table, uri []byte, f filter) script.Ret {
	aor, why := m.aor.of(c, uri)
	if t.Domain == nil || why != fine {
		return -1
	}
	l := proxy.From(c).Loop()
	if f.all() {
		ch := m.store.NewChange(l, t.Domain, aor)
		ch.Clear = true
		return m.away(c, ch)
	}
	rec, op := m.store.Find(l, t.Domain, aor)
	if op != nil {
		return c.Await(&choosing{op, m, t, f}, chosen)
	}
	return m.removeFrom(c, t, rec, &f)
}

// A choosing is the search for the contacts that are to be ended.
type choosing struct {
	usrloc.FindOp
	m *Module
	t *usrloc.Table
	f filter
}

func chosen(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	w := op.(*choosing)
	rec, ok := w.Result(proxy.From(c).Loop(), out)
	if !ok {
		return -1
	}
	return w.m.removeFrom(c, w.t, rec, &w.f)
}

func (m *Module) removeFrom(c *script.Ctx, t *usrloc.Table, rec usrloc.Record, f *filter) script.Ret {
	if ch := m.removal(proxy.From(c).Loop(), t.Domain, rec, f); ch != nil {
		return m.away(c, ch)
	}
	return 1
}

// removal is the change that ends the contacts of rec that f matches; nil: there are none.
func (m *Module) removal(l *loop.Loop, d *usrloc.Domain, rec usrloc.Record, f *filter) (ch *usrloc.Change) {
	var k usrloc.Contact
	for at, ok := rec.Next(0, &k); ok; at, ok = rec.Next(at, &k) {
		if !f.matches(&k) {
			continue
		}
		if ch == nil {
			ch = m.store.NewChange(l, d, rec.AoR())
		}
		ch.Delete(&k)
	}
	return ch
}

// away carries ch out.
func (m *Module) away(c *script.Ctx, ch *usrloc.Change) script.Ret {
	res, op := m.store.Begin(proxy.From(c).Loop(), ch)
	if op != nil {
		return c.Await(op, removed)
	}
	return removedBy(&res)
}

func removed(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	res := op.(usrloc.UpdateOp).Result(proxy.From(c).Loop(), out)
	return removedBy(&res)
}

func removedBy(res *usrloc.Result) script.Ret {
	if res.Verdict == usrloc.Done || res.Verdict == usrloc.Unchanged {
		return 1
	}
	return -1
}

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

func (m *Module) registeredFunctions() []*script.Func {
	in := script.R | script.F | script.O | script.B | script.L
	aor := script.Opt(script.Str("aor", "URI of the user; left out: To of a REGISTER, From of other requests"))
	return []*script.Func{
		script.Func2("is_registered", "Whether the user has a contact. Its attr_avp is appended.", in, m.tables.Param("domain"), aor, m.isRegistered).MayWait(),
		script.Func4("is_contact_registered", "Whether the user has that contact. With neither contact nor Call-ID, the first Contact of the request that is not to be ended.",
			in, m.tables.Param("domain"), aor, script.Opt(script.Str("contact", "its URI, as it was registered")),
			script.Opt(script.Str("callid", "Call-ID by which it was registered")), m.isContactRegistered).MayWait(),
		script.Func4("is_ip_registered", "Whether the user has a contact that registered from an address.", in, m.tables.Param("domain"), aor,
			script.VarIn("ip", "address; of an $avp, all its values"), script.Opt(script.VarIn("port", "port; of an $avp, the values at the same places")), m.isIPRegistered).MayWait(),
	}
}

// A question is asked of each contact of a user; true ends it.
type question struct {
	m    *Module
	c    *script.Ctx
	now  int64
	is   func(*question, *usrloc.Contact) bool
	uri  []byte
	call []byte
	ip   script.VarRef
	port script.VarRef
}

// An asking is a search that the run waits for.
type asking struct {
	usrloc.FindOp
	q question
}

func (m *Module) ask(c *script.Ctx, t *usrloc.Table, uri []byte, q question) script.Ret {
	x := proxy.From(c)
	if uri == nil {
		uri = userOf(x)
	}
	aor, f := m.aor.of(c, uri)
	if t.Domain == nil || f != fine {
		return -1
	}
	q.m, q.c, q.now = m, c, x.Loop().Wall().Unix()
	rec, op := m.store.Find(x.Loop(), t.Domain, aor)
	if op != nil {
		return c.Await(&asking{op, q}, askedOf)
	}
	return q.of(rec)
}

func askedOf(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	a := op.(*asking)
	rec, ok := a.Result(proxy.From(c).Loop(), out)
	if !ok {
		return -1
	}
	return a.q.of(rec)
}

// userOf is the URI of the user that a request is of; nil: there is no request in hand.
func userOf(x *proxy.Context) []byte {
	if x.Rpl != nil || x.Req == nil {
		return nil
	}
	msg := &x.Req.Msg
	n := msg.From()
	if msg.Method() == sipparse.Register {
		n = msg.To()
	}
	if n == nil {
		return nil
	}
	return n.URI.Of(msg.Buf())
}

func (q *question) of(rec usrloc.Record) script.Ret {
	var k usrloc.Contact
	for at, ok := rec.Next(0, &k); ok; at, ok = rec.Next(at, &k) {
		if k.Live(q.now) && q.is(q, &k) {
			return 1
		}
	}
	return -1
}

func (m *Module) isRegistered(c *script.Ctx, t *usrloc.Table, uri []byte) script.Ret {
	return m.ask(c, t, uri, question{is: anyContact})
}

func anyContact(q *question, k *usrloc.Contact) bool {
	if id := q.m.set.attrAVP; id != noAVP {
		q.c.AVPs().Append(id, script.StrValue(k.Attr))
	}
	return true
}

func (m *Module) isContactRegistered(c *script.Ctx, t *usrloc.Table, uri, contact, callID []byte) script.Ret {
	if contact == nil && callID == nil {
		if contact = m.firstLasting(c); contact == nil {
			return -1
		}
	}
	return m.ask(c, t, uri, question{is: thatContact, uri: contact, call: callID})
}

func thatContact(q *question, k *usrloc.Contact) bool {
	return (q.uri == nil || bytes.Equal(q.uri, k.URI)) && (q.call == nil || bytes.Equal(q.call, k.CallID))
}

// firstLasting is the first contact of the message as edited that is not to be ended.
func (m *Module) firstLasting(c *script.Ctx) []byte {
	x := proxy.From(c)
	msg, _ := m.asEdited(c, m.scratch.On(x.Loop()), x.Msg(), x.Edits)
	if msg == nil {
		return nil
	}
	header, present, _ := msg.Expires()
	it := msg.Contacts()
	for k := (sipparse.Contact{}); it.Next(&k); {
		if k.Star || k.HasExpires && k.Expires == 0 || !k.HasExpires && present && header == 0 {
			continue
		}
		return k.URI.Of(msg.Buf())
	}
	return nil
}

func (m *Module) isIPRegistered(c *script.Ctx, t *usrloc.Table, uri []byte, ip, port script.VarRef) script.Ret {
	return m.ask(c, t, uri, question{is: thatAddress, ip: ip, port: port})
}

// maxAddresses is how many values of an $avp are looked at.
const maxAddresses = 64

func thatAddress(q *question, k *usrloc.Contact) bool {
	uri := k.URI
	if len(k.Received) > 0 {
		uri = k.Received
	}
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return false
	}
	addr, ok := loop.ParseIP(u.Host.Of(uri))
	if !ok {
		return false
	}
	for i := range int32(maxAddresses) {
		text, more := q.value(q.ip, i)
		if !more {
			return false
		}
		if other, ok := loop.ParseIP(text); ok && other.SameIP(addr) && q.samePort(i, &u) {
			return true
		}
	}
	return false
}

// value is the i-th of an $avp, or a variable's only one.
func (q *question) value(v script.VarRef, i int32) (text []byte, ok bool) {
	return q.c.Text(v.Element(q.c, i))
}

func (q *question) samePort(i int32, u *sipparse.URI) bool {
	if !q.port.Valid() {
		return true
	}
	text, ok := q.value(q.port, i)
	if !ok {
		return false
	}
	port := u.Port
	if port == 0 {
		port = 5060
	}
	n, ok := sipparse.ParseUint(text, 65535)
	return ok && int(n) == port
}

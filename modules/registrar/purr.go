package registrar

import (
	"encoding/binary"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

// A PURR (RFC 8599 §6) names a registration: a client puts it into the Contact of its
// dialogs as pn-purr, so that later requests of them can have it woken up. It is a text
// that only who has the key (gruu_secret) can read or make: the address of record and the
// number of the contact.

// Values of pn_process_purr.
const (
	purrAwake   script.Ret = 1
	purrNone    script.Ret = 2
	purrFailed  script.Ret = -1
	purrTooLate script.Ret = -2
)

func (m *Module) purrFunction() *script.Func {
	return script.Func1("pn_process_purr", "Wake up the client whose pn-purr is in the R-URI or the topmost Route, and wait until it has registered. "+
		"1: it has; 2: there is none of ours; -1: failed; -2: it has not come in time.", script.R, m.tables.Param("domain"), m.processPURR).MayWait()
}

// appendPURR appends the one of the request's contact.
func (r *registration) appendPURR(rec usrloc.Record) {
	var k usrloc.Contact
	own := firstContact(r.msg)
	for at, ok := rec.Next(0, &k); ok; at, ok = rec.Next(at, &k) {
		if !r.m.push.sameClient(own, k.URI) {
			continue
		}
		t := r.m.scratch.On(r.x.Loop())
		t.text = append(t.text, `;+sip.pnspurr="`...)
		t.text = append(r.m.gruu.seal(r.c, t.text, numberOf(r.c, k.ID), rec.AoR()), '"')
		return
	}
}

// numberOf is the number of a contact, as long as other sealed things begin with.
func numberOf(c *script.Ctx, id uint64) []byte {
	b := c.Alloc(sumLen)
	clear(b)
	binary.LittleEndian.PutUint64(b, id)
	return b
}

// purrOf is the pn-purr of the request in hand, nil if it has none.
func purrOf(x *proxy.Context) []byte {
	msg := &x.Req.Msg
	if v := paramOf(x.Target.URI(msg.RequestURI()), pnPURR); v != nil {
		return v
	}
	it := msg.Addrs(sipparse.HdrRoute)
	var n sipparse.NameAddr
	if !it.Next(&n) {
		return nil
	}
	return paramOf(n.URI.Of(msg.Buf()), pnPURR)
}

func paramOf(uri []byte, name string) []byte {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return nil
	}
	v, _ := u.Param(uri, name)
	return v
}

func (m *Module) processPURR(c *script.Ctx, t *usrloc.Table) script.Ret {
	x := proxy.From(c)
	if m.push == nil || !m.set.push.purr || t.Domain == nil {
		c.LogError("registrar: pn_process_purr needs pn_enable and pn_enable_purr")
		return purrFailed
	}
	number, aor, ok := m.gruu.unseal(c, purrOf(x))
	if !ok {
		return purrNone
	}
	rec, op := m.store.Find(x.Loop(), t.Domain, aor)
	if op != nil {
		return c.Await(&recalling{op, m, t, number}, recalled)
	}
	return m.awaitClient(c, t, rec, number)
}

// A recalling is the search for the contact of a PURR.
type recalling struct {
	usrloc.FindOp
	m      *Module
	t      *usrloc.Table
	number []byte
}

func recalled(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	w := op.(*recalling)
	rec, ok := w.Result(proxy.From(c).Loop(), out)
	if !ok {
		return purrFailed
	}
	return w.m.awaitClient(c, w.t, rec, w.number)
}

func (m *Module) awaitClient(c *script.Ctx, t *usrloc.Table, rec usrloc.Record, number []byte) script.Ret {
	x, id := proxy.From(c), binary.LittleEndian.Uint64(number)
	var k usrloc.Contact
	for at, ok := rec.Next(0, &k); ok; at, ok = rec.Next(at, &k) {
		if k.ID != id || !k.Live(x.Loop().Wall().Unix()) {
			continue
		}
		w := &purrWait{m: m, t: t, aor: rec.AoR(), sleeper: sleeperOf(&k), contact: k, why: reasonOf(&x.Req.Msg, "mid-"), callID: x.Req.Msg.CallID()}
		return c.AwaitFor(w, purrWoken, m.set.push.waitFor)
	}
	return purrNone
}

// A purrWait is the operation of pn_process_purr: it ends when the client has registered.
type purrWait struct {
	m       *Module
	t       *usrloc.Table
	aor     []byte
	sleeper sleeper
	contact usrloc.Contact // as it was, then as it is
	why     string
	callID  []byte
	watch   *usrloc.Watch
	done    asyncops.Completion
}

// Start has the client woken up.
func (w *purrWait) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	w.done = c
	w.watch = w.m.store.Watch(l, w.t.Domain, w.aor, w)
	w.m.store.RaiseRefresh(l, w.t.Domain, w.aor, &w.contact, w.why, w.callID)
}

// Cancel ends the waiting.
func (w *purrWait) Cancel(l *loop.Loop) { w.watch.Close(l) }

// ContactsChanged ends it well, if the client is among those that have registered.
func (w *purrWait) ContactsChanged(l *loop.Loop, _ *usrloc.Watch) {
	var k usrloc.Contact
	if w.m.push.wokenUp(&w.sleeper, w.t.Domain.Get(w.aor), l.Wall().Unix(), &k) {
		w.contact = k
		w.watch.Close(l)
		w.done.Done(l, asyncops.Completed)
	}
}

// purrWoken gives the run what the client has registered: the $avp that the event
// E_UL_CONTACT_UPDATE has as parameters, and the way to it.
func purrWoken(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	w := op.(*purrWait)
	switch out {
	case asyncops.Completed:
	case asyncops.TimedOut:
		return purrTooLate
	default:
		return purrFailed
	}
	x, k := proxy.From(c), &w.contact
	uri, _ := w.m.push.withoutPush(c.Alloc(len(k.URI))[:0], k.URI)
	for i, v := range [...][]byte{uri, w.aor, k.Received, k.Path, k.UserAgent, k.Socket, k.CallID, k.Attr} {
		c.AVPs().Push(w.m.purrAVPs[i], script.StrValue(v))
	}
	if len(k.Path) == 0 && len(k.Received) > 0 {
		x.Target.SetDst(k.Received)
	}
	return purrAwake
}

// purrNames are the $avp that are given, in that order.
var purrNames = [...]string{"uri", "aor", "received", "path", "user_agent", "socket", "callid", "attr"}

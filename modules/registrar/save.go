package registrar

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

func (m *Module) saveFunction() *script.Func {
	return script.Func4("save", "Register the contacts of the REGISTER, end them, or list them, and answer it. In a reply route: those that another registrar has accepted. "+
		"1: done and answered with 200; -2: refused, and answered with why; -1: the answer could not be sent.", script.R|script.O,
		m.tables.Param("domain"), saveFlagsParam(), script.Opt(script.Str("aor", "URI of the user instead of To")),
		script.Opt(script.Str("ownership_tag", "of a cluster; no effect here")), m.save).MayWait()
}

func (m *Module) save(c *script.Ctx, t *usrloc.Table, flags *saveFlags, aor, _ []byte) script.Ret {
	if flags == nil {
		flags = noSaveFlags
	}
	x := proxy.From(c)
	r := registration{m: m, c: c, x: x, req: x.Req, flags: flags, table: t, now: x.Loop().Wall().Unix()}
	if r.req == nil || t.Domain == nil {
		return unsent
	}
	r.begin()
	if x.Rpl != nil {
		return r.ofReply(aor)
	}
	if f := r.prepare(aor); f != fine {
		return r.refuse(f)
	}
	return r.carryOut()
}

// prepare looks at all of the request.
func (r *registration) prepare(aor []byte) failure {
	if f := r.check(); f != fine {
		return f
	}
	if aor == nil {
		to := r.req.Msg.To()
		if to == nil {
			return badMessage
		}
		aor = to.URI.Of(r.req.Msg.Buf())
	}
	var f failure
	if r.aor, f = r.m.aor.of(r.c, aor); f != fine {
		return f
	}
	return r.inspectPush()
}

// carryOut has the location service do it, which may take its time.
func (r *registration) carryOut() script.Ret {
	l, store := r.x.Loop(), r.m.store
	if r.contacts == 0 && !r.star {
		rec, op := store.Find(l, r.table.Domain, r.aor)
		if op != nil {
			return r.c.Await(&listing{FindOp: op, r: *r}, listed)
		}
		return r.list(rec)
	}
	ch := store.NewChange(l, r.table.Domain, r.aor)
	if f := r.fill(ch); f != fine {
		store.FreeChange(l, ch)
		return r.refuse(f)
	}
	res, op := store.Begin(l, ch)
	if op != nil {
		return r.c.Await(&saving{UpdateOp: op, r: *r}, changed)
	}
	return r.finish(&res)
}

// A saving is a change that the run waits for.
type saving struct {
	usrloc.UpdateOp
	r registration
}

// A listing is a search that the run waits for.
type listing struct {
	usrloc.FindOp
	r registration
}

func changed(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	s := op.(*saving)
	s.r.begin()
	res := s.Result(s.r.x.Loop(), out)
	return s.r.finish(&res)
}

func listed(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	s := op.(*listing)
	s.r.begin()
	rec, ok := s.Result(s.r.x.Loop(), out)
	if !ok {
		return s.r.refuse(backendFailed)
	}
	return s.r.list(rec)
}

var verdicts = [...]failure{
	usrloc.Done: fine, usrloc.Unchanged: fine, usrloc.SameCSeq: fine, usrloc.TooMany: tooMany,
	usrloc.OldCSeq: badCSeq, usrloc.BadURI: badContact, usrloc.BackendFailed: backendFailed,
}

// finish answers for what came of the change.
func (r *registration) finish(res *usrloc.Result) script.Ret {
	f := verdicts[res.Verdict]
	if res.Verdict == usrloc.SameCSeq && !r.m.set.allowDupCSeq {
		f = badCSeq
	}
	if f != fine {
		return r.refuse(f)
	}
	r.keepConnection()
	return r.list(res.Record)
}

// list answers with 200 and what the user has registered.
func (r *registration) list(rec usrloc.Record) script.Ret {
	r.m.count[r.x.Loop().Index()].accepted.Inc()
	if r.flags.noReply {
		return saved
	}
	r.appendContacts(rec)
	t := r.m.scratch.On(r.x.Loop())
	t.text = sipparse.AppendDate(append(t.text, "Date: "...), r.now)
	t.text = append(t.text, "\r\n"...)
	if r.path != nil && r.flags.path != pathOff && r.supports("path") {
		r.appendPath(r.path)
	}
	if r.m.set.serviceRoute != "" {
		r.append("Service-Route: ")
		r.append(r.m.set.serviceRoute)
		r.append("\r\n")
	}
	if r.outbound {
		r.append("Require: outbound\r\n") // RFC 5626 §6
	}
	r.appendFeatures(rec)
	if !r.reply(200) {
		return unsent
	}
	return saved
}

// noteLongest notes until when a contact that is reached by a connection is to stay.
func (r *registration) noteLongest(k *usrloc.Contact) {
	if r.req.From.Proto.Reliable() && (k.RegID != 0 || r.req.Flags()&r.m.set.persistent != 0) {
		r.longest = max(r.longest, k.Expires)
	}
}

// keepConnection keeps the connection that the request came by for as long as its
// contacts (tcp_persistent_flag), and ten seconds for the next REGISTER. That of a flow
// (RFC 5626) is kept without being asked.
func (r *registration) keepConnection() {
	if r.longest == 0 {
		return
	}
	l := r.x.Loop()
	until := l.Now() + (r.longest-r.now+10)*1e9
	r.x.Proxy().Transport().KeepConn(l, &r.req.From, until)
}

package acc

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func (m *Module) functions() []*script.Func {
	const requests = script.R | script.F | script.B | script.L
	comment := script.Str("comment", `status and reason phrase, such as "403 Not Allowed"; without a status it is all reason`)
	typ := func(check func(mask) error) script.Param[mask] {
		return maskParam("type", "log, db, evi; several with |", types, check)
	}
	what := maskParam("flags", "cdr, missed, failed; several with |", flags, nil)
	aaa := script.Func1("acc_aaa_request", "Not here: "+noAAA+".", requests, comment, func(c *script.Ctx, _ []byte) script.Ret {
		c.LogError("acc: %s", noAAA)
		return -1
	})
	aaa.Needs = func(*script.Registry) string {
		return noAAA + "; acc_log_request(), acc_db_request() and acc_evi_request() are"
	}
	return []*script.Func{
		script.Func3("do_accounting", "Have the transaction accounted when it is answered; with cdr the call, once it has ended; with missed a call that is not answered, once; "+
			"with failed any transaction with a negative answer. Always 1; without a database there are no rows.", requests,
			typ(m.note), script.Opt(what), script.Opt(script.Str("table", "table of the rows, instead of db_table_acc")), m.doAccounting),
		script.Func2("drop_accounting", "Take back what do_accounting() asked for: of all types without arguments, all of a type with one. -1: it was not called.", requests,
			script.Opt(typ(nil)), script.Opt(what), m.dropAccounting),
		script.Func1("acc_log_request", "Account the request to the log, now.", requests, comment, m.logRequest),
		script.Func2("acc_db_request", "Account the request to the database, now: the row is written in the background. -1: no database, or no room.", requests,
			comment, script.Str("table", "table"), m.dbRequest),
		script.Func1("acc_evi_request", "Account the request by an event, now: E_ACC_EVENT, or with a status from 300 on E_ACC_MISSED_EVENT.", requests, comment, m.eviRequest),
		aaa,
		script.Func0("acc_new_leg", "Begin another leg, without values; nothing if there are no leg_fields. -1: there are too many.", requests, m.newLeg),
		script.Func0("acc_load_ctx_from_dlg", "Read and write the fields of the loaded dialog. -1: there is none, for there is no dialog module yet.", script.All, m.noDialog("acc_load_ctx_from_dlg")),
		script.Func0("acc_unload_ctx_from_dlg", "The end of that. -1: nothing was loaded.", script.All, m.noDialog("acc_unload_ctx_from_dlg")),
	}
}

// note remembers that rows are asked for.
func (m *Module) note(types mask) error {
	m.wantsRows = m.wantsRows || types&toDB != 0
	return nil
}

func (m *Module) noDialog(name string) func(*script.Ctx) script.Ret {
	return func(c *script.Ctx) script.Ret {
		c.LogError("acc: %s: no dialog is loaded: there is no dialog module yet", name)
		return -1
	}
}

func (m *Module) doAccounting(c *script.Ctx, types, flags mask, table []byte) script.Ret {
	x := proxy.From(c)
	if x.Req == nil {
		return -1
	}
	if x.Req.Msg.Method() == sipparse.Cancel && !m.reportCancels {
		return 1
	}
	a := m.account(x.Loop(), x.Req)
	first := a.flags == 0
	a.flags |= types + types*flags
	a.changed = !a.call.none()
	if types&toDB != 0 {
		a.table = append(a.table[:0], table...)
	}
	if a.flags.any(withCDR) && a.created == 0 && len(x.Req.Msg.ToTag()) == 0 {
		a.created = x.Loop().Wall().Unix()
	}
	if first && m.detectDirection && upstreamOf(x.Req) {
		a.upstream = true
	}
	return 1
}

func (m *Module) dropAccounting(c *script.Ctx, types, flags mask) script.Ret {
	x := proxy.From(c)
	if x.Req == nil {
		return -1
	}
	a := m.of(x.Req)
	if a == nil {
		if len(x.Req.Msg.ToTag()) > 0 { // of the call
			a = m.account(x.Loop(), x.Req)
		}
		if a == nil || a.call.none() {
			c.LogError("acc: drop_accounting() without do_accounting()")
			return -1
		}
	}
	if types == 0 {
		types = everywhere
	}
	if flags == 0 {
		flags = allBits
	}
	a.flags &^= types * flags
	a.changed = !a.call.none()
	return 1
}

// request makes the record of a request, of which comment says what became of it.
func (m *Module) request(c *script.Ctx, comment []byte) (x *proxy.Context, r record, ok bool) {
	x = proxy.From(c)
	if x.Req == nil {
		return x, r, false
	}
	r = record{kind: requestRecord, at: x.Loop().Wall().Unix(), a: m.of(x.Req)}
	status, reason := split(comment)
	core := r.a.coreOf(x.Req, x.Req.Msg.ToTag(), status, reason)
	r.core = &core
	return x, r, true
}

// split takes a comment apart: "403 Not Allowed".
func split(comment []byte) (status int, reason []byte) {
	reason = comment
	if len(comment) >= 3 && digit(comment[0]) && digit(comment[1]) && digit(comment[2]) {
		status = int(comment[0]-'0')*100 + int(comment[1]-'0')*10 + int(comment[2]-'0')
		reason = bytes.TrimLeft(comment[3:], " \t\r\n")
	}
	if len(reason) == 0 {
		reason = []byte(sipparse.ReasonPhrase(status))
	}
	return status, reason
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func (m *Module) logRequest(c *script.Ctx, comment []byte) script.Ret {
	x, r, ok := m.request(c, comment)
	if !ok {
		return -1
	}
	m.logLine(x.Loop(), &r)
	return 1
}

func (m *Module) dbRequest(c *script.Ctx, comment, table []byte) script.Ret {
	x, r, ok := m.request(c, comment)
	if !ok || m.spool == nil || len(table) == 0 {
		c.LogError("acc: acc_db_request: there is no database, or no table")
		return -1
	}
	r.table = table
	if !m.insert(x.Loop(), &r) {
		return -1
	}
	return 1
}

func (m *Module) eviRequest(c *script.Ctx, comment []byte) script.Ret {
	x, r, ok := m.request(c, comment)
	if !ok {
		return -1
	}
	m.raise(x.Loop(), &r)
	return 1
}

func (m *Module) newLeg(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	if x.Req == nil {
		return -1
	}
	if len(m.leg.tags) == 0 {
		return 1
	}
	a := m.account(x.Loop(), x.Req)
	a.changed = !a.call.none()
	if !a.newLeg() {
		c.LogError("acc: acc_new_leg: there are %d legs already", maxLegs)
		return -1
	}
	return 1
}

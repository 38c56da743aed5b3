package domain

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// Values of the functions.
const (
	local  script.Ret = 1
	not    script.Ret = -1
	noFrom script.Ret = -2
	failed script.Ret = -3
)

func (m *Module) functions() []*script.Func {
	attrs := script.Opt(script.Out("attrs", "variable for the domain's attributes; it is not written where the table has NULL"))
	const routes = script.R | script.F | script.B | script.L
	return []*script.Func{
		script.Func1("is_from_local", "Whether the domain of the From URI is one of the table. -1 no, -2 there is no such URI, -3 the database failed.", routes,
			attrs, m.isFromLocal).MayWait(),
		script.Func1("is_uri_host_local", "Whether the domain of the R-URI is one of the table; in a branch route, of the branch's. -1 no, -3 the database failed.", routes,
			attrs, m.isURILocal).MayWait(),
		script.Func2("is_domain_local", "Whether a domain is one of the table. -1 no, -3 the database failed.", script.All,
			script.Str("domain", "the domain"), attrs, m.isDomainLocal).MayWait(),
	}
}

func (m *Module) isFromLocal(c *script.Ctx, attrs script.VarRef) script.Ret {
	x := proxy.From(c)
	msg := x.Msg()
	if from := msg.From(); from != nil {
		if host := hostOf(x, from.URI.Of(msg.Buf())); host != nil {
			return m.isLocal(c, host, attrs)
		}
	}
	c.LogError("domain: the From URI has no domain")
	return noFrom
}

func (m *Module) isURILocal(c *script.Ctx, attrs script.VarRef) script.Ret {
	x := proxy.From(c)
	return m.isLocal(c, hostOf(x, x.WorkingURI()), attrs)
}

func (m *Module) isDomainLocal(c *script.Ctx, domain []byte, attrs script.VarRef) script.Ret {
	return m.isLocal(c, domain, attrs)
}

// hostOf returns the host of a URI, nil if it has none.
func hostOf(x *proxy.Context, uri []byte) []byte {
	u, ok := x.ParseURI(uri)
	if !ok || u.Host.Len() == 0 {
		return nil
	}
	return u.Host.Of(uri)
}

// isLocal looks host up. Until the table is in memory the database is asked in either mode.
func (m *Module) isLocal(c *script.Ctx, host []byte, attrs script.VarRef) script.Ret {
	host = normal(c.Alloc(maxHost)[:0], host)
	if len(host) == 0 {
		return not
	}
	if t := m.loaded.Load(); t != nil && m.mode == cache {
		e, ok := t.find(host)
		switch {
		case !ok:
			return not
		case e.hasAttrs && attrs.Valid():
			attrs.Set(c, script.StrValue(append(c.Alloc(len(e.attrs))[:0], e.attrs...)))
		}
		return local
	}
	return m.ask(c, host, attrs)
}

// A lookup is a question to the database, and where the answer goes.
type lookup struct {
	db.Query
	m     *Module
	host  []byte // of the run's memory
	attrs script.VarRef
}

// ask has the database find the host and the domains above it, in one query.
func (m *Module) ask(c *script.Ctx, host []byte, attrs script.VarRef) script.Ret {
	names := namesOf(host)
	l := proxy.From(c).Loop()
	q := m.asks.Get(l)
	*q = lookup{Query: m.db.Query(l), m: m, host: host, attrs: attrs}
	if err := db.Prepare(m.db, q.Query, m.names.selectAny(names.n)); err != nil {
		c.LogError("domain: %v", err)
		q.free(c)
		return failed
	}
	for _, at := range names.at[:names.n] {
		q.Bind(db.TextArg(host[at:]))
	}
	return c.Await(q, answered)
}

// selectAny asks for rows of n domains.
func (t *columns) selectAny(n int) *db.Statement {
	s := &db.Statement{Verb: db.Select, Table: t.table, Columns: []string{t.domain, t.attrs, t.subdomain}, Any: true}
	for range n {
		s.Where = append(s.Where, db.Condition{Column: t.domain})
	}
	return s
}

// answered is told how it went.
func answered(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	q := op.(*lookup)
	ret := failed
	switch out {
	case asyncops.Completed:
		ret = q.result(c)
	case asyncops.Failed:
		state, msg := q.Err()
		c.LogError("domain: query failed: %s (%s)", msg[:min(len(msg), 512)], state)
	}
	q.free(c)
	return ret
}

// result takes the row that covers the host: its own first, then of the domains above it.
func (q *lookup) result(c *script.Ctx) script.Ret {
	names := namesOf(q.host)
	for i, at := range names.at[:names.n] {
		for row := range q.Rows() {
			var text [maxHost]byte
			got, null := q.Value(row, 0)
			if null || string(normal(text[:0], got)) != string(q.host[at:]) || i > 0 && !isTrue(q.Query, row) {
				continue
			}
			if b, null := q.Value(row, 1); !null && q.attrs.Valid() {
				q.attrs.Set(c, script.StrValue(c.Copy(b)))
			}
			return local
		}
	}
	return not
}

// isTrue reads accept_subdomain: a number of which only being zero matters; NULL is zero.
func isTrue(q db.Query, row int) bool {
	b, null := q.Value(row, 2)
	return !null && len(b) > 0 && string(b) != "0" && string(b) != "f" && string(b) != "false"
}

func (q *lookup) free(c *script.Ctx) {
	l := proxy.From(c).Loop()
	q.Query.Free(l)
	m := q.m
	*q = lookup{}
	m.asks.Put(l, q)
}

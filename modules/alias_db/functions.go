package alias_db

import (
	"fmt"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// Values of the functions.
const (
	found  script.Ret = 1
	none   script.Ret = -1
	failed script.Ret = -2
)

func (m *Module) functions() []*script.Func {
	table := script.Parsed("table", `the table: "dbaliases"`, func(s string) (string, error) { return s, db.CheckName(s) }, tableOf)
	flags := script.Opt(script.Parsed("flags", `"d": only the user is looked at, not the domain; "r": the other way, from the user to an alias`, parseFlags, flagsOf))
	return []*script.Func{
		script.Func2("alias_db_lookup", "Replace the R-URI, if it is an alias, by whom it stands for. -1: it is none, -2: the database failed.", script.R|script.F,
			table, flags, m.lookUp).MayWait(),
		script.Func4("alias_db_find", "Store whom a URI stands for. -1: it is no alias, -2: the database failed.", script.All,
			table, script.Str("uri", "the URI that may be an alias"), script.Out("result", "variable for whom it stands for"), flags, m.find).MayWait(),
	}
}

func tableOf(c *script.Ctx, b []byte) (string, bool) {
	s := string(b)
	if err := db.CheckName(s); err != nil {
		c.LogError("alias_db: %v", err)
		return "", false
	}
	return s, true
}

// flags are those of one call.
type flags struct{ noDomain, reverse bool }

func parseFlags(s string) (f flags, err error) {
	for _, c := range s {
		switch c {
		case 'd', 'D':
			f.noDomain = true
		case 'r', 'R':
			f.reverse = true
		default:
			return f, &script.Refusal{Msg: fmt.Sprintf("there is no flag %q", c), Hint: "there are d and r"}
		}
	}
	return f, nil
}

func flagsOf(c *script.Ctx, b []byte) (flags, bool) {
	f, err := parseFlags(string(b))
	if err != nil {
		c.LogError("alias_db: %v", err)
	}
	return f, err == nil
}

func (m *Module) lookUp(c *script.Ctx, table string, f flags) script.Ret {
	return m.query(c, table, proxy.From(c).WorkingURI(), script.VarRef{}, f)
}

func (m *Module) find(c *script.Ctx, table string, uri []byte, out script.VarRef, f flags) script.Ret {
	return m.query(c, table, uri, out, f)
}

// query asks for the users, or aliases, of a URI.
func (m *Module) query(c *script.Ctx, table string, uri []byte, out script.VarRef, f flags) script.Ret {
	x := proxy.From(c)
	u, ok := x.ParseURI(uri)
	if !ok {
		c.LogError("alias_db: %q is no URI", uri[:min(len(uri), 128)])
		return none
	}
	q := m.lookup(x.Loop())
	q.out = out
	if err := db.Prepare(m.db, q.Query, m.statement(table, f)); err != nil {
		c.LogError("alias_db: %v", err)
		q.free(x.Loop())
		return failed
	}
	q.Bind(db.TextArg(u.User.Of(uri)))
	if !f.noDomain {
		q.Bind(db.TextArg(m.domain(c, u.Host.Of(uri))))
	}
	return c.Await(q, answered)
}

// statement asks for the columns of one address by those of the other.
func (m *Module) statement(table string, f flags) *db.Statement {
	from, to := m.alias, m.user
	if f.reverse {
		from, to = to, from
	}
	s := &db.Statement{Verb: db.Select, Table: table, Columns: []string{to.user, to.domain}, Limit: 1,
		Where: []db.Condition{{Column: from.user}}}
	if !f.noDomain {
		s.Where = append(s.Where, db.Condition{Column: from.domain})
	}
	if m.branches {
		s.Limit = maxUsers
	}
	return s
}

// domain is the one to look up: in lower case, since domains are equal in any (RFC 3261
// §19.1.4), and without domain_prefix.
func (m *Module) domain(c *script.Ctx, host []byte) []byte {
	if n := len(m.prefix); n > 0 && n < len(host) && sipparse.EqualFoldString(host[:n], m.prefix) {
		host = host[n:]
	}
	low := c.Alloc(len(host))[:0]
	for _, b := range host {
		if 'A' <= b && b <= 'Z' {
			b |= 0x20
		}
		low = append(low, b)
	}
	return low
}

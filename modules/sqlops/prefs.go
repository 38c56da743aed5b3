package sqlops

import (
	"cmp"
	"strconv"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// prefs is the table of user preferences: $avp values of a user, a domain or whatever else
// a uuid names.
type prefs struct {
	table                                       string
	uuid, username, domain, attribute, val, typ string // columns
	useDomain                                   bool
	schemes                                     map[string]*scheme
}

func (t *prefs) parameters(p *module.Params) {
	p.String(&t.table, "usr_table", "usr_preferences", "table of the $avps of sql_avp_load and its like")
	p.Old("usr_table", "avp_table")
	p.Bool(&t.useDomain, "use_domain", true, "a URI's domain must be that of the row as well, not only its user")
	p.String(&t.uuid, "uuid_column", "uuid", "column of a unique id")
	p.String(&t.attribute, "attribute_column", "attribute", "column of the $avp's name")
	p.String(&t.val, "value_column", "value", "column of its value")
	p.String(&t.typ, "type_column", "type", "column of its type: 2 for an integer, 0 for a string")
	p.String(&t.username, "username_column", "username", "column of a URI's user")
	p.String(&t.domain, "domain_column", "domain", "column of a URI's domain")
	p.Func("db_scheme", `another table: "name:table=subscriber;uuid_col=uuid;value_col=first_name;value_type=string"`, t.addScheme)
}

func (m *Module) prefsFunctions() []*script.Func {
	source := script.Own("source", `whose they are: a URI such as $fu, or a uuid; behind it perhaps /username, /domain, /uri or /uuid`, loadSource)
	name := func(schemes bool) script.Param[*avpName] {
		return script.Own("name", `which: "$avp(name)", or "a" for all; behind it perhaps "/table"`, func(l *script.Literal) (*avpName, error) {
			return m.loadName(l, schemes)
		})
	}
	prefix := "sql_avp_"
	if m.old {
		prefix = "avp_db_"
	}
	list := []*script.Func{
		script.Func4(prefix+"load", `Load $avps. "$avp(name)/$scheme" takes them from another table. 1 some were loaded, -1 none, or failed.`, script.All,
			source, name(true), m.dbParam(), script.Opt(script.Static("prefix", "put before the names of what is loaded")), m.load).MayWait(),
		script.Func3(prefix+"store", "Store the $avps that were not loaded or stored before. 1 some were stored, -1 none, or failed.", script.All,
			source, name(false), m.dbParam(), m.store).MayWait(),
		script.Func3(prefix+"delete", "Delete $avps from the table. 1 done, if only none; -1 failed.", script.All,
			source, name(false), m.dbParam(), m.remove).MayWait(),
	}
	if !m.old {
		for i, old := range []string{"avp_db_load", "avp_db_store", "avp_db_delete"} {
			list[i].Alias(old)
		}
	}
	return list
}

// A prefsCall is what the end of a call on preferences needs.
type prefsCall struct {
	name   []byte // of the $avp; nil: the row's
	prefix string
	asInt  bool // a scheme's values
	scheme bool
}

// The bits of a row's type.
const (
	intName = 1 << iota
	intValue
)

func (m *Module) load(c *script.Ctx, src *source, n *avpName, id int32, prefix string) script.Ret {
	who, name, ok := m.who(c, src, n)
	if !ok {
		return failed
	}
	s := &db.Statement{Verb: db.Select, Table: n.in(m.prefs.table), Columns: []string{m.val, m.attribute, m.typ}}
	q, d := m.call(c, id)
	if q == nil {
		return failed
	}
	q.finish, q.prefs = loaded, prefsCall{name: name, prefix: prefix}
	attribute := name
	if n.scheme != nil {
		s.Table, s.Columns, attribute = cmp.Or(n.scheme.table, m.prefs.table), []string{cmp.Or(n.scheme.value, m.val)}, nil
		q.prefs.scheme, q.prefs.asInt = true, n.scheme.asInt
	}
	return m.where(c, q, d, s, who, m.columnsOf(n.scheme), attribute)
}

// remove is sql_avp_delete.
func (m *Module) remove(c *script.Ctx, src *source, n *avpName, id int32) script.Ret {
	who, name, ok := m.who(c, src, n)
	if !ok {
		return failed
	}
	q, d := m.call(c, id)
	if q == nil {
		return failed
	}
	q.finish = changed
	return m.where(c, q, d, &db.Statement{Verb: db.Delete, Table: n.in(m.prefs.table)}, who, m.columnsOf(nil), name)
}

// who returns whose preferences are meant, and the name of the $avp, nil for all.
func (m *Module) who(c *script.Ctx, src *source, n *avpName) (who identity, name []byte, ok bool) {
	if who, ok = src.in(c, m.useDomain); !ok {
		return who, nil, false
	}
	if n.name == nil {
		return who, nil, true
	}
	if name, ok = n.name(c); !ok {
		c.LogError("sqlops: the $avp has no name")
	}
	return who, name, ok
}

// where completes s with the rows that are meant, and begins it.
func (m *Module) where(c *script.Ctx, q *call, d db.Database, s *db.Statement, who identity, cols [3]string, attribute []byte) script.Ret {
	var values []db.Arg
	equal := func(column string, b []byte) {
		if b != nil {
			s.Where = append(s.Where, db.Condition{Column: column})
			values = append(values, db.TextArg(b))
		}
	}
	equal(cols[0], who.uuid)
	equal(cols[1], who.user)
	equal(cols[2], who.host)
	equal(m.attribute, attribute)
	if err := db.Prepare(d, q.Query, s); err != nil {
		return q.drop(c, "%v", err)
	}
	for _, v := range values {
		q.Bind(v)
	}
	return q.await(c)
}

// columnsOf are those of uuid, user and domain.
func (m *Module) columnsOf(x *scheme) [3]string {
	if x == nil {
		return [3]string{m.uuid, m.username, m.domain}
	}
	return [3]string{cmp.Or(x.uuid, m.uuid), cmp.Or(x.user, m.username), cmp.Or(x.domain, m.domain)}
}

// loaded is the finish of load.
func loaded(c *script.Ctx, q *call) script.Ret {
	ret := failed
	for row := range q.Rows() {
		if q.loadRow(c, row) {
			ret = done
		}
	}
	return ret
}

// loadRow makes an $avp of a row: value, attribute and type, or only the value.
func (q *call) loadRow(c *script.Ctx, row int) bool {
	b, null := q.Value(row, 0)
	if null {
		return false
	}
	p := &q.prefs
	name, asInt := p.name, p.asInt
	if !p.scheme {
		attribute, noName := q.Value(row, 1)
		typ, noType := q.Value(row, 2)
		bits, err := strconv.ParseUint(string(typ), 10, 32)
		if noName || noType || err != nil {
			c.LogError("sqlops: a row of preferences has no name, or no type that is a number")
			return false
		}
		asInt = bits&intValue != 0
		if name == nil {
			name = attribute
		}
	}
	v := script.StrValue(b)
	if asInt {
		n, err := strconv.ParseInt(string(b), 10, 32)
		if err != nil {
			c.LogError("sqlops: a row of preferences has an integer that is none")
			return false
		}
		v = script.IntValue(int32(n))
	}
	if p.prefix != "" {
		name = append([]byte(p.prefix), name...)
	}
	return q.m.reg.PushAVP(c, name, v, true)
}

// maxStored is how many values one sql_avp_store takes: databases bound what a statement
// may bind.
const maxStored = 1000

func (m *Module) store(c *script.Ctx, src *source, n *avpName, id int32) script.Ret {
	who, name, ok := m.who(c, src, n)
	if !ok {
		return failed
	}
	q, d := m.call(c, id)
	if q == nil {
		return failed
	}
	s := &db.Statement{Verb: db.Insert, Table: n.in(m.prefs.table),
		Set: []string{m.uuid, m.attribute, m.val, m.typ, m.username, m.domain}}
	var values []db.Arg
	m.reg.Save(c, name, func(name []byte, v script.Value) bool {
		if s.Rows == maxStored {
			return false
		}
		s.Rows++
		typ := int64(0)
		if v.Kind == script.IntKind {
			typ = intValue
		}
		b, _ := c.Text(v)
		values = append(values, db.TextArg(who.uuid), db.TextArg(name), db.TextArg(b), db.IntArg(typ), db.TextArg(who.user), db.TextArg(who.host))
		return true
	})
	if s.Rows == 0 {
		q.free(c)
		return failed
	}
	if err := db.Prepare(d, q.Query, s); err != nil {
		m.reg.Saved(c, false)
		return q.drop(c, "%v", err)
	}
	for _, v := range values {
		q.Bind(v)
	}
	q.finish = changed
	return c.Await(q, stored)
}

// stored is ended for store.
func stored(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	op.(*call).m.reg.Saved(c, out == asyncops.Completed)
	return ended(c, op, out)
}

package sqlops

import (
	"slices"
	"strings"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// keys are the primary keys of the tables that one loop has replaced rows of, by database
// and table. PostgreSQL wants them named.
type keys struct {
	of map[tableOf][]string
}

type tableOf struct {
	db    int32
	table string
}

// maxTables bounds them: the name of a table may come from a variable.
const maxTables = 1000

// primaryKey asks PostgreSQL for the columns of a table's key.
const primaryKey = `SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) ` +
	`WHERE i.indrelid = to_regclass($1) AND i.indisprimary`

// A replacing is a sql_replace that waits for the key of its table.
type replacing struct {
	id    int32
	table string
	set   *pairs
}

func (m *Module) replace(c *script.Ctx, table []byte, set *pairs, id int32) script.Ret {
	q, d := m.call(c, id)
	if q == nil {
		return failed
	}
	if d.Dialect().Replace == db.ReplaceInto {
		q.finish = changed
		return q.send(c, d, &db.Statement{Verb: db.Replace, Table: string(table)}, set, nil)
	}
	q.replacing = replacing{id, string(table), set}
	if key := m.keysOf(c).of[tableOf{id, string(table)}]; key != nil {
		return q.upsert(c, d, key)
	}
	q.finish = keyed
	q.SetText([]byte(primaryKey))
	q.Bind(db.TextArg([]byte(quotedTable(string(table)))))
	return q.await(c)
}

func (m *Module) keysOf(c *script.Ctx) *keys { return m.keys.On(proxy.From(c).Loop()) }

// quotedTable writes a table as in a statement: to_regclass reads it as SQL does.
func quotedTable(table string) string {
	return `"` + strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(table, `"`, "")), ".", `"."`) + `"`
}

// keyed goes on with the key.
func keyed(c *script.Ctx, q *call) script.Ret {
	var key []string
	for row := range q.Rows() {
		b, _ := q.Value(row, 0)
		key = append(key, string(b))
	}
	r := q.replacing
	if len(key) == 0 {
		c.LogError("sqlops: sql_replace: there is no table %q with a primary key", r.table)
		return failed
	}
	k := q.m.keysOf(c)
	if k.of == nil || len(k.of) >= maxTables {
		k.of = map[tableOf][]string{}
	}
	k.of[tableOf{r.id, r.table}] = key
	return q.upsert(c, q.m.database(c, r.id), key)
}

// upsert sends the statement itself. A row without its key is only an INSERT.
func (q *call) upsert(c *script.Ctx, d db.Database, key []string) script.Ret {
	q.finish = changed
	r := q.replacing
	values, err := r.set.in(c)
	if err != nil {
		return q.drop(c, "sql_replace: %v", err)
	}
	s := &db.Statement{Verb: db.Replace, Table: r.table, Key: key}
	has := func(col string) bool {
		return slices.ContainsFunc(values, func(p pair) bool { return strings.EqualFold(string(p.column.in(c)), col) })
	}
	if slices.ContainsFunc(key, func(col string) bool { return !has(col) }) {
		s.Verb = db.Insert
	}
	return q.send(c, d, s, r.set, nil)
}

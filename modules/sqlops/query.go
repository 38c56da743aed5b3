package sqlops

import (
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/script"
)

func (m *Module) rawFunctions() []*script.Func {
	text := script.Str("query", "SQL text; with values, each ? in it stands for one of them")
	values := script.Opt(script.InList("values", `variables whose values are bound to the question marks: "$rU;$si"`))
	query := script.Func4("sql_query", "Run a query; columns of its rows are pushed to the variables, the first row ends up in front. "+
		"1 rows, -2 none, -1 failed, -3 the result is too big.", script.All, text,
		script.Opt(script.OutList("columns", `variables for the columns: "$avp(a);$avp(b)"; $avp(1), $avp(2), ... if left out`)),
		m.dbParam(), values, m.query).MayWait()
	if m.old {
		query.Name = "avp_db_query"
		return []*script.Func{query}
	}
	return []*script.Func{query.Alias("avp_db_query"),
		script.Func4("sql_query_one", "Run a query; its first row is written to the variables, of which there must be enough, NULL as NULL. "+
			"1 a row, -2 none, -1 failed, -3 the result is too big.", script.All, text,
			script.Opt(script.OutList("columns", `variables for the columns: "$var(a);$avp(b)"`)), m.dbParam(), values, m.queryOne).MayWait(),
	}
}

func (m *Module) query(c *script.Ctx, text []byte, outs []script.VarRef, id int32, values []script.VarRef) script.Ret {
	return m.raw(c, text, outs, id, values, false)
}

func (m *Module) queryOne(c *script.Ctx, text []byte, outs []script.VarRef, id int32, values []script.VarRef) script.Ret {
	return m.raw(c, text, outs, id, values, true)
}

func (m *Module) raw(c *script.Ctx, text []byte, outs []script.VarRef, id int32, values []script.VarRef, one bool) script.Ret {
	q, d := m.call(c, id)
	if q == nil {
		return failed
	}
	q.outs, q.one, q.finish = outs, one, rows
	if values == nil {
		q.SetText(text)
		return q.await(c)
	}
	dialect := d.Dialect()
	sql, n := placeholders(c.Alloc(2 * len(text))[:0], text, dialect)
	if n != len(values) {
		return q.drop(c, "%d values for %d question marks", len(values), n)
	}
	q.SetText(sql)
	for _, v := range values {
		q.Bind(argOf(c, v.Get(c)))
	}
	return q.await(c)
}

// argOf makes an argument of a variable's value.
func argOf(c *script.Ctx, v script.Value) db.Arg {
	if v.Kind == script.IntKind && len(v.Str) == 0 {
		return db.IntArg(int64(v.Int))
	}
	b, ok := c.Text(v)
	if !ok {
		return db.Arg{}
	}
	return db.TextArg(b)
}

package sqlops

import (
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/script"
)

func (m *Module) structuredFunctions() []*script.Func {
	if m.old {
		return nil
	}
	const rows = " 1 rows, -2 none, -1 failed, -3 the result is too big."
	table := script.Str("table", "its name")
	cols := script.Opt(script.OwnFormat("columns", `JSON: ["name", "age"]; all if left out`, loadColumns))
	set := script.OwnFormat("columns", `JSON: [{"name": "$rU"}, {"age": 18}]; variables are bound, not pasted`, loadSet)
	filter := script.Opt(script.OwnFormat("filter", `JSON, of which all must hold: [{"name": "$rU"}, {"age": {">=": 18}}]; every row if left out`, loadFilter))
	order := script.Opt(script.Str("order", `column: "age", or "age DESC"`))
	db := m.dbParam()
	return []*script.Func{
		script.Func6("sql_select", "Select rows; their columns are pushed to the variables, the first row ends up in front."+rows, script.All,
			cols, table, filter, order,
			script.Opt(script.OutList("result", `variables for the columns: "$avp(a);$avp(b)"; $avp(1), $avp(2), ... if left out`)), db, m.sqlSelect).MayWait(),
		script.Func6("sql_select_one", "Select a row; its columns are written to the variables, of which there must be enough, NULL as NULL."+rows, script.All,
			cols, table, filter, order, script.OutList("result", `variables for the columns: "$var(a);$avp(b)"`), db, m.selectOne).MayWait(),
		script.Func4("sql_update", "Change rows. 1 done, if only to none; -1 failed.", script.All, set, table, filter, db, m.update).MayWait(),
		script.Func3("sql_insert", "Add a row. 1 done, -1 failed.", script.All, table, set, db, m.insert).MayWait(),
		script.Func3("sql_delete", "Delete rows. 1 done, if only none; -1 failed.", script.All, table, filter, db, m.delete).MayWait(),
		script.Func3("sql_replace", "Add a row, or change the one that has its key. 1 done, -1 failed.", script.All, table, set, db, m.replace).MayWait(),
	}
}

func (m *Module) sqlSelect(c *script.Ctx, cols *columns, table []byte, filter *pairs, order []byte, outs []script.VarRef, id int32) script.Ret {
	return m.selectRows(c, cols, table, filter, order, outs, id, false)
}

func (m *Module) selectOne(c *script.Ctx, cols *columns, table []byte, filter *pairs, order []byte, outs []script.VarRef, id int32) script.Ret {
	return m.selectRows(c, cols, table, filter, order, outs, id, true)
}

func (m *Module) selectRows(c *script.Ctx, cols *columns, table []byte, filter *pairs, order []byte, outs []script.VarRef, id int32, one bool) script.Ret {
	q, d := m.call(c, id)
	if q == nil {
		return failed
	}
	q.outs, q.one, q.finish = outs, one, rows
	s := db.Statement{Verb: db.Select, Table: string(table), Order: string(order)}
	if one {
		s.Limit = 1
	}
	list, err := cols.in(c)
	if err != nil {
		return q.drop(c, "sql_select: %v", err)
	}
	for _, t := range list {
		s.Columns = append(s.Columns, string(t.in(c)))
	}
	return q.send(c, d, &s, nil, filter)
}

func (m *Module) update(c *script.Ctx, set *pairs, table []byte, filter *pairs, id int32) script.Ret {
	return m.change(c, db.Update, table, set, filter, id)
}

func (m *Module) insert(c *script.Ctx, table []byte, set *pairs, id int32) script.Ret {
	return m.change(c, db.Insert, table, set, nil, id)
}

func (m *Module) delete(c *script.Ctx, table []byte, filter *pairs, id int32) script.Ret {
	return m.change(c, db.Delete, table, nil, filter, id)
}

func (m *Module) change(c *script.Ctx, verb db.Verb, table []byte, set, filter *pairs, id int32) script.Ret {
	q, d := m.call(c, id)
	if q == nil {
		return failed
	}
	q.finish = changed
	return q.send(c, d, &db.Statement{Verb: verb, Table: string(table)}, set, filter)
}

// send completes s with what is set and what must hold, and begins it.
func (q *call) send(c *script.Ctx, d db.Database, s *db.Statement, set, filter *pairs) script.Ret {
	values, err := set.in(c)
	var where []pair
	if err == nil {
		where, err = filter.in(c)
	}
	if err != nil {
		return q.drop(c, "%v", err)
	}
	for i := range values {
		s.Set = append(s.Set, string(values[i].column.in(c)))
	}
	for i := range where {
		s.Where = append(s.Where, db.Condition{Column: string(where[i].column.in(c)), Op: where[i].op})
	}
	if err := db.Prepare(d, q.Query, s); err != nil {
		return q.drop(c, "%v", err)
	}
	for i := range values {
		q.Bind(values[i].value.in(c))
	}
	for i := range where {
		if op := where[i].op; op != db.IsNull && op != db.NotNull {
			q.Bind(where[i].value.in(c))
		}
	}
	return q.await(c)
}

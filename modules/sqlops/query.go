package sqlops

import (
	"strconv"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// Values of sql_query.
const (
	found  script.Ret = 1
	failed script.Ret = -1
	noRows script.Ret = -2
)

// A call is one sql_query in progress: the driver's operation, and where its
// columns go.
type call struct {
	db.Query
	m    *Module
	outs []script.VarRef
}

func (m *Module) query(c *script.Ctx, text []byte, outs []script.VarRef, id int32) script.Ret {
	d := m.dbs[id]
	if d == nil {
		return failed
	}
	l := proxy.From(c).Loop()
	q := m.calls.Get(l)
	*q = call{Query: d.Query(l), m: m, outs: outs}
	q.SetText(text)
	return c.Await(q, finish)
}

// finish pushes the rows in reverse, so that the first one is in front.
func finish(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	q := op.(*call)
	ret := failed
	if out == asyncops.Completed {
		ret = noRows
		for row := q.Rows() - 1; row >= 0; row-- {
			ret = found
			q.push(c, row)
		}
	}
	q.free(proxy.From(c).Loop())
	return ret
}

func (q *call) push(c *script.Ctx, row int) {
	for col := range min(len(q.outs), q.Cols()) {
		if v, ok := q.value(c, row, col); ok {
			q.outs[col].Set(c, v)
		}
	}
}

// value copies a column out of the driver's memory; ok is false for NULL, which
// leaves the variable alone.
func (q *call) value(c *script.Ctx, row, col int) (v script.Value, ok bool) {
	b, null := q.Value(row, col)
	if null {
		return v, false
	}
	if q.Type(row, col) == db.TypeInt {
		if n, err := strconv.ParseInt(string(b), 10, 32); err == nil {
			return script.IntValue(int32(n)), true
		}
	}
	return script.StrValue(c.Copy(b)), true
}

func (q *call) free(l *loop.Loop) {
	q.Query.Free(l)
	m := q.m
	*q = call{}
	m.calls.Put(l, q)
}

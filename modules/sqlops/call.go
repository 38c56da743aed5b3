package sqlops

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// Values of the functions.
const (
	done   script.Ret = 1
	failed script.Ret = -1
	noRows script.Ret = -2
	tooBig script.Ret = -3
)

// A call is one function in progress: the driver's query, and what is to become of its
// result.
type call struct {
	db.Query
	m         *Module
	outs      []script.VarRef
	one       bool                                // only the first row, to any variables
	finish    func(*script.Ctx, *call) script.Ret // makes the value of a query that has been answered
	replacing replacing
	prefs     prefsCall
}

// call returns an empty one on the database with a number, nil if there is none.
func (m *Module) call(c *script.Ctx, id int32) (*call, db.Database) {
	d := m.database(c, id)
	if d == nil {
		return nil, nil
	}
	l := proxy.From(c).Loop()
	q := m.calls.Get(l)
	*q = call{Query: d.Query(l), m: m}
	return q, d
}

// await sends it.
func (q *call) await(c *script.Ctx) script.Ret { return c.Await(q, ended) }

// ended is told how it went.
func ended(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	q := op.(*call)
	ret := failed
	switch out {
	case asyncops.Completed:
		if ret = q.finish(c, q); ret == script.Waiting {
			return ret
		}
	case asyncops.Failed:
		ret = q.refused(c)
	}
	q.free(c)
	return ret
}

// tooMany is the SQLSTATE of results beyond their bounds.
const tooMany = "54000"

// refused logs why the database, or its driver, did not do it.
func (q *call) refused(c *script.Ctx) script.Ret {
	state, msg := q.Err()
	c.LogError("sqlops: query failed: %s (%s)", msg[:min(len(msg), 512)], state)
	if string(state) == tooMany {
		return tooBig
	}
	return failed
}

// drop gives up a call that was not begun.
func (q *call) drop(c *script.Ctx, format string, args ...any) script.Ret {
	c.LogError("sqlops: "+format, args...)
	q.free(c)
	return failed
}

func (q *call) free(c *script.Ctx) {
	l := proxy.From(c).Loop()
	q.Query.Free(l)
	m := q.m
	*q = call{}
	m.calls.Put(l, q)
}

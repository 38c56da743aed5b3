package cachedb_sql

import (
	"fmt"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/loop"
)

// A store is the table in one database.
type store struct {
	m     *Module
	index uint64
	set   *db.Set
	db    db.Database
	sql   *statements
}

var _ cachedb.DB = (*store)(nil)

// Do makes a query of a command.
func (s *store) Do(l *loop.Loop, c cachedb.Command) (cachedb.Answer, cachedb.Op) {
	o := s.m.ops.Get(l)
	*o = op{Query: s.db.Query(l), m: s.m, verb: c.Verb}
	if c.Verb == cachedb.Raw {
		o.SetText(c.Key)
		return cachedb.Answer{}, o
	}
	s.sql.of[c.Verb].fill(o, l, &c)
	return cachedb.Answer{}, o
}

// fill puts the text and the values of a command into a query.
func (t *statement) fill(q db.Query, l *loop.Loop, c *cachedb.Command) {
	q.SetText(t.text)
	now := l.Wall().Unix()
	for _, a := range t.args {
		switch a {
		case argKey:
			q.Bind(db.TextArg(c.Key))
		case argValue:
			q.Bind(db.TextArg(c.Value))
		case argBy:
			q.Bind(db.IntArg(c.By))
		case argNow:
			q.Bind(db.IntArg(now))
		case argExpires:
			expires := int64(0)
			if c.TTL > 0 {
				expires = now + int64(c.TTL/time.Second)
			}
			q.Bind(db.IntArg(expires))
		}
	}
}

// An op is a command on its way.
type op struct {
	db.Query
	m    *Module
	verb cachedb.Verb
}

var _ cachedb.Op = (*op)(nil)

// Backend is the database.
func (o *op) Backend() *asyncops.Backend {
	if m, ok := o.Query.(asyncops.Metered); ok {
		return m.Backend()
	}
	return nil
}

// Answer reads the rows.
func (o *op) Answer() cachedb.Answer {
	switch o.verb {
	case cachedb.SetKey, cachedb.Remove:
		return cachedb.Answer{}
	}
	if o.Rows() == 0 && o.verb != cachedb.Add {
		return cachedb.Answer{Status: cachedb.NotFound}
	}
	if o.verb == cachedb.Raw {
		return cachedb.Answer{Table: rows{o.Query}}
	}
	return o.value()
}

// value reads the only column of the only row.
func (o *op) value() cachedb.Answer {
	if o.Rows() == 0 || o.Cols() == 0 {
		return cachedb.Answer{Status: cachedb.Failed}
	}
	b, null := o.Value(0, 0)
	switch {
	case null:
		return cachedb.Answer{Status: cachedb.NotFound}
	case o.verb == cachedb.Fetch:
		return cachedb.Answer{Value: b}
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return cachedb.Answer{Status: cachedb.NotNumber}
	}
	return cachedb.Answer{Number: n}
}

// Free says what the database had to complain about.
func (o *op) Free(l *loop.Loop) {
	logError(l, o.Query, o.verb.String())
	o.Query.Free(l)
	m := o.m
	*o = op{}
	m.ops.Put(l, o)
}

func logError(l *loop.Loop, q db.Query, what string) {
	if state, message := q.Err(); len(message) > 0 {
		l.Log(-1, fmt.Appendf(nil, "ERROR:cachedb_sql: %s: %q (%s)", what, message, state))
	}
}

// rows are the answer of a raw query.
type rows struct{ db.Query }

// Cell reads a value.
func (r rows) Cell(row, col int) cachedb.Cell {
	b, null := r.Value(row, col)
	return cachedb.Cell{Text: b, Null: null, Number: r.Type(row, col) == db.TypeInt}
}

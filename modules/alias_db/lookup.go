package alias_db

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// maxUsers is how many users an alias may stand for; a request has no more branches.
const maxUsers = 12

// A lookup is a question to the database, and where the answer goes.
type lookup struct {
	db.Query
	m   *Module
	out script.VarRef // of alias_db_find(); else the R-URI
}

func (m *Module) lookup(l *loop.Loop) *lookup {
	q := m.lookups.Get(l)
	*q = lookup{Query: m.db.Query(l), m: m}
	return q
}

func (q *lookup) free(l *loop.Loop) {
	q.Query.Free(l)
	m := q.m
	*q = lookup{}
	m.lookups.Put(l, q)
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
		c.LogError("alias_db: query failed: %s (%s)", msg[:min(len(msg), 512)], state)
	}
	q.free(proxy.From(c).Loop())
	return ret
}

// result writes the rows where they belong, the first as what is meant, further ones
// beside it.
func (q *lookup) result(c *script.Ctx) script.Ret {
	n := 0
	for row := range q.Rows() {
		uri, ok := q.uri(c, row)
		if !ok || !q.put(c, uri, n == 0) {
			c.LogError("alias_db: a row is no user, or is one too many")
			break
		}
		n++
	}
	if n == 0 {
		return none
	}
	return found
}

// uri makes sip:user@domain of a row; false if that is no URI.
func (q *lookup) uri(c *script.Ctx, row int) ([]byte, bool) {
	user, noUser := q.Value(row, 0)
	domain, noDomain := q.Value(row, 1)
	if noUser || noDomain {
		return nil, false
	}
	b := append(c.Alloc(len("sip:@") + len(user) + len(domain))[:0], "sip:"...)
	b = append(append(append(b, user...), '@'), domain...)
	var u sipparse.URI
	return b, sipparse.ParseURI(b, &u) == sipparse.OK && u.User.Len() == len(user)
}

func (q *lookup) put(c *script.Ctx, uri []byte, first bool) bool {
	x := proxy.From(c)
	switch {
	case q.out.Valid() && first:
		return q.out.Replace(c, script.StrValue(uri))
	case q.out.Valid():
		return q.out.Set(c, script.StrValue(uri))
	case first:
		return x.SetWorkingURI(uri)
	}
	t := x.AddBranch(uri, false)
	if t != nil {
		t.SetQ(0)
	}
	return t != nil
}

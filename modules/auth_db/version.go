package auth_db

import (
	"fmt"
	"strconv"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
)

var versionOf = db.Statement{Verb: db.Select, Table: "version", Columns: []string{"table_version"}, Where: []db.Condition{{Column: "table_name"}}, Limit: 1}

// checkVersions asks which versions the tables have, and says in the log if it is not what
// is expected. The database need not be up for that, now or later: what a table lacks the
// queries say themselves.
func (b *base) checkVersions() {
	b.group.Do(0, func(l *loop.Loop) {
		for _, t := range b.tables {
			q := b.db.Query(l)
			if db.Prepare(b.db, q, &versionOf) != nil {
				q.Free(l)
				continue
			}
			q.Bind(db.TextArg([]byte(t.name)))
			v := &versionCheck{b, t}
			if _, out, pending := b.set.Begin(l, q, 0, v); !pending {
				v.Resume(l, q, out)
			}
		}
	})
}

// A versionCheck waits for the version of a table.
type versionCheck struct {
	*base
	t *table
}

// Resume compares it.
func (v *versionCheck) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	q := op.(db.Query)
	defer q.Free(l)
	if out != asyncops.Completed {
		l.Log(0, fmt.Appendf(nil, "WARNING:%s: the version of table %s is not known: the database does not tell\n", v.module, v.t.name))
		return
	}
	found := "none"
	if q.Rows() > 0 {
		b, _ := q.Value(0, 0)
		found = string(b)
	}
	if found != strconv.Itoa(v.t.version) {
		l.Log(-1, fmt.Appendf(nil, "ERROR:%s: table %s has version %s, and %d is expected; fastsips db migrate changes it, skip_version_check takes it as it is\n", v.module, v.t.name, found, v.t.version))
	}
}

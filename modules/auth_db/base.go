package auth_db

import (
	"fmt"
	"slices"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/digest/server"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A base is a database with the names of its columns.
type base struct {
	module string
	url    string
	columns

	group  *loop.Group
	set    *db.Set
	db     db.Database
	calls  loop.Pool[call]
	tables []*table // that the script names
}

func (b *base) parameters(p *module.Params) {
	p.String(&b.url, "db_url", "", "database, such as postgres://user@host/db; db_default_url if it is not set")
	p.String(&b.user, "user_column", "username", "column of the user names in the table of subscribers")
}

// start prepares the database, if anything asks it.
func (b *base) start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	b.module, b.group, b.set = e.Name, c.Group, c.Databases
	b.calls = loop.NewPool[call](c.Group)
	if b.url == "" && b.set.Default == "" && len(b.tables) == 0 {
		return nil // nothing asks it, unless a reload brings something: see ask
	}
	var err error
	if b.db, err = b.set.Open(b.url); err != nil {
		return fmt.Errorf("db_url: %w", err)
	}
	for _, t := range b.tables {
		if err := t.compile(b.db.Dialect()); err != nil {
			return err
		}
	}
	return nil
}

// A call is a function that waits for the database.
type call struct {
	db.Query
	base   *base
	m      *Module // of the authorizers
	cred   server.Credentials
	finish func(*script.Ctx, *call) script.Ret // makes the value of a query that has been answered
	failed script.Ret                          // its value if the database does not answer
	outs   [2]script.VarRef
}

// ask begins a query with its values.
func (b *base) ask(c *script.Ctx, q *call, s *statement, failed script.Ret, finish func(*script.Ctx, *call) script.Ret, values ...[]byte) script.Ret {
	l := proxy.From(c).Loop()
	if b.db == nil {
		c.LogError("%s: there is no db_url", b.module)
		q.free(l)
		return failed
	}
	q.Query, q.failed, q.finish = b.db.Query(l), failed, finish
	s.fill(q.Query)
	for _, v := range values {
		q.Bind(db.TextArg(v))
	}
	return c.Await(q, ended)
}

// ended is told how it went.
func ended(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	q := op.(*call)
	ret := q.failed
	switch out {
	case asyncops.Completed:
		ret = q.finish(c, q)
	case asyncops.Failed:
		state, msg := q.Err()
		c.LogError("%s: query failed: %s (%s)", q.base.module, msg[:min(len(msg), 512)], state)
	}
	q.free(proxy.From(c).Loop())
	return ret
}

func (q *call) free(l *loop.Loop) {
	b := q.base
	if q.Query != nil {
		q.Query.Free(l)
	}
	*q = call{}
	b.calls.Put(l, q)
}

func (b *base) call(c *script.Ctx) *call {
	q := b.calls.Get(proxy.From(c).Loop())
	q.base = b
	return q
}

// tableParam is a table, which is known when the script is loaded, or should be.
func (b *base) tableParam(version int) script.Param[*table] {
	return script.Parsed("table", "its name", func(name string) (*table, error) {
		i := slices.IndexFunc(b.tables, func(t *table) bool { return t.name == name && t.version == version })
		if i >= 0 {
			return b.tables[i], nil
		}
		t, err := b.table(name, version)
		if err == nil && b.db == nil {
			b.tables = append(b.tables, t)
		}
		return t, err
	}, func(c *script.Ctx, name []byte) (*table, bool) {
		t, err := b.table(string(name), version)
		if err != nil {
			c.LogError("%s: %v", b.module, err)
		}
		return t, err == nil
	})
}

// table makes one, with its statements if the database is there already.
func (b *base) table(name string, version int) (*table, error) {
	if !isName(name) {
		return nil, fmt.Errorf("%q is no name of a table", name)
	}
	t := b.columns.table(name, version)
	dialect := db.SQLite // whether its names are some, before it is known whose they are
	if b.db != nil {
		dialect = b.db.Dialect()
	}
	return t, t.compile(dialect)
}

// Package sqlops is OpenSIPS's sqlops module: raw SQL from the script, on
// PostgreSQL and SQLite. A query parks the run; no loop waits for a database.
package sqlops

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded sqlops.
type Module struct {
	urls  []dbURL
	dbs   map[int32]database
	calls loop.Pool[call]
}

// A dbURL is one db_url parameter: "postgres://..." or "2 postgres://...".
type dbURL struct {
	id  int32
	url string
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares the parameters and the functions.
func (m *Module) Setup(e *module.Env) {
	e.Params.Func("db_url", `database: "postgres://user@host/db", "sqlite:///path", or "2 postgres://..." for the one with number 2`, m.addURL)
	e.Params.Old("db_url", "avp_url")
	for _, n := range []string{"usr_table", "db_scheme", "uuid_column", "username_column", "domain_column", "attribute_column",
		"value_column", "type_column", "use_domain", "avp_table", "bind_address"} {
		e.Params.Ignored(n, "the functions on the usr_preferences table are not there yet")
	}
	e.Funcs = []*script.Func{
		script.Func3("sql_query", "Run a query; columns of its rows are pushed to the variables, the first row ends up in front. "+
			"1 rows, -2 none, -1 failed.", script.All,
			script.Str("query", "SQL text"),
			script.Opt(script.OutList("columns", `variables for the columns: "$avp(a);$avp(b)"`)),
			script.OptInt("db", "number of the database", 0), m.query).Alias("avp_db_query").MayWait(),
	}
}

func (m *Module) addURL(s string) error {
	u := dbURL{url: strings.TrimSpace(s)}
	if id, rest, ok := strings.Cut(u.url, " "); ok {
		n, err := strconv.ParseInt(id, 10, 32)
		if err != nil {
			return fmt.Errorf("%q is not the number of a database", id)
		}
		u.id, u.url = int32(n), strings.TrimSpace(rest)
	}
	if driverOf(u.url) == nil {
		return fmt.Errorf("no driver for %q; there are postgres:// and sqlite://", scheme(u.url))
	}
	m.urls = append(m.urls, u)
	return nil
}

func scheme(url string) string {
	s, _, _ := strings.Cut(url, ":")
	return s
}

// Start prepares the databases. None needs to be up.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	m.calls = loop.NewPool[call](c.Group)
	m.dbs = map[int32]database{}
	if len(m.urls) == 0 && c.Settings.DefaultDB != "" {
		if err := m.addURL(c.Settings.DefaultDB); err != nil {
			return fmt.Errorf("db_default_url: %w", err)
		}
	}
	for _, u := range m.urls {
		d := driverOf(u.url)
		if e.Module(d.module) == nil {
			return fmt.Errorf("db_url %s needs loadmodule %q", scheme(u.url), d.module+".so")
		}
		if m.dbs[u.id] != nil {
			return fmt.Errorf("two databases have the number %d", u.id)
		}
		db, err := d.open(e, u.url)
		if err != nil {
			return fmt.Errorf("db_url: %w", err)
		}
		m.dbs[u.id] = db
	}
	return nil
}

// Close ends the databases.
func (m *Module) Close() error {
	for _, db := range m.dbs {
		db.close()
	}
	return nil
}

// Report writes the counters of the databases, one line each.
func (m *Module) Report(line func(string)) {
	for id, db := range m.dbs {
		line("sqlops db=" + strconv.Itoa(int(id)) + " " + cmp.Or(db.stats(), "idle"))
	}
}

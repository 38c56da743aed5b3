// Package sqlops is OpenSIPS's sqlops module: raw SQL from the script, on
// PostgreSQL and SQLite. A query parks the run; no loop waits for a database.
package sqlops

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded sqlops.
type Module struct {
	urls  []dbURL
	dbs   map[int32]db.Database
	calls loop.Pool[call]
}

// A dbURL is one db_url parameter: "postgres://..." or "2 postgres://...".
type dbURL struct {
	id  int32
	url string
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

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
	scheme, _, _ := strings.Cut(u.url, ":")
	if _, known := db.ModuleOf(scheme); !known {
		return fmt.Errorf("no driver for %q; there are %s", scheme, strings.Join(db.Schemes(), ", "))
	}
	m.urls = append(m.urls, u)
	return nil
}

// Start prepares the databases. None needs to be up.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	m.calls = loop.NewPool[call](c.Group)
	m.dbs = map[int32]db.Database{}
	if len(m.urls) == 0 && c.Databases.Default != "" {
		m.urls = []dbURL{{url: c.Databases.Default}}
	}
	for _, u := range m.urls {
		if m.dbs[u.id] != nil {
			return fmt.Errorf("two databases have the number %d", u.id)
		}
		d, err := c.Databases.Open(u.url)
		if err != nil {
			return fmt.Errorf("db_url: %w", err)
		}
		m.dbs[u.id] = d
	}
	return nil
}

// Report writes the counters of the databases, one line each.
func (m *Module) Report(line func(string)) {
	for id, d := range m.dbs {
		line("sqlops db=" + strconv.Itoa(int(id)) + " " + d.Stats())
	}
}

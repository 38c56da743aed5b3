// Package sqlops is OpenSIPS's sqlops module: SQL from the script. A query parks the
// run; no loop waits for a database.
//
// Raw queries (sql_query) are text, with values bound to their question marks;
// structured ones (sql_select and the like) are JSON, of which variables are bound and
// never pasted; sql_avp_load and the like keep $avp values in a table of preferences.
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

// A Module is one loaded sqlops, or avpops.
type Module struct {
	old  bool // it is avpops: no structured queries
	urls []dbURL
	dbs  map[int32]db.Database
	prefs
	calls loop.Pool[call]
	keys  loop.Local[keys]
	reg   *script.Registry
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
	m.reg = e.Registry()
	m.parameters(&e.Params)
	e.Funcs = append(e.Funcs, m.rawFunctions()...)
	e.Funcs = append(e.Funcs, m.structuredFunctions()...)
	e.Funcs = append(e.Funcs, m.prefsFunctions()...)
}

func (m *Module) parameters(p *module.Params) {
	p.Func("db_url", `database: "postgres://user@host/db", "sqlite:///path", or "2 postgres://..." for the one with number 2`, m.addURL)
	p.Old("db_url", "avp_url")
	m.prefs.parameters(p)
	p.Ignored("ps_id_max_buf_len", "what is asked repeatedly is prepared, however long it is")
	p.Ignored("bigint_to_str", "an integer that needs more than 32 bits is always a string")
	p.Ignored("bind_address", "the system chooses it")
}

// addURL takes a db_url; a number in front of it is the database's.
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
	if _, err := db.ParseURL(u.url); err != nil {
		return err
	}
	if m.has(u.id) {
		return fmt.Errorf("two databases have the number %d", u.id)
	}
	m.urls = append(m.urls, u)
	return nil
}

func (m *Module) has(id int32) bool {
	for _, u := range m.urls {
		if u.id == id {
			return true
		}
	}
	return false
}

// checkID says what is wrong with the number of a database. Number 0 may also be
// db_default_url.
func (m *Module) checkID(id int32) error {
	if m.has(id) || id == 0 && len(m.urls) == 0 {
		return nil
	}
	var list []string
	for _, u := range m.urls {
		list = append(list, strconv.Itoa(int(u.id)))
	}
	hint := fmt.Sprintf(`modparam("sqlops", "db_url", "%d postgres://...") makes one`, id)
	if len(list) > 0 {
		hint = "there are " + strings.Join(list, ", ") + "; " + hint
	}
	return &script.Refusal{Msg: fmt.Sprintf("no db_url has the number %d", id), Hint: hint}
}

// dbParam is the last argument of most functions.
func (m *Module) dbParam() script.Param[int32] {
	return script.Checked(script.OptInt("db", "number of the database", firstDB), m.checkID)
}

// firstDB stands for the database of those who name none: number 0, else the first.
const firstDB = -1

// database returns the one with a number, nil if there is none.
func (m *Module) database(c *script.Ctx, id int32) db.Database {
	if id == firstDB {
		id = 0
		if len(m.urls) > 0 && !m.has(0) {
			id = m.urls[0].id
		}
	}
	d := m.dbs[id]
	if d == nil {
		c.LogError("sqlops: no db_url has the number %d", id)
	}
	return d
}

// Start prepares the databases. None needs to be up.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	m.calls = loop.NewPool[call](c.Group)
	m.keys = loop.NewLocal(c.Group, func(int) keys { return keys{} })
	m.dbs = map[int32]db.Database{}
	if len(m.urls) == 0 && c.Databases.Default != "" {
		m.urls = []dbURL{{url: c.Databases.Default}}
	}
	for _, u := range m.urls {
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

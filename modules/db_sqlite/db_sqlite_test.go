package db_sqlite_test

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/internal/dbadmin"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/modules/db_sqlite"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// load loads the module with parameters, and returns what was said of them.
func load(t *testing.T, c *proxy.Core, params string) (*db_sqlite.Module, string) {
	t.Helper()
	m := db_sqlite.New().(*db_sqlite.Module)
	var d syntax.Diags
	text := "loadmodule \"db_sqlite.so\"\n" + params + "\nroute { exit; }"
	module.Load(syntax.Parse("t.cfg", []byte(text), nil, &d), module.Catalogue{"db_sqlite": func() module.Module { return m }}, core.New(), c, &d)
	var b bytes.Buffer
	if err := d.Render(&b); err != nil {
		t.Fatal(err)
	}
	return m, b.String()
}

// "an embedded SQLite starts with no set-up": tables that are not there are made when
// the database is opened, before what init does, and stay when it is opened again.
func TestCreateTables(t *testing.T) {
	g, err := loop.New(loop.Config{Loops: 1, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	c := &proxy.Core{Settings: proxy.DefaultSettings(), Group: g, Ops: asyncops.NewSet(g, time.Second)}
	m, said := load(t, c, `modparam("db_sqlite", "create_tables", "subscriber, location")
modparam("db_sqlite", "init", "INSERT INTO subscriber (username, domain) VALUES ('u' || (SELECT COUNT(*) FROM subscriber), 'a.example')")`)
	if said != "" {
		t.Fatal(said)
	}
	path := filepath.Join(t.TempDir(), "a.db")
	for range 2 {
		u, err := db.ParseURL("sqlite://" + path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := m.OpenDatabase(db.NewSet(g, c.Ops, nil), u)
		if err != nil {
			t.Fatal(err)
		}
		d.Close()
	}
	admin, err := dbadmin.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if list, err := admin.Users(t.Context()); err != nil || strings.Join(list, " ") != "u0@a.example u1@a.example" {
		t.Errorf("%v, %v", list, err)
	}
	list, err := admin.Migrate(t.Context(), dbadmin.Options{})
	if err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	for _, r := range list {
		if len(r.Done)+len(r.Notes) > 0 {
			t.Errorf("%s is not current: %v %v", r.Table.Name, r.Done, r.Notes)
		}
	}
	if _, said := load(t, c, `modparam("db_sqlite", "create_tables", "subscriber,locations")`); !strings.Contains(said, `there is no table "locations"`) || !strings.Contains(said, "t.cfg:2:") {
		t.Errorf("an unknown table: %s", said)
	}
}

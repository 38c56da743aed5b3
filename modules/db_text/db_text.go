// Package db_text is OpenSIPS's db_text module: it makes text:// URLs usable, databases of
// text files for tests and small machines.
package db_text

import (
	"context"
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/textdb"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/module"
)

// A Module is one loaded db_text.
type Module struct {
	look      bool
	databases map[string]*textdb.DB // by directory
}

var _ db.Driver = (*Module)(nil)

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the parameters and the commands.
func (m *Module) Setup(e *module.Env) {
	e.Params.Bool(&m.look, "db_mode", false, "before each query a table is read again if its file has changed")
	e.Params.Ignored("buffer_size", "a file is read as a whole")
	e.Commands = append(e.Commands,
		&mi.Command{Name: "db_text:dump", Aliases: []string{"dbt_dump"}, Doc: "Write the tables that have changed to their files.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return nil, m.dump() })}},
		&mi.Command{Name: "db_text:reload", Aliases: []string{"dbt_reload"}, Doc: "Read tables from their files again. One that is broken stays as it was.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return nil, m.reload("", "") }),
			mi.Recipe1(dbName, func(_ context.Context, dir string) (any, error) { return nil, m.reload(dir, "") }),
			mi.Recipe2(dbName, mi.Str("table_name", "the table; all if left out"), func(_ context.Context, dir, table string) (any, error) {
				return nil, m.reload(dir, table)
			})}})
}

var dbName = mi.Str("db_name", "the directory; all if left out")

// OpenDatabase reads the directory of text:///path.
func (m *Module) OpenDatabase(s *db.Set, u *db.URL) (db.Database, error) {
	dir := u.Rest()
	if !strings.HasPrefix(dir, "/") {
		return nil, fmt.Errorf("%s: a directory is written text:///path", u)
	}
	d, err := textdb.New(s.Group, s.Ops, textdb.Config{Dir: dir, Look: m.look}, s.Log())
	if err != nil {
		return nil, err
	}
	if m.databases == nil {
		m.databases = map[string]*textdb.DB{}
	}
	m.databases[dir] = d
	return database{d}, nil
}

func (m *Module) dump() error {
	for dir, d := range m.databases {
		if err := d.Dump(); err != nil {
			return mi.Errorf(500, "Not everything in %s was written", dir).With(err.Error())
		}
	}
	return nil
}

// reload reads a table again, all of a directory, or with "" all there are.
func (m *Module) reload(dir, table string) error {
	if dir = strings.TrimPrefix(dir, "text://"); dir != "" && m.databases[dir] == nil {
		return mi.Errorf(404, "No such database")
	}
	for name, d := range m.databases {
		if dir != "" && dir != name {
			continue
		}
		if err := d.Reload(table); err != nil {
			return mi.Errorf(500, "Not everything in %s was read", name).With(err.Error())
		}
	}
	return nil
}

// database fits a directory to package db.
type database struct{ db *textdb.DB }

func (d database) Query(l *loop.Loop) db.Query { return d.db.Query(l) }
func (d database) Dialect() *db.Dialect        { return db.SQLite }
func (d database) Close()                      { d.db.Close() }

func (d database) Stats() string {
	begun, e := d.db.Backend().Ends()
	return fmt.Sprintf("driver=text queries=%d completed=%d failed=%d timed_out=%d overloaded=%d", begun, e.Completed, e.Failed, e.TimedOut, e.Overloaded)
}

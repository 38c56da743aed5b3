package textdb

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The sample of OpenSIPS's documentation of db_text.
const sample = "id(int,auto) name(str) flag(double) desc(str,null)\n" +
	"1:nick:0.34:a\\tgood\\: friend\n" +
	"2:cole:-3.75:colleague\n" +
	"3:bob:2.50:\n"

type rig struct {
	*looptest.Rig
	db  *DB
	dir string
}

func newRig(t *testing.T, cfg Config, files map[string]string) *rig {
	t.Helper()
	cfg.Dir = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(cfg.Dir, name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	r := &rig{Rig: looptest.New(t, 1), dir: cfg.Dir}
	d, err := New(r.Group, r.Ops, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r.db = d
	t.Cleanup(d.Close)
	r.Start()
	return r
}

// ask carries out s and writes its rows like "1|nick|NULL; 2|...".
func (r *rig) ask(s db.Statement, args ...any) string {
	r.T.Helper()
	return looptest.Begin(r.Rig, 0, 0, func(l *loop.Loop) Query {
		q := r.db.Query(l)
		q.SetStatement(&s)
		for _, a := range args {
			switch a := a.(type) {
			case int:
				q.Bind(db.IntArg(int64(a)))
			case float64:
				q.Bind(db.FloatArg(a))
			case string:
				q.Bind(db.TextArg([]byte(a)))
			case nil:
				q.Bind(db.Arg{})
			}
		}
		return q
	}, func(l *loop.Loop, q Query, out asyncops.Outcome) string {
		defer q.Free(l)
		if out != asyncops.Completed {
			state, msg := q.Err()
			return string(state) + " " + string(msg)
		}
		var rows []string
		for i := range q.Rows() {
			var row []string
			for k := range q.Cols() {
				b, null := q.Value(i, k)
				if null {
					b = []byte("NULL")
				}
				row = append(row, string(b))
			}
			rows = append(rows, strings.Join(row, "|"))
		}
		if q.Cols() == 0 {
			return fmt.Sprint(q.Affected())
		}
		return strings.Join(rows, "; ")
	}).Wait()
}

func (r *rig) want(want string, s db.Statement, args ...any) {
	r.T.Helper()
	if got := r.ask(s, args...); got != want {
		r.T.Errorf("%+v: %s, want %s", s, got, want)
	}
}

func (r *rig) file(name string) string {
	r.T.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		r.T.Fatal(err)
	}
	return string(b)
}

// "no value between two ':' means null"; "next characters must be escaped in strings";
// "auto: the maximum value in that column is incremented and stored in this field if it
// is not provided in queries".
func TestStatements(t *testing.T) {
	r := newRig(t, Config{}, map[string]string{"people": sample})
	r.want("1|nick|0.34|a\tgood: friend; 2|cole|-3.75|colleague; 3|bob|2.5|NULL", db.Statement{Table: "people"})
	r.want("cole; nick", db.Statement{Table: "people", Columns: []string{"name"}, Order: "flag", Where: []db.Condition{{Column: "desc", Op: db.NotNull}}})
	r.want("bob", db.Statement{Table: "people", Columns: []string{"name"}, Where: []db.Condition{{Column: "desc", Op: db.IsNull}}})
	r.want("", db.Statement{Table: "people", Where: []db.Condition{{Column: "desc"}}}, nil) // NULL equals nothing
	r.want("1|nick; 3|bob", db.Statement{Table: "people", Columns: []string{"id", "name"}, Order: "id", Any: true,
		Where: []db.Condition{{Column: "name"}, {Column: "id"}}}, "nick", 3)
	r.want("3|bob", db.Statement{Table: "people", Columns: []string{"id", "name"}, Order: "id DESC", Limit: 1, Where: []db.Condition{{Column: "flag", Op: db.Greater}}}, "0.1")
	r.want("2", db.Statement{Table: "people", Columns: []string{"count(*)"}, Where: []db.Condition{{Column: "name", Op: db.Like}, {Column: "id", Op: db.LessEqual}}}, "%o%", 3)
	r.want("nick", db.Statement{Table: "people", Columns: []string{"name"}, Where: []db.Condition{{Column: "name", Op: db.NotLike}}}, "_o%_")
	r.want("2", db.Statement{Verb: db.Insert, Table: "people", Set: []string{"name", "flag"}, Rows: 2}, "dan", 1.5, "e:v\\e\n", 2)
	r.want("4|dan|1.5|NULL; 5|e:v\\e\n|2|NULL", db.Statement{Table: "people", Where: []db.Condition{{Column: "id", Op: db.GreaterEqual}}}, 4)
	r.want("2", db.Statement{Verb: db.Update, Table: "people", Set: []string{"desc"}, Where: []db.Condition{{Column: "flag", Op: db.Less}}}, "low", 1)
	r.want("1", db.Statement{Verb: db.Delete, Table: "people", Where: []db.Condition{{Column: "name"}}}, "bob")
	r.want("1", db.Statement{Verb: db.Replace, Table: "people", Key: []string{"id"}, Set: []string{"id", "name", "flag"}}, 4, "dora", 9)
	r.want("1", db.Statement{Verb: db.Replace, Table: "people", Key: []string{"id"}, Set: []string{"id", "name", "flag"}}, 9, "new", 9)
	if err := r.db.Dump(); err != nil {
		t.Fatal(err)
	}
	want := "id(int,auto) name(str) flag(double) desc(str,null)\n1:nick:0.34:low\n2:cole:-3.75:low\n4:dora:9:\n5:e\\:v\\\\e\\n:2:\n9:new:9:\n"
	if got := r.file("people"); got != want {
		t.Errorf("%q, want\n%q", got, want)
	}
	if info, _ := os.Stat(filepath.Join(r.dir, "people")); info.Mode().Perm() != 0o640 {
		t.Error("the file has other permissions")
	}
	if list, _ := os.ReadDir(r.dir); len(list) != 1 {
		t.Errorf("%d files are left", len(list))
	}
}

// What cannot be done is said, and changes nothing.
func TestErrors(t *testing.T) {
	r := newRig(t, Config{MaxRows: 2}, map[string]string{"people": sample, "broken": "id(int)\nx\n"})
	for want, s := range map[string]db.Statement{
		"no such file":                     {Table: "nobody"},
		"no name of a table":               {Table: "../people"},
		`broken:2: column id: "x" is no`:   {Table: "broken"},
		`42703 there is no column "age"`:   {Table: "people", Columns: []string{"age"}},
		"07001 1 values for 2 places":      {Verb: db.Insert, Table: "people", Set: []string{"name", "flag"}},
		"23502 column flag cannot be NULL": {Verb: db.Insert, Table: "people", Set: []string{"name"}},
		"22P02 column flag":                {Verb: db.Update, Table: "people", Set: []string{"flag"}},
		"0A000 a table of text has no":     {Verb: db.Replace, Table: "people", Set: []string{"name"}},
		"54000 the result is too big":      {Table: "people", Where: []db.Condition{{Column: "name", Op: db.NotEqual}}},
		`42601 "name up down" is no order`: {Table: "people", Order: "name up down", Where: []db.Condition{{Column: "name"}}},
	} {
		var args []any
		if len(s.Where)+len(s.Set) > 0 {
			args = []any{"x"}
		}
		if got := r.ask(s, args...); !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	raw := looptest.Begin(r.Rig, 0, 0, func(l *loop.Loop) Query {
		q := r.db.Query(l)
		q.SetText([]byte("SELECT 1"))
		return q
	}, func(l *loop.Loop, q Query, out asyncops.Outcome) string {
		defer q.Free(l)
		state, _ := q.Err()
		return fmt.Sprint(out, " ", string(state))
	}).Wait()
	if raw != "failed 0A000" {
		t.Error(raw)
	}
	if r.db.Close(); r.file("people") != sample {
		t.Error("a file was written that nobody had changed")
	}
	if _, err := New(r.Group, r.Ops, Config{Dir: filepath.Join(r.dir, "none")}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a directory that there is not")
	}
}

// A change is on the disk soon, and when the database is closed.
func TestWriteBack(t *testing.T) {
	r := newRig(t, Config{WriteBack: time.Millisecond}, map[string]string{"t": "a(int)\n"})
	r.want("1", db.Statement{Verb: db.Insert, Table: "t", Set: []string{"a"}}, 1)
	r.Until("the file", func() bool { return r.file("t") == "a(int)\n1\n" })
	r = newRig(t, Config{WriteBack: time.Hour}, map[string]string{"t": "a(int)\n"})
	r.want("1", db.Statement{Verb: db.Insert, Table: "t", Set: []string{"a"}}, 1)
	r.db.Close()
	if got := r.file("t"); got != "a(int)\n1\n" {
		t.Error(got)
	}
}

// "In non-caching mode, the module check every time a table is requested whether the
// corresponding file on disk has changed"; "If any table cannot be reloaded from disk -
// the old version preserved and error reported."
func TestReload(t *testing.T) {
	for _, look := range []bool{false, true} {
		r := newRig(t, Config{Look: look}, map[string]string{"t": "a(int)\n1\n"})
		write := func(text string) {
			if err := os.WriteFile(filepath.Join(r.dir, "t"), []byte(text), 0o640); err != nil {
				t.Fatal(err)
			}
		}
		write("a(int)\n1\n2\n")
		r.want(map[bool]string{false: "1", true: "1; 2"}[look], db.Statement{Table: "t"})
		if err := r.db.Reload("t"); err != nil {
			t.Error(err)
		}
		r.want("1; 2", db.Statement{Table: "t"})
		if look {
			continue
		}
		write("a(int)\nx\n")
		if err := r.db.Reload(""); err == nil {
			t.Error("a broken file was read")
		}
		r.want("1; 2", db.Statement{Table: "t"})
	}
}

// A broken file is no table, and says where it is broken.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"":                             ":1: the first line has no columns",
		"a\n":                          `:1: a column is name(type)`,
		"a(int\n":                      `:1: a column is`,
		"a(number)\n":                  `:1: column a: unknown type "number"`,
		"a(int) a(str)\n":              ":1: there are two columns a",
		"a(str,auto)\n":                `:1: column a: there are the attributes`,
		"a(int)\n1:2\n":                ":2: there are more than 1 fields",
		"a(int) b(int)\n1\n":           ":2: there are 1 fields, not 2",
		"a(int)\n\n:\n":                ":3: column a is empty",
		"a(str)\nx\\y\n":               `:2: unknown escape "\\y"`,
		"a(str)\nx\\":                  ":2: a backslash ends the line",
		"a(int)\n99999999999999999999": ":2: column a:",
	} {
		tab := &table{path: "f", auto: -1}
		if err := tab.parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := readTable("/nonexistent", 1); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// What was read is written the same way, whatever it is.
func FuzzTable(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("a(str,null) b(blob)\n\\n\\r\\t\\\\\\:\\0:x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tab := &table{path: "f", auto: -1}
		if tab.parse(b) != nil {
			return
		}
		again := &table{path: "f", auto: -1}
		out := tab.bytes()
		if err := again.parse(out); err != nil {
			t.Fatalf("%q\n%q\n%v", b, out, err)
		}
		if string(again.bytes()) != string(out) {
			t.Fatalf("%q\n%q", out, again.bytes())
		}
	})
}

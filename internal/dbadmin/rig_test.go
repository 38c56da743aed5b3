package dbadmin

import (
	"path/filepath"
	"testing"

	"github.com/fastsips/fastsips/internal/mysqltest"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/schema"
)

// each runs f on an empty database of each kind.
func each(t *testing.T, f func(t *testing.T, d *DB)) {
	for name, url := range map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "a.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.Start(t).URL },
		"MySQL":      func(t *testing.T) string { return mysqltest.Start(t).URL },
	} {
		t.Run(name, func(t *testing.T) { f(t, open(t, url(t))) })
	}
}

func open(t *testing.T, url string) *DB {
	t.Helper()
	d, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// do carries out statements that make what an earlier version has left.
func do(t *testing.T, d *DB, statements ...string) {
	t.Helper()
	if err := d.run(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
}

// rows are what a query gives, each row with | between its values.
func rows(t *testing.T, d *DB, sql string) (list []string) {
	t.Helper()
	all, err := d.query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	for _, r := range all {
		text := ""
		for i, v := range r {
			if i > 0 {
				text += "|"
			}
			text += v
		}
		list = append(list, text)
	}
	return list
}

// per is what differs between dialects: MySQL, PostgreSQL, SQLite.
func per(d *DB, texts [3]string) string {
	return texts[map[schema.Dialect]int{schema.MySQL: 0, schema.PostgreSQL: 1, schema.SQLite: 2}[d.Dialect]]
}

package dbadmin

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/mysqltest"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/schema"
)

// TestDatabases runs what follows on an empty database of each kind.
func TestDatabases(t *testing.T) {
	servers := map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "a.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.Start(t).URL },
		"MySQL":      func(t *testing.T) string { return mysqltest.Start(t).URL },
	}
	tests := map[string]func(*testing.T, *DB){
		"Create": testCreate, "Users": testUsers, "MigrateLocation": testMigrateLocation, "Migrate": testMigrate,
		"MigrateLeavesAlone": testMigrateLeavesAlone, "MigrateIsOneTransaction": testMigrateIsOneTransaction, "MigrateGoesOn": testMigrateGoesOn,
	}
	for kind, start := range servers {
		t.Run(kind, func(t *testing.T) {
			url := start(t)
			for name, test := range tests {
				t.Run(name, func(t *testing.T) { test(t, empty(t, url, name)) })
			}
		})
	}
}

// empty is a database of its own on the server, or in the file.
func empty(t *testing.T, url, name string) *DB {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return open(t, "sqlite:"+path+"."+name)
	}
	d := open(t, url)
	if d.Dialect == schema.MySQL {
		do(t, d, "CREATE DATABASE of"+name, "USE of"+name)
	} else {
		do(t, d, "CREATE SCHEMA of"+name, "SET search_path TO of"+name)
	}
	return d
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

package dbadmin

import (
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/schema"
)

// "create is idempotent with a clear answer when tables exist": the second time
// nothing is made, and what was made is seen to be current.
func testCreate(t *testing.T, d *DB) {
	ctx := t.Context()
	list, err := d.Create(ctx, Options{Tables: []string{"acc"}, DryRun: true})
	if err != nil || len(list) != 1 || !strings.Contains(strings.Join(list[0].SQL, "\n"), "CREATE TABLE IF NOT EXISTS acc") {
		t.Errorf("a dry run says %v, %v", list, err)
	}
	if there, _ := d.tables(ctx); there["acc"] {
		t.Error("a dry run has made a table")
	}
	if list, err = d.Create(ctx, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if !slices.Equal(r.Done, []string{"made"}) {
			t.Errorf("%s: %v", r.Table.Name, r.Done)
		}
	}
	if got := rows(t, d, "SELECT table_version FROM version WHERE table_name = 'location'"); !slices.Equal(got, []string{"1013"}) {
		t.Errorf("version of location: %v", got)
	}
	do(t, d, "INSERT INTO subscriber (username, domain, password) VALUES ('alice', 'a.example', 'secret')")
	if list, err = d.Create(ctx, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if len(r.Done) > 0 || !slices.Equal(r.Notes, []string{"it is there already"}) {
			t.Errorf("the second time %s: %v %v", r.Table.Name, r.Done, r.Notes)
		}
	}
	if list, err = d.Migrate(ctx, Options{}); err != nil || len(list) != len(schema.Tables()) {
		t.Fatal(list, err)
	}
	for _, r := range list {
		if len(r.Done) > 0 || len(r.Notes) > 0 {
			t.Errorf("what was just made needs: %s %v %v", r.Table.Name, r.Done, r.Notes)
		}
	}
	// The unique key of users is the name and the domain.
	if err := d.exec(ctx, "INSERT INTO subscriber (username, domain) VALUES ('alice', 'a.example')"); err == nil {
		t.Error("a user is there twice")
	}
}

func TestOpen(t *testing.T) {
	for url, want := range map[string]string{
		"redis://127.0.0.1/0": "must be sqlite, postgres or mysql",
		"opensips":            `a db_url is "driver://user:password@host/database"`,
		"mysql://root:secret@127.0.0.1:1/opensips": "mysql://root:***@127.0.0.1:1/opensips: ",
		"postgres://root:secret@127.0.0.1:1/x":     "postgres://root:***@127.0.0.1:1/x: ",
		"sqlite:/nowhere/at/all.db":                "sqlite:///nowhere/at/all.db: ",
	} {
		_, err := Open(t.Context(), url)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
}

package dbadmin

import (
	"context"
	"fmt"

	"github.com/fastsips/fastsips/schema"
)

// A Result is what became of one table.
type Result struct {
	Table *schema.Table
	Done  []string // what was done to it; none: it was as it should be
	Notes []string // what the operator should know
	SQL   []string // what was carried out, or would be
}

// Options are of Create and Migrate.
type Options struct {
	Tables []string // by name; empty: all there are (Create), all that are there (Migrate)
	DryRun bool     // only say what would be done
}

// Create makes the tables that are not there. One that is there stays as it is, with
// a note if Migrate has something to do.
func (d *DB) Create(ctx context.Context, o Options) (list []Result, err error) {
	tables, there, err := d.selected(ctx, o)
	if err != nil {
		return nil, err
	}
	err = d.apart(ctx, func() error {
		for _, t := range tables {
			r, err := d.create(ctx, t, there, o.DryRun)
			if err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
			list = append(list, r)
		}
		return nil
	})
	return list, err
}

// selected are the tables that are meant, and the names of those that are there.
func (d *DB) selected(ctx context.Context, o Options) (tables []*schema.Table, there map[string]bool, err error) {
	if tables, err = schema.Select(o.Tables...); err == nil {
		there, err = d.tables(ctx)
	}
	return tables, there, err
}

func (d *DB) create(ctx context.Context, t *schema.Table, there map[string]bool, dry bool) (Result, error) {
	r := Result{Table: t}
	if there[t.Name] && !there["version"] {
		r.Notes = []string{"it is there, of a version that nothing says; fastsips db migrate finds out"}
		return r, nil
	}
	if there[t.Name] {
		f, err := d.find(ctx, t.Name)
		if err == nil {
			r.Notes = []string{state(t, d.Dialect, f)}
		}
		return r, err
	}
	r.Done, r.SQL = []string{"made"}, t.Create(d.Dialect)
	if dry {
		return r, nil
	}
	return r, d.run(ctx, r.SQL)
}

// state says in a word how far a table is from the current version.
func state(t *schema.Table, d schema.Dialect, f *schema.Found) string {
	plan, err := t.Plan(d, f)
	switch {
	case err != nil:
		return err.Error()
	case len(plan.Steps) > 0:
		return fmt.Sprintf("it is there, with version %d: use fastsips db migrate", f.Version)
	}
	return "it is there already"
}

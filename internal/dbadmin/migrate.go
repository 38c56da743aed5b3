package dbadmin

import (
	"context"
	"fmt"

	"github.com/fastsips/fastsips/schema"
)

// Migrate brings tables of earlier versions to the current one. Rows and columns that
// others have added stay. Each table is one transaction, but in MySQL, which has none
// for this: there what was interrupted goes on when it is run again.
//
// A table that is newer, or another program's, is left alone and the error at the end;
// the others are migrated all the same.
func (d *DB) Migrate(ctx context.Context, o Options) (list []Result, err error) {
	tables, err := schema.Select(o.Tables...)
	if err != nil {
		return nil, err
	}
	there, err := d.tables(ctx)
	if err != nil {
		return nil, err
	}
	if !there["version"] && !o.DryRun {
		if err := d.run(ctx, schema.Versions(d.Dialect)); err != nil {
			return nil, err
		}
		there["version"] = true
	}
	var failed error
	for _, t := range tables {
		if !there[t.Name] {
			if len(o.Tables) > 0 {
				list = append(list, Result{Table: t, Notes: []string{"it is not there: use fastsips db create"}})
			}
			continue
		}
		r, err := d.migrate(ctx, t, there["version"], o.DryRun)
		if err != nil {
			r.Notes = append(r.Notes, err.Error())
			failed = fmt.Errorf("table %s: %w", t.Name, err)
		}
		list = append(list, r)
	}
	return list, failed
}

func (d *DB) migrate(ctx context.Context, t *schema.Table, versions, dry bool) (r Result, err error) {
	r.Table = t
	look := func() (*schema.Found, error) {
		if !versions {
			return nil, fmt.Errorf("there is no table version: run without -dry-run, or fastsips db create first")
		}
		return d.find(ctx, t.Name)
	}
	work := func() error {
		f, err := look()
		if err != nil {
			return err
		}
		plan, err := t.Plan(d.Dialect, f)
		if err != nil {
			return err
		}
		r.Notes = plan.Notes
		for _, s := range plan.Steps {
			r.Done, r.SQL = append(r.Done, s.What), append(r.SQL, s.SQL...)
		}
		if dry {
			return nil
		}
		return d.run(ctx, r.SQL)
	}
	if dry {
		return r, work()
	}
	if err = d.apart(ctx, work); err != nil && d.Dialect != schema.MySQL {
		r.Done = nil // all of it is undone
	}
	return r, err
}

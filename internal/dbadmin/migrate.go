package dbadmin

import (
	"context"
	"errors"
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
	tables, there, err := d.selected(ctx, o)
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
	if !versions {
		return r, errors.New("there is no table version: run without -dry-run, or fastsips db create first")
	}
	if dry {
		err = d.plan(ctx, &r)
		return r, err
	}
	err = d.apart(ctx, func() error {
		if err := d.plan(ctx, &r); err != nil {
			return err
		}
		return d.run(ctx, r.SQL)
	})
	if err != nil && d.Dialect != schema.MySQL {
		r.Done = nil // all of it is undone
	}
	return r, err
}

// plan looks at a table and says what to do to it.
func (d *DB) plan(ctx context.Context, r *Result) error {
	f, err := d.find(ctx, r.Table.Name)
	if err != nil {
		return err
	}
	plan, err := r.Table.Plan(d.Dialect, f)
	if err != nil {
		return err
	}
	r.Notes = plan.Notes
	for _, s := range plan.Steps {
		r.Done, r.SQL = append(r.Done, s.What), append(r.SQL, s.SQL...)
	}
	return nil
}

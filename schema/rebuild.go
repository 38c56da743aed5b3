package schema

import (
	"fmt"
	"slices"
	"strings"
)

// whole is the one step by which SQLite, whose ALTER TABLE can do little, gets all of
// a plan: a new table with our columns and those that others have added takes the
// rows, and then the old one's name.
func (m *migration) whole() Step {
	f := m.old
	fresh := *m.t
	fresh.Name, fresh.Indexes = m.t.Name+"__new", nil
	parts := fresh.parts(SQLite)
	var into, from []string
	for _, c := range m.t.Columns {
		if expr := m.source(c, f); expr != "" {
			into, from = append(into, c.Name), append(from, expr)
		}
	}
	extra := 0
	for _, have := range m.have.Columns {
		if _, ours := m.t.Column(have.Name); !ours {
			parts = slices.Insert(parts, len(m.t.Columns)+extra, have.Decl)
			into, from = append(into, have.Name), append(from, have.Name)
			extra++
		}
	}
	parts = append(parts, m.keys()...)
	list := []string{
		"DROP TABLE IF EXISTS " + fresh.Name,
		fmt.Sprintf("CREATE TABLE %s (\n    %s\n)", fresh.Name, strings.Join(parts, ",\n    ")),
		fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", fresh.Name, strings.Join(into, ", "), strings.Join(from, ", "), m.t.Name),
		"DROP TABLE " + m.t.Name,
		fmt.Sprintf("ALTER TABLE %s RENAME TO %s", fresh.Name, m.t.Name),
	}
	list = append(append(list, f.Objects...), m.others(f)...)
	var what []string
	for _, s := range m.steps {
		what = append(what, s.What)
	}
	return Step{strings.Join(what, "; "), list}
}

// keys are the unique keys of the new table: ours, unless the rows are in the way, and
// what others have made.
func (m *migration) keys() (list []string) {
	named := func(name string, columns []string) {
		list = append(list, name+"UNIQUE ("+strings.Join(columns, ", ")+")")
	}
	for _, i := range m.t.Indexes {
		if i.Unique && (m.have.serves(i) || m.doubles(i) == 0) {
			named("CONSTRAINT "+SQLite.indexName(m.t.Name, i)+" ", i.Columns)
		}
	}
	for _, have := range m.have.Indexes {
		theirs := !slices.ContainsFunc(m.t.Indexes, func(i Index) bool { return slices.EqualFunc(i.Columns, have.Columns, strings.EqualFold) })
		if have.Unique && have.Name == "" && theirs {
			named("", have.Columns)
		}
	}
	return list
}

// others are our indexes that were not there.
func (m *migration) others(f *Found) (list []string) {
	for _, i := range m.t.Indexes {
		if !i.Unique && !f.serves(i) {
			list = append(list, SQLite.addIndex(m.t.Name, i))
		}
	}
	return list
}

// source is where a column's values come from; empty: from its default.
func (m *migration) source(c Column, f *Found) string {
	name := c.Name
	for _, change := range m.t.Changes {
		if _, there := f.column(c.Name); change.Rename[1] == c.Name && !there {
			name = change.Rename[0]
		}
	}
	have, ok := f.column(name)
	if !ok {
		return map[bool]string{true: filled(c).Default}[c.Default == "" && !c.Null]
	}
	for _, change := range m.t.Changes {
		if change.Column == c.Name && have.Class == change.From {
			name = change.Computed[SQLite]
		}
	}
	if !c.Null && have.Null && c.Type != Serial && c.Type != BigSerial {
		return fmt.Sprintf("COALESCE(%s, %s)", name, filled(c).Default)
	}
	return name
}

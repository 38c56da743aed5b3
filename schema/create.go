package schema

import (
	"fmt"
	"strings"
)

// versions is the table that has a row for each of the others.
var versions = &Table{Name: "version", Doc: "which version each table has",
	Columns: []Column{mustStr("table_name", 32), num("table_version", Uint, 0)},
	Indexes: []Index{unique("t_name_idx", "table_name")}}

// Create returns the statements that make the table, its indexes, and its row in the
// table version, which is made too. Each may be run again: what is there stays as it
// is.
func (t *Table) Create(d Dialect) []string {
	return append(append(Versions(d), t.make(d)...), d.stamp(t.Name, t.Version))
}

// Versions returns the statements that make the table version.
func Versions(d Dialect) []string { return versions.make(d) }

// make returns the statements for the table alone.
func (t *Table) make(d Dialect) []string {
	list := []string{fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (\n    %s\n)%s", t.Name, strings.Join(t.parts(d), ",\n    "), d.suffix())}
	for _, i := range t.Indexes {
		if !i.Unique && d != MySQL {
			list = append(list, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s (%s)", d.indexName(t.Name, i), t.Name, strings.Join(i.Columns, ", ")))
		}
	}
	return list
}

// parts are the columns and constraints between the parentheses.
func (t *Table) parts(d Dialect) (list []string) {
	for _, c := range t.Columns {
		list = append(list, d.define(c))
	}
	for _, i := range t.Indexes {
		switch columns := " (" + strings.Join(i.Columns, ", ") + ")"; {
		case i.Unique:
			list = append(list, "CONSTRAINT "+d.indexName(t.Name, i)+" UNIQUE"+columns)
		case d == MySQL: // which has no CREATE INDEX IF NOT EXISTS
			list = append(list, "INDEX "+i.Name+columns)
		}
	}
	return list
}

func (d Dialect) suffix() string {
	if d == MySQL {
		return " ENGINE=InnoDB"
	}
	return ""
}

// Script returns Create of several tables as one text of statements that end in
// semicolons; an unknown name is an error. Without names it is all tables.
func Script(d Dialect, names ...string) (string, error) {
	list, err := Select(names...)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, t := range list {
		for _, s := range t.Create(d) {
			b.WriteString(s + ";\n")
		}
	}
	return b.String(), nil
}

// Select returns tables by their names, all without names.
func Select(names ...string) (list []*Table, err error) {
	if len(names) == 0 {
		return Tables(), nil
	}
	for _, name := range names {
		t, ok := Named(strings.TrimSpace(name))
		if !ok {
			return nil, fmt.Errorf("there is no table %q; there are %s", name, strings.Join(allNames(), ", "))
		}
		list = append(list, t)
	}
	return list, nil
}

func allNames() (list []string) {
	for _, t := range Tables() {
		list = append(list, t.Name)
	}
	return list
}

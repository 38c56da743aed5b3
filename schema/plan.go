package schema

import (
	"fmt"
	"slices"
	"strings"
)

// A Step is one thing to do to a table.
type Step struct {
	What string // for the operator: "column kv_store is added"
	SQL  []string
}

// A Plan is what makes a table of an earlier version the current one. Steps that do
// not change anything tell what the operator should know.
type Plan struct {
	Steps []Step
	Notes []string
}

// Plan says what to do to a table that is there. Rows, and columns that others have
// added, stay. It refuses a newer version, and a table that is another program's.
func (t *Table) Plan(d Dialect, f *Found) (*Plan, error) {
	if f.Version > t.Version {
		return nil, fmt.Errorf("table %s has version %d, which is newer than %d: nothing is changed", t.Name, f.Version, t.Version)
	}
	for _, name := range t.Foreign {
		if _, ok := f.column(name); ok {
			return nil, fmt.Errorf("table %s has a column %s: it is Kamailio's or of a very old version, and nothing is changed", t.Name, name)
		}
	}
	m := &migration{d: d, t: t, old: f, have: clone(f)}
	m.changes()
	m.columns()
	m.indexes()
	if m.rebuild {
		m.steps = []Step{m.whole()}
	}
	m.version()
	return &m.Plan, nil
}

func clone(f *Found) *Found {
	g := *f
	g.Columns, g.Indexes = slices.Clone(f.Columns), slices.Clone(f.Indexes)
	return &g
}

// A migration is a plan while it is made.
type migration struct {
	Plan
	d       Dialect
	t       *Table
	old     *Found // as it is
	have    *Found // as it is after the steps so far
	steps   []Step
	rebuild bool // SQLite: some step needs the table made anew
}

// do adds a step. Statements in SQLite's place are none: the table is made anew.
func (m *migration) do(what string, sql ...string) {
	m.steps = append(m.steps, Step{what, sql})
}

// changes applies what is known of earlier versions.
func (m *migration) changes() {
	for _, c := range m.t.Changes {
		switch {
		case c.Unique != nil:
			m.unkey(c.Unique)
		case c.Rename[0] != "":
			m.rename(c.Rename[0], c.Rename[1])
		default:
			if have, ok := m.have.column(c.Column); ok && have.Class == c.From {
				m.compute(c)
			}
		}
	}
}

// unkey drops a unique key that is none any more.
func (m *migration) unkey(columns []string) {
	i := slices.IndexFunc(m.have.Indexes, func(i Index) bool { return i.Unique && slices.EqualFunc(i.Columns, columns, strings.EqualFold) })
	if i < 0 {
		return
	}
	name := m.have.Indexes[i].Name
	m.have.Indexes = slices.Delete(m.have.Indexes, i, i+1)
	what := "unique key (" + strings.Join(columns, ", ") + ") is dropped"
	switch m.d {
	case MySQL:
		m.do(what, fmt.Sprintf("ALTER TABLE %s DROP INDEX %s", m.t.Name, name))
	case PostgreSQL: // which has two ways of making one
		m.do(what, fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", m.t.Name, name), "DROP INDEX IF EXISTS "+name)
	default:
		m.anew(what)
	}
}

// anew is a step that SQLite has no ALTER TABLE for.
func (m *migration) anew(what string) {
	m.rebuild = true
	m.do(what)
}

func (m *migration) rename(from, to string) {
	have, ok := m.have.column(from)
	if _, there := m.have.column(to); !ok || there {
		return
	}
	i := slices.Index(m.have.Columns, have)
	m.have.Columns[i].Name = to
	what := fmt.Sprintf("column %s is called %s", from, to)
	c, _ := m.t.Column(to)
	switch m.d {
	case MySQL: // of which old versions want the type as well; so it is new already
		m.have.Columns[i] = m.made(c)
		m.do(what, fmt.Sprintf("ALTER TABLE %s CHANGE %s %s", m.t.Name, from, m.d.defineAgain(c)))
	case PostgreSQL:
		m.do(what, fmt.Sprintf("ALTER TABLE %s RENAME COLUMN %s TO %s", m.t.Name, from, to))
	default:
		m.anew(what)
	}
}

// made is c as it will be found.
func (m *migration) made(c Column) FoundColumn {
	f := FoundColumn{Name: c.Name, Class: c.Type.class(), Size: c.Size, Null: c.Null, Decl: m.d.define(c)}
	if f.Class == IsInt {
		f.Size = 8
	}
	return f
}

// compute replaces a column by one whose values are made of the old ones.
func (m *migration) compute(change Change) {
	c, _ := m.t.Column(change.Column)
	have, _ := m.have.column(c.Name)
	expr := change.Computed[m.d]
	m.have.Columns[slices.Index(m.have.Columns, have)] = m.made(c)
	what := fmt.Sprintf("column %s is %s, computed from what it was", c.Name, m.d.typeOf(c))
	switch m.d {
	case MySQL:
		m.do(what, m.swap(c, expr)...)
	case PostgreSQL:
		m.do(what, m.retype(c, expr))
	default:
		m.anew(what)
	}
}

// swap is compute for MySQL: a new column takes the old one's place. If it was
// interrupted the new one is there already.
func (m *migration) swap(c Column, expr string) (list []string) {
	fresh := c
	fresh.Name = c.Name + "__new"
	if _, ok := m.have.column(fresh.Name); ok {
		list = append(list, fmt.Sprintf("ALTER TABLE %s DROP COLUMN %s", m.t.Name, fresh.Name))
	}
	return append(list, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s", m.t.Name, m.d.define(filled(fresh))),
		fmt.Sprintf("UPDATE %s SET %s = %s", m.t.Name, fresh.Name, expr),
		fmt.Sprintf("ALTER TABLE %s DROP COLUMN %s, CHANGE %s %s", m.t.Name, c.Name, fresh.Name, m.d.define(c)))
}

// retype is one ALTER TABLE of PostgreSQL for a column's type, default and NULL.
func (m *migration) retype(c Column, using string) string {
	alter := "ALTER COLUMN " + c.Name + " "
	kind, key := m.d.typeOf(c), c.Key
	switch c.Type {
	case Serial: // that is not a type; the default is the sequence
		kind, key = "INTEGER", true
	case BigSerial:
		kind, key = "BIGINT", true
	}
	var parts []string
	if !key {
		parts = []string{alter + "DROP DEFAULT", alter + "DROP NOT NULL"}
	}
	if using != "" {
		kind += " USING " + using
	}
	parts = append(parts, alter+"TYPE "+kind)
	if c.Default != "" {
		parts = append(parts, alter+"SET DEFAULT "+c.Default)
	}
	if !c.Null && !key {
		parts = append(parts, alter+"SET NOT NULL")
	}
	return "ALTER TABLE " + m.t.Name + " " + strings.Join(parts, ", ")
}

// columns adds those that are missing and widens those that are too narrow.
func (m *migration) columns() {
	for _, c := range m.t.Columns {
		have, ok := m.have.column(c.Name)
		switch {
		case !ok:
			m.do("column "+c.Name+" is added", fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s", m.t.Name, m.d.define(filled(c))))
		case m.d.holds(c, have):
		case m.d == MySQL:
			m.do(m.becomes(c, have), fmt.Sprintf("ALTER TABLE %s MODIFY %s", m.t.Name, m.d.defineAgain(c)))
		case m.d == PostgreSQL:
			m.do(m.becomes(c, have), m.retype(c, ""))
		default:
			m.anew(m.becomes(c, have))
		}
	}
}

func (m *migration) becomes(c Column, have FoundColumn) string {
	text := "column " + c.Name + " becomes " + m.d.typeOf(c)
	if c.Null && !have.Null {
		text += ", and may be NULL"
	}
	return text
}

// filled is c with a default if rows that are there already need one.
func filled(c Column) Column {
	if c.Default == "" && !c.Null {
		c.Default = "0"
		if k := c.Type.class(); k == IsText || k == IsBlob {
			c.Default = "''"
		} else if k == IsTime {
			c.Default = never
		}
	}
	return c
}

// defineAgain is define for a column that is there: its being the primary key is no
// part of it.
func (d Dialect) defineAgain(c Column) string {
	c.Key = false
	return strings.Replace(d.define(c), " PRIMARY KEY", "", 1)
}

// indexes adds those that are missing. A unique key that the rows do not allow is
// left out, and said to be.
func (m *migration) indexes() {
	for _, i := range m.t.Indexes {
		if m.have.serves(i) {
			continue
		}
		if n := m.doubles(i); n > 0 {
			m.Notes = append(m.Notes, fmt.Sprintf("no unique key (%s): %d rows are double in that; remove them and migrate again", strings.Join(i.Columns, ", "), n))
			continue
		}
		m.do("index "+i.Name+" is added", m.d.addIndex(m.t.Name, i))
		m.rebuild = m.rebuild || m.d == SQLite && i.Unique
	}
}

// doubles asks how many rows are in a unique key's way. Columns that are new or
// renamed cannot be asked.
func (m *migration) doubles(i Index) int {
	if !i.Unique || m.old.Doubles == nil {
		return 0
	}
	for _, name := range i.Columns {
		if _, ok := m.old.column(name); !ok {
			return 0
		}
	}
	return m.old.Doubles(i.Columns)
}

func (d Dialect) addIndex(table string, i Index) string {
	name, columns := d.indexName(table, i), strings.Join(i.Columns, ", ")
	if i.Unique {
		return fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s UNIQUE (%s)", table, name, columns)
	}
	return fmt.Sprintf("CREATE INDEX %s ON %s (%s)", name, table, columns)
}

// version puts the steps into the plan, and the row of the table version behind them.
func (m *migration) version() {
	m.Steps = m.steps
	if m.have.Version == m.t.Version {
		return
	}
	what := fmt.Sprintf("version %d becomes %d", m.have.Version, m.t.Version)
	if m.have.Version < 0 {
		what = fmt.Sprintf("version is noted: %d", m.t.Version)
	}
	m.Steps = append(m.Steps, Step{what, []string{"DELETE FROM version WHERE table_name = '" + m.t.Name + "'", m.d.stamp(m.t.Name, m.t.Version)}})
}

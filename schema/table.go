package schema

import (
	"slices"
	"strings"
)

// A Table is one table and what version of it this is.
type Table struct {
	Name    string
	Version int // in the table version, which programs check
	Doc     string
	Columns []Column
	Indexes []Index
	Changes []Change // from earlier versions, besides columns that are missing or too narrow
	Foreign []string // columns of other programs' tables with this name
}

// A Type is what a column holds.
type Type uint8

// The types. Unsigned ones are signed where a database has none.
const (
	Serial     Type = iota // a 32-bit number that counts itself, the primary key
	BigSerial              // the same with 64 bits
	Int                    // 32 bits
	Uint                   // 32 bits
	Uint16                 // a port; 32 bits where nothing unsigned has 16
	BigUint                // 64 bits
	Float                  // two digits behind the point
	String                 // at most Size characters
	Text                   // any length, up to 64 KiB
	Blob                   // bytes, up to 64 KiB
	MediumBlob             // bytes, up to 16 MiB
	Time                   // date and time, no zone
)

// A Column is one column.
type Column struct {
	Name    string
	Type    Type
	Size    int    // of a String
	Null    bool   // may be NULL, and is if nothing is given
	Key     bool   // the primary key, of a column that is no serial
	Default string // a literal of SQL, such as '' or 0; empty: a value must be given
}

// An Index is an index, in OpenSIPS's short name: databases in which names of
// indexes are not the table's own get the table's name in front.
type Index struct {
	Name    string
	Unique  bool
	Columns []string
}

// A Change is what an earlier version had otherwise.
type Change struct {
	Rename   [2]string // a column that is called otherwise since: from, to
	Unique   []string  // the columns of a unique key that is none any more
	Column   string    // a column whose values mean something else now ...
	From     Class     // ... if this is what it holds
	Computed [3]string // ... made of the old ones by these expressions: MySQL, PostgreSQL, SQLite
}

// Named returns a table.
func Named(name string) (*Table, bool) {
	i := slices.IndexFunc(tables, func(t *Table) bool { return t.Name == name })
	if i < 0 {
		return nil, false
	}
	return tables[i], true
}

// Tables returns all tables, by name. They are not the caller's to change.
func Tables() []*Table {
	list := slices.Clone(tables)
	slices.SortFunc(list, func(a, b *Table) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Column returns a column by its name, whose case does not matter.
func (t *Table) Column(name string) (Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return Column{}, false
	}
	return t.Columns[i], true
}

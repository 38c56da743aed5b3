package schema

import (
	"slices"
	"strings"
)

// Found is a table as it is in a database, whoever made it.
type Found struct {
	Version int // what the table version says; -1: nothing
	Columns []FoundColumn
	Indexes []Index  // with their full names; SQLite: none if CREATE TABLE made it. Primary keys are not among them
	Objects []string // SQLite: the statements that made the indexes and triggers
	// Doubles says how many rows, at least 1, have the same values in these columns
	// as another; 0: a unique key is possible.
	Doubles func(columns []string) int
}

// A FoundColumn is a column that is there.
type FoundColumn struct {
	Name  string
	Class Class
	Size  int    // characters, or bytes of a whole number; 0: no limit
	Null  bool   // may be NULL
	Decl  string // SQLite: how it was declared, with the name in front
}

// A Class is a group of types that hold the same things.
type Class uint8

// The classes.
const (
	Other Class = iota
	IsInt
	IsFloat
	IsText
	IsBlob
	IsTime
)

// classes maps the beginnings of databases' names of types, in lower case. The first
// that fits counts.
var classes = []struct {
	prefix string
	class  Class
	bytes  int // of a whole number
}{
	{"tinyint", IsInt, 1}, {"smallint", IsInt, 2}, {"smallserial", IsInt, 2}, {"mediumint", IsInt, 3}, {"bigint", IsInt, 8}, {"bigserial", IsInt, 8},
	{"int", IsInt, 4}, {"serial", IsInt, 4},
	{"float", IsFloat, 0}, {"real", IsFloat, 0}, {"double", IsFloat, 0}, {"decimal", IsFloat, 0}, {"numeric", IsFloat, 0},
	{"char", IsText, 0}, {"varchar", IsText, 0}, {"text", IsText, 0}, {"tinytext", IsText, 0}, {"mediumtext", IsText, 0}, {"longtext", IsText, 0},
	{"blob", IsBlob, 0}, {"tinyblob", IsBlob, 0}, {"mediumblob", IsBlob, 0}, {"longblob", IsBlob, 0}, {"bytea", IsBlob, 0}, {"binary", IsBlob, 0}, {"varbinary", IsBlob, 0},
	{"datetime", IsTime, 0}, {"timestamp", IsTime, 0}, {"date", IsTime, 0},
}

// ClassOf says what a database's type holds, and how many bytes a whole number has.
func ClassOf(name string) (c Class, bytes int) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, k := range classes {
		if strings.HasPrefix(name, k.prefix) {
			return k.class, k.bytes
		}
	}
	return Other, 0
}

// class is what a column of ours holds.
func (t Type) class() Class {
	return [...]Class{IsInt, IsInt, IsInt, IsInt, IsInt, IsInt, IsFloat, IsText, IsText, IsBlob, IsBlob, IsTime}[t]
}

func (f *Found) column(name string) (FoundColumn, bool) {
	i := slices.IndexFunc(f.Columns, func(c FoundColumn) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return FoundColumn{}, false
	}
	return f.Columns[i], true
}

// serves reports whether there is an index for what i is for: the same columns,
// unique if i is.
func (f *Found) serves(i Index) bool {
	return slices.ContainsFunc(f.Indexes, func(have Index) bool {
		return slices.EqualFunc(have.Columns, i.Columns, strings.EqualFold) && (have.Unique || !i.Unique)
	})
}

// holds reports whether a column that is there can hold what c has to.
func (d Dialect) holds(c Column, have FoundColumn) bool {
	if have.Class != c.Type.class() {
		return c.Type.class() == IsBlob && have.Class == IsText // of the same use in dialog's variables
	}
	if c.Null && !have.Null {
		return false
	}
	if d == SQLite { // which keeps anything of any length
		return true
	}
	switch c.Type {
	case String:
		return have.Size == 0 || have.Size >= c.Size
	case Text:
		return have.Size == 0
	case Serial, Int, Uint:
		return have.Size >= 4
	case BigSerial, BigUint:
		return have.Size >= 8
	case Uint16:
		return d == MySQL && have.Size >= 2 || have.Size >= 4
	}
	return true
}

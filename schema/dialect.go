package schema

import (
	"fmt"
	"strconv"
)

// A Dialect is a database's way of writing SQL.
type Dialect uint8

// The dialects.
const (
	MySQL      Dialect = iota // and MariaDB
	PostgreSQL                // 10 and later
	SQLite                    // 3.35 and later
)

func (d Dialect) String() string { return [...]string{"MySQL", "PostgreSQL", "SQLite"}[d] }

// names are the types in each dialect, as OpenSIPS's own scripts have them where
// they can hold what they have to.
var names = [...][3]string{
	Serial:     {"INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY", "SERIAL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT"},
	BigSerial:  {"BIGINT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY", "BIGSERIAL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT"},
	Int:        {"INT(11)", "INTEGER", "INTEGER"},
	Uint:       {"INT(10) UNSIGNED", "INTEGER", "INTEGER"},
	Uint16:     {"SMALLINT(5) UNSIGNED", "INTEGER", "INTEGER"},
	BigUint:    {"BIGINT(20) UNSIGNED", "BIGINT", "BIGINT"},
	Float:      {"FLOAT(10,2)", "REAL", "FLOAT(10,2)"},
	String:     {"CHAR", "VARCHAR", "CHAR"},
	Text:       {"TEXT", "TEXT", "TEXT"},
	Blob:       {"BLOB", "BYTEA", "BLOB"},
	MediumBlob: {"MEDIUMBLOB", "BYTEA", "BLOB"},
	Time:       {"DATETIME", "TIMESTAMP WITHOUT TIME ZONE", "DATETIME"},
}

// typeOf is a column's type: "CHAR(64)".
func (d Dialect) typeOf(c Column) string {
	if c.Type == String {
		return names[String][d] + "(" + strconv.Itoa(c.Size) + ")"
	}
	return names[c.Type][d]
}

// define is a column as CREATE TABLE and ADD COLUMN want it.
func (d Dialect) define(c Column) string {
	text := c.Name + " " + d.typeOf(c)
	if c.Key {
		text += " PRIMARY KEY"
	}
	switch {
	case c.Default != "":
		text += " DEFAULT " + c.Default
	case c.Null:
		text += " DEFAULT NULL"
	}
	if !c.Null {
		text += " NOT NULL"
	}
	return text
}

// indexName is what an index of a table is called.
func (d Dialect) indexName(table string, i Index) string {
	if d == MySQL {
		return i.Name // names are the table's own
	}
	return table + "_" + i.Name
}

// stamp says which version a table has, in the table version. What is there already
// stays.
func (d Dialect) stamp(table string, version int) string {
	values := fmt.Sprintf("INTO version (table_name, table_version) VALUES ('%s', %d)", table, version)
	switch d {
	case MySQL:
		return "INSERT IGNORE " + values
	case PostgreSQL:
		return "INSERT " + values + " ON CONFLICT DO NOTHING"
	}
	return "INSERT OR IGNORE " + values
}

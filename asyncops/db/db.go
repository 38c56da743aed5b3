// Package db is a database as scripts and modules see it, whatever its driver.
//
// A module opens a db_url in the program's [Set] and gets a [Database], shared by
// all who name the same URL. The Database hands out a [Query], an asyncops.Op of
// the loop in hand: SQL text with bound arguments, or a [Statement], which is put
// into the driver's SQL (its [Dialect]), or carried out as it is by a driver that
// knows no SQL. Then the rows are in the Query until it is freed.
//
// The package opens no connection itself: the db_* modules are the drivers, and
// one that is not loaded is not there. It refuses transactions over several
// queries: two queries may use two connections.
package db

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A Database is what one db_url leads to. It is used from all loops.
type Database interface {
	// Query returns an empty query of the loop in hand, from its pool. Whoever
	// gets it calls Free in the end, after it has ended or if it is never begun.
	Query(l *loop.Loop) Query
	// Dialect is how the database wants its SQL; the same at each call.
	Dialect() *Dialect
	// Stats is a line of counters for reports: "driver=postgres queries=7 ...".
	Stats() string
	// Close ends it, before the loops end and not on one of them. The Set calls it.
	Close()
}

// A Query is one statement on its way to the database, then its result. It may be
// begun again once it has ended. Its bytes are the driver's: valid until the next
// SetText, Begin or Free.
type Query interface {
	asyncops.Op

	// SetText copies the SQL text, and forgets the arguments that were bound.
	SetText(text []byte)
	// Bind copies one more argument: that of the next placeholder.
	Bind(a Arg)
	// SetBounds limits the result: one that has more rows, or more bytes in its
	// values, is an error (SQLSTATE 54000) and has none.
	SetBounds(rows, bytes int)

	// Rows is the number of rows, Cols that of columns (also of a result without
	// rows), Name the name of a column.
	Rows() int
	Cols() int
	Name(col int) []byte
	// Type is the type of a value. SQLite has one for each value, others for each
	// column.
	Type(row, col int) Type
	// Value is a value as text: numbers in decimals, a Blob as it is, dates and the
	// rest as the database writes them.
	Value(row, col int) (b []byte, null bool)
	// Affected is how many rows an INSERT, UPDATE, DELETE or REPLACE touched.
	Affected() int64
	// Err says why a query has failed: an SQLSTATE or the like, and a text for the
	// log. Both are empty if it has not.
	Err() (state, message []byte)

	// Free ends the life of a query that is not under way.
	Free(l *loop.Loop)
}

// A Native query carries out a Statement itself: its driver has no SQL. Text given
// to it by SetText fails with SQLSTATE 0A000.
type Native interface {
	Query
	// SetStatement takes a copy of s, whose values are bound afterwards.
	SetStatement(s *Statement)
}

// A Driver opens the databases of one URL scheme. The modules db_postgres,
// db_mysql, db_sqlite, db_text and db_virtual are Drivers.
type Driver interface {
	// OpenDatabase prepares the database of u; a server that is down is no error. It
	// is called before the loops start. s has what a driver needs, and opens other
	// databases for one that only chooses among them.
	OpenDatabase(s *Set, u *URL) (Database, error)
}

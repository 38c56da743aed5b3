package db

// A Dialect is how a database wants its SQL.
type Dialect struct {
	Numbered bool // placeholders are $1, $2, ...; otherwise ?
	Quote    byte // around names: " or `
	Lower    bool // names that are not quoted are in lower case: PostgreSQL
	Replace  Upsert
	Escapes  bool // a backslash in '...' escapes: MySQL
}

// An Upsert is how Replace is written.
type Upsert uint8

// The ways of writing Replace.
const (
	ReplaceInto Upsert = iota // REPLACE INTO t (...) VALUES (...): MySQL, SQLite
	OnConflict                // INSERT ... ON CONFLICT (key) DO UPDATE: PostgreSQL; needs Statement.Key
)

// The dialects there are.
var (
	PostgreSQL = &Dialect{Numbered: true, Quote: '"', Lower: true, Replace: OnConflict}
	MySQL      = &Dialect{Quote: '`', Escapes: true}
	SQLite     = &Dialect{Quote: '"'}
)

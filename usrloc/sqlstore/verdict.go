package sqlstore

import (
	"strconv"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
)

// A verdict says what came of a statement.
type verdict uint8

// The verdicts, the better ones first.
const (
	carriedOut verdict = iota
	refused            // the database does not take one of its rows; nothing of it was done
	again              // it stood in another's way, and may go at once; nothing of it was done
	away               // nothing of it was done, for the database is away, full, or has no such table
	unclear            // it may have been carried out
)

// worse returns the worse of two.
func worse(a, b verdict) verdict { return max(a, b) }

// verdictOf judges how q has ended.
func verdictOf(d *db.Dialect, q db.Query, out asyncops.Outcome) verdict {
	switch out {
	case asyncops.Completed:
		return carriedOut
	case asyncops.Overloaded, asyncops.Unavailable:
		return away
	case asyncops.Failed:
		state, _ := q.Err()
		return judge(d, string(state))
	}
	return unclear
}

// judge looks at what a database of dialect d says of a failure: an SQLSTATE, MySQL's number
// or SQLite's code.
func judge(d *db.Dialect, state string) verdict {
	if len(state) == 5 {
		return judgeSQLState(state)
	}
	n, err := strconv.Atoi(state)
	switch {
	case err != nil:
		return unclear
	case d != db.MySQL:
		return judgeSQLite(n & 0xff)
	}
	if v, known := mysqlNumbers[n]; known {
		return v
	}
	return away
}

func judgeSQLState(s string) verdict {
	switch {
	case s == "54000", s[:2] == "22", s[:2] == "23": // too long, not of the type, against a constraint
		return refused
	case s[:2] == "40", s == "55P03": // a deadlock
		return again
	case s[:2] == "08" && s != "08001", s[:2] == "57", s[:2] == "XX": // the connection went, or the server
		return unclear
	}
	return away
}

var mysqlNumbers = map[int]verdict{
	1205: again, 1213: again, // waited too long for a lock, a deadlock
	1048: refused, 1062: refused, 1264: refused, 1265: refused, 1366: refused, 1406: refused, 1292: refused, 3140: refused,
	1053: unclear, 1317: unclear, 2013: unclear, // shutting down, interrupted, lost
}

// judgeSQLite judges a primary result code: https://www.sqlite.org/rescode.html
func judgeSQLite(code int) verdict {
	const busy, locked, interrupt, ioerr, tooBig, constraint, mismatch = 5, 6, 9, 10, 18, 19, 20
	switch code {
	case busy, locked:
		return again
	case tooBig, constraint, mismatch:
		return refused
	case interrupt, ioerr:
		return unclear
	}
	return away
}

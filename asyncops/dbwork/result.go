package dbwork

import (
	"strconv"

	"github.com/fastsips/fastsips/asyncops/db"
)

// A Result is what came of one query: values as text, back to back. The driver
// gives the columns first, then cell by cell, row by row.
type Result struct {
	Affected   int64
	LastInsert int64 // the key that the database gave the last new row; 0: none

	data     []byte
	cells    []cell
	names    []byte
	ends     []int // of each column's name in names
	maxRows  int
	maxBytes int
}

// cell is where a value lies in data; end < 0 is NULL.
type cell struct {
	off, end int32
	kind     db.Type
}

// Bounds of what a pooled result remembers.
const (
	maxKept     = 64 << 10
	maxKeptRows = 4096
)

func (r *Result) trim() {
	if cap(r.data) > maxKept {
		r.data = nil
	}
	if cap(r.cells) > maxKeptRows {
		r.cells = nil
	}
}

// Clear forgets all.
func (r *Result) Clear() {
	r.data, r.cells, r.names, r.ends = r.data[:0], r.cells[:0], r.names[:0], r.ends[:0]
	r.Affected, r.LastInsert = 0, 0
}

// AddColumn adds a column.
func (r *Result) AddColumn(name string) {
	r.names = append(r.names, name...)
	r.ends = append(r.ends, len(r.names))
}

// Full reports whether there is no room for one more row.
func (r *Result) Full() bool { return r.Rows() >= r.maxRows || len(r.data) > r.maxBytes }

// AddText adds a value that is text, or written like that; false if it is too long.
func (r *Result) AddText(b []byte, kind db.Type) bool {
	if len(r.data)+len(b) > r.maxBytes {
		return false
	}
	off := len(r.data)
	r.data = append(r.data, b...)
	r.cells = append(r.cells, cell{int32(off), int32(len(r.data)), kind})
	return true
}

// AddNull adds a NULL.
func (r *Result) AddNull() { r.cells = append(r.cells, cell{end: -1}) }

// AddInt adds an integer.
func (r *Result) AddInt(n int64) bool {
	var digits [20]byte
	return r.AddText(strconv.AppendInt(digits[:0], n, 10), db.TypeInt)
}

// Rows returns the number of rows.
func (r *Result) Rows() int { return len(r.cells) / max(len(r.ends), 1) }

// Cols returns the number of columns, also of a result without rows.
func (r *Result) Cols() int { return len(r.ends) }

// name returns the name of a column.
func (r *Result) name(col int) []byte {
	from := 0
	if col > 0 {
		from = r.ends[col-1]
	}
	return r.names[from:r.ends[col]]
}

package cachedb_redis

import (
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/cachedb"
)

// A table is the answer to a raw query as rows. With one variable to take them each row is
// one value, as in OpenSIPS: what Redis answers as a map, or as pairs, comes flat, and
// what is nested is left out. With several variables each key has its value beside it, and
// an array within the array is a row.
type table struct {
	whole  redis.Value
	cells  []redis.Value
	cols   int
	digits []byte
}

var _ cachedb.Shaped = (*table)(nil)

// Shape is told how many variables there are, before anything else is asked.
func (t *table) Shape(cols int) { t.fill(t.whole, max(cols, 1)) }

func (t *table) reset() {
	clear(t.cells)
	t.whole, t.cells, t.cols = redis.Value{}, t.cells[:0], 0
	if cap(t.cells) > 64 {
		t.cells = nil
	}
}

// fill makes rows of cols columns.
func (t *table) fill(v redis.Value, cols int) {
	t.reset()
	t.whole, t.cols = v, cols
	switch {
	case v.Kind() != redis.Array && v.Kind() != redis.Map:
		t.row(v)
	case cols == 1:
		t.flat(v)
	case v.Kind() == redis.Map:
		t.pairs(v)
	default:
		for e := range v.All() {
			t.row(e)
		}
	}
}

// flat makes a row of each value, as RESP2 would have had them.
func (t *table) flat(v redis.Value) {
	nested := allPairs(v)
	for e := range v.All() {
		switch {
		case isScalar(e):
			t.cells = append(t.cells, e)
		case nested:
			t.cells = append(t.cells, e.At(0), e.At(1))
		}
	}
}

// allPairs reports whether v is an array of pairs: members and their scores.
func allPairs(v redis.Value) bool {
	for e := range v.All() {
		if e.Kind() != redis.Array || e.Len() != 2 || !isScalar(e.At(0)) || !isScalar(e.At(1)) {
			return false
		}
	}
	return v.Kind() == redis.Array
}

func isScalar(v redis.Value) bool { return v.Kind() != redis.Array && v.Kind() != redis.Map }

// pairs makes a row of each key and its value.
func (t *table) pairs(v redis.Value) {
	n := 0
	for e := range v.All() {
		t.cells = append(t.cells, e)
		if n++; n%2 == 0 {
			t.pad()
		}
	}
}

// row makes a row of a value or of an array's elements.
func (t *table) row(v redis.Value) {
	if isScalar(v) {
		t.cells = append(t.cells, v)
	}
	n := 0
	for e := range v.All() {
		if n++; n <= t.cols {
			t.cells = append(t.cells, e)
		}
	}
	if n == 0 && !isScalar(v) {
		t.cells = append(t.cells, redis.Value{})
	}
	t.pad()
}

// pad completes the row with NULLs.
func (t *table) pad() {
	for len(t.cells)%t.cols != 0 {
		t.cells = append(t.cells, redis.Value{})
	}
}

// Rows is how many there are.
func (t *table) Rows() int { return len(t.cells) / max(t.cols, 1) }

// Cols is how many each row has.
func (t *table) Cols() int { return t.cols }

// Cell gives a value; what is no text and no number is NULL.
func (t *table) Cell(row, col int) cachedb.Cell {
	v := t.cells[row*t.cols+col]
	switch v.Kind() {
	case redis.Int:
		t.digits = v.AppendText(t.digits[:0])
		return cachedb.Cell{Text: t.digits, Number: true}
	case redis.String, redis.Status, redis.Error:
		return cachedb.Cell{Text: v.Bytes()}
	}
	return cachedb.Cell{Null: true}
}

package sqlops

import (
	"strconv"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/script"
)

// rows is the finish of all that gives rows.
func rows(c *script.Ctx, q *call) script.Ret {
	switch {
	case q.Rows() == 0 || q.Cols() == 0:
		return noRows
	case q.one:
		return q.first(c)
	}
	// The last row first, so that the first one ends up in front.
	for row := q.Rows() - 1; row >= 0; row-- {
		q.push(c, row)
	}
	return done
}

// first sets the variables to the first row, of which they must take all.
func (q *call) first(c *script.Ctx) script.Ret {
	if len(q.outs) < q.Cols() {
		c.LogError("sqlops: %d variables are not enough for %d columns", len(q.outs), q.Cols())
		return failed
	}
	for col := range q.Cols() {
		q.outs[col].Set(c, q.value(c, 0, col, script.Null))
	}
	return done
}

// nullText is what NULL is in a list of values, which cannot have a gap.
var nullText = script.StrValue([]byte("<null>"))

// push adds a row to the $avps. Without a list they are called 1, 2, ...
func (q *call) push(c *script.Ctx, row int) {
	if q.outs == nil {
		for col := range q.Cols() {
			q.m.reg.PushAVP(c, strconv.AppendInt(nil, int64(col)+1, 10), q.value(c, row, col, nullText), false)
		}
		return
	}
	for col := range min(len(q.outs), q.Cols()) {
		q.outs[col].Set(c, q.value(c, row, col, nullText))
	}
}

// value copies a value out of the driver's memory. Integers of 32 bits and points in time
// are integers, all else is text.
func (q *call) value(c *script.Ctx, row, col int, null script.Value) script.Value {
	b, isNull := q.Value(row, col)
	if isNull {
		return null
	}
	switch q.Type(row, col) {
	case db.TypeInt:
		if n, err := strconv.ParseInt(string(b), 10, 32); err == nil {
			return script.IntValue(int32(n))
		}
	case db.TypeTime:
		if t, ok := unix(b); ok {
			return script.IntValue(t)
		}
	}
	return script.StrValue(c.Copy(b))
}

// layouts are how databases write a point in time; what names no zone is local.
var layouts = []string{"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05", "2006-01-02",
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05"}

// unix is a date, or date and time, in seconds since 1970.
func unix(b []byte) (int32, bool) {
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, string(b), time.Local); err == nil {
			n := t.Unix()
			return int32(n), int64(int32(n)) == n
		}
	}
	return 0, false
}

// changed is the finish of what gives no rows.
func changed(*script.Ctx, *call) script.Ret { return done }

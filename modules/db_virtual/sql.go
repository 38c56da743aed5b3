package db_virtual

import (
	"bytes"
	"strconv"

	"github.com/fastsips/fastsips/asyncops/db"
)

// What a query does.
type kind uint8

const (
	writes kind = iota
	reads
	inserts
)

func (q *query) kind() kind {
	if q.native {
		switch q.statement.Verb {
		case db.Select:
			return reads
		case db.Insert:
			return inserts
		}
		return writes
	}
	word := bytes.TrimLeft(q.text, " \t\r\n(")
	for _, w := range [...]string{"select", "show", "explain", "describe", "values"} {
		if len(word) >= len(w) && bytes.EqualFold(word[:len(w)], []byte(w)) {
			return reads
		}
	}
	if len(word) >= 6 && bytes.EqualFold(word[:6], []byte("insert")) {
		return inserts
	}
	return writes
}

// translate says text, in the SQL of from, in that of to: placeholders and the quotes
// around names. What stands in quotes is left alone.
func translate(text []byte, from, to *db.Dialect) []byte {
	if from.Numbered == to.Numbered && from.Quote == to.Quote {
		return text
	}
	out, args := make([]byte, 0, len(text)+16), 0
	for i := 0; i < len(text); {
		switch ch := text[i]; {
		case ch == '\'':
			n := literal(text[i:], from.Escapes)
			out = append(out, text[i:i+n]...)
			i += n
		case ch == from.Quote:
			out = append(out, to.Quote)
			i++
		case ch == '?' && !from.Numbered && to.Numbered:
			args++
			out = strconv.AppendInt(append(out, '$'), int64(args), 10)
			i++
		case ch == '$' && from.Numbered && !to.Numbered:
			for i++; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
			}
			out = append(out, '?')
		default:
			out = append(out, ch)
			i++
		}
	}
	return out
}

// literal returns the length of the string in quotes that b begins with.
func literal(b []byte, escapes bool) int {
	for i := 1; i < len(b); i++ {
		switch {
		case b[i] == '\\' && escapes:
			i++
		case b[i] == '\'':
			return i + 1 // of '' a second string begins here
		}
	}
	return len(b)
}

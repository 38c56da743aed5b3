package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
)

// A row is bytes:
//
//	uvarint, and as many bytes   its shape: table, columns, each ended by a NUL
//	for each column a value:     a kind; of a text its length as uvarint and its bytes;
//	                             of a number or a time a varint
//
// so that it stands for itself, in another process too.
type row struct {
	data  []byte
	end   position // in the journal
	kept  bool     // it is in the journal
	doubt bool     // the database may have it
	alone bool     // it was in a statement that the database refused
	done  bool
}

// The kinds of values.
const (
	kindNull byte = iota
	kindInt
	kindText
	kindTime
)

// AppendShape begins a row of a table. It may be made once and used for many rows.
func AppendShape(dst []byte, table string, columns []string) []byte {
	n := len(table) + 1
	for _, c := range columns {
		n += len(c) + 1
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	dst = append(append(dst, table...), 0)
	for _, c := range columns {
		dst = append(append(dst, c...), 0)
	}
	return dst
}

// AppendNull appends a value that is NULL.
func AppendNull(dst []byte) []byte { return append(dst, kindNull) }

// AppendInt appends a number.
func AppendInt(dst []byte, n int64) []byte { return binary.AppendVarint(append(dst, kindInt), n) }

// AppendTime appends a point in time, in seconds since 1970. It is written as OpenSIPS
// writes it: in the machine's time zone, 2006-01-02 15:04:05.
func AppendTime(dst []byte, unix int64) []byte {
	return binary.AppendVarint(append(dst, kindTime), unix)
}

// AppendText appends a text.
func AppendText(dst, text []byte) []byte {
	return append(binary.AppendUvarint(append(dst, kindText), uint64(len(text))), text...)
}

// A shape is what the rows of one statement have in common.
type shape struct {
	table   string
	columns []string
}

var errRow = errors.New("the row is damaged")

// shapeOf returns the bytes of a row's shape, and its values.
func shapeOf(data []byte) (head, values []byte, err error) {
	n, used := binary.Uvarint(data)
	if used <= 0 || n == 0 || n > uint64(len(data)-used) {
		return nil, nil, errRow
	}
	at := used + int(n)
	return data[used:at], data[at:], nil
}

func parseShape(head []byte) *shape {
	parts := bytes.Split(bytes.TrimSuffix(head, []byte{0}), []byte{0})
	s := &shape{table: string(parts[0])}
	for _, c := range parts[1:] {
		s.columns = append(s.columns, string(c))
	}
	return s
}

// timeFormat is what all three databases take.
const timeFormat = "2006-01-02 15:04:05"

// bind gives n values to take; false: there are not so many.
func bind(values []byte, n int, take func(db.Arg)) bool {
	for range n {
		if len(values) == 0 {
			return false
		}
		kind := values[0]
		values = values[1:]
		var used int
		switch kind {
		case kindNull:
			take(db.Arg{})
			continue
		case kindText:
			var size uint64
			if size, used = binary.Uvarint(values); used <= 0 || size > uint64(len(values)-used) {
				return false
			}
			take(db.TextArg(values[used : used+int(size)]))
			used += int(size)
		default:
			var x int64
			if x, used = binary.Varint(values); used <= 0 {
				return false
			}
			take(number(kind, x))
		}
		values = values[used:]
	}
	return true
}

func number(kind byte, x int64) db.Arg {
	if kind != kindTime {
		return db.IntArg(x)
	}
	var b [len(timeFormat)]byte
	return db.TextArg(time.Unix(x, 0).AppendFormat(b[:0], timeFormat))
}

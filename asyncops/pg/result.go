package pg

import "encoding/hex"

// result is what came back for one query: values in text format, back to back.
type result struct {
	data     []byte
	cells    []cell
	cols     columns
	rows     int
	affected int64
	fresh    bool // the next description or tag belongs to a new statement
	failed   bool
	sqlstate [5]byte
	message  []byte
	maxRows  int
	maxBytes int
}

// cell is where a value lies in result.data; end < 0 is NULL.
type cell struct{ off, end int32 }

// Rows returns the number of rows of the last statement, 0 if it has none.
func (r *result) Rows() int { return r.rows }

// Value returns a value in PostgreSQL's text format, or the bytes of a bytea. It is
// valid until the query is begun again or freed.
func (r *result) Value(row, col int) (b []byte, null bool) {
	c := r.cells[row*len(r.cols.types)+col]
	if c.end < 0 {
		return nil, true
	}
	return r.data[c.off:c.end:c.end], false
}

// Int returns a value as an integer. It reports false for NULL and for what is
// not a decimal integer of 64 bits.
func (r *result) Int(row, col int) (n int64, ok bool) {
	b, _ := r.Value(row, col) // NULL has no digits
	return parseInt(b)
}

// Affected returns how many rows the last statement inserted, updated, deleted
// or selected.
func (r *result) Affected() int64 { return r.affected }

// Err returns the SQLSTATE and the message of a query that failed: the server's,
// or ours in its terms (08006 connection lost, 54000 beyond our bounds, 22021 a
// NUL in the text, 0A000 COPY). Both are nil if there was no error.
func (r *result) Err() (sqlstate, message []byte) {
	if !r.failed {
		return nil, nil
	}
	return r.sqlstate[:], r.message
}

func (r *result) fail(sqlstate, message string) {
	r.clearRows()
	r.failed = true
	copy(r.sqlstate[:], sqlstate)
	r.message = append(r.message[:0], message...)
}

func (r *result) reset() {
	r.clearRows()
	r.fresh, r.failed = true, false
	r.affected = 0
	r.message = r.message[:0]
}

func (r *result) clearRows() {
	r.data, r.cells, r.rows = r.data[:0], r.cells[:0], 0
	r.cols.clear()
}

// trim lets go of memory that one giant result needed.
func (r *result) trim() {
	if cap(r.data) > maxPooled {
		r.data = nil
	}
	if cap(r.cells) > maxPooledRows {
		r.cells = nil
	}
}

// describe begins the rows of a statement: RowDescription.
func (r *result) describe(body []byte) bool {
	r.clearRows()
	r.fresh = false
	return r.cols.describe(body)
}

// describeAs begins the rows of a statement whose columns are known.
func (r *result) describeAs(cols *columns) {
	r.clearRows()
	r.fresh = false
	r.cols.copy(cols)
}

// hasRoom reports whether a row of size bytes is within the bounds.
func (r *result) hasRoom(size int) bool {
	return r.rows < r.maxRows && len(r.data)+size <= r.maxBytes
}

// addRow takes one DataRow. It reports false if body is none.
func (r *result) addRow(body []byte) bool {
	n, rest, ok := take16(body)
	if !ok || n != len(r.cols.types) {
		return false
	}
	for col := range n {
		if len(rest) < 4 {
			return false
		}
		size := int32(be32(rest))
		rest = rest[4:]
		if size < 0 {
			r.cells = append(r.cells, cell{end: -1})
			continue
		}
		if int(size) > len(rest) {
			return false
		}
		off := int32(len(r.data))
		r.data = appendValue(r.data, r.cols.types[col], rest[:size])
		r.cells = append(r.cells, cell{off, int32(len(r.data))})
		rest = rest[size:]
	}
	r.rows++
	return len(rest) == 0
}

// appendValue appends a value, decoding what the server writes as "\x0123".
func appendValue(dst []byte, t OID, value []byte) []byte {
	if t != Bytea || len(value) < 2 || value[0] != '\\' || value[1] != 'x' {
		return append(dst, value...)
	}
	binary, err := hex.AppendDecode(dst, value[2:])
	if err != nil {
		return append(dst, value...)
	}
	return binary
}

// complete ends a statement: CommandComplete, whose tag ends in the number of
// rows, such as "INSERT 0 1" or "SELECT 3".
func (r *result) complete(body []byte) {
	if r.fresh { // this statement had no rows; forget those of the one before
		r.clearRows()
	}
	r.fresh = true
	end := indexNUL(body)
	if end < 0 {
		return
	}
	i := end
	for i > 0 && body[i-1] >= '0' && body[i-1] <= '9' {
		i--
	}
	r.affected, _ = parseInt(body[i:end])
}

// refuse takes an ErrorResponse: fields of a letter and a string.
func (r *result) refuse(body []byte) {
	r.fail("XX000", "")
	for len(body) > 1 {
		end := indexNUL(body)
		if end < 1 {
			return
		}
		switch text := body[1:end]; body[0] {
		case 'C':
			if len(text) == len(r.sqlstate) {
				copy(r.sqlstate[:], text)
			}
		case 'M':
			r.message = append(r.message[:0], text...)
		}
		body = body[end+1:]
	}
}

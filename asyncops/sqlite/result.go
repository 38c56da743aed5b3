package sqlite

// A result is what came of one query: values as text, back to back.
type result struct {
	data     []byte
	cells    []cell
	cols     int
	rows     int
	affected int64
	err      error
	maxRows  int
	maxBytes int
}

// cell is where a value lies in result.data.
type cell struct {
	off, end      int32
	null, integer bool
}

func (r *result) reset() {
	r.data, r.cells = r.data[:0], r.cells[:0]
	r.cols, r.rows, r.affected, r.err = 0, 0, 0, nil
}

// Bounds of what a pooled result remembers.
const (
	maxPooled     = 64 << 10
	maxPooledRows = 4096
)

func (r *result) trim() {
	if cap(r.data) > maxPooled {
		r.data = nil
	}
	if cap(r.cells) > maxPooledRows {
		r.cells = nil
	}
}

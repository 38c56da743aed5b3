package db_virtual

import "github.com/fastsips/fastsips/asyncops/db"

// The result is that of the database which has answered; without one there are no
// rows.

func (q *query) Rows() int {
	if q.answer == nil {
		return 0
	}
	return q.answer.Rows()
}

func (q *query) Cols() int {
	if q.answer == nil {
		return 0
	}
	return q.answer.Cols()
}

func (q *query) Affected() int64 {
	if q.answer == nil {
		return 0
	}
	return q.answer.Affected()
}

func (q *query) Name(col int) []byte                          { return q.answer.Name(col) }
func (q *query) Type(row, col int) db.Type                    { return q.answer.Type(row, col) }
func (q *query) Value(row, col int) (value []byte, null bool) { return q.answer.Value(row, col) }

// Err is the database's that has failed, or ours: 08001 if none could be asked.
func (q *query) Err() (state, message []byte) {
	switch {
	case q.answer != nil:
		return q.answer.Err()
	case q.fault != "":
		return []byte("08001"), []byte(q.fault)
	}
	return nil, nil
}

package textdb

import (
	"bytes"
	"encoding/json"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/dbwork"
)

// prefix marks a text that is a Statement, which no SQL is.
const prefix = "\x01statement "

// encode writes s so that a Job can carry it.
func encode(s *db.Statement) []byte {
	b, _ := json.Marshal(s) // strings and numbers only
	return append([]byte(prefix), b...)
}

var errRaw = &dbwork.Error{State: "0A000", Message: "a database of text files knows no SQL: use sql_select() and its like"}

func decode(text []byte) (*db.Statement, error) {
	b, ok := bytes.CutPrefix(text, []byte(prefix))
	s := new(db.Statement)
	if !ok || json.Unmarshal(b, s) != nil {
		return nil, errRaw
	}
	return s, nil
}

package usrloc

import (
	"bytes"
	"encoding/json"
)

// setKey returns a key-value store, a JSON object, in which key has the JSON value, or with
// a nil value is not there; nil if it is empty then. A store that is no object counts as
// empty. changed is false if nothing is different.
func setKey(store, key, value []byte) (next []byte, changed bool) {
	m := map[string]json.RawMessage{}
	if json.Unmarshal(store, &m) != nil {
		m = map[string]json.RawMessage{}
	}
	was, there := m[string(key)]
	switch {
	case value == nil && !there, there && bytes.Equal(was, value):
		return store, false
	case value == nil:
		delete(m, string(key))
	default:
		m[string(key)] = value
	}
	if len(m) == 0 {
		return nil, true
	}
	next, err := json.Marshal(m)
	if err != nil { // value is no JSON
		return store, false
	}
	return next, true
}

// Key returns the value that key has in a key-value store, as JSON; nil if it has none.
func Key(store, key []byte) []byte {
	if len(store) == 0 {
		return nil
	}
	m := map[string]json.RawMessage{}
	if json.Unmarshal(store, &m) != nil {
		return nil
	}
	return m[string(key)]
}

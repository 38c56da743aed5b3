package cachedb_sql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/cachedb"
)

// A table is the names of the parameters.
type table struct{ name, key, value, counter, expires string }

// nameOf takes the name of a table or a column.
func nameOf(v *string, s string) error {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return fmt.Errorf("%q is no name", s)
	}
	*v = s
	return nil
}

// An argument is what a placeholder stands for.
type argument uint8

const (
	argKey argument = iota
	argValue
	argBy
	argExpires // of the command: 0 or a Unix time
	argNow     // Unix time
)

var argumentNames = map[string]argument{":key": argKey, ":value": argValue, ":by": argBy, ":expires": argExpires, ":now": argNow}

// A statement is a text with what its placeholders stand for, in their order.
type statement struct {
	text []byte
	args []argument
}

// The statements of a store, by verb, and the one that deletes what is over.
type statements struct {
	of    [cachedb.Raw]statement
	clean statement
}

// A key whose time is over is not there. "Fetch ... expires = 0 is for ever."
const (
	selectSQL  = `SELECT {value} FROM {table} WHERE {key} = :key AND ({expires} = 0 OR {expires} > :now)`
	counterSQL = `SELECT {counter} FROM {table} WHERE {key} = :key AND ({expires} = 0 OR {expires} > :now)`
	removeSQL  = `DELETE FROM {table} WHERE {key} = :key`
	cleanSQL   = `DELETE FROM {table} WHERE {expires} <> 0 AND {expires} <= :now`

	storeSQL = `INSERT INTO {table} ({key}, {value}, {expires}) VALUES (:key, :value, :expires) ` +
		`ON CONFLICT ({key}) DO UPDATE SET {value} = EXCLUDED.{value}, {expires} = EXCLUDED.{expires}`
	storeMySQL = `INSERT INTO {table} ({key}, {value}, {expires}) VALUES (:key, :value, :expires) ` +
		`ON DUPLICATE KEY UPDATE {value} = VALUES({value}), {expires} = VALUES({expires})`

	addSQL = `INSERT INTO {table} ({key}, {value}, {counter}, {expires}) VALUES (:key, '', :by, :expires) ` +
		`ON CONFLICT ({key}) DO UPDATE SET {value} = CASE WHEN {table}.{expires} <> 0 AND {table}.{expires} <= :now THEN '' ELSE {table}.{value} END, ` +
		`{counter} = CASE WHEN {table}.{expires} <> 0 AND {table}.{expires} <= :now THEN EXCLUDED.{counter} ELSE {table}.{counter} + EXCLUDED.{counter} END, ` +
		`{expires} = EXCLUDED.{expires} RETURNING {counter}`
	addMySQL = `INSERT INTO {table} ({key}, {value}, {counter}, {expires}) VALUES (:key, '', :by, :expires) ` +
		`ON DUPLICATE KEY UPDATE {value} = IF({expires} <> 0 AND {expires} <= :now, '', {value}), ` +
		`{counter} = IF({expires} <> 0 AND {expires} <= :now, VALUES({counter}), {counter} + VALUES({counter})), ` +
		`{expires} = VALUES({expires}) RETURNING {counter}`
)

// statements writes them for a database.
func (t *table) statements(d *db.Dialect) *statements {
	store, add := storeSQL, addSQL
	if d.Quote == '`' {
		store, add = storeMySQL, addMySQL
	}
	s := &statements{clean: t.write(d, cleanSQL)}
	for verb, text := range map[cachedb.Verb]string{cachedb.Fetch: selectSQL, cachedb.Counter: counterSQL, cachedb.Remove: removeSQL, cachedb.SetKey: store, cachedb.Add: add} {
		s.of[verb] = t.write(d, text)
	}
	return s
}

// write puts the names in, and placeholders.
func (t *table) write(d *db.Dialect, text string) (s statement) {
	text = strings.NewReplacer("{table}", quoted(d, t.name), "{key}", quoted(d, t.key), "{value}", quoted(d, t.value),
		"{counter}", quoted(d, t.counter), "{expires}", quoted(d, t.expires)).Replace(text)
	for {
		at := strings.IndexByte(text, ':')
		if at < 0 {
			s.text = append(s.text, text...)
			return s
		}
		end := at + 1
		for end < len(text) && text[end] >= 'a' && text[end] <= 'z' {
			end++
		}
		s.text = append(s.text, text[:at]...)
		s.args = append(s.args, argumentNames[text[at:end]])
		if d.Numbered {
			s.text = strconv.AppendInt(append(s.text, '$'), int64(len(s.args)), 10)
		} else {
			s.text = append(s.text, '?')
		}
		text = text[end:]
	}
}

// quoted quotes a name, each part of "schema.table" by itself.
func quoted(d *db.Dialect, name string) string {
	if d.Lower {
		name = strings.ToLower(name)
	}
	q := string(d.Quote)
	return q + strings.ReplaceAll(name, ".", q+"."+q) + q
}

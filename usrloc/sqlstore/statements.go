package sqlstore

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/asyncops/db"
)

// maxRows is how many rows one statement writes or deletes.
const maxRows = 64

// statements are the texts for one table.
type statements struct {
	upsert  [maxRows + 1][]byte // by the number of rows: columns values each
	remove  [maxRows + 1][]byte // by the number of IDs
	outlive [maxRows + 1][]byte // likewise, then a time: those that have ended by then
	ended   []byte              // all that have ended by a time
	count   []byte              // how many rows there are
	at      []byte              // the ID that so many are below; the number follows
	page    []byte              // pageRows rows whose IDs are above one, in order
	find    []byte              // the rows of an AoR: its user, and with domains its domain
	version []byte              // of the table, by its name
}

// A writer of SQL.
type sql struct {
	*db.Dialect
	b    []byte
	args int
}

// text writes format, in which each ? becomes a placeholder.
func (s *sql) text(format string, args ...any) *sql {
	for i, part := range strings.Split(fmt.Sprintf(format, args...), "?") {
		if i > 0 {
			s.value()
		}
		s.b = append(s.b, part...)
	}
	return s
}

func (s *sql) value() {
	s.args++
	if !s.Numbered {
		s.b = append(s.b, '?')
		return
	}
	s.b = strconv.AppendInt(append(s.b, '$'), int64(s.args), 10)
}

// list writes n times the same, with commas.
func (s *sql) list(n int, format string) *sql {
	return s.text("%s", strings.Repeat(format+", ", n)[:n*(len(format)+2)-2])
}

// quoted is a name as d wants it, each part of "schema.table" by itself.
func quoted(d *db.Dialect, name string) string {
	if d.Lower {
		name = strings.ToLower(name)
	}
	q := string(d.Quote)
	return q + strings.ReplaceAll(name, ".", q+"."+q) + q
}

// prepare writes the statements for a table.
func prepare(d *db.Dialect, table string, c *Columns, useDomain bool) *statements {
	s := new(statements)
	var names []string
	for _, n := range c.names() {
		names = append(names, quoted(d, n))
	}
	table, all, id, expires := quoted(d, table), strings.Join(names, ", "), names[colID], names[colExpires]
	write := func(format string, args ...any) []byte { return (&sql{Dialect: d}).text(format, args...).b }
	row := "(" + strings.Repeat("?, ", columns-1) + "?)"
	for n := 1; n <= maxRows; n++ {
		w := (&sql{Dialect: d}).text("INSERT INTO %s (%s) VALUES ", table, all).list(n, row)
		s.upsert[n] = w.text("%s", onConflict(d, names)).b
		s.remove[n] = (&sql{Dialect: d}).text("DELETE FROM %s WHERE %s IN (", table, id).list(n, "?").text(")").b
		s.outlive[n] = (&sql{Dialect: d}).text("DELETE FROM %s WHERE %s IN (", table, id).list(n, "?").text(") AND %s > 0 AND %s <= ?", expires, expires).b
	}
	s.ended = write("DELETE FROM %s WHERE %s > 0 AND %s <= ?", table, expires, expires)
	s.count = write("SELECT COUNT(*) FROM %s", table)
	s.at = write("SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET ", id, table, id)
	// The number is in the text, so that a database makes no plan to sort all rows for it.
	s.page = write("SELECT %s FROM %s WHERE %s > ? ORDER BY %s LIMIT %d", all, table, id, id, pageRows)
	s.find = write("SELECT %s FROM %s WHERE %s = ?", all, table, names[colUser])
	if useDomain {
		s.find = write("SELECT %s FROM %s WHERE %s = ? AND %s = ?", all, table, names[colUser], names[colDomain])
	}
	s.version = write("SELECT table_version FROM version WHERE table_name = ?")
	return s
}

// onConflict is what becomes of a row that is there already: it gets all values anew.
func onConflict(d *db.Dialect, names []string) string {
	head, value := " ON CONFLICT ("+names[colID]+") DO UPDATE SET ", "EXCLUDED.%s"
	if d.Quote == '`' {
		head, value = " ON DUPLICATE KEY UPDATE ", "VALUES(%s)"
	}
	var sets []string
	for _, n := range names[colID+1:] {
		sets = append(sets, n+" = "+fmt.Sprintf(value, n))
	}
	return head + strings.Join(sets, ", ")
}

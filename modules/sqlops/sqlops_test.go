package sqlops

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/script"
)

// Each ? outside of quotes and comments is a place for a value; ?? is a question mark.
func TestPlaceholders(t *testing.T) {
	for _, c := range []struct {
		d         *db.Dialect
		sql, want string
		n         int
	}{
		{db.PostgreSQL, "a = ? AND b = ?", "a = $1 AND b = $2", 2},
		{db.MySQL, "a = ? AND b = ?", "a = ? AND b = ?", 2},
		{db.PostgreSQL, "a ?? 'x' AND b = ?", "a ? 'x' AND b = $1", 1},
		{db.PostgreSQL, `'?' "?" '''?' E'\'?' -- ?` + "\n? /* ? */ ?", `'?' "?" '''?' E'\'?' -- ?` + "\n$1 /* ? */ $2", 2},
		{db.PostgreSQL, `'\' ? '`, `'\' $1 '`, 1}, // a backslash is one
		{db.MySQL, `'\' ? ' ?`, `'\' ? ' ?`, 1},
		{db.MySQL, "`?` ?", "`?` ?", 1},
		{db.PostgreSQL, "$$ ? $$ $q$ ? $$ $q$ ? $1", "$$ ? $$ $q$ ? $$ $q$ $1 $1", 1},
		{db.SQLite, "$$ ?", "$$ ?", 1},
		{db.PostgreSQL, "name'?' 'open ?", "name'?' 'open ?", 0},
		{db.PostgreSQL, "/* open ?", "/* open ?", 0},
		{db.PostgreSQL, "?", "$1", 1},
		{db.PostgreSQL, "", "", 0},
	} {
		got, n := placeholders(nil, []byte(c.sql), c.d)
		if string(got) != c.want || n != c.n {
			t.Errorf("%s: %s, %d; want %s, %d", c.sql, got, n, c.want, c.n)
		}
	}
}

// Nothing that is quoted is rewritten, nothing is lost, and no text crashes it.
func FuzzPlaceholders(f *testing.F) {
	f.Add("a = ? AND '?' $q$ ? $q$ -- ?", true)
	f.Fuzz(func(t *testing.T, sql string, numbered bool) {
		d := db.MySQL
		if numbered {
			d = db.PostgreSQL
		}
		got, n := placeholders(nil, []byte(sql), d)
		if n > strings.Count(sql, "?") || !numbered && string(got) != sql && !strings.Contains(sql, "??") {
			t.Errorf("%q: %q, %d", sql, got, n)
		}
	})
}

// shown writes what was read.
func shown(list []pair) string {
	var b strings.Builder
	for _, p := range list {
		name, _ := p.column.fixed()
		v, _ := p.value.text.fixed()
		fmt.Fprintf(&b, "%s %d %d/%d/%g/%s%s;", name, p.op, p.value.arg.Kind, p.value.arg.N, p.value.arg.F, p.value.arg.B, v)
	}
	return b.String()
}

// RFC 8259, as far as it goes: an array of objects with strings, numbers and null.
func TestReadPairs(t *testing.T) {
	for json, want := range map[string]string{
		`[]`: "",
		" [ { \"a\" : \"x\" } ,\t{\"b\":-5},{\"c\":1.5e1}]": "a 0 0/0/0/x;b 0 1/-5/0/;c 0 2/0/15/;",
		`[{"a": 1, "b": 2}]`:                            "a 0 1/1/0/;b 0 1/2/0/;",
		`[{"a": {">=": 1}}, {"b": {"Not  LIKE": "%"}}]`: "a 5 1/1/0/;b 7 0/0/0/%;",
		`[{"a": null}, {"b": {"is not": null}}]`:        "a 8 0/0/0/;b 9 0/0/0/;",
		`[{"a": "\"\\\/\n\u00e9"}]`:                     "a 0 0/0/0/\"\\/\né;",
		`[{"a": ""}]`:                                   "a 0 3/0/0/;",
		`[{"a": 9223372036854775807}]`:                  "a 0 1/9223372036854775807/0/;",
	} {
		got, err := readPairs([]script.Piece{{Text: json}}, false)
		if err != nil || shown(got) != want {
			t.Errorf("%s: %s, %v; want %s", json, shown(got), err, want)
		}
	}
	for _, json := range []string{``, `[`, `{}`, `[{}]`, `[{"a"}]`, `[{"a":}]`, `[{"a":1}`, `[{"a":1}]]`, `[{"a":1},]`, `[{'a':1}]`, `[{"a":nil}]`,
		`[{"a":"\x"}]`, `[{"a":"\u00"}]`, `[{"a":"\`, `[{"a":1-2}]`, `[{"a":[1]}]`, `[{"a":{"=":{"=":1}}}]`, `[{"a b":1}]`, `[{"count(*)":1}]`, "[{\"a\":\xff}]", `[{"a":{"is":1}}]`} {
		if got, err := readPairs([]script.Piece{{Text: json}}, false); err == nil {
			t.Errorf("%s: %s", json, shown(got))
		}
	}
}

// Whatever a variable has in it, reading it ends, and no column is anything but a name.
func FuzzReadPairs(f *testing.F) {
	f.Add(`[{"a": "x"}, {"b": {">=": -5.5}}, {"c": null}]`)
	f.Fuzz(func(t *testing.T, json string) {
		list, err := readPairs([]script.Piece{{Text: json}}, false)
		if err != nil {
			return
		}
		for _, p := range list {
			if name, _ := p.column.fixed(); !db.IsColumn(name) {
				t.Errorf("%q: column %q", json, name)
			}
		}
	})
}

// "seconds since 1970 (what has no zone is local time)"
func TestUnix(t *testing.T) {
	local := time.Date(2001, 9, 9, 1, 46, 40, 0, time.Local).Unix()
	for text, want := range map[string]int64{
		"2001-09-09 01:46:40+00":           1e9,
		"2001-09-09 03:46:40.123456+02:00": 1e9,
		"2001-09-09T01:46:40Z":             1e9,
		"2001-09-09 01:46:40":              local,
		"2001-09-09":                       local - 6400,
		"01:46:40":                         -1,
		"2101-01-01 00:00:00+00":           -1, // beyond 32 bits
	} {
		got, ok := unix([]byte(text))
		if ok != (want >= 0) || ok && int64(got) != want {
			t.Errorf("%s: %d, %v; want %d", text, got, ok, want)
		}
	}
}

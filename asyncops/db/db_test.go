package db_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/asyncops/db"
)

// "scheme://[username[:password]@]hostname[:port]/database[?parameters]"
func TestParseURL(t *testing.T) {
	for raw, want := range map[string]string{
		"mysql://opensips:opensipsrw@localhost/opensips":         "mysql opensips opensipsrw localhost 0 opensips ",
		"mysql://u@h:3306/db?tls_domain=dom1":                    "mysql u  h 3306 db tls_domain=dom1",
		"postgres://h/db":                                        "postgres   h 0 db ",
		"postgres://u:p@[::1]:5433/db":                           "postgres u p ::1 5433 db ",
		"postgres://u:p@a:1,b:2/db":                              "postgres u p a:1,b:2 0 db ",
		"postgres:///db?host=/run":                               "postgres    0 db host=/run",
		"mysql://u:p%40w=,#:x@h/db":                              "mysql u p%40w=,#:x h 0 db ", // nothing is decoded
		"mysql://u:p@ss/w@h/db":                                  "mysql u p@ss/w h 0 db ",     // OpenSIPS refuses it
		"mysql://martbase@gtja_smartcc#obcluster:S@10.0.0.1:1/o": "mysql martbase@gtja_smartcc#obcluster S 10.0.0.1 1 o ",
		"sqlite:///var/lib/a.db":                                 "sqlite    0  ",
		"virtual://set1":                                         "virtual    0  ",
	} {
		u, err := db.ParseURL(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if got := fmt.Sprint(u.Scheme, " ", u.User, " ", u.Password, " ", u.Host, " ", u.Port, " ", u.Database, " ", u.Params); got != want {
			t.Errorf("%s:\n%s, want\n%s", raw, got, want)
		}
		if u.Password != "" && strings.Contains(u.String(), u.Password+"@") {
			t.Errorf("the password shows in %s", u)
		}
	}
	for _, raw := range []string{"", "mysql", "mysql:/x", "mysql://", "mysql://u:secret@host", "mysql://h:99999/db", "mysql://h:x/db"} {
		if u, err := db.ParseURL(raw); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %+v, %v", raw, u, err)
		}
	}
}

// The bytes of arguments are copies.
func TestArgs(t *testing.T) {
	var x db.Args
	for range 2 {
		b := []byte("text")
		x.Add(db.TextArg(b))
		x.Add(db.IntArg(-7))
		x.Add(db.Arg{})
		copy(b, "XXXX")
		x.Add(db.BlobArg([]byte{0, 1}))
		if a := x.At(0); a.Kind != db.Text || string(a.B) != "text" {
			t.Errorf("%+v", a)
		}
		if a := x.At(1); a.Kind != db.Int || a.N != -7 {
			t.Errorf("%+v", a)
		}
		if a := x.At(3); x.At(2).Kind != db.Null || a.Kind != db.Blob || string(a.B) != "\x00\x01" || x.Len() != 4 {
			t.Errorf("%+v", a)
		}
		x.Reset()
	}
}

// One Statement in each dialect.
func TestCompile(t *testing.T) {
	where := []db.Condition{{"id", db.GreaterEqual}, {"name", db.IsNull}, {"Age", db.Like}}
	for _, c := range []struct {
		d    *db.Dialect
		s    db.Statement
		want string
	}{
		{db.SQLite, db.Statement{Table: "t"}, `SELECT * FROM "t"`},
		{db.PostgreSQL, db.Statement{Table: "S.Users", Columns: []string{"a", "count(*)"}, Where: where, Order: "a, b desc", Limit: 3},
			`SELECT "a", count(*) FROM "s"."users" WHERE "id" >= $1 AND "name" IS NULL AND "age" LIKE $2 ORDER BY "a", "b" DESC LIMIT 3`},
		{db.MySQL, db.Statement{Verb: db.Update, Table: "t", Set: []string{"key", "b"}, Where: where[:1]}, "UPDATE `t` SET `key` = ?, `b` = ? WHERE `id` >= ?"},
		{db.PostgreSQL, db.Statement{Verb: db.Insert, Table: "t", Set: []string{"a", "b"}}, `INSERT INTO "t" ("a", "b") VALUES ($1, $2)`},
		{db.PostgreSQL, db.Statement{Verb: db.Insert, Table: "t", Set: []string{"a", "b"}, Rows: 2}, `INSERT INTO "t" ("a", "b") VALUES ($1, $2), ($3, $4)`},
		{db.SQLite, db.Statement{Verb: db.Delete, Table: "t"}, `DELETE FROM "t"`},
		{db.MySQL, db.Statement{Verb: db.Replace, Table: "t", Set: []string{"a"}}, "REPLACE INTO `t` (`a`) VALUES (?)"},
		{db.PostgreSQL, db.Statement{Verb: db.Replace, Table: "t", Set: []string{"a", "b"}, Key: []string{"a"}},
			`INSERT INTO "t" ("a", "b") VALUES ($1, $2) ON CONFLICT ("a") DO UPDATE SET "a" = EXCLUDED."a", "b" = EXCLUDED."b"`},
	} {
		got, err := c.d.Compile(nil, &c.s)
		if err != nil || string(got) != c.want {
			t.Errorf("%s, %v; want\n%s", got, err, c.want)
		}
	}
	for _, s := range []db.Statement{
		{Table: "t; DROP TABLE t"}, {Table: `t"`}, {Table: ""}, {Table: "a..b"},
		{Table: "t", Columns: []string{"a FROM x; --"}}, {Table: "t", Columns: []string{"f(a) x(b)"}}, {Table: "t", Columns: []string{"f(a"}},
		{Table: "t", Order: "a; DROP"}, {Table: "t", Order: "a DESC, 1=1"}, {Table: "t", Where: []db.Condition{{Column: "1=1 OR a"}}},
	} {
		if got, err := db.PostgreSQL.Compile(nil, &s); err == nil {
			t.Errorf("%s", got)
		}
	}
	if _, err := db.PostgreSQL.Compile(nil, &db.Statement{Verb: db.Replace, Table: "t", Set: []string{"a"}}); err == nil {
		t.Error("a REPLACE without a key")
	}
}

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/mysqltest"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

// db_text: "a database is represented by a directory in the local file system", "a table
// is represented by a text file inside database directory"; raw queries are none of its
// capabilities. "In non-caching mode, the module check every time a table is requested
// whether the corresponding file on disk has changed, and if yes, will re-load table from
// file."
func TestTextDatabase(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("people", "id(int,auto) name(str) flag(double) desc(str,null)\n1:nick:0.34:a\\: friend\n2:cole:-3.75:colleague\n3:bob:2.50:\n")
	write("usr_preferences", "uuid(str) username(str) domain(str) attribute(str) type(int) value(str)\n")
	write("broken", "id(number)\n")
	p := siptest.StartProxyConfig(t, sipprun.ProxyConfig{Dir: dir, Config: `
socket=udp:[proxy]
loadmodule "db_text.so"
loadmodule "sqlops.so"
modparam("sqlops", "db_url", "text://[dir]")
startup_route {
	sql_select('["desc","name"]', "people", '[{"id": {"!=": 2}}]', "id", "$avp(desc);$avp(name)");
	xlog("select: $rc $avp(desc) $avp(name) $(avp(desc)[1]) $(avp(name)[1])\n");
	sql_insert("people", '[{"name": "dan"}, {"flag": "1.5"}]');
	$var(a) = $rc;
	sql_select_one('["id"]', "people", '[{"name": "dan"}]', , "$var(id)");
	sql_update('[{"desc": null}]', "people", '[{"id": 1}]');
	$var(b) = $rc;
	sql_delete("people", '[{"name": "bob"}]');
	$var(c) = $rc;
	sql_select_one('["count(*)"]', "people", , , "$var(n)");
	xlog("change: $var(a) $var(id) $var(b) $var(c) $var(n)\n");
	sql_query("SELECT 1");
	xlog("raw: $rc\n");
	sql_select(, "broken");
	xlog("broken: $rc\n");
	$avp(colour) = "blue";
	$avp(count) = 7;
	sql_avp_store("some-id", "a");
	$var(a) = $rc;
	$avp(colour) = NULL;
	sql_avp_load("some-id", "$avp(colour)");
	xlog("prefs: $var(a) $rc $avp(colour)\n");
}
route { exit; }
`})
	for _, line := range []string{
		"select: 1 a: friend nick <null> bob",
		"change: 1 4 1 1 3",
		"a database of text files knows no SQL",
		"raw: -1",
		`unknown type "number"`,
		"broken: -1",
		"prefs: 1 1 blue",
	} {
		p.WaitLog(line, 10*time.Second)
	}
	p.Stop()
	b, _ := os.ReadFile(filepath.Join(dir, "people"))
	if string(b) != "id(int,auto) name(str) flag(double) desc(str,null)\n1:nick:0.34:\n2:cole:-3.75:colleague\n4:dan:1.5:\n" {
		t.Errorf("%s", b)
	}
}

// "The value type of the AVP (string or integer) will be derived from the type of the
// columns." What PostgreSQL's types become; and REPLACE, which it does not have: the row
// with the same primary key is changed.
func TestTypesOfPostgreSQL(t *testing.T) {
	pg := pgtest.Start(t)
	p := launch(t, `
socket=udp:[proxy]
loadmodule "db_postgres.so"
loadmodule "sqlops.so"
modparam("sqlops", "db_url", "[pg]")
startup_route {
	sql_query("SET TIME ZONE 'UTC'");
	sql_query("CREATE TABLE kinds (i2 smallint, i4 integer, i8 bigint, f8 double precision, n numeric, t text, b bytea, yes boolean, d date, at timestamptz, nothing text)");
	sql_query("INSERT INTO kinds VALUES (2, -4, 5000000000, 1.25, 12345678901234567890.5, 'it''s', decode('6279746573', 'hex'), true, '2001-09-09', '2001-09-09 01:46:40+00', NULL)");
	sql_query_one("SELECT * FROM kinds", "$var(i2);$var(i4);$var(i8);$var(f8);$var(n);$var(t);$var(b);$var(yes);$var(d);$var(at);$var(nothing)");
	$var(rc) = $rc;
	$var(sum) = $var(i2) + $var(i4) + $var(at);
	xlog("one: $var(rc) $var(sum) $var(i8) $var(f8) $var(n) $var(t) $var(b) $var(yes) $var(nothing)\n");
	$var(big) = "5000000000";
	$var(yes) = "t";
	sql_query("SELECT nothing, i2 FROM kinds WHERE i4 = ? AND i8 = ? AND t = ? AND yes = ? AND f8 > ? AND '?' <> t", "$avp(nothing);$avp(i2)", , "$var(i4);$var(big);$var(t);$var(yes);$var(i4)");
	xlog("bound: $rc $avp(nothing) $avp(i2)\n");
	sql_select('["I2"]', "public.kinds", '[{"i4": {"<": 0}}, {"nothing": null}, {"t": "$var(t)"}, {"f8": {">=": 1.25}}]', "i2 DESC", "$avp(x)");
	xlog("select: $rc $avp(x)\n");
	sql_query("CREATE TABLE stock (part text, place text, n integer, PRIMARY KEY (part, place))");
	sql_replace("stock", '[{"part": "nut"}, {"place": "here"}, {"n": 1}]');
	$var(a) = $rc;
	sql_replace("Stock", '[{"part": "nut"}, {"place": "here"}, {"n": 7}]');
	$var(b) = $rc;
	sql_replace("stock", '[{"part": "nut"}, {"place": "there"}, {"n": 3}]');
	sql_select_one('["sum(n)"]', "stock", , , "$var(n)");
	sql_replace("kinds", '[{"i2": 1}]');
	xlog("replace: $var(a) $var(b) $var(n) $rc\n");
	sql_query("SELECT repeat('x', 1000000) FROM generate_series(1, 20)", "$avp(much)");
	xlog("much: $rc\n");
	sql_query("SELECT nonsense");
	xlog("wrong: $rc\n");
}
route { exit; }
`, map[string]string{"pg": pg.URL})
	for _, line := range []string{
		"one: 1 999999998 5000000000 1.25 12345678901234567890.5 it's bytes t <null>",
		"bound: 1 <null> 2",
		"select: 1 2",
		`sql_replace: there is no table "kinds" with a primary key`,
		"replace: 1 1 10 -1",
		"(54000)",
		"much: -3",
		`column "nonsense" does not exist (42703)`,
		"wrong: -1",
	} {
		p.WaitLog(line, 20*time.Second)
	}
}

// The same of MySQL, which has a REPLACE, and in whose strings a backslash escapes.
func TestTypesOfMySQL(t *testing.T) {
	my := mysqltest.Start(t)
	p := launch(t, `
socket=udp:[proxy]
loadmodule "db_mysql.so"
loadmodule "sqlops.so"
modparam("sqlops", "db_url", "[my]")
startup_route {
	sql_query("CREATE TABLE kinds (id INT PRIMARY KEY, i8 BIGINT, f8 DOUBLE, n DECIMAL(30,1), t TEXT, b BLOB, yes BOOL, at DATETIME, nothing TEXT)");
	sql_insert("kinds", '[{"id": -4}, {"i8": 5000000000}, {"f8": 1.25}, {"n": "12345678901234567890.5"}, {"t": "it\u0027s \\"}, {"b": "bytes"}, {"yes": 1}, {"at": "2001-09-09 01:46:40"}]');
	sql_query_one("SELECT id, i8, f8, n, t, b, yes, nothing FROM kinds", "$var(id);$var(i8);$var(f8);$var(n);$var(t);$var(b);$var(yes);$var(nothing)");
	$var(rc) = $rc;
	$var(sum) = $var(id) + $var(yes);
	xlog("one: $var(rc) $var(sum) $var(i8) $var(f8) $var(n) $var(t) $var(b) $var(nothing)\n");
	sql_query("SELECT nothing, id FROM kinds WHERE t = ? AND i8 = ? AND '?' <> t", "$avp(nothing);$avp(id)", , "$var(t);$var(i8)");
	xlog("bound: $rc $avp(nothing) $avp(id)\n");
	sql_query_one("SELECT at FROM kinds", "$var(at)");
	$var(at) = $var(at) + 0;
	if ($var(at) > 999900000)
		xlog("at: $rc\n");
	sql_replace("kinds", '[{"id": -4}, {"t": "new"}]');
	$var(a) = $rc;
	sql_select('["t", "count(*)"]', "kinds", '[{"i8": null}]', "t", "$avp(t);$avp(n)");
	xlog("replace: $var(a) $avp(t) $avp(n)\n");
	sql_query("SELECT nonsense");
	xlog("wrong: $rc\n");
}
route { exit; }
`, map[string]string{"my": my.URL})
	for _, line := range []string{
		`one: 1 -3 5000000000 1.25 12345678901234567890.5 it's \ bytes <null>`,
		"bound: 1 <null> -4",
		"at: ",
		"replace: 1 new 1",
		"nonsense",
		"wrong: -1",
	} {
		p.WaitLog(line, 20*time.Second)
	}
}

package mysql

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/internal/mysqltest"
)

// What is true of a server that is well, on one server.
func TestMySQL(t *testing.T) {
	srv := mysqltest.Start(t)
	for _, c := range []struct {
		name string
		test func(*testing.T, *mysqltest.Server)
	}{
		{"results", testResults},
		{"writes", testWrites},
		{"bound values", testBound},
		{"errors keep the connection", testErrors},
		{"one statement", testOneStatement},
		{"nothing is left behind", testNothingLeft},
		{"bounds", testBounds},
		{"deadline", testDeadline},
		{"abandoned", testAbandoned},
		{"stale statements", testStale},
		{"TLS", testTLS},
		{"socket", testSocket},
		{"many over few", testManyOverFew},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, srv) })
	}
}

// Values come as MySQL writes them; what they are is known from their columns, as
// text and bound alike.
func testResults(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{})
	const query = `SELECT -1 AS i, 18446744073709551615 AS u, 1.50 AS d, CAST(0.5 AS DOUBLE) AS f, 1e20 AS g, 'te,xt' AS t, NULL AS n, '' AS e,
		x'00ff' AS b, CAST('2026-01-02' AS DATE) AS day, CAST('2026-01-02 03:04:05' AS DATETIME) AS time, 'é' AS x`
	want := "-1,18446744073709551615,1.50,0.5,1e+20,te,xt,NULL,,\x00\xff,2026-01-02,2026-01-02 03:04:05,é"
	cols := fmt.Sprintf("i=%d u=%d d=%d f=%d g=%d t=%d n=0 e=%d b=%d day=%d time=%d x=%d", db.TypeInt, db.TypeInt, db.TypeFloat, db.TypeFloat,
		db.TypeFloat, db.TypeText, db.TypeText, db.TypeBlob, db.TypeTime, db.TypeTime, db.TypeText)
	for _, a := range []answer{r.ask(query), r.ask(query+" FROM dual WHERE ? = 1", db.IntArg(1))} {
		if a.rows != want || a.cols != cols || a.affected != 1 {
			t.Errorf("%v %s\nwant %s %s", a, a.cols, want, cols)
		}
	}
	r.want("1,1;2,4;3,9", `SELECT seq, seq*seq FROM seq_1_to_3`)
	r.want("", `SELECT 1 FROM dual WHERE 0`)
	r.want("300000", `SELECT length('`+strings.Repeat("x", 300_000)+`')`)
}

// "Of others the driver tells how many rows they touched", and the last key.
func testWrites(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{})
	r.want("", `CREATE TABLE w (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20), UNIQUE(v))`)
	for _, c := range []struct {
		text          string
		args          []db.Arg
		affected, key int64
		rows          string
	}{
		{"INSERT INTO w (v) VALUES ('a'), ('b')", nil, 2, 1, ""},
		{"INSERT INTO w (v) VALUES (?)", []db.Arg{text("c")}, 1, 3, ""},
		{"INSERT INTO w (v) VALUES (?)", []db.Arg{text("d")}, 1, 4, ""},
		{"/* x */ UPDATE w SET v = concat(v, v) WHERE id > ?", []db.Arg{db.IntArg(2)}, 2, 0, ""},
		{"REPLACE INTO w (id, v) VALUES (1, 'z')", nil, 2, 1, ""},
		{"INSERT INTO w (v) VALUES ('e') RETURNING id, v", nil, 1, 0, "5,e"},
		{"DELETE FROM w WHERE id < ?", []db.Arg{db.IntArg(3)}, 2, 0, ""},
		{"SELECT group_concat(v ORDER BY id) FROM w", nil, 1, 0, "cc,dd,e"},
		{"DROP TABLE w", nil, 0, 0, ""},
	} {
		a := r.ask(c.text, c.args...)
		if a.out != asyncops.Completed || a.affected != c.affected || a.key != c.key || a.rows != c.rows {
			t.Errorf("%s: %v, key %d", c.text, a, a.key)
		}
	}
}

// What is bound is a value, whatever it looks like, and the statement is prepared
// once for each connection.
func testBound(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{MaxConns: 1, Statements: 2})
	for range 3 {
		r.want(`a'; DROP TABLE x; -- \,é,`, `SELECT ?, ?, ?`, text(`a'; DROP TABLE x; -- \`), text("é"), text(""))
		r.want("43,NULL,0.25", `SELECT ? + 1, ?, ?`, db.IntArg(42), db.Arg{}, db.FloatArg(0.25))
		r.want("00FF,", `SELECT hex(?), hex(?)`, db.BlobArg([]byte("\x00\xff")), db.BlobArg(nil))
		r.want("00FF,", `SELECT hex(?), hex(?)`, db.BlobArg([]byte("\x00\xff")), db.BlobArg(nil))
	}
	if s := r.db.Snapshot(); s.Connects != 1 || s.Prepared != 3 {
		t.Errorf("counted %+v", s)
	}
	r.want("Prepared_stmt_count,2", `SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'`)
	r.wantError("07001", `SELECT ?, ?`, text("one"))
}

// An error belongs to its query.
func testErrors(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{MaxConns: 1})
	for range 2 {
		r.wantError("1064", `SELEC 1`)
		r.wantError("1146", `SELECT * FROM no_such_table`)
		r.wantError("1146", `INSERT INTO no_such_table VALUES (?)`, text("x"))
		r.wantError("54000", "SELECT 'a\x00b'")
		r.want("1", `SELECT 1`)
	}
	if s := r.db.Snapshot(); s.Unavailable != 0 || s.Failed != 8 {
		t.Errorf("counted %+v", s)
	}
}

// "The package refuses several statements in one query, LOAD DATA LOCAL."
func testOneStatement(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{})
	r.wantError("1064", `SELECT 1; SELECT 2`)
	r.wantError("1064", `SELECT ?; DROP TABLE x`, text("1"))
	r.want("", `CREATE TABLE ld (v TEXT)`)
	if a := r.ask(`LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE ld`); a.out != asyncops.Failed {
		t.Error(a)
	}
	r.want("0", `SELECT count(*) FROM ld`)
	r.want("", `DROP TABLE ld`)
}

// "State that outlives a query": the next query is somebody else's.
func testNothingLeft(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{MaxConns: 1})
	r.want("", `CREATE TABLE left1 (v INT) ENGINE=InnoDB`)
	r.want("", `CREATE PROCEDURE opens() BEGIN START TRANSACTION; INSERT INTO left1 VALUES (1); SELECT 'called'; END`)
	for _, s := range []string{`BEGIN`, `START TRANSACTION`, `SET autocommit=0`, `SET @x = 5`, `/* it */ SET @x=5`, `LOCK TABLES left1 READ`} {
		if a := r.ask(s); a.out != asyncops.Completed {
			t.Errorf("%s: %v", s, a)
		}
		r.want("0,1,NULL", `SELECT @@in_transaction, @@autocommit, @x`)
	}
	r.want("called", `CALL opens()`)
	r.want("0,0", `SELECT @@in_transaction, (SELECT count(*) FROM left1)`)
	r.want("", `DROP TABLE left1`)
	r.want("", `DROP PROCEDURE opens`)
}

// A result beyond its bounds fails its query at once, however much would follow.
func testBounds(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{MaxConns: 1, MaxRows: 100, MaxBytes: 100_000})
	if a := r.ask(`SELECT seq FROM seq_1_to_100`); strings.Count(a.rows, ";") != 99 {
		t.Error(a)
	}
	for _, s := range []string{`SELECT seq FROM seq_1_to_101`, `SELECT repeat('x', 100001)`, `SELECT repeat('x', 1000) FROM seq_1_to_1000000 a, seq_1_to_100000 b`} {
		r.wantError("54000", s)
		r.want("1", `SELECT 1`)
	}
	r.wantError("54000", `SELECT repeat('x', 1000), ? FROM seq_1_to_1000000`, text("y"))
	r.want("1", `SELECT 1`)
}

// A deadline ends the query for its waiter; the server is asked to stop, and the
// worker goes on with the next.
func testDeadline(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{MaxConns: 1})
	other := newRig(t, srv.URL, Config{MaxConns: 1})
	r.want("1", `SELECT 1`)
	for i := range 2 {
		if a := r.begin(100*time.Millisecond, `SELECT SLEEP(?), 'mine'`, db.IntArg(60)).Wait(); a.out != asyncops.TimedOut {
			t.Errorf("%d: %v", i, a)
		}
		r.want("2", `SELECT 2`)
	}
	other.Until("the server has stopped them", func() bool {
		return other.ask(`SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%mine%'`).rows == "0"
	})
	if s := r.db.Snapshot(); s.TimedOut != 2 || s.Killed != 2 || s.Unavailable != 0 || s.InFlight() != 0 {
		t.Errorf("counted %+v", s)
	}
}

// An abandoned query frees its worker.
func testAbandoned(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{MaxConns: 1})
	p := r.begin(0, `SELECT SLEEP(60)`)
	p.Abandon()
	r.want("1", `SELECT 1`)
	if p.Ended() {
		t.Error("an abandoned waiter was told")
	}
}

// A statement whose table has changed goes on.
func testStale(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{MaxConns: 1})
	r.want("", `CREATE TABLE stale (a INT)`)
	r.want("", `INSERT INTO stale VALUES (1)`)
	for _, c := range []struct{ change, rows string }{
		{`SELECT 1`, "1"}, {`ALTER TABLE stale ADD b VARCHAR(5) DEFAULT 'x'`, "1,x"}, {`ALTER TABLE stale MODIFY a VARCHAR(5)`, "1,x"},
		{`ALTER TABLE stale DROP b`, "1"},
	} {
		if a := r.ask(c.change); a.out != asyncops.Completed {
			t.Error(a)
		}
		for range 2 {
			r.want(c.rows, `SELECT * FROM stale WHERE a = ?`, db.IntArg(1))
		}
	}
	r.want("", `DROP TABLE stale`)
}

// With TLS the server's certificate must be right; its queries and their end too go
// by TLS.
func testTLS(t *testing.T, srv *mysqltest.Server) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(srv.Cert)
	const cipher = `SELECT VARIABLE_VALUE <> '' FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'`
	newRig(t, srv.URL, Config{TLS: &tls.Config{RootCAs: roots}}).want("1", cipher)
	newRig(t, srv.URL+"?tls=skip-verify", Config{}).want("1", cipher)
	newRig(t, srv.URL, Config{}).want("0", cipher)
	for name, r := range map[string]*rig{
		"unknown issuer": newRig(t, srv.URL+"?tls=true", Config{}),
		"other name":     newRig(t, srv.URL, Config{TLS: &tls.Config{RootCAs: roots, ServerName: "elsewhere.example"}}),
	} {
		if a := r.ask(`SELECT 1`); a.out != asyncops.Unavailable || !strings.Contains(a.message, "certificate") {
			t.Errorf("%s: %v", name, a)
		}
	}
}

// "localhost" without a port is the server on this machine by its Unix socket.
func testSocket(t *testing.T, srv *mysqltest.Server) {
	defer func(old []string) { sockets = old }(sockets)
	sockets = []string{"/nowhere", srv.Socket()}
	newRig(t, "mysql://fastsips:secret@localhost/test", Config{}).want("test", `SELECT DATABASE()`)
}

// Everybody gets his own answer.
func testManyOverFew(t *testing.T, srv *mysqltest.Server) {
	r := newRig(t, srv.URL, Config{MaxConns: 3})
	var all []*asked
	for i := range 500 {
		if i%2 == 0 {
			all = append(all, r.begin(0, fmt.Sprint(`SELECT `, i)))
		} else {
			all = append(all, r.begin(0, `SELECT ?`, db.IntArg(int64(i))))
		}
	}
	for i, p := range all {
		if a := p.Wait(); a.rows != fmt.Sprint(i) {
			t.Fatalf("query %d: %v", i, a)
		}
	}
	if s := r.db.Snapshot(); s.Connects > 3 || s.Open > 3 || s.InFlight() != 0 {
		t.Errorf("counted %+v", s)
	}
}

package auth_test

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/mysqltest"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/ua"
)

// database is a registrar and proxy on a table; [url] is its database.
const database = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "signaling.so"
loadmodule "auth.so"
loadmodule "auth_db.so"
loadmodule "sqlops.so"
loadmodule "db_postgres.so"
loadmodule "db_mysql.so"
loadmodule "db_sqlite.so"
modparam("db_postgres", "timeout", 1)
modparam("auth_db", "db_url", "[url]")
modparam("auth_db", "load_credentials", "$avp(caller)=rpid;age")
modparam("sqlops", "db_url", "[url]")
startup_route {
	sql_query("CREATE TABLE version (table_name CHAR(32) NOT NULL, table_version INTEGER DEFAULT 0 NOT NULL)");
	sql_query("INSERT INTO version VALUES ('subscriber', 8)");
	sql_query("CREATE TABLE subscriber (username CHAR(64), domain CHAR(64), ha1 CHAR(64) DEFAULT '' NOT NULL, ha1_sha256 CHAR(64) DEFAULT '' NOT NULL, ha1_sha512t256 CHAR(64) DEFAULT '' NOT NULL, rpid CHAR(64), age INTEGER)");
	sql_query("INSERT INTO subscriber VALUES ('alice', 'example.com', '[alice]', '[alice256]', '', '+49123', 7), ('o''brien', 'example.com', '[brien]', '', '', NULL, NULL)");
	xlog("ready $rc\n");
}
route {
	if ($rm == "OPTIONS") {
		sql_query_one("SELECT count(*) FROM subscriber", "$var(n)");
		xlog("there are $var(n)\n");
		sl_send_reply(200, "OK");
		exit;
	}
	$var(rc) = www_authorize("example.com", "subscriber");
	xlog("authorized: $var(rc) $au $avp(caller) $avp(age)\n");
	if ($var(rc) == -5) {
		send_reply(503, "Later");
		exit;
	}
	if ($var(rc) < 0)
		www_challenge("example.com", "auth", "MD5,SHA-256");
	consume_credentials();
	sl_send_reply(200, "OK");
}
`

func ha1(user, password string) string {
	return fmt.Sprintf("%x", md5.Sum([]byte(user+":example.com:"+password)))
}

// vars are what the script has in brackets.
func vars(url string) map[string]string {
	return map[string]string{"url": url, "alice": ha1("alice", "wonderland"), "brien": ha1("o'brien", "quote"),
		"alice256": fmt.Sprintf("%x", sha256.Sum256([]byte("alice:example.com:wonderland")))}
}

func startOn(t *testing.T, url string) *siptest.Proxy {
	t.Helper()
	return siptest.StartProxyConfig(t, sipprun.ProxyConfig{Config: database, Args: []string{"-n", "2"}, Vars: vars(url)})
}

// Whatever a client calls himself, it is a name and no SQL, for every database; what
// OpenSIPS's tables have, CHAR(64) with its blanks included, is understood.
func TestDatabases(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{
		"postgres": func(t *testing.T) string { return pgtest.Start(t).URL },
		"mysql":    func(t *testing.T) string { return mysqltest.Start(t).URL },
		"sqlite":   func(t *testing.T) string { return "sqlite://" + t.TempDir() + "/users.db" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startOn(t, url(t))
			p.WaitLog("ready ", patience)
			tryAll(t, p)
		})
	}
}

func tryAll(t *testing.T, p *siptest.Proxy) {
	alice := newPhone(t, p.Addr, "REGISTER sip:example.com")
	for _, c := range []struct {
		user, password, log string
	}{
		{"alice", "wonderland", "authorized: 1 alice +49123 7"},
		{"o'brien", "quote", "authorized: 1 o'brien <null> <null>"},
		{"alice", "wunderland", "authorized: -2"},
		{"carol", "wonderland", "authorized: -1"},
		{"", "", "authorized: -1"},
		{"'; DROP TABLE subscriber; --", "x", "authorized: -1"},
		{"' OR '1'='1", "x", "authorized: -1"},
		{`\' OR 1=1 -- `, "x", "authorized: -1"},
		{"alice\x00", "wonderland", "authorized: -1"},
		{"al\xffice", "wonderland", "authorized: -1"},
		{strings.Repeat("a", 4000), "x", "authorized: -1"},
		{"alice' --@example.com' OR '1'='1", "x", "authorized: -1"},
	} {
		m := alice.send()
		list := challenges(m)
		status := alice.send(alice.answered(m, len(list)-1, c.user, c.password, nil)).Status()
		if (status == 200) != strings.Contains(c.log, ": 1 ") {
			t.Errorf("%.40q: status %d", c.user, status)
		}
		p.WaitLog(c.log, patience)
	}
	if m := newPhone(t, p.Addr, "OPTIONS sip:count@example.com").send(); m.Status() != 200 {
		t.Error(m)
	}
	p.WaitLog("there are 2", patience)
}

// "The database goes away ... authentication answers as the script says, nothing hangs."
func TestDatabaseAway(t *testing.T) {
	pg := pgtest.Start(t)
	p := startOn(t, pg.URL)
	p.WaitLog("ready ", patience)
	alice := newPhone(t, p.Addr, "REGISTER sip:example.com")
	last := func(m *siptest.Message) int { return len(challenges(m)) - 1 }
	try := func() int {
		m := alice.send()
		return alice.send(alice.answered(m, last(m), "alice", "wonderland", nil)).Status()
	}
	if got := try(); got != 200 {
		t.Fatalf("status %d", got)
	}
	pg.Stop()
	for range 5 {
		if got := try(); got != 503 {
			t.Errorf("without a database: status %d", got)
		}
	}
	p.WaitLog("authorized: -5", patience)
	pg.Restart()
	for end := time.Now().Add(patience); time.Now().Before(end); { // the breaker lets a probe through now and then
		if try() == 200 {
			return
		}
	}
	t.Error("the database is back, and nobody asks it")
}

// A database that takes connections and says nothing costs those who ask it their deadline.
func TestDatabaseSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := siptest.StartProxyConfig(t, sipprun.ProxyConfig{Config: strings.Replace(database, "startup_route {", "startup_route { exit;", 1), Args: []string{"-n", "2"},
		Vars: vars("postgres://u@" + l.Addr().String() + "/db?sslmode=disable")})
	alice := newPhone(t, p.Addr, "REGISTER sip:example.com")
	m := alice.send()
	if got := alice.send(alice.answered(m, len(challenges(m))-1, "alice", "wonderland", nil)).Status(); got != 503 {
		t.Errorf("status %d", got)
	}
	p.WaitLog("the version of table subscriber is not known", patience)
}

// A user agent of another make logs in by itself, with what it prefers, and is refused with
// the wrong password.
func TestUserAgent(t *testing.T) {
	p := startOn(t, "sqlite://"+t.TempDir()+"/users.db")
	p.WaitLog("ready ", patience)
	for password, want := range map[string]int{"wonderland": 0, "wunderland": 1} {
		var out, errs strings.Builder
		got := ua.Main([]string{"register", "-proxy", p.Addr, "-user", "alice", "-password", password, "sip:alice@example.com"}, io.MultiWriter(&out, io.Discard), &errs)
		if got != want {
			t.Errorf("password %s: exit status %d, want %d\n%s%s", password, got, want, &out, &errs)
		}
	}
}

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fastsips/fastsips/internal/mysqltest"
	"github.com/fastsips/fastsips/internal/pgtest"
)

// A script asks MySQL with values that it binds, waits by async() and by a plain call, and
// survives a restart of the server. All of it by TLS, as a client_domain of tls_mgm has it.
func TestAsyncMySQL(t *testing.T) {
	my := mysqltest.Start(t)
	p := launch(t, `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "tls_mgm.so"
loadmodule "db_mysql.so"
loadmodule "sqlops.so"
modparam("tls_mgm", "client_domain", "db")
modparam("tls_mgm", "ca_list", "[db][ca]")
modparam("db_mysql", "use_tls", 1)
modparam("sqlops", "db_url", "[my]?tls_domain=db")
startup_route {
	sql_query("CREATE TABLE people (id INT PRIMARY KEY, name TEXT, born INT)");
	$var(id) = 7;
	$var(name) = "O'Hara; \\ -- \"";
	sql_query("INSERT INTO people VALUES (?, ?, ?)", , , "$var(id);$var(name);$var(nothing)");
	xlog("inserted: $rc\n");
	sql_query_one("SHOW STATUS LIKE 'Ssl_version'", "$var(is);$var(version)");
	xlog("by $var(version)\n");
}
timer_route[ask, 1] {
	$var(id) = 7;
	async(sql_query("SELECT name, born FROM people WHERE id = ? AND '?' <> name", "$avp(name);$avp(born)", , "$var(id)"), asked);
}
route[asked] {
	$var(rc) = $rc;
	sql_query_one("SELECT count(*) FROM people WHERE name = ?", "$var(n)", , "$avp(name)");
	xlog("asked: $var(rc) $avp(name) $avp(born); $rc $var(n)\n");
}
route { exit; }
`, map[string]string{"my": my.URL, "ca": certificate(t, my.Cert)})
	right := `asked: 1 O'Hara; \ -- " <null>; 1 1`
	p.WaitLog("inserted: -2", patience) // no rows
	p.WaitLog("by TLSv1", patience)
	p.WaitLog(right, patience)
	my.Stop()
	p.WaitLog("asked: -", patience)
	my.Restart()
	p.WaitLog(right, patience)
}

// The same settings for PostgreSQL. A domain that does not trust the server's certificate
// has no database; one that does not exist is a mistake in the configuration.
func TestPostgresTLSDomain(t *testing.T) {
	pg := pgtest.StartConfig(t, pgtest.Config{TLS: true})
	p := launch(t, `
socket=udp:[proxy]
loadmodule "tls_mgm.so"
loadmodule "db_postgres.so"
loadmodule "sqlops.so"
modparam("tls_mgm", "client_domain", "db")
modparam("tls_mgm", "ca_list", "[db][ca]")
modparam("tls_mgm", "client_domain", "others")
modparam("db_postgres", "use_tls", 1)
modparam("sqlops", "db_url", "1 [pg]&tls_domain=db")
modparam("sqlops", "db_url", "2 [pg]&tls_domain=others")
startup_route {
	sql_query_one("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", "$var(version)", 1);
	xlog("trusted: $rc $var(version)\n");
	sql_query_one("SELECT 1", "$var(x)", 2);
	xlog("others: $rc\n");
}
route { exit; }
`, map[string]string{"pg": pg.URL, "ca": certificate(t, pg.Cert())})
	p.WaitLog("trusted: 1 TLSv1", patience)
	p.WaitLog("others: -", patience)
}

// certificate makes a file of one.
func certificate(t *testing.T, pem []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

package accounting

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/mysqltest"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

const tablesScript = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
loadmodule "cfgutils.so"
loadmodule "sqlops.so"
loadmodule "db_postgres.so"
loadmodule "db_mysql.so"
loadmodule "acc.so"
db_default_url="[db]"
startup_route {
	sql_query("[prepare]");
	xlog("prepared\n");
}
route {
	if (has_totag()) {
		loose_route();
		t_relay();
		exit;
	}
	record_route();
	if ($rU == "shown") {
		$var(n) = 0;
		while ($var(n) < 5) {
			usleep(10000);
			sql_query_one("SELECT count(*) FROM missed_calls", "$var(n)");
		}
		sql_query("SELECT concat_ws('|', method, from_tag, to_tag, callid, sip_code, sip_reason, setuptime) FROM missed_calls ORDER BY id", "$avp(row)");
		for ($var(row) in $(avp(row)[*]))
			xlog("missed: $var(row)\n");
		t_reply(200, "Shown");
		exit;
	}
	do_accounting("db", "missed");
	if ($rU == "nobody") {
		t_reply(480, "Away");
		exit;
	}
	if ($rU == "serial")
		t_on_failure("next");
	t_relay();
}
failure_route[next] {
	do_accounting("db", "missed");
	$ru = "sip:second@[bob]";
	t_relay();
}
`

// missedCalls makes a call that is refused, one that is cancelled, one to somebody who is
// not there and one that is forked serially, and checks the rows.
func missedCalls(t *testing.T, url, prepare string) {
	alice, bob := &phone{Endpoint: siptest.Listen(t)}, &phone{Endpoint: siptest.Listen(t)}
	p := siptest.StartProxyConfig(t, sipprun.ProxyConfig{Config: tablesScript, Args: []string{"-n", "1"}, Vars: map[string]string{"db": url, "prepare": prepare, "bob": bob.Addr()}})
	alice.proxy, bob.proxy = p.Addr, p.Addr
	p.WaitLog("prepared", patience)
	target := "@" + bob.Addr()

	alice.send("INVITE", "sip:bob"+target, "refused")
	bob.answer(bob.Await("INVITE", patience), "486 Busy Here", "")
	alice.Await("486", patience)

	giveUp(alice, bob, "cancelled", "487 Request Terminated")

	alice.send("INVITE", "sip:nobody"+target, "unregistered")
	alice.Await("480", patience)

	alice.send("INVITE", "sip:serial"+target, "forked")
	bob.answer(bob.Await("INVITE", patience), "486 Busy First", "")
	bob.answer(bob.AwaitFunc("the second INVITE", func(m *siptest.Message) bool {
		return strings.HasPrefix(string(m.Raw), "INVITE sip:second@")
	}, patience), "480 Away Second", "")
	alice.Await("480", patience)

	alice.send("MESSAGE", "sip:shown"+target, "shown")
	for _, row := range []string{
		"INVITE|f|t|refused|486|Busy Here|0",
		"INVITE|f|t|cancelled|487|Request Terminated|0",
		"INVITE|f||unregistered|480|Temporarily Unavailable|0",
		"INVITE|f|t|forked|486|Busy First|0",
		"INVITE|f|t|forked|480|Away Second|0",
	} {
		p.WaitLog("missed: "+row, patience)
	}
}

// "One rejects, one cancels, one is called while unregistered": rows of missed_calls in
// PostgreSQL.
func TestMissedCallsPostgres(t *testing.T) {
	pg := database(t)
	missedCalls(t, pg.URL, "SELECT 1")
}

// And in MySQL.
func TestMissedCallsMySQL(t *testing.T) {
	my := mysqltest.Start(t)
	missedCalls(t, my.URL, "CREATE TABLE missed_calls (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL, method CHAR(16) DEFAULT '' NOT NULL, from_tag CHAR(64) DEFAULT '' NOT NULL, to_tag CHAR(64) DEFAULT '' NOT NULL, callid CHAR(64) DEFAULT '' NOT NULL, sip_code CHAR(3) DEFAULT '' NOT NULL, sip_reason CHAR(32) DEFAULT '' NOT NULL, time DATETIME NOT NULL, setuptime INT UNSIGNED DEFAULT 0 NOT NULL, created DATETIME DEFAULT NULL)")
}

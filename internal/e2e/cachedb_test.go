package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/mysqltest"
	"github.com/fastsips/fastsips/internal/pgtest"
)

// "With enable_restart_persistency all keys are written to the file ... when the proxy
// ends in order, and read at the next start."
func TestKeysSurviveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	const script = `
log_level=3
socket=udp:[proxy]
restart_persistency_cache_file="[file]"
loadmodule "cachedb_local.so"
modparam("cachedb_local", "enable_restart_persistency", 1)
route { exit; }
startup_route {
	cache_add("local", "starts", 1, 0, $var(n));
	xlog("started $var(n) times\n");
}
`
	for _, want := range []string{"started 1 times", "started 2 times", "started 3 times"} {
		p := start(t, script, map[string]string{"file": file})
		p.WaitLog(want, patience)
		p.Stop()
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// sqlCacheScript does what there is to do in a table that names everything its own way.
const sqlCacheScript = `
log_level=3
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "db_postgres.so"
loadmodule "db_sqlite.so"
loadmodule "db_mysql.so"
loadmodule "cachedb_sql.so"
loadmodule "cfgutils.so"
modparam("cachedb_sql", "cachedb_url", "sql:1st-[db]")
modparam("cachedb_sql", "db_table", "my_cache")
modparam("cachedb_sql", "key_column", "k")
modparam("cachedb_sql", "value_column", "v")
modparam("cachedb_sql", "counter_column", "c")
modparam("cachedb_sql", "expires_column", "e")
modparam("cachedb_sql", "cache_clean_period", 1)
startup_route {
	cache_raw_query("sql:1st", "[table]");
	$var(key) = "it's a \"key\"; --";
	cache_store("sql:[id]", $var(key), "a 'value'");
	$var(a) = $rc;
	cache_fetch("sql:1st", $var(key), $var(v));
	$var(b) = $rc;
	cache_store("sql:1st", $var(key), "another");
	cache_fetch("sql:1st", $var(key), $var(w));
	cache_fetch("sql:1st", "nothing", $var(x));
	xlog("store=[$var(a)] fetch=[$var(b)] is=[$var(v)] then=[$var(w)] none=[$rc]\n");
	cache_add("sql:1st", "n", 5, 0, $var(n));
	$var(a) = $rc;
	cache_sub("sql:1st", "n", 7, 0, $var(m));
	cache_counter_fetch("sql:1st", "n", $var(c));
	$var(b) = $rc;
	cache_counter_fetch("sql:1st", "nothing", $var(x));
	xlog("add=[$var(a)] is=[$var(n)] sub=[$var(m)] counter=[$var(b)] is=[$var(c)] none=[$rc]\n");
	cache_remove("sql:1st", "n");
	$var(a) = $rc;
	cache_counter_fetch("sql:1st", "n", $var(x));
	$var(b) = $rc;
	cache_remove("sql:1st", "n");
	xlog("remove=[$var(a)] then=[$var(b)] again=[$rc]\n");
	cache_raw_query("sql:1st", "SELECT 1, 'one' UNION SELECT 2, NULL ORDER BY 1", "$avp(num);$avp(text)");
	$var(a) = $rc;
	cache_raw_query("sql:1st", "SELECT 1 WHERE 1 = 2", "$avp(none)");
	$var(b) = $rc;
	cache_raw_query("sql:1st", "no SQL", "$avp(none)");
	xlog("raw=[$var(a)] is=[$(avp(num)[*])] [$(avp(text)[*])] empty=[$var(b)] broken=[$rc]\n");
	cache_add("sql:1st", "brief", 1, 1);
	cache_store("sql:1st", "text", "t", 1);
	cache_store("sql:1st", "long", "t", 1000);
	route(expires);
	cache_add("sql:1st", "over", 40, 1);
	cache_raw_query("sql:1st", "UPDATE my_cache SET e = 1 WHERE k = 'over'");
	cache_add("sql:1st", "over", 2, 60, $var(n));
	xlog("over=[$var(n)]\n");
	async(cache_fetch("sql:1st", "long", $avp(later)), resumed);
}
route[expires] {
	$var(i) = 0;
	while ($var(i) < 100 && cache_counter_fetch("sql:1st", "brief", $var(x))) {
		usleep(100000);
		$var(i) = $var(i) + 1;
	}
	cache_counter_fetch("sql:1st", "brief", $var(x));
	$var(a) = $rc;
	cache_fetch("sql:1st", "text", $var(x));
	xlog("brief=[$var(a)] text=[$rc]\n");
	$var(left) = 1;
	$var(i) = 0;
	while ($var(i) < 100 && $var(left) > 0) {
		cache_raw_query("sql:1st", "SELECT count(*) FROM my_cache WHERE k in ('brief', 'text')", "$var(left)");
		usleep(100000);
		$var(i) = $var(i) + 1;
	}
	xlog("cleaned=[$var(left)]\n");
}
route[resumed] {
	xlog("async=[$rc] is=[$avp(later)]\n");
}
route { exit; }
`

const sqlCacheTable = "CREATE TABLE my_cache (k VARCHAR(255) PRIMARY KEY, v TEXT NOT NULL, c INTEGER NOT NULL DEFAULT 0, e INTEGER NOT NULL DEFAULT 0)"

// The cache_* functions on a table: "each of them is one statement with bound values", a
// row whose time is over is not there, and is deleted after cache_clean_period.
func TestCachedbSQL(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		testCachedbSQL(t, "sqlite://"+filepath.Join(t.TempDir(), "db"))
	})
	t.Run("postgres", func(t *testing.T) {
		testCachedbSQL(t, pgtest.Start(t).URL)
	})
	t.Run("mysql", func(t *testing.T) {
		testCachedbSQL(t, mysqltest.Start(t).URL)
	})
}

func testCachedbSQL(t *testing.T, url string) {
	scheme, _, _ := strings.Cut(url, ":")
	p := start(t, sqlCacheScript, map[string]string{"db": url, "id": "1st-" + scheme, "table": sqlCacheTable}, "-n", "2")
	for _, want := range []string{
		"store=[1] fetch=[1] is=[a 'value'] then=[another] none=[-2]",
		"add=[1] is=[5] sub=[-2] counter=[1] is=[-2] none=[-2]",
		"remove=[1] then=[-2] again=[1]",
		"raw=[1] is=[1, 2] [one, <null>] empty=[-2] broken=[-1]",
		"brief=[-2] text=[-2]",
		"cleaned=[0]",
		"over=[2]",
		"async=[1] is=[t]",
	} {
		p.WaitLog(want, patience)
	}
}

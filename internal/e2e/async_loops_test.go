package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
)

// What a script waits for, on four real loops at once: timers, workers (SQLite), child
// processes, a store that all loops share, side by side and one after the other. Each run goes on once, on the loop that owns its call. With
// go test -race the proxy runs with the race detector, whose words fail the test.
func TestRunsOnSeveralLoops(t *testing.T) {
	t.Parallel()
	p := start(t, loopsScript, nil, "-n", "4")
	kinds := []string{"all", "chain", "launch", "plain"}
	const phones, rounds = 4, 24
	all := make([]*siptest.Endpoint, phones)
	for i := range all {
		all[i] = siptest.Listen(t)
	}
	each := func(do func(e *siptest.Endpoint, id, kind string)) {
		for i, e := range all {
			for n := range rounds {
				do(e, fmt.Sprintf("loops%dx%d", i, n), kinds[n%len(kinds)])
			}
		}
	}
	each(func(e *siptest.Endpoint, id, kind string) {
		e.Send(p.Addr, request(e, "OPTIONS", "sip:"+kind+"@"+p.Addr, id))
	})
	each(func(e *siptest.Endpoint, _, _ string) { e.Expect("480", patience) })

	runs, used := map[string]int{}, map[string]bool{}
	for _, line := range logged(p, "NOTICE:on ", phones*rounds) {
		runs[field(line, "ci")]++
		used[field(line, "loop")] = true
		if field(line, "loop") != field(line, "owner") || field(line, "rc") != "1" {
			t.Error(line)
		}
	}
	if len(runs) != phones*rounds || len(used) < 2 {
		t.Errorf("%d calls went on, on %d loops", len(runs), len(used))
	}
	for id, n := range runs {
		if n != 1 {
			t.Errorf("%s went on %d times", id, n)
		}
	}
	checkLoops(t, p)
}

// logged returns the lines of the log with a text, once there are so many; the log is
// written behind the answers.
func logged(p *siptest.Proxy, text string, n int) (lines []string) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); len(lines) < n && time.Now().Before(end); <-tick.C {
		lines = slices.DeleteFunc(slices.Clone(p.Log()), func(line string) bool { return !strings.Contains(line, text) })
	}
	return lines
}

const loopsScript = `
log_level=3
socket=udp:[proxy]
overload_wait=0
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "signaling.so"
loadmodule "sipmsgops.so"
loadmodule "cfgutils.so"
loadmodule "exec.so"
loadmodule "cachedb_local.so"
loadmodule "db_sqlite.so"
loadmodule "sqlops.so"
modparam("sqlops", "db_url", "sqlite://[dir]/loops.db")
route {
	cache_add("local", "calls", 1, 0);
	switch ($rU) {
	case "all":
		async_all { usleep(2000); sql_query("select 1", "$avp(one)"); exec("true"); cache_add("local", "all", 1, 0); } (done);
	case "chain":
		async(sql_query("select 1", "$avp(one)"), second);
	case "launch":
		launch(sql_query("select 1"), report);
		async(usleep(3000), done);
	}
	sql_query("select 1", "$avp(one)");
	route(done);
}
route[second] { async(usleep(1000), done); }
route[report] { cache_add("local", "reports", 1, 0); }
route[done] {
	xlog("on rc=$rc ci=$ci loop=$loop owner=$(loop(owner))\n");
	send_reply(480, "Done");
	exit;
}
`

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

// loadScript relays calls with their requests in dialogs; INVITE is to be defined
// by route[invite].
const loadScript = `
log_level=3
socket=udp:[proxy]
db_max_async_connections=[conns]
mpath="/usr/lib/opensips/modules/"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "sipmsgops.so"
loadmodule "signaling.so"
loadmodule "db_postgres.so"
loadmodule "sqlops.so"
modparam("sqlops", "db_url", "[pg]")

route {
	if (!mf_process_maxfwd_header(10)) {
		send_reply(483, "Too Many Hops");
		exit;
	}
	if (has_totag()) {
		loose_route();
		t_relay();
		exit;
	}
	if (is_method("CANCEL|ACK")) {
		if (t_check_trans())
			t_relay();
		exit;
	}
	route(invite);
}
`

// checkClean fails the test if a call failed or something unexpected came. SIPp,
// starved of its share of the machine, repeats what was answered already; a
// repetition is no failure.
func checkClean(t *testing.T, what string, res sipprun.CallsResult) {
	t.Helper()
	if err := res.Clean(); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// Thousands of calls that each wait 20 ms for a database, on four loops: none
// fails, and each goes on on the loop that owns it. That is taken from the loop
// in hand ($loop) and from the Call-ID, hashed anew ($loop(owner)).
func testLoad(t *testing.T, pg string) {
	count, rate := 2000, 250
	if deep() {
		count, rate = 20000, 1000
	}
	const loops = 4
	p := start(t, loadScript+`
route[invite] {
	record_route();
	async(sql_query("select setid, pg_sleep(0.02) from subscribers where username = 'alice'", "$avp(setid)"), resumed);
	xlog("behind\n");
}
route[resumed] {
	xlog("resume rc=$rc set=$avp(setid) ci=$ci loop=$loop owner=$(loop(owner))\n");
	t_relay();
}
`, map[string]string{"pg": pg, "conns": "64"}, "-n", strconv.Itoa(loops))
	warmUp(t, p, 16)
	res := siptest.Calls(t, sipprun.CallsConfig{Proxy: p.Addr, Rate: rate, Count: count})
	checkClean(t, fmt.Sprintf("%d calls at %d/s", count, rate), res)
	checkResumes(t, p, count, loops)
	checkLoops(t, p)
	if s := statistics(t, p, lastOfSQL); s["completed"] != count || s["queries"] != count {
		t.Errorf("%d queries for %d calls, %d answered", s["queries"], count, s["completed"])
	}
}

// checkResumes looks at the line that each resume logged.
func checkResumes(t *testing.T, p *siptest.Proxy, count, loops int) {
	t.Helper()
	calls, used := map[string]bool{}, map[string]int{}
	foreign := 0
	for _, line := range p.Log() {
		if strings.Contains(line, "NOTICE:behind") {
			t.Fatal("the statement behind async ran")
		}
		if !strings.Contains(line, "NOTICE:resume ") {
			continue
		}
		if field(line, "rc") != "1" || field(line, "set") != "4711" {
			t.Errorf("no set: %s", line)
		}
		if field(line, "loop") != field(line, "owner") {
			foreign++
		}
		calls[field(line, "ci")] = true
		used[field(line, "loop")]++
	}
	if len(calls) != count || foreign != 0 {
		t.Errorf("%d calls resumed, want %d; %d of them on another loop than their own", len(calls), count, foreign)
	}
	for i := range loops {
		if used[strconv.Itoa(i)] == 0 {
			t.Errorf("loop %d was not used: %v", i, used)
		}
	}
}

// warmUp waits until n connections to the database are open: they are made when
// the loops have started, while the first calls come already. A server that is
// connecting has no other way to say so than its statistics.
func warmUp(t *testing.T, p *siptest.Proxy, n int) {
	t.Helper()
	for range 100 {
		if statistics(t, p, lastOfSQL)["open"] >= n {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no %d connections to the database", n)
}

// One user in ten has a query that takes seconds. With connections enough for
// those, none of the other queries ever waits for a connection, and the other
// users' calls are as quick as before.
func testSlowQueries(t *testing.T, pg string) {
	seconds, sleep := 10, 2
	if deep() {
		seconds, sleep = 60, 5
	}
	p := start(t, loadScript+fmt.Sprintf(`
route[invite] {
	record_route();
	async(sql_query("select pg_sleep(case when '$rU' = 'slow' then %d else 0 end)"), resumed, 20);
}
route[resumed] {
	if ($rc < 0) {
		send_reply(503, "No database");
		exit;
	}
	t_relay();
}
`, sleep), map[string]string{"pg": pg, "conns": "64"}, "-n", "2")
	warmUp(t, p, 8)
	var quick, slow sipprun.CallsResult
	var group sync.WaitGroup
	errs := make([]error, 2)
	run := func(i int, res *sipprun.CallsResult, user string, rate int) {
		dir := t.TempDir()
		group.Go(func() {
			*res, errs[i] = sipprun.Calls(t.Context(), sipprun.CallsConfig{
				Proxy: p.Addr, Rate: rate, Count: rate * seconds, Users: []string{user}, Dir: dir,
				Within: time.Duration(seconds)*time.Second + time.Minute,
			})
		})
	}
	run(0, &quick, "quick", 45)
	run(1, &slow, "slow", 5)
	group.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	checkClean(t, "the quick users' calls", quick)
	checkClean(t, "the slow users' calls", slow)
	if d := slow.UAC.Setup; d < time.Duration(sleep)*time.Second {
		t.Errorf("the slow calls took %v: nothing was slow", d)
	}
	// A mean of a tenth of the slow ones' would be a quick call in forty that
	// waited for a slow one. Usual is 2 ms.
	if d := quick.UAC.Setup; d > time.Duration(sleep)*time.Second/40 {
		t.Errorf("the quick calls took %v on average", d)
	}
	s := statistics(t, p, lastOfSQL)
	if s["waited"] != 0 || s["queued_behind_slow"] != 0 || s["pipelined"] != 0 {
		t.Errorf("%d queries waited for a connection, %d were sent behind another, %d of those behind a slow one",
			s["waited"], s["pipelined"], s["queued_behind_slow"])
	}
	if s["completed"] != 50*seconds {
		t.Errorf("%d queries completed, want %d", s["completed"], 50*seconds)
	}
	checkLoops(t, p)
}

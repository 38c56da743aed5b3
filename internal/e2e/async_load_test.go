package e2e

import (
	"errors"
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
// by route[invite]. A machine that is busy with other things is not to be taken
// for an overload of the proxy.
const loadScript = `
log_level=3
socket=udp:[proxy]
overload_wait=0
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

// untilFed runs try, which returns false if SIPp was starved of CPU; then what it
// saw proves nothing, and try runs once more. The last time counts in any case.
func untilFed(try func(last bool) bool) {
	for n := range 3 {
		if try(n == 2) {
			return
		}
	}
}

// clean fails the test if a call failed or something unexpected came, but
// returns false if SIPp's own watchdog says that it was starved and this is not
// the last try. Repeated messages are no failure.
func clean(t *testing.T, what string, last bool, res sipprun.CallsResult, err error) bool {
	t.Helper()
	bad, starved := err != nil, false
	for _, end := range []sipprun.Stats{res.UAC, res.UAS} {
		bad = bad || end.Successful != res.Count || end.Failed != 0 || end.Unexpected != 0
		starved = starved || strings.Contains(end.Errors, "watchdog timer")
	}
	switch {
	case bad && starved && !last:
		t.Logf("%s: SIPp was starved: once more", what)
		return false
	case bad:
		t.Errorf("%s: %v", what, errors.Join(err, res.Clean()))
	}
	return true
}

// Thousands of calls that each wait 20 ms for a database, on four loops: none
// fails, and each goes on on the loop that owns it. That is taken from the loop
// in hand ($loop) and from the Call-ID, hashed anew ($loop(owner)).
func testLoad(t *testing.T, pg string) {
	count, rate := 2000, 250
	if deep() {
		count, rate = 20000, 1000
	}
	untilFed(func(last bool) bool { return tryLoad(t, pg, count, rate, last) })
}

func tryLoad(t *testing.T, pg string, count, rate int, last bool) bool {
	const loops = 4
	p := launch(t, loadScript+`
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
	warmUp(t, p, 32)
	res, err := sipprun.Calls(t.Context(), sipprun.CallsConfig{Proxy: p.Addr, Rate: rate, Count: count, Dir: t.TempDir()})
	if !clean(t, fmt.Sprintf("%d calls at %d/s", count, rate), last, res, err) {
		p.Stop()
		return false
	}
	checkResumes(t, p, count, loops)
	checkLoops(t, p)
	if s := statistics(t, p, lastOfSQL); s["completed"] != count || s["queries"] != count {
		t.Errorf("%d queries for %d calls, %d answered", s["queries"], count, s["completed"])
	}
	p.Stop()
	checkNothingLeft(t, p)
	return true
}

// checkResumes looks at the line that each resume logged.
func checkResumes(t *testing.T, p *siptest.Proxy, count, loops int) {
	t.Helper()
	calls, used := map[string]bool{}, map[string]int{}
	resumed, foreign := 0, 0
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
		resumed++
		calls[field(line, "ci")] = true
		used[field(line, "loop")]++
	}
	if len(calls) != count || resumed != count || foreign != 0 {
		t.Errorf("%d calls resumed %d times, want %d once each; %d on another loop than their own", len(calls), resumed, count, foreign)
	}
	t.Logf("%d resumes, by loop: %v", resumed, used)
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
	seconds, sleep := 8, 2
	if deep() {
		seconds, sleep = 60, 5
	}
	untilFed(func(last bool) bool { return trySlowQueries(t, pg, seconds, sleep, last) })
}

func trySlowQueries(t *testing.T, pg string, seconds, sleep int, last bool) bool {
	p := launch(t, loadScript+fmt.Sprintf(`
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
	warmUp(t, p, 16)
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
	if !clean(t, "the quick users' calls", last, quick, errs[0]) || !clean(t, "the slow users' calls", last, slow, errs[1]) {
		p.Stop()
		return false
	}
	if d := slow.UAC.Setup; d < time.Duration(sleep)*time.Second {
		t.Errorf("the slow calls took %v: nothing was slow", d)
	}
	// Usual is 2 ms; the rest is for a machine with other things to do.
	if d := quick.UAC.Setup; d > time.Duration(sleep)*time.Second/10 {
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
	p.Stop()
	checkNothingLeft(t, p)
	return true
}

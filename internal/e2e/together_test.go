package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/rawcalls"
	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/internal/siptest"
)

// togetherScript asks three backends at once for each INVITE, and waits besides. What it
// finds it answers with: 486 with all three values, after a time that is possible, else 500.
// Then it waits for a second thing, which is too slow for its limit. An OPTIONS for
// "heavy" keeps its loop busy.
const togetherScript = `
log_level=1
socket=udp:[proxy]
overload_wait=0
loop_stall_threshold=30
db_max_async_connections=32
max_script_steps=100000000
max_while_loops=100000000
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "sipmsgops.so"
loadmodule "cfgutils.so"
loadmodule "statistics.so"
loadmodule "mi_fifo.so"
modparam("mi_fifo", "fifo_name", "[dir]/mi")
modparam("mi_fifo", "reply_dir", "[dir]")
loadmodule "db_postgres.so"
loadmodule "sqlops.so"
loadmodule "rest_client.so"
loadmodule "cachedb_redis.so"
modparam("sqlops", "db_url", "[pg]")
modparam("cachedb_redis", "cachedb_url", "redis:three://[redis]/")
modparam("statistics", "variable", "whole")
modparam("statistics", "variable", "broken")
modparam("statistics", "variable", "cut")
modparam("statistics", "variable", "uncut")

route {
	if (is_method("ACK"))
		exit;
	if (is_method("OPTIONS"))
		route(heavy);
	async_all {
		sql_query("SELECT 'row'", "$avp(row)");
		rest_get("http://[web]/", $avp(page));
		cache_fetch("redis:three", "x", $avp(key));
		usleep(20000);
	} (found, 10);
}
route[found] {
	if ($rc == 1 && $avp(row) == "row" && $avp(page) == "page" && $avp(key) == "key" && $async.op == "async_all" && $async.timeout == 0 &&
			$async.time >= 20000 && $(async.time[3]) >= 20000 && $(async.time[0]) <= $async.time && $(async.rc[2]) == 1)
		update_stat("whole", 1);
	else
		update_stat("broken", 1);
	async(sleep(5), slow, "100ms");
}
route[slow] {
	if ($async.timeout == 1 && $async.op == "sleep" && $async.time >= 100000 && $rc < 0) {
		update_stat("cut", 1);
		t_reply(486, "Busy Here");
	} else {
		update_stat("uncut", 1);
		t_reply(500, "Not As Said");
	}
}
route[heavy] {
	$var(i) = 0;
	while ($var(i) < [turns]) {
		$var(i) = $var(i) + 1;
	}
	sl_send_reply(200, "Done");
	exit;
}
`

// "async_all, $async.*, async:list and the watchdog each shown working under load." All
// calls have all three values, and branch on what $async tells; async:list counts them
// meanwhile; a script that blocks its loop is named, with its route and line, and the
// calls end as ever.
func TestTogetherUnderLoad(t *testing.T) {
	n, rate := 600, 300
	if deep() {
		n, rate = 10_000, 1000
	}
	p, c := together(t, n)
	sent := make(chan struct{})
	go func() { defer close(sent); c.Invite(0, n, rate) }()
	most, waited := 0, 0
	phone := newCaller(t, p.Addr)
	var heavy []*busy
	for over := false; !over; {
		select {
		case <-sent:
			over = true
		default:
		}
		count, longest := parkedNow(t, p)
		most, waited = max(most, count), max(waited, longest)
		if c.Over() > n/4*(len(heavy)+1) && len(heavy) < 2 {
			heavy = append(heavy, keepBusy(phone, c))
		}
	}
	awaitThat(t, "all calls are over", func() bool { return c.Over() == n })
	t.Logf("%d calls at %d/s, up to %d operations were listed at a time, which had waited for up to %d ms", n, rate, most, waited)
	stats := statistics(t, p, lastOfAll)
	if c.Final(486) != n || stats["Resumes"] != 2*n || stats["ForeignResumes"] != 0 {
		t.Errorf("%v; %d resumes, %d on foreign loops", c, stats["Resumes"], stats["ForeignResumes"])
	}
	for name, want := range map[string]int{"whole": n, "broken": 0, "cut": n, "uncut": 0} {
		if got := statOf(t, p, name); got != want {
			t.Errorf("statistic %s is %d, want %d", name, got, want)
		}
	}
	if most < 5 { // 120 ms at 300/s are 36 calls
		t.Errorf("async:list has never shown more than %d operations", most)
	}
	for _, k := range heavy {
		n := <-k.through
		if m := k.ended(0); m == nil || m.Status() != 200 || n == 0 {
			t.Errorf("the request that keeps a loop busy is answered with %v, after %d calls of the other loop", m, n)
		}
		t.Logf("%d calls ended while a loop was busy for %v", n, k.took())
	}
	if len(heavy) == 0 || statOf(t, p, "async:stalls") == 0 {
		t.Fatalf("%d requests kept a loop busy: %d stalls", len(heavy), statOf(t, p, "async:stalls"))
	}
	if !slices.ContainsFunc(p.Log(), culprit.MatchString) {
		t.Errorf("no line of the log is like %v", culprit)
	}
}

// culprit is what the watchdog says of the loop that was kept busy: where the script is.
var culprit = regexp.MustCompile(`loop is stalled loop=\d ms=\d+ script="\$var\(i\) (= \$var\(i\) \+ 1|< \d+) in route\[heavy\] at \S*fastsips\.cfg:\d+"`)

// A busy is a request that keeps its loop busy.
type busy struct {
	*call
	before  int      // calls that were over when it was sent
	through chan int // calls that have ended until it was answered
}

// keepBusy sends one.
func keepBusy(phone *caller, c *rawcalls.Crowd) *busy {
	b := &busy{before: c.Over(), through: make(chan int, 1)}
	b.call = phone.request("OPTIONS", "heavy", "proxy.invalid")
	go func() {
		b.ended(patience)
		b.through <- c.Over() - b.before
	}()
	return b
}

// together starts the backends, the proxy, and a crowd of n.
func together(t *testing.T, n int) (*siptest.Proxy, *rawcalls.Crowd) {
	t.Helper()
	pg, redis := pgtest.Start(t), redistest.Start(t)
	redis.Do("SET", "x", "key")
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "page") }))
	t.Cleanup(web.Close)
	p := start(t, togetherScript, map[string]string{"pg": pg.URL, "redis": redis.Addr(), "web": web.Listener.Addr().String(),
		"turns": strconv.Itoa(3_000_000)}, "-n", "2")
	warmUp(t, p, 8)
	c, err := rawcalls.NewCrowd(p.Addr, n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, c
}

// parkedNow asks async:list how many operations run, and for how many milliseconds the
// oldest has. Each that is listed must be one of the script.
func parkedNow(t *testing.T, p *siptest.Proxy) (count, longest int) {
	t.Helper()
	answer, err := p.Manage("async:list", "limit=50")
	if err != nil {
		t.Fatal(err)
	}
	var a struct {
		Count      int
		Operations []struct {
			Loop, Waited             int
			Operation, Route, Method string
			CallID                   string `json:"Call-ID"`
		}
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	for _, o := range a.Operations {
		if o.Method != "INVITE" || o.CallID == "" || o.Route == "" || o.Loop > 1 {
			t.Errorf("async:list shows %+v", o)
		}
		longest = max(longest, o.Waited)
	}
	return a.Count, longest
}

// statOf asks for one statistic.
func statOf(t *testing.T, p *siptest.Proxy, name string) int {
	t.Helper()
	answer, err := p.Manage("get_statistics", name)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.Number
	if err := json.Unmarshal([]byte(answer), &all); err != nil || len(all) != 1 {
		t.Fatalf("%s: %v: %s", name, err, answer)
	}
	for _, v := range all {
		n, err := strconv.Atoi(fmt.Sprint(v))
		if err != nil {
			t.Fatalf("%s: %s", name, answer)
		}
		return n
	}
	return 0
}

// awaitThat waits until ok.
func awaitThat(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !ok(); <-tick.C {
		if time.Since(began) > 2*patience {
			t.Fatalf("not within %v: %s", 2*patience, what)
		}
	}
}

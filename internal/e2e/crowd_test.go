package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/rawcalls"
	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/internal/relay"
	"github.com/fastsips/fastsips/internal/siptest"
)

// crowdScript parks each INVITE on Redis and says by its answer how that ended: 486 with
// a value, 480 without one at the deadline. The counters tell how often each happened.
const crowdScript = `
log_level=2
socket=udp:[proxy]
overload_wait=0
loadmodule "tm.so"
loadmodule "sipmsgops.so"
loadmodule "statistics.so"
loadmodule "mi_fifo.so"
modparam("mi_fifo", "fifo_name", "[dir]/mi")
modparam("mi_fifo", "reply_dir", "[dir]")
loadmodule "httpd.so"
modparam("httpd", "ip", "127.0.0.1")
modparam("httpd", "port", [http])
loadmodule "prometheus.so"
modparam("prometheus", "statistics", "async:")
loadmodule "cachedb_redis.so"
modparam("cachedb_redis", "cachedb_url", "redis:crowd://[redis]/")
modparam("cachedb_redis", "query_timeout", 150000)
modparam("statistics", "variable", "answered")
modparam("statistics", "variable", "silent")
modparam("statistics", "variable", "cancelled")
route {
	if (is_method("CANCEL")) {
		if (t_check_trans())
			t_relay();
		exit;
	}
	if (is_method("ACK"))
		exit;
	async(cache_fetch("redis:crowd", "crowd", $avp(v)), resumed, "[limit]");
}
route[resumed] {
	$var(rc) = $rc;
	if (t_was_cancelled()) {
		update_stat("cancelled", 1);
	} else if ($var(rc) > 0 && $avp(v) == "here") {
		update_stat("answered", 1);
		t_reply(486, "Busy Here");
	} else {
		update_stat("silent", 1);
		t_reply(480, "Temporarily Unavailable");
	}
}
`

// A crowd is many parked INVITEs, the proxy that holds them and the relay that keeps
// the answers of Redis back.
type crowd struct {
	*rawcalls.Crowd
	t     *testing.T
	p     *siptest.Proxy
	http  string // where prometheus answers
	relay *relay.Relay
	n     int
	rate  int
}

func gather(t *testing.T, limit string, args ...string) *crowd {
	n, rate := 3000, 2000
	if deep() {
		n, rate = 100_000, 5000
	}
	server := redistest.Start(t)
	server.Do("SET", "crowd", "here")
	r, err := relay.Start(relay.Config{Target: server.Addr(), Room: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	http := strconv.Itoa(siptest.FreePort(t))
	p := start(t, crowdScript, map[string]string{"redis": r.Addr(), "limit": limit, "http": http}, args...)
	c, err := rawcalls.NewCrowd(p.Addr, n+warm)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return &crowd{Crowd: c, t: t, p: p, http: "127.0.0.1:" + http, relay: r, n: n, rate: rate}
}

// ofRedis is what the operation, with its answer's place and what tables have in reserve at
// 100,000, takes beyond the budget of a suspended INVITE that waits for a timer: 105 bytes
// when this was measured. See TestSuspendedInviteIsSmall.
const ofRedis = 256

// warm is how many calls come before the crowd, so that connections stand, tables have
// been made, and Go's runtime has the threads that it wants for this load.
const warm = 3000

// runtimeThreads is how many threads Go's runtime may have added since: one for each P, at
// most, beside the loops' own.
const runtimeThreads = 4

// await waits until ok, and fails with how the crowd stands if that takes too long.
func (c *crowd) await(what string, patience time.Duration, ok func() bool) {
	c.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !ok(); <-tick.C {
		if time.Since(began) > patience {
			c.t.Fatalf("%s: not within %v: %v", what, patience, c)
		}
	}
}

func (c *crowd) stat(name string) int {
	c.t.Helper()
	answer, err := c.p.Manage("get_statistics", name)
	if err != nil {
		c.t.Fatal(err)
	}
	at := strings.LastIndexByte(strings.TrimRight(answer, "\n }"), ':')
	n, err := strconv.Atoi(strings.Trim(answer[at+1:], "\n \"}"))
	if err != nil {
		c.t.Fatalf("%s: %q", name, answer)
	}
	return n
}

// usage is what the process takes.
type usage struct {
	rss         int // bytes
	heap        int // bytes that the last collection found alive
	collections int
	threads     int
	parked      int
}

func (c *crowd) usage() (u usage) {
	c.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.p.PID()))
	if err != nil {
		c.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "\nThreads:")
	if _, err := fmt.Sscan(rest, &u.threads); err != nil {
		c.t.Fatal(err)
	}
	if u.rss, err = c.p.RSS(); err != nil {
		c.t.Fatal(err)
	}
	s, err := c.p.Statistics("statistics runtime ", patience) // behind lastOfAll
	if err != nil {
		c.t.Fatal(err)
	}
	u.heap, u.collections, u.parked = s["heap_live"], s["collections"], s["Parked"]
	return u
}

// collected is usage after a garbage collection that ends from here on: what was there
// before it began, and what has been made meanwhile, is in it. Long
// answers to questions are the garbage that it takes.
func (c *crowd) collected() (u usage) {
	c.t.Helper()
	from := c.usage().collections
	for range 1000 {
		if u = c.usage(); u.collections > from {
			return u
		}
		c.list(0, 2000)
		scrape(c.t, c.http)
	}
	c.t.Fatalf("no garbage collection in %d bytes", u.rss)
	return u
}

// list asks which operations are parked: how many of all, and so many of those that have
// waited for longer than ms. It returns how many were listed.
func (c *crowd) list(ms, limit int) (count, listed int) {
	c.t.Helper()
	answer, err := c.p.Manage("async:list", "older_than="+strconv.Itoa(ms), "limit="+strconv.Itoa(limit))
	if err != nil {
		c.t.Fatal(err)
	}
	var a struct {
		Count      int
		Operations []struct{ Operation, Route string }
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		c.t.Fatalf("%v: %.200q", err, answer)
	}
	return a.Count, len(a.Operations)
}

// hold has the relay keep the answers of Redis back, or let them go.
func (c *crowd) hold(kind relay.Kind) {
	c.t.Helper()
	if err := c.relay.SetFault(relay.Fault{Kind: kind}); err != nil {
		c.t.Fatal(err)
	}
}

// park lets all of the crowd come and wait. It returns what the proxy took before and
// takes now.
func (c *crowd) park() (before, after usage) {
	c.t.Helper()
	c.Invite(0, warm, c.rate)
	c.await("the first calls are answered", patience, func() bool { return c.Over() == warm })
	scrape(c.t, c.http)
	before = c.collected()
	c.hold(relay.Stall)
	began := time.Now()
	c.Invite(warm, warm+c.n, c.rate)
	repeated, due := 0, time.Now().Add(time.Second)
	c.await("all are parked", patience, func() bool {
		if time.Now().After(due) { // the kernel drops what finds no room with a proxy that does not get to run
			repeated += c.Repeat(warm, warm+c.n)
			due = due.Add(time.Second)
		}
		return c.Trying() == warm+c.n
	})
	took := time.Since(began)
	after = c.usage()
	if after.parked != c.n || c.Over() != warm {
		c.t.Fatalf("%d runs are parked, of %d; %v", after.parked, c.n, c)
	}
	c.t.Logf("%d INVITEs parked in %v, %.0f/s, %d sent again; %d threads before, %d now", c.n, took.Round(time.Millisecond),
		float64(c.n)/took.Seconds(), repeated, before.threads, after.threads)
	// Go's runtime may want another thread at any time: for a collection, or as one is in a
	// system call. What must not happen is that threads wait for runs.
	if after.threads > before.threads+runtimeThreads {
		c.t.Errorf("the proxy had %d threads with nothing parked, and has %d with %d", before.threads, after.threads, c.n)
	}
	return before, after
}

// weigh compares the heap with what it was before all were parked: "memory per parked
// call printed (≤ 4 KiB beyond the message)". A message is a receive slot of 2 KiB.
func (c *crowd) weigh(before, after usage) {
	c.t.Helper()
	heap := (c.collected().heap-before.heap)/c.n - slotBytes
	c.t.Logf("each takes %d B of the heap beyond the %d B of its message, and %d B of the process with it",
		heap, slotBytes, (after.rss-before.rss)/c.n)
	if deep() && heap > maxSuspended+ofRedis {
		c.t.Errorf("each takes %d B of the heap beyond its message, of which %d are allowed", heap, maxSuspended+ofRedis)
	}
}

// listed checks that async:list tells of all that are parked, and lists no more than asked
// for, the longest parked first, while no loop stalls.
func (c *crowd) listed() {
	c.t.Helper()
	stalls := c.stat("async:stalls")
	began := time.Now()
	if count, listed := c.list(0, 100); count != c.n || listed != 100 {
		c.t.Errorf("async:list counts %d and lists %d, want %d and 100", count, listed, c.n)
	}
	took := time.Since(began)
	if count, listed := c.list(3_600_000, 100); count != 0 || listed != 0 {
		c.t.Errorf("async:list counts %d older than an hour, and lists %d", count, listed)
	}
	if n := c.stat("async:stalls") - stalls; n != 0 && deep() {
		c.t.Errorf("%d stalls of a loop during async:list", n)
	}
	c.t.Logf("async:list took %v", took.Round(100*time.Microsecond))
}

// punctual looks at how late the proxy timed them out, from its histograms: "lateness
// beyond the loop's own lag: p99 ≤ 5 ms". The lag, by which a loop comes to its timers after they were due, is measured at the start of the pass; the rest for each operation from there to
// when its waiter was told, so nothing is subtracted afterwards.
func (c *crowd) punctual() {
	c.t.Helper()
	const late, beyond = "opensips_async_deadline_lateness_seconds", "opensips_async_deadline_lateness_beyond_lag_seconds"
	s := scrape(c.t, c.http)
	all, _ := s.quantile(c.t, late, "", 0.99)
	own, n := s.quantile(c.t, beyond, "", 0.99)
	c.t.Logf("timed out after the deadline: p99 %v; beyond the loop's lag: p99 %v", all, own)
	for i := range 2 {
		lag, _ := s.quantile(c.t, "opensips_loop_lag_seconds", fmt.Sprintf(`loop="%d"`, i), 0.99)
		c.t.Logf("lag of loop %d: p99 %v", i, lag)
	}
	if n != c.n {
		c.t.Errorf("%d operations were timed out, of %d", n, c.n)
	}
	if deep() && own > 5*time.Millisecond {
		c.t.Errorf("p99 of the lateness beyond the loop's lag is %v", own)
	}
}

// "100,000 INVITEs parked at once: the backend answers and all 100,000 resume once."
// A tenth of them is cancelled while they wait: "CANCEL of 10,000 of them answered at once".
func TestCrowdIsAnswered(t *testing.T) {
	c := gather(t, "140s", "-n", "2")
	before, after := c.park()
	c.listed()
	c.weigh(before, after)
	gone := c.n / 10
	c.Cancel(warm, warm+gone, c.rate)
	c.await("the cancelled are answered while the others wait", patience, func() bool { return c.Final(487) == gone && c.Cancelled() == gone })
	if c.Over() != warm+gone {
		t.Errorf("others were answered as well: %v", c)
	}
	c.hold(relay.None)
	c.await("all are answered", 4*patience, func() bool { return c.Over() == warm+c.n })
	if a := c.Final(486); a != warm+c.n-gone || c.Changed() != 0 {
		t.Errorf("%v; %d answers changed", c, c.Changed())
	}
	c.await("the cancelled runs have resumed", patience, func() bool { return c.stat("cancelled") == gone })
	if a, s := c.stat("answered"), c.stat("silent"); a != warm+c.n-gone || s != 0 {
		t.Errorf("%d runs went on with an answer and %d without, of %d", a, s, c.n-gone)
	}
	c.neverForeign(warm + c.n)
}

// "In another it stays silent and all 100,000 time out on the deadline (lateness beyond
// the loop's own lag: p99 ≤ 5 ms, from in-process counters)."
func TestCrowdTimesOut(t *testing.T) {
	limit := "8s"
	if deep() {
		limit = "40s"
	}
	c := gather(t, limit, "-n", "2")
	c.park()
	c.await("all are answered", 5*patience, func() bool { return c.Over() == warm+c.n })
	if c.Final(480) != c.n || c.Changed() != 0 {
		t.Errorf("%v; %d answers changed", c, c.Changed())
	}
	c.punctual()
	if s := c.stat("silent"); s != c.n {
		t.Errorf("%d runs went on without an answer, of %d", s, c.n)
	}
	c.neverForeign(warm + c.n)
}

// neverForeign checks that each run went on once, on the loop of its call.
func (c *crowd) neverForeign(resumes int) {
	c.t.Helper()
	s, err := c.p.Statistics(lastOfAll, patience)
	if err != nil {
		c.t.Fatal(err)
	}
	if s["Resumes"] != resumes || s["ForeignResumes"] != 0 || s["Parked"] != 0 {
		c.t.Errorf("%d resumes of %d, %d of them on a foreign loop; %d still parked", s["Resumes"], resumes, s["ForeignResumes"], s["Parked"])
	}
}

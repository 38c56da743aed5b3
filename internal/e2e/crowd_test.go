package e2e

import (
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
	p := start(t, crowdScript, map[string]string{"redis": r.Addr(), "limit": limit}, args...)
	c, err := rawcalls.NewCrowd(p.Addr, n+warm)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return &crowd{Crowd: c, t: t, p: p, relay: r, n: n, rate: rate}
}

// warm is how many calls come before the crowd, so that connections stand, tables have
// been made, and Go's runtime has the threads that it wants for this load.
const warm = 3000

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
	rss, heap int // bytes; of the heap, what the last collection found alive
	threads   int
	parked    int
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
	s, err := c.p.Statistics(lastOfAll, patience)
	if err != nil {
		c.t.Fatal(err)
	}
	u.heap, u.parked = s["heap_live"], s["Parked"]
	return u
}

// hold has the relay keep the answers of Redis back, or let them go.
func (c *crowd) hold(kind relay.Kind) {
	c.t.Helper()
	if err := c.relay.SetFault(relay.Fault{Kind: kind}); err != nil {
		c.t.Fatal(err)
	}
}

// park lets all of the crowd come and wait.
func (c *crowd) park() {
	c.t.Helper()
	c.Invite(0, warm, c.rate)
	c.await("the first calls are answered", patience, func() bool { return c.Over() == warm })
	c.hold(relay.Stall)
	before := c.usage()
	c.Invite(warm, warm+c.n, c.rate)
	c.await("all are parked", patience, func() bool { return c.Trying() == warm+c.n })
	after := c.usage()
	if after.parked != c.n || c.Over() != warm {
		c.t.Fatalf("%d runs are parked, of %d; %v", after.parked, c.n, c)
	}
	c.t.Logf("%d INVITEs parked: %d threads before, %d now; for each the heap has grown by %d B and the process by %d B, its message included",
		c.n, before.threads, after.threads, (after.heap-before.heap)/c.n, (after.rss-before.rss)/c.n)
	if after.threads != before.threads {
		c.t.Errorf("the proxy had %d threads with nothing parked, and has %d with %d", before.threads, after.threads, c.n)
	}
}

// "100,000 INVITEs parked at once: the backend answers and all 100,000 resume once."
// A tenth of them is cancelled while they wait: "CANCEL of 10,000 of them answered at once".
func TestCrowdIsAnswered(t *testing.T) {
	c := gather(t, "140s", "-n", "2")
	c.park()
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

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/dnstest"
	"github.com/fastsips/fastsips/internal/relay"
	"github.com/fastsips/fastsips/internal/siptest"
)

// A subject is a backend that faults befall: how the script asks it, through a relay.
type subject struct {
	name    string
	setup   string // modparams; RELAY is where the relay listens
	call    string // writes $avp(x)
	target  func(*faultWorld) string
	label   string // of its metrics; RELAY likewise
	late    []string
	refused []string // what the script gets of a backend that refuses, or is known to be down
	broken  []string // of an answer that breaks off or means nothing
	secure  bool     // TLS, with a client domain of its name
}

const sqlCall = `sql_query("SELECT repeat('x', 64)", "$avp(x)", %d)`

// plainSubjects are asked by every proxy of the matrix.
func plainSubjects() []*subject {
	minus := []string{"-1"}
	return []*subject{
		{name: "pg", late: minus, refused: minus, broken: minus, call: fmt.Sprintf(sqlCall, 0), label: "RELAY",
			setup:  `modparam("sqlops", "db_url", "postgres://fastsips@RELAY/postgres?sslmode=disable")`,
			target: func(w *faultWorld) string { return w.pg.Addr() }},
		{name: "mysql", late: minus, refused: minus, broken: minus, call: fmt.Sprintf(sqlCall, 1), label: "RELAY",
			setup:  `modparam("sqlops", "db_url", "1 mysql://fastsips:secret@RELAY/test")`,
			target: func(w *faultWorld) string { return w.my.Addr() }},
		{name: "http", late: []string{"-3"}, refused: minus, broken: []string{"-1", "-10"}, call: `rest_get("http://RELAY/", $avp(x))`, label: "http://RELAY",
			target: func(w *faultWorld) string { return w.web.addr }},
		{name: "redis", late: minus, refused: minus, broken: minus, call: `cache_fetch("redis:plain", "key", $avp(x))`, label: "redis:plain",
			setup:  `modparam("cachedb_redis", "cachedb_url", "redis:plain://RELAY/")`,
			target: func(w *faultWorld) string { return w.redis.Addr() }},
	}
}

func httpsSubject() *subject {
	return &subject{name: "https", late: []string{"-3", "-2"}, refused: []string{"-1"}, broken: []string{"-1", "-10"}, secure: true,
		call: `rest_init_client_tls("https"); rest_get("https://RELAY/", $avp(x))`, label: "https://RELAY",
		target: func(w *faultWorld) string { return w.webTLS.Listener.Addr().String() }}
}

// secureSubjects are those with TLS.
func secureSubjects() []*subject {
	minus := []string{"-1"}
	return []*subject{
		{name: "pg_tls", late: minus, refused: minus, broken: minus, call: fmt.Sprintf(sqlCall, 2), label: "RELAY", secure: true,
			setup:  `modparam("sqlops", "db_url", "2 postgres://fastsips@RELAY/postgres?tls_domain=pg_tls")`,
			target: func(w *faultWorld) string { return w.pgTLS.Addr() }},
		{name: "mysql_tls", late: minus, refused: minus, broken: minus, call: fmt.Sprintf(sqlCall, 3), label: "RELAY", secure: true,
			setup:  `modparam("sqlops", "db_url", "3 mysql://fastsips:secret@RELAY/test?tls_domain=mysql_tls")`,
			target: func(w *faultWorld) string { return w.my.Addr() }},
		httpsSubject(),
		{name: "redis_tls", late: minus, refused: minus, broken: minus, call: `cache_raw_query("redis:secure", "ECHO ` + theAnswer + `", "$avp(x)")`, label: "redis:secure", secure: true,
			setup:  `modparam("cachedb_redis", "cachedb_url", "redis:secure://RELAY/?tls_domain=redis_tls")`,
			target: func(w *faultWorld) string { return w.redisTLS.Addr() }},
	}
}

const faultHead = `
log_level=2
socket=udp:[proxy]
overload_wait=0
dns_servers="[dns]"
dns_retr_time=1
dns_retr_no=1
db_max_async_connections=4
loadmodule "tm.so"
loadmodule "cfgutils.so"
loadmodule "mi_fifo.so"
loadmodule "httpd.so"
loadmodule "prometheus.so"
loadmodule "tls_mgm.so"
loadmodule "db_postgres.so"
loadmodule "db_mysql.so"
loadmodule "sqlops.so"
loadmodule "rest_client.so"
loadmodule "cachedb_redis.so"
loadmodule "exec.so"
modparam("mi_fifo", "fifo_name", "[dir]/mi")
modparam("mi_fifo", "reply_dir", "[dir]")
modparam("httpd", "port", [http])
modparam("prometheus", "statistics", "async: core:")
modparam("db_postgres", "use_tls", 1)
modparam("db_mysql", "use_tls", 1)
modparam("cachedb_redis", "use_tls", 1)
modparam("cachedb_redis", "query_timeout", 500)
modparam("cachedb_redis", "connect_timeout", 500)
modparam("rest_client", "connection_timeout", "500ms")
`

// A faultRig is one proxy with its backends behind relays.
type faultRig struct {
	t        *testing.T
	world    *faultWorld
	proxy    *siptest.Proxy
	caller   *caller
	dns      *dnstest.Server
	subjects []*subject
	relays   map[string]*relay.Relay // by the subject's name
	metrics  string                  // address of httpd
	pems     string                  // what is trusted, a file for each client domain
}

// faultLimit is the deadline of each operation.
const faultLimit = "700ms"

func newFaultRig(t *testing.T, w *faultWorld, subjects []*subject) *faultRig {
	t.Helper()
	r := &faultRig{t: t, world: w, subjects: subjects, relays: map[string]*relay.Relay{}, dns: dnstest.Start(t, "")}
	var setup, cases strings.Builder
	r.pems = t.TempDir()
	for _, s := range subjects {
		r.startRelay(s)
		if s.secure {
			file := filepath.Join(r.pems, s.name+".pem")
			r.write(file, w.certificate(t, s))
			fmt.Fprintf(&setup, "modparam(\"tls_mgm\", \"client_domain\", %q)\nmodparam(\"tls_mgm\", \"ca_list\", \"[%s]%s\")\n", s.name, s.name, file)
		}
		addr := r.relays[s.name].Addr()
		_, port, _ := strings.Cut(addr, ":")
		at := strings.NewReplacer("RELAY", addr, "PORT", port)
		fmt.Fprintln(&setup, at.Replace(s.setup))
		s.label = at.Replace(s.label)
		call, before := at.Replace(s.call), ""
		if i := strings.Index(call, "; "); i >= 0 {
			before, call = call[:i+2], call[i+2:]
		}
		fmt.Fprintf(&cases, "	case %q: %sasync(%s, told, %q);\n", s.name, before, call, faultLimit)
	}
	port := siptest.FreePort(t)
	r.metrics = fmt.Sprintf("127.0.0.1:%d", port)
	r.proxy = start(t, faultHead+setup.String()+`
route {
	switch ($rU) {
`+cases.String()+`	case "sleep": async(usleep(1000), told);
	case "exec": async(exec("echo `+theAnswer+`", , $avp(x)), told, "`+faultLimit+`");
	case "exec_hung": async(exec("sleep 60 & sleep 60", , $avp(x)), told, "`+faultLimit+`");
	}
}
route[told] { t_reply(200, "$rc $(avp(x){s.len})"); }
`, map[string]string{"dns": r.dns.Addr().String(), "http": strconv.Itoa(port)}, "-n", "2")
	r.caller = newCaller(t, r.proxy.Addr)
	return r
}

func (r *faultRig) startRelay(s *subject) {
	r.t.Helper()
	way, err := relay.Start(relay.Config{Target: s.target(r.world)})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(way.Close)
	r.relays[s.name] = way
}

func (r *faultRig) write(file string, text []byte) {
	r.t.Helper()
	if err := os.WriteFile(file, text, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// ask has the script ask so many times at once.
func (r *faultRig) ask(name string, times int) (calls []*call) {
	for range times {
		calls = append(calls, r.caller.request("OPTIONS", name, "proxy.invalid"))
	}
	return calls
}

// outcome is what the script told of a call: its code, and the length of the answer.
func outcome(t *testing.T, k *call) (code, length string) {
	t.Helper()
	m := k.ended(patience)
	if m == nil {
		t.Fatalf("%s: no answer: the run hangs", k.user)
	}
	first, _, _ := strings.Cut(string(m.Raw), "\r\n")
	code, length, _ = strings.Cut(strings.TrimPrefix(first, "SIP/2.0 200 "), " ")
	return code, length
}

func outcomes(t *testing.T, calls []*call) (codes map[string]int) {
	t.Helper()
	codes, wrong := outcomesAndWrong(t, calls)
	for _, w := range wrong {
		t.Error(w)
	}
	return codes
}

// outcomesAndWrong also returns those whose answer does not fit their code.
func outcomesAndWrong(t *testing.T, calls []*call) (codes map[string]int, wrong []string) {
	t.Helper()
	codes = map[string]int{}
	for _, k := range calls {
		code, length := outcome(t, k)
		if good := length == "64" || k.user == "sleep"; (code == "1") != good && code != "-10" {
			wrong = append(wrong, fmt.Sprintf("%s: $rc %s with an answer of length %s", k.user, code, length))
		}
		codes[code]++
	}
	return codes, wrong
}

// healthy waits until both loops get answers of s, and take it for up.
func (r *faultRig) healthy(t *testing.T, s *subject) {
	t.Helper()
	var codes map[string]int
	for end := time.Now().Add(patience); time.Now().Before(end); {
		var wrong []string
		// A web server that was cut off in the middle of a request may say 400, which is an
		// answer to the script.
		if codes, wrong = outcomesAndWrong(t, r.ask(s.name, 16)); len(wrong) > 0 {
			t.Log("not yet: ", wrong)
			continue
		}
		if codes["1"] == 16 && r.sum(t, "async_breakers", s.label) == 0 {
			return
		}
	}
	t.Fatalf("%s is well, and not used again: %v, %v", s.name, codes, r.of(t, s))
}

func (r *faultRig) scrape(t *testing.T) samples { return scrape(t, r.metrics) }

// sum adds up the series of a name that have the text in their labels.
func (s samples) sum(name, label string) (n float64) {
	for series, v := range s {
		if strings.HasPrefix(series, "opensips_"+name+"{") && strings.Contains(series, label) {
			n += v
		}
	}
	return n
}

func (r *faultRig) sum(t *testing.T, name, label string) float64 {
	t.Helper()
	return r.scrape(t).sum(name, label)
}

// counts are what a backend has come to.
type counts struct {
	completed, failed, late, refused float64 // operations
	inFlight, queued, down, opened   float64
}

func (r *faultRig) of(t *testing.T, s *subject) counts {
	t.Helper()
	all := r.scrape(t)
	ended := func(outcome string) (n float64) {
		for series, v := range all {
			if strings.HasPrefix(series, "opensips_async_operations_total{") && strings.Contains(series, s.label) && strings.Contains(series, `outcome="`+outcome+`"`) &&
				!strings.Contains(series, `op="redis_slots"`) {
				n += v
			}
		}
		return n
	}
	return counts{ended("completed"), ended("failed"), ended("timed_out"), ended("unavailable") + ended("overloaded"),
		all.sum("async_operations_in_flight", s.label), all.sum("async_operations_queued", s.label),
		all.sum("async_breakers", s.label), all.sum("async_breaker_openings_total", s.label)}
}

func (c counts) ended() float64 { return c.completed + c.failed + c.late + c.refused }

// files counts the open files of the proxy.
func (r *faultRig) files() int {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.proxy.PID()))
	if err != nil {
		r.t.Fatal(err)
	}
	return len(list)
}

// A holding is what a proxy has of the system, and what waits in it.
type holding struct{ files, goroutines, parked int }

// holding returns it after the connections of all backends were made anew, for pools
// keep as many as were of use.
func (r *faultRig) holding(t *testing.T) holding {
	t.Helper()
	for _, s := range r.subjects {
		r.relays[s.name].Drop()
		r.healthy(t, s)
	}
	return r.look(t)
}

func (r *faultRig) look(t *testing.T) holding {
	t.Helper()
	s := statistics(t, r.proxy, "statistics runtime ")
	return holding{r.files(), s["goroutines"], s["Parked"]}
}

// slack is how many idle connections the pools for HTTP may have more than before: how many
// were of use at once is chance. A leak for each call that failed would be ten times that.
const slack = 12

// nothingLeaked waits until the proxy has no more than it had.
func (r *faultRig) nothingLeaked(t *testing.T, before holding) {
	t.Helper()
	now := r.holding(t)
	defer func() { t.Logf("before the faults %+v, now %+v", before, now) }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); now = r.look(t) {
		if now.files <= before.files+slack && now.goroutines <= before.goroutines+slack && now.parked == 0 {
			if n := r.sum(t, "async_operations_in_flight", ""); n != 0 {
				t.Errorf("%v operations are under way, and none is asked for", n)
			}
			return
		}
		<-tick.C
	}
	t.Errorf("before the faults %+v, now %+v", before, now)
}

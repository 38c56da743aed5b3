package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
)

// An operation is a row of the table: a call, and what it must bring. The call
// writes to $avp(out) and $avp(two).
type operation struct {
	name, call string
	rc         int
	out, two   string        // "<null>": untouched
	atLeast    time.Duration // it takes
	adds       string        // header value that the callee sees in addition
}

// operations are every kind of operation, successful and not.
func operations() []operation {
	const null = "<null>"
	return []operation{
		{name: "pg", call: `sql_query("SELECT 'from PostgreSQL', 42", "$avp(out);$avp(two)")`, rc: 1, out: "from PostgreSQL", two: "42"},
		{name: "pg_alias", call: `avp_db_query("SELECT 'old name', 43", "$avp(out);$avp(two)", 0)`, rc: 1, out: "old name", two: "43"},
		{name: "pg_none", call: `sql_query("SELECT 1 WHERE false", "$avp(out)")`, rc: -2, out: null, two: null},
		{name: "pg_error", call: `sql_query("SELECT nonsense", "$avp(out)")`, rc: -1, out: null, two: null},
		{name: "lite", call: `sql_query("SELECT 'from SQLite', 44", "$avp(out);$avp(two)", 1)`, rc: 1, out: "from SQLite", two: "44"},
		{name: "lite_none", call: `sql_query("SELECT 1 WHERE 1 = 2", "$avp(out)", 1)`, rc: -2, out: null, two: null},
		{name: "lite_error", call: `sql_query("SELECT nonsense", "$avp(out)", 1)`, rc: -1, out: null, two: null},
		{name: "rest", call: `rest_get("http://[web]/hello", $avp(out), , $avp(two))`, rc: 1, out: "from HTTP", two: "203"},
		{name: "rest_refused", call: `rest_get("http://[nobody]/", $avp(out), , $avp(two))`, rc: -1, out: null, two: "0"},
		{name: "exec", call: `exec("echo to stdout; echo to stderr >&2", , $avp(out), $avp(two))`, rc: 1, out: "to stdout", two: "to stderr"},
		{name: "exec_fails", call: `exec("echo anyway; exit 3", , $avp(out))`, rc: -1, out: "anyway", two: null},
		{name: "sleep", call: `sleep(1)`, rc: 1, out: null, two: null, atLeast: time.Second},
		{name: "usleep", call: `usleep(30000)`, rc: 1, out: null, two: null, atLeast: 30 * time.Millisecond},
		{name: "now", call: `append_hf("X-Now: added\r\n")`, rc: 1, out: null, two: null, adds: ", added"},
		{name: "now_false", call: `is_method("BYE")`, rc: -1, out: null, two: null},
	}
}

// A form is a column: how the call is written. BEHIND is what stands behind it,
// TELL what tells the outcome, both in a plain statement's form.
type form struct {
	name, text    string
	goesOn, apart bool // behind the call; with a report apart from the call's route
}

func forms() []form {
	return []form{
		{name: "block", text: `async(done) { CALL; } xlog("BEHIND CELL\n");`},
		{name: "comma", text: `async(CALL, done); xlog("BEHIND CELL\n");`},
		{name: "statement", text: `CALL; $var(rc) = $rc; xlog("BEHIND CELL\n"); route(tell, $var(rc)); t_relay();`, goesOn: true},
		{name: "condition", goesOn: true, text: `
			if (CALL) { $var(rc) = $rc; $var(truth) = "true"; } else { $var(rc) = $rc; $var(truth) = "false"; }
			xlog("BEHIND CELL $var(truth)\n"); route(tell, $var(rc)); t_relay();`},
		{name: "launch", goesOn: true, apart: true, text: `
			launch(CALL, report, "CELL of $rU"); $var(rc) = $rc; xlog("BEHIND CELL rc=$var(rc) out=$avp(out)\n"); t_relay();`},
	}
}

// tableScript has a route for each cell, named ROW_COLUMN, called by its name
// from the main route: the frames of both are there when the operation begins.
func tableScript() string {
	var b strings.Builder
	b.WriteString(`
log_level=3
socket=udp:[proxy]
overload_wait=0
loadmodule "tm.so"
loadmodule "sipmsgops.so"
loadmodule "cfgutils.so"
loadmodule "db_postgres.so"
loadmodule "db_sqlite.so"
loadmodule "sqlops.so"
loadmodule "rest_client.so"
loadmodule "exec.so"
modparam("sqlops", "db_url", "[pg]")
modparam("sqlops", "db_url", "1 sqlite://:memory:")

route {
	if (!is_method("INVITE")) { t_relay(); exit; }
	$avp(cell) = $rU;
	$avp(kept) = "avp of " + $rU;
	$var(kept) = "var of " + $rU;
	append_hf("X-Kept: header of $rU\r\n");
	$ru = "sip:moved-" + $rU + "@elsewhere.invalid";
	$du = "sip:[callee]";
	route($avp(cell));
	xlog("BACK $avp(cell)\n");
}
route[done] {
	route(tell, $rc);
	t_relay();
}
route[tell] {
	xlog("TELL $avp(cell) rc=$param(1) out=$avp(out) two=$avp(two) kept=$var(kept), $avp(kept), $ru, $du\n");
}
route[report] {
	xlog("REPORT $param(1) rc=$rc out=$avp(out) two=$avp(two) method=$rm\n");
}
`)
	for _, op := range operations() {
		for _, f := range forms() {
			cell := op.name + "_" + f.name
			text := strings.NewReplacer("CALL", op.call, "CELL", cell).Replace(f.text)
			fmt.Fprintf(&b, "route[%s] { %s }\n", cell, text)
		}
	}
	return b.String()
}

// The table {operation} × {way to call it}. In every cell the operation runs and
// its outputs are in the variables; $rc, $var, $avp, the R-URI, $du and the added
// header are what they should be. The statement behind async never runs, the one
// behind a plain call runs after the operation, the one behind launch at once.
func testTable(t *testing.T, pg string) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNonAuthoritativeInfo)
		fmt.Fprint(w, "from HTTP")
	}))
	defer web.Close()
	callee := newCallee(t)
	p := start(t, tableScript(), map[string]string{
		"pg": pg, "callee": callee, "web": web.Listener.Addr().String(), "nobody": closedPort(t),
	}, "-n", "4")
	c := newCaller(t, p.Addr)
	type cell struct {
		op   operation
		form form
		*call
	}
	var cells []cell
	for _, op := range operations() {
		for _, f := range forms() {
			cells = append(cells, cell{op, f, c.invite(op.name + "_" + f.name)})
		}
	}
	for _, k := range cells {
		checkCell(t, p, k.op, k.form, k.call, callee)
	}
	for _, what := range []string{"BEHIND", "BACK"} { // nothing went on twice or late
		for _, k := range cells {
			want := 0
			if k.form.goesOn {
				want = 1
			}
			if n := countLines(p, what+" "+k.user); n != want {
				t.Errorf("%s: %d lines %s, want %d", k.user, n, what, want)
			}
		}
	}
	checkLoops(t, p)
}

func checkCell(t *testing.T, p *siptest.Proxy, op operation, f form, k *call, callee string) {
	t.Helper()
	m := k.ended(patience)
	if m == nil || m.Status() != 200 {
		t.Errorf("%s: answered with %v", k.user, m)
		return
	}
	checkHeader(t, k, m, "X-Uri", "sip:moved-"+k.user+"@elsewhere.invalid")
	checkHeader(t, k, m, "X-Saw", "header of "+k.user+op.adds)
	outs := fmt.Sprintf("rc=%d out=%s two=%s", op.rc, op.out, op.two)
	if f.apart {
		awaitLog(t, p, fmt.Sprintf("REPORT %s of moved-%s %s method=DUMMY", k.user, k.user, outs))
		awaitLog(t, p, fmt.Sprintf("BEHIND %s rc=1 out=<null>", k.user))
		return
	}
	awaitLog(t, p, fmt.Sprintf("TELL %s %s kept=var of %s, avp of %s, sip:moved-%s@elsewhere.invalid, sip:%s",
		k.user, outs, k.user, k.user, k.user, callee))
	if f.name == "condition" {
		awaitLog(t, p, fmt.Sprintf("BEHIND %s %t", k.user, op.rc > 0))
	}
	if k.took() < op.atLeast {
		t.Errorf("%s: took %v, want at least %v", k.user, k.took(), op.atLeast)
	}
}

func checkHeader(t *testing.T, k *call, m *siptest.Message, name, want string) {
	t.Helper()
	if got := strings.Join(m.Header(name), ", "); got != want {
		t.Errorf("%s: the callee saw %s %q, want %q", k.user, name, got, want)
	}
}

// countLines counts the lines of the log that an xlog began with text, followed by a
// blank or the end. A warning shows lines of the script, which have no level before it.
func countLines(p *siptest.Proxy, text string) (n int) {
	for _, l := range p.Log() {
		if strings.Contains(l+" ", ":"+text+" ") {
			n++
		}
	}
	return n
}

// closedPort returns a TCP address that refuses connections.
func closedPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

package scenario

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

const benchScript = `
log_level=3
socket=udp:[proxy]
socket=tcp:[proxy]
loadmodule "proto_tcp.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "db_sqlite.so"
loadmodule "sqlops.so"
loadmodule "exec.so"
modparam("sqlops", "db_url", "sqlite:///nowhere/x.db")
route {
	$var(n) = $rU;
	if (sql_query("SELECT a FROM t WHERE n = '$rU'", "$avp(a);$avp(b)")) {
		xlog("found $avp(a)\n");
	} else {
		xlog("not found: $rc\n");
	}
	if ($rU == "null") exec($avp(nothing));
	if ($rU == "relayed") { t_on_failure("f"); $ru = "sip:bob@[bob]"; t_relay(); exit; }
	sl_send_reply(200, "OK");
}
failure_route[f] { $var(n) = "failed"; }
`

// playBench plays steps against benchScript and returns the failure.
func playBench(steps string) string {
	w := NewTestWorld("")
	err := w.Play("x.txtar", &txtar.Archive{Comment: []byte("start x\n" + steps), Files: []txtar.File{{Name: "x", Data: []byte(benchScript)}}})
	if err != nil {
		return err.Error()
	}
	return ""
}

// What a mock answers, and what it may be asked for.
func TestMocks(t *testing.T) {
	for about, steps := range map[string]string{
		"variables are written, numbers as such": `mock sql_query set "$avp(a)=5" set "$avp(a)=x" set "$avp(b)='7'"
			send alice OPTIONS sip:u@h
			want alice 200
			var "$(avp(a)[*]) $avp(b)" "x, 5 7"
			var "$avp(b)" 7 at found
			log "found x"`,
		"the newest that matches counts": `mock sql_query fail
			mock sql_query with "n = 'u'" return 1
			mock sql_query with "n = 'v'" return -2
			send alice OPTIONS sip:u@h
			want alice 200
			log "found"
			send alice OPTIONS sip:v@h
			want alice 200
			log "not found: -2"
			send alice OPTIONS sip:w@h
			want alice 200
			log "not found: -1"`,
		"times": `mock sql_query return -2
			mock sql_query times 1
			send alice OPTIONS sip:u@h
			log "found <null>"
			want alice 200
			send alice OPTIONS sip:u@h
			log "not found: -2"
			want alice 200`,
		"after": `mock sql_query after 1500ms
			send alice OPTIONS sip:u@h
			due alice 1500ms 200`,
		"never is ended by the time limit of operations": `mock sql_query never return -2
			send alice OPTIONS sip:u@h
			want alice 100
			within 29s
			none alice 25s
			want alice 200
			log "not found: -2"`,
		"a function is not called with NULL": `mock sql_query
			mock exec return 1
			send alice OPTIONS sip:null@h
			want alice 200
			log "exec at"`,
		"the routes of runs": `mock sql_query
			send alice OPTIONS sip:relayed@h
			want bob OPTIONS
			reply bob 404
			want alice 404
			var "$var(n)" failed in failure_route[f]
			var "$var(n)" relayed in route
			var "$var(n)" failed`,
		"an agent has the address that it is given": `at carol 192.0.2.7:5070
			mock sql_query
			send carol OPTIONS sip:u@h
			want carol 200
			have carol Via ~ received=192.0.2.7`,
	} {
		if got := playBench(steps); got != "" {
			t.Errorf("%s: %s", about, got)
		}
	}
}

// Each of these is wrong, and says what.
func TestFailingMocks(t *testing.T) {
	const ask = "\nsend alice OPTIONS sip:u@h\nwant alice 200\n"
	for _, c := range []struct{ steps, want string }{
		{ask, `:4: want alice 200: x:14: no mock answers sql_query(SELECT a FROM t WHERE n = 'u', $avp(a);$avp(b))`},
		{"mock sql_qury", "the script's modules have no function sql_qury"},
		{"mock sql_query return", "return needs a value"},
		{"mock sql_query return x", "invalid syntax"},
		{"mock sql_query maybe yes", `unknown word "maybe"`},
		{`mock sql_query set "$avp(a)"`, "is not $VARIABLE=VALUE"},
		{`mock sql_query set "$nothing=1"`, "unknown variable $nothing"},
		{`mock sql_query set "$si=1"` + ask, "mock sql_query cannot write $si"},
		{"mock sql_query" + ask + `var "$var(n)" v`, `$var(n) is "u", want "v"`},
		{"mock sql_query" + ask + `var "$var(n)" u at nowhere`, `no xlog with "nowhere" has run`},
		{"mock sql_query" + ask + `var "$var(n)" u in failure_route[f]`, "no run of failure_route[f] has ended"},
		{`var "$var(n)" u`, "no run has ended"},
		{`var "$var(n)" u near x`, "unknown word"},
		{`var "$nothing" u`, "unknown variable $nothing"},
		{"may alice 200\nat alice 192.0.2.1:5060", "must say where it is"},
		{"tcp alice", "TCP needs real sockets"},
	} {
		if got := playBench(c.steps); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.steps, got, c.want)
		}
	}
}

// A startup route runs before the proxy stands; it may wait for a mock, too.
func TestMockAtStartup(t *testing.T) {
	const script = "socket=udp:[proxy]\nloadmodule \"sl.so\"\nloadmodule \"exec.so\"\nlog_level=3\n" +
		"startup_route { $var(r) = 0; exec(\"ls\", , $var(x)); xlog(\"began with $var(x)\\n\"); }\nroute { sl_send_reply(200, \"OK\"); }\n"
	w := NewTestWorld("")
	err := w.Play("x.txtar", &txtar.Archive{
		Comment: []byte("mock exec set \"$var(x)=7\" after 1s\nstart x\nlog \"began with 7\"\nsend alice OPTIONS sip:h\nwant alice 200\nvar \"$var(x)\" 7 in startup_route\n"),
		Files:   []txtar.File{{Name: "x", Data: []byte(script)}}})
	if err != nil {
		t.Error(err, strings.Join(w.Bench.Trace(), "\n"))
	}
}

// A file has several tests, each with a proxy of its own; what stands before them
// belongs to all; a script from the disk has no keywords.
func TestSuite(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"x.cfg": "socket=udp:127.0.0.1:5060\nloadmodule \"sl.so\"\nroute { route(alice); }\nroute[alice] { sl_send_reply(404, \"$rU\"); }\n",
		"x.txtar": "start x.cfg\nsend alice OPTIONS sip:a@h\n\ntest one\nwant alice 404\n" +
			"test two\nwant alice 200\ntest three\nwant alice 4xx\nhave alice reason a\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	s := Suite{Out: &out}
	played, failed, err := s.File(filepath.Join(dir, "x.txtar"))
	if played != 3 || failed != 1 || err != nil || !strings.Contains(out.String(), "--- FAIL: two\n    x.txtar:7: want alice 200: alice got SIP/2.0 404 a (OPTIONS), want 200\n") {
		t.Errorf("%d played, %d failed, %v\n%s", played, failed, err, out.String())
	}
	s.Run = regexp.MustCompile("^t")
	if played, failed, _ = s.File(filepath.Join(dir, "x.txtar")); played != 2 || failed != 1 {
		t.Errorf("%d played, %d failed", played, failed)
	}
}

package syntax

import (
	"errors"
	"strings"
	"testing"
)

func noFiles(string) ([]byte, error) { return nil, errors.New("no such file") }

// render gives the messages of d as the operator sees them.
func render(t *testing.T, d *Diags) string {
	t.Helper()
	var b strings.Builder
	if err := d.Render(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// parse reads text, which must be right.
func parse(t *testing.T, text string) *Config {
	t.Helper()
	var d Diags
	cfg := Parse("test.cfg", []byte(text), noFiles, &d)
	if len(d.List) > 0 {
		t.Fatalf("in\n%s\n%s", text, render(t, &d))
	}
	return cfg
}

// wantStmts parses the statements of a route and shows their meaning.
func wantStmts(t *testing.T, text, want string) {
	t.Helper()
	body := parse(t, "route {\n"+text+"\n}").Routes[0].Body
	if got := strings.TrimSpace(each(body.Stmts)); got != want {
		t.Errorf("%s\n got %s\nwant %s", text, got, want)
	}
}

// Each form of semantics.md §2.1 and the two forms of async.
func TestStatements(t *testing.T) {
	wantStmts(t, `t_relay();`, `(t_relay)`)
	wantStmts(t, `sl_send_reply(404, "Not here");`, `(sl_send_reply 404 "Not here")`)
	wantStmts(t, `f(-1, , $var(x));`, `(f -1 _ $(var(x)))`)
	wantStmts(t, `f(,,"x");`, `(f _ _ "x")`)
	wantStmts(t, `f("a" "b"  "c");`, `(f "abc")`)
	wantStmts(t, `if (t_relay()) exit;`, `(if (t_relay) exit)`)
	wantStmts(t, `if ($a) if ($b) exit; else drop;`, `(if $(a) (if $(b) exit drop))`)
	wantStmts(t, `if ($a) { exit; } else if ($b) { drop(); } else { return; }`,
		`(if $(a) (block exit) (if $(b) (block drop) (block (return))))`)
	// OpenSIPS's documentation of rest_get() writes $var(rc) = rest_get(...);
	wantStmts(t, `$var(rc) = f("x", $b);`, `(block (f "x" $(b)) (= $(var(rc)) $(rc)))`)
	wantStmts(t, `if ($a) $var(x) := route(r, 1); else exit;`, `(if $(a) (block (route r 1) (:= $(var(x)) $(rc))) exit)`)
	wantStmts(t, `if ($a) ; ;`, `(if $(a) (block)) (block)`)
	wantStmts(t, `while ($var(i) < 3) { $var(i) += 1; break; }`,
		`(while (< $(var(i)) 3) (block (+= $(var(i)) 1) break))`)
	wantStmts(t, `for ($var(x) in $(avp(l)[*])) xlog("$var(x)\n");`,
		`(for $(var(x)) $(avp(l)[*]) (xlog "$(var(x))\n"))`)
	wantStmts(t, `switch ($retcode) { case 1: case -2: f(); break; case "ab" "c": exit; default: drop; }`,
		`(switch $(retcode) (case 1) (case -2 (f) break) (case "abc" exit) (default drop))`)
	wantStmts(t, `return; return 1; return -1; return $x; return(1, "a", $b); exit(); drop;`,
		`(return) (return 1) (return -1) (return $(x)) (return 1 "a" $(b)) exit drop`)
	wantStmts(t, `assert($a == 1, "one"); assert(f());`, `(assert (== $(a) 1) "one") (assert (f))`)
	wantStmts(t, `route(x); route(2); route("a b"); route($var(n)); route("r_$rU", 1, "s", NULL, $ru);`,
		`(route x) (route 2) (route "a b") (route $(var(n))) (route "r_$(rU)" 1 "s" NULL $(ru))`)
	wantStmts(t, `$var(x) = NULL; $avp(l) := "a$rU"; $du = $ru; $rp |= 3;`,
		`(= $(var(x)) NULL) (:= $(avp(l)) "a$(rU)") (= $(du) $(ru)) (|= $(rp) 3)`)
	wantStmts(t, `async(sql_query("select 1", "$avp(r)"), resume); async(f(), "a b", 3); async(f(), r, "250ms");`,
		`(async -> resume (sql_query "select 1" "$(avp(r))")) (async -> a b within 3 (f)) (async -> r within "250ms" (f))`)
	wantStmts(t, `async(resume) { f(1); g(); } async(r2, 5) { f(); };`,
		`(async-block -> resume (f 1) (g)) (async-block -> r2 within 5 (f)) (block)`)
	wantStmts(t, `async_all { f(1); g(); } (resume); async_all { f(); } ("a b", "250ms"); async_all { f(); } (r, 5);`,
		`(async-all -> resume (f 1) (g)) (async-all -> a b within "250ms" (f)) (async-all -> r within 5 (f))`)
	wantStmts(t, `launch(f()); launch(f(1), report); launch(f(), report, "$ci");`,
		`(launch (f)) (launch (f 1) -> report) (launch (f) -> report "$(ci)")`)
	wantStmts(t, `launch(f(), report, "x", 2); launch(f(), report, , "250ms"); launch(f(), , , 3);`,
		`(launch (f) -> report "x" within 2) (launch (f) -> report within "250ms") (launch (f) within 3)`)
	wantStmts(t, `{ f(); { g(); } }`, `(block (f) (block (g)))`)
}

// semantics.md §2.4: and/or share one level from the left, arithmetic shares
// one, bitwise operators bind weaker; ! takes the whole comparison after it.
func TestPrecedence(t *testing.T) {
	for _, c := range []struct{ cond, want string }{
		{`$a || $b && $c`, `(&& (|| $(a) $(b)) $(c))`},
		{`$a or $b and $c`, `(&& (|| $(a) $(b)) $(c))`},
		{`$a && ($b || $c)`, `(&& $(a) (|| $(b) $(c)))`},
		{`!$a == 1`, `(! (== $(a) 1))`},
		{`not f() && g()`, `(&& (! (f)) (g))`},
		{`!!f()`, `(! (! (f)))`},
		{`$a != NULL && $b == null`, `(&& (!= $(a) NULL) (== $(b) NULL))`},
		{`$si == 10.0.0.0/8`, `(== $(si) 10.0.0.0/8)`},
		{`$si == 10.0.0.0/255.0.0.0`, `(== $(si) 10.0.0.0/255.0.0.0)`},
		{`$si != 2001:db8::/32 || $si == ::1`, `(|| (!= $(si) 2001:db8::/32) (== $(si) ::1))`},
		{`$ru =~ "^sip:[0-9]+@" && $ru !~ 'x$'`, `(&& (=~ $(ru) "^sip:[0-9]+@") (!~ $(ru) "x$"))`},
		{`[$var(x) & 4] && [1 + $a == 2]`, `(&& [(& $(var(x)) 4)] [(+ 1 (== $(a) 2))])`}, // §9a
		{`$rc<-1`, `(< $(rc) -1)`},
		{`[ $rU ] && [$rU]`, `(&& [$(rU)] [$(rU)])`},
		{`yes`, `1`},
	} {
		wantStmts(t, "if ("+c.cond+") exit;", "(if "+c.want+" exit)")
	}
	for _, c := range []struct{ value, want string }{
		{`1 + 2 * 3`, `(* (+ 1 2) 3)`},
		{`1 + (2 * 3)`, `(+ 1 (* 2 3))`},
		{`$a & 1 + 2`, `(& $(a) (+ 1 2))`},
		{`1 << 2 | 3`, `(| (<< 1 2) 3)`},
		{`~$a + 1`, `(+ (~ $(a)) 1)`},
		{`-1 - -2`, `(- -1 -2)`},
		{`"a" + $b`, `(+ "a" $(b))`},
		{`$a + $b == 1`, `(+ $(a) (== $(b) 1))`},
		{`0x1F % 010`, `(% 31 8)`},
		{`0xffffffff`, `-1`},
	} {
		wantStmts(t, "$var(v) = "+c.value+";", "(= $(var(v)) "+c.want+")")
	}
}

func TestVariables(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`$ru`, `$(ru)`},
		{`$T_fr_timeout`, `$(T_fr_timeout)`},
		{`$msg.branch.flag(x)`, `$(msg.branch.flag(x))`},
		{`$hdr(P-Asserted-Identity)`, `$(hdr(P-Asserted-Identity))`},
		{`$(hdr(Via)[-1])`, `$(hdr(Via)[-1])`},
		{`$(avp(x)[*])`, `$(avp(x)[*])`},
		{`$(avp(x)[append])`, `$(avp(x)[append])`},
		{`$(avp(x)[$var(i)])`, `$(avp(x)[$(var(i))])`},
		{`$(ct[0])`, `$(ct[0])`},
		{`$avp($var(n))`, `$(avp($(var(n))))`},
		{`$json(a/$var(k)/b[0])`, `$(json(a/$(var(k))/b[0]))`},
		{`$x(a(b)c)`, `$(x(a(b)c))`},
		{`$(ru{uri.host})`, `$(ru{uri.host})`},
		{`$( ru {uri.host} {s.len} )`, `$(ru{uri.host}{s.len})`},
		{`$(rU{s.substr, 0 ,$var(n)})`, `$(rU{s.substr|0|$(var(n))})`},
		{`$(var(x){s.select,0,,})`, `$(var(x){s.select|0|,})`},
		{`$(var(x){s.select,0, })`, `$(var(x){s.select|0| })`},
		{`$(ru{re.subst,/^sip:(.{2,3}),/\1/g})`, `$(ru{re.subst|/^sip:(.{2,3}),/\1/g})`},
		{`$(var(x){s.fill.left,0,$(var(n){s.int})})`, `$(var(x){s.fill.left|0|$(var(n){s.int})})`},
		{`$(<request>ru{uri.user})`, `$(<request>ru{uri.user})`},
		{`$(<reply>hdr(Contact)[1])`, `$(<reply>hdr(Contact)[1])`},
		{`$time(%Y-%m-%d)`, `$(time(%Y-%m-%d))`},
	} {
		wantStmts(t, "f("+c.text+");", "(f "+c.want+")")
		wantStmts(t, "$var(x) = "+c.text+";", "(= $(var(x)) "+c.want+")")
	}
}

// In strings a variable ends where its name does; $$ and a $ that begins no
// name are dollars.
func TestFormatStrings(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`"$rU@$rd"`, `$(rU)@$(rd)`},
		{`"call to $ru."`, `call to $(ru).`},
		{`"$$5 and $5"`, `$5 and $5`},
		{`"^a$"`, `^a$`},
		{`"$(ru{s.len}) $avp(x)[0]"`, `$(ru{s.len}) $(avp(x))[0]`},
		{`"$(avp(x){s.select,0,;}) \"q\""`, `$(avp(x){s.select|0|;}) "q"`},
		{`"\x41\102\t\\\.\d"`, "AB\t\\\\.\\d"},
		{`'\n$ru'`, `\n$(ru)`},
		{"\"a\\\nb\"", `ab`},
		{"\"a\nb\"", "a\nb"},
		{`""`, ``},
	} {
		cfg := parse(t, "route { f("+c.text+"); }")
		lit := cfg.Routes[0].Body.Stmts[0].(*ExprStmt).X.(*Call).Args[0].(*StrLit)
		if got := dumpParts(lit.Parts); got != c.want {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
		if len(lit.Faults) > 0 {
			t.Errorf("%s: faults %v", c.text, lit.Faults)
		}
	}
}

// What is wrong in a format string is kept with the literal: a string that is
// no format may contain anything.
func TestFormatFaults(t *testing.T) {
	cfg := parse(t, "modparam(\"m\", \"p\", \"pa$(ss{word\")\nroute { f(\"$(\\t ru{s.len\"); }")
	if p := cfg.Params[0].Value.(*StrLit); len(p.Faults) != 1 || p.Value != "pa$(ss{word" {
		t.Errorf("modparam: %q, faults %v", p.Value, p.Faults)
	}
	lit := cfg.Routes[0].Body.Stmts[0].(*ExprStmt).X.(*Call).Args[0].(*StrLit)
	if len(lit.Faults) != 1 || lit.Faults[0].Col != 19 || lit.Faults[0].Line != 2 {
		t.Errorf("faults %+v, want one at 2:19, the brace", lit.Faults)
	}
}

func TestRoutes(t *testing.T) {
	cfg := parse(t, `
route { }
route[relay] { }
route["to the sea"] { }
route[my-route.2] { }
route[3] { }
failure_route[f] { }
onreply_route { }
onreply_route[r] { }
branch_route[b] { }
error_route { }
local_route { }
startup_route { }
timer_route[tick, 60] { }
event_route[E_DISPATCHER_STATUS] { }
event_route[E_CORE, sync] { }
`)
	var got []string
	for _, r := range cfg.Routes {
		got = append(got, r.Kind.String()+"/"+r.Name)
	}
	want := "route/ route/relay route/to the sea route/my-route.2 route/3 failure_route/f onreply_route/ onreply_route/r " +
		"branch_route/b error_route/ local_route/ startup_route/ timer_route/tick event_route/E_DISPATCHER_STATUS event_route/E_CORE"
	if strings.Join(got, " ") != want {
		t.Errorf("got %s", strings.Join(got, " "))
	}
	if cfg.Routes[12].Interval != 60 {
		t.Errorf("interval = %d", cfg.Routes[12].Interval)
	}
	if r := cfg.Routes[1]; r.Line != 3 || r.Col != 1 || r.NameSpan.Col != 7 || r.NameSpan.Len != 5 || r.End.Col != 16 {
		t.Errorf("route[relay]: at %d:%d, name at %d+%d, end at %d", r.Line, r.Col, r.NameSpan.Col, r.NameSpan.Len, r.End.Col)
	}
	// The main route's number is a name for it, too.
	if r := parse(t, "route[0] { }").Routes[0]; r.Name != "" {
		t.Errorf("route[0] is called %q", r.Name)
	}
}

func TestGlobals(t *testing.T) {
	cfg := parse(t, `# comment
log_level=-1
stderror_enabled = yes; syslog_enabled=no
log_prefix = "fs" "ips"
advertised_address=192.0.2.1
alias = udp:sip.example.com:5060
poll_method=epoll
mem-group = "x"
auto_scaling_profile = P {
	scale up to 6 on 70% for 4 cycles within 5
}
udp_workers = 4 use_auto_scaling_profile P
/* a /* nested */ comment */ mpath="/usr/lib/"
dst_blacklist = gw:{ ( tcp , 192.168.2.100 , 5060 , "" ) }
`)
	var got []string
	for _, g := range cfg.Globals {
		got = append(got, g.Name+"="+strings.Join(strings.Fields(dump(g.Value)), " "))
	}
	want := []string{
		`log_level=-1`, `stderror_enabled=yes`, `syslog_enabled=no`, `log_prefix="fsips"`, `advertised_address=192.0.2.1`,
		`alias=udp:sip.example.com:5060`, `poll_method=epoll`, `mem-group="x"`,
		`auto_scaling_profile=P { scale up to 6 on 70% for 4 cycles within 5 }`,
		`udp_workers=4 use_auto_scaling_profile P`, `mpath="/usr/lib/"`, `dst_blacklist=gw:{ ( tcp , 192.168.2.100 , 5060 , "" ) }`,
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestSockets(t *testing.T) {
	cfg := parse(t, `
socket=udp:127.0.0.1:5060
socket = tcp:*:5060 # all
socket=tls:[2001:db8::1]:5061 as sip.example.com:5061 use_workers 4 tag main anycast
listen=udp:eth0
socket=[::1]:5060
socket=192.0.2.1
`)
	for i, want := range []Socket{
		{Proto: "udp", Host: "127.0.0.1", Port: 5060},
		{Proto: "tcp", Host: "*", Port: 5060},
		{Proto: "tls", Host: "2001:db8::1", Port: 5061, AsHost: "sip.example.com", AsPort: 5061,
			Options: map[string]string{"use_workers": "4", "tag": "main", "anycast": "yes"}},
		{Proto: "udp", Host: "eth0"},
		{Host: "::1", Port: 5060},
		{Host: "192.0.2.1"},
	} {
		got := *cfg.Globals[i].Socket
		if got.Proto != want.Proto || got.Host != want.Host || got.Port != want.Port || got.AsHost != want.AsHost || got.AsPort != want.AsPort {
			t.Errorf("%d: got %+v", i, got)
		}
		for k, v := range want.Options {
			if got.Options[k] != v {
				t.Errorf("%d: option %s = %q, want %q", i, k, got.Options[k], v)
			}
		}
	}
}

func TestModules(t *testing.T) {
	cfg := parse(t, `
loadmodule "tm.so"
loadmodule "/usr/lib/opensips/modules/rr.so";
modparam("tm|rr", "fr_timeout", 5)
modparam('rr', "x", "a"
	"b");
modparam("rr", "y", -3)
modparam("rr", "z", true)
`)
	if a, b := cfg.Loads[0], cfg.Loads[1]; a.Name != "tm" || b.Name != "rr" || b.Path != "/usr/lib/opensips/modules/rr.so" {
		t.Errorf("loads %+v %+v", a, b)
	}
	if p := cfg.Params[0]; p.Modules != "tm|rr" || p.Name != "fr_timeout" || dump(p.Value) != "5" || p.NameSpan.Col != 19 || p.Value.At().Col != 33 {
		t.Errorf("modparam %+v at %d and %d", p, p.NameSpan.Col, p.Value.At().Col)
	}
	if dump(cfg.Params[1].Value) != `"ab"` || dump(cfg.Params[2].Value) != "-3" || dump(cfg.Params[3].Value) != "1" {
		t.Errorf("values %s %s %s", dump(cfg.Params[1].Value), dump(cfg.Params[2].Value), dump(cfg.Params[3].Value))
	}
}

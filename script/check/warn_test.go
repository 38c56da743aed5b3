package check

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// more adds what the warnings know by name.
func more(r *script.Registry) {
	yes2 := func(*script.Ctx, int32, []byte) script.Ret { return 1 }
	for _, name := range []string{"send_reply", "sl_send_reply", "t_reply"} {
		r.AddFuncs(script.Func2(name, "", script.All, script.Int("code", ""), script.Str("reason", ""), yes2))
	}
	for _, name := range []string{"t_relay", "forward", "sl_reply_error", "record_route", "loose_route", "has_totag"} {
		r.AddFuncs(script.Func0(name, "", script.All, func(*script.Ctx) script.Ret { return 1 }))
	}
	r.AddFuncs(
		script.Func1("lookup", "", script.All, script.Str("domain", ""), func(*script.Ctx, []byte) script.Ret { return 1 }),
		script.Func1("is_method", "", script.All, script.Str("methods", ""), func(*script.Ctx, []byte) script.Ret { return 1 }),
		script.Func2("sql_query", "", script.All, script.Str("query", ""), script.Opt(script.OutList("columns", "")),
			func(*script.Ctx, []byte, []script.VarRef) script.Ret { return 1 }).MayWait(),
		script.Func1("usleep", "", script.All, script.Int("us", ""), func(*script.Ctx, int32) script.Ret { return 1 }).MayWait(),
	)
}

// What is sent after a reply, on a way without a condition, is sent in vain.
func TestSentTwice(t *testing.T) {
	in(t, `send_reply(404, "a"); t_relay();`, `warning 2:23: t_relay is reached after the reply in line 2 (is an exit missing after that?)`)
	in(t, `send_reply(404, "a"); sl_send_reply(500, "b");`,
		`warning 2:23: sl_send_reply is the second reply on this way, the first is in line 2 (is an exit missing after that?)`)
	in(t, `if (!is_method("INVITE")) { send_reply(405, "a"); } $var(x) = 1; if ($rc > 0) $var(x) = 2; if (!t_relay()) sl_reply_error();`,
		`warning 2:97: t_relay is reached after the reply in line 2 (is an exit missing after that?)`)
	in(t, `if ($rc > 0) { if ($rc > 1) t_reply(486, "a"); } else sl_reply_error(); { forward(); }`,
		`warning 2:75: forward is reached after the reply in line 2 (is an exit missing after that?)`)
	for _, fine := range []string{
		`send_reply(404, "a"); exit; t_relay;`,
		`send_reply(404, "a"); exit;`,
		`t_reply(180, "a"); t_relay();`,
		`t_reply($rc, "a"); t_relay();`,
		`if (!t_relay()) send_reply(500, "a"); exit;`,
		`if (!t_relay()) { sl_reply_error(); } exit;`,
		`if (is_method("A")) { send_reply(404, "a"); } else t_relay();`,
		`if (is_method("A")) send_reply(404, "a"); if (!is_method("A")) t_relay();`,
		`if (is_method("A")) { send_reply(404, "a"); return(-1); } t_relay();`,
		`if (!loose_route()) { send_reply(404, "a"); if (is_method("A")) exit; t_relay(); }`,
		`switch ($rc) { case 1: send_reply(404, "a"); break; case 2: send_reply(500, "b"); }`,
		`send_reply(404, "a"); route(out); t_relay();`,
		`while ($rc > 0) { send_reply(404, "a"); } t_relay();`,
	} {
		in2(t, fine)
	}
}

// in2 is in for what must not be warned about; a route[out] is there.
func in2(t *testing.T, stmt string) {
	t.Helper()
	var d syntax.Diags
	cfg := syntax.Parse("t.cfg", []byte("route {\nroute(out);\n"+stmt+"\n}\nroute[out] { f(); }"), nil, &d)
	Check(cfg, registry(), &d)
	for _, g := range d.List {
		if g.Severity == syntax.Warning && g.Msg != "this is never reached, because of the exit before it" {
			t.Errorf("%s: %d:%d: %s", stmt, g.Line, g.Col, g.Msg)
		}
	}
}

// The value of what decides where a request goes is looked at before it goes.
func TestIgnoredResults(t *testing.T) {
	in(t, `lookup("location"); t_relay();`,
		`warning 2:1: nothing looks at the result of lookup before t_relay in line 2 (write if (!lookup(...)) { ... exit; }, or look at $rc)`)
	in(t, `sql_query("x", "$avp(uri)"); record_route(); $ru = "sip:x"; if (!t_relay()) exit;`,
		`warning 2:1: nothing looks at the result of sql_query before t_relay in line 2 (write if (!sql_query(...)) { ... exit; }, or look at $rc)`)
	for _, fine := range []string{
		`if (!lookup("location")) exit; t_relay();`,
		`lookup("location"); if ($rc < 0) exit; t_relay();`,
		`lookup("location"); switch ($retcode) { case 1: t_relay(); }`,
		`sql_query("x", "$avp(uri)"); if ($avp(uri) == NULL) exit; t_relay();`,
		`sql_query("x", "$avp(uri)"); $ru = $avp(uri); t_relay();`,
		`lookup("location"); route(out); t_relay();`,
		`lookup("location"); exit;`,
		`loose_route(); t_relay();`,
	} {
		if fine == `lookup("location"); switch ($retcode) { case 1: t_relay(); }` {
			continue // $retcode is not declared here
		}
		in2(t, fine)
	}
}

// async and launch of what never waits, and loops that do nothing but wait.
func TestNeedlessWaits(t *testing.T) {
	want(t, "route { async(f(), a); }\nroute[a] { launch(f()); }",
		`warning 1:15: f never waits: the route goes on at once (call it without async, and then route(a))`,
		`warning 2:19: f never waits: launch makes no difference (call it without launch)`)
	want(t, "route { async(usleep(1), a); }\nroute[a] { launch(sql_query(\"x\")); async(a) { f(); usleep(2); } }")
	in(t, `while ($avp(x) == NULL) { usleep(100); }`,
		`warning 2:1: this loop only sleeps and looks again (let async() wait for what it looks for, with a timeout, and go on in the route that it resumes in)`)
	in(t, `while ($avp(x) == NULL) { sql_query("x", "$avp(x)"); usleep(100); }`,
		`warning 2:1: this loop only sleeps and looks again (let async() wait for what it looks for, with a timeout, and go on in the route that it resumes in)`)
	in2(t, `while ($rc > 0) { if (f()) exit; usleep(1); }`)
	in2(t, `while ($rc > 0) { sql_query("x", "$avp(x)"); }`)
	in2(t, `while ($rc > 0) { usleep(1); f(); }`)
}

// A $var that is read and never set is misspelt, most likely.
func TestNeverSet(t *testing.T) {
	in(t, `$var(user) = "a"; xlog("$var(usr) $var(usr)");`, `warning 2:25: $var(usr) is never set (did you mean $var(user)?)`)
	in(t, `if ($var(abc) > 1) f();`, `warning 2:5: $var(abc) is never set`)
	in(t, `$var(n) += 1;`)
	in2(t, `for ($var(x) in $(avp(y)[*])) xlog("$var(x)"); f_out($var(y)); xlog("$var(y)"); f_list("$var(z);$var(w)"); xlog("$(var(z){s.len})$var(w)");`)
	in2(t, `$var($ru) = 1; xlog("$var(abc)");`)
	in2(t, `xlog("$avp(abc)");`)
	want(t, "modparam(\"m\", \"x\", \"$var(abc)\")\nroute { xlog(\"$var(abc)\"); }")
}

// No warning where configurations do what OpenSIPS's own and its users' do.
func TestNoWarnings(t *testing.T) {
	files, err := filepath.Glob("testdata/idiomatic/*.cfg")
	if err != nil || len(files) < 3 {
		t.Fatal("no configurations: ", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d syntax.Diags
		cfg := syntax.Parse(file, text, nil, &d)
		c := &checker{cfg: cfg, r: registry(), d: &d, routes: map[routeKey]*syntax.Route{}, used: map[routeKey]bool{}, refused: map[*syntax.Call]bool{}}
		c.collect()
		if d.Errors() > 0 {
			t.Fatal(file, d.List)
		}
		for _, r := range cfg.Routes {
			c.repliesOf(r)
			c.waitsOf(r)
			c.ignoredResults(r)
		}
		c.neverSet()
		for _, g := range d.List {
			t.Errorf("%s:%d:%d: %s", file, g.Line, g.Col, g.Msg)
		}
	}
}

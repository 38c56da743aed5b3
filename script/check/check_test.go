package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

func null(*script.Ctx, *script.Arg) script.Value         { return script.Null }
func accept(*script.Ctx, *script.Arg, script.Value) bool { return true }

// registry declares one function of each sort of parameter, f_<kind>, and what
// the language has by itself.
func registry() *script.Registry {
	r := script.NewRegistry()
	r.Modules["tm"] = true
	r.AddFuncs(
		script.Func0("f", "", script.All, func(*script.Ctx) script.Ret { return 1 }).Alias("old_f"),
		script.Func1("f_int", "", script.All, script.Int("n", ""), func(*script.Ctx, int32) script.Ret { return 1 }),
		script.Func1("f_str", "", script.All, script.Str("s", ""), func(*script.Ctx, []byte) script.Ret { return 1 }),
		script.Func1("f_static", "", script.All, script.Static("s", ""), func(*script.Ctx, string) script.Ret { return 1 }),
		script.Func1("f_flag", "", script.All, script.Flag(&r.MsgFlags, "flag", ""), func(*script.Ctx, uint32) script.Ret { return 1 }),
		script.Func0("append_branch_old", "", script.All, func(*script.Ctx) script.Ret { return 1 }),
		script.Func1("f_var", "", script.All, script.VarIn("v", ""), func(*script.Ctx, script.VarRef) script.Ret { return 1 }),
		script.Func1("f_out", "", script.All, script.Out("v", ""), func(*script.Ctx, script.VarRef) script.Ret { return 1 }),
		script.Func1("f_list", "", script.All, script.OutList("v", ""), func(*script.Ctx, []script.VarRef) script.Ret { return 1 }),
		script.Func1("f_re", "", script.All, script.Regex("re", ""), func(*script.Ctx, *script.Regexp) script.Ret { return 1 }),
		script.Func1("f_route", "", script.All, script.Route(syntax.FailureRoute, "route", ""), func(*script.Ctx, script.RouteRef) script.Ret { return 1 }),
		script.Func3("f_opt", "", script.All, script.Int("a", ""), script.OptInt("b", "", 1), script.Opt(script.Str("c", "")),
			func(*script.Ctx, int32, int32, []byte) script.Ret { return 1 }),
		script.Func0("f_request", "", script.R, func(*script.Ctx) script.Ret { return 1 }).MayWait(),
		script.Func0("f_reply", "", script.O|script.F, func(*script.Ctx) script.Ret { return 1 }).MayWait(),
		needy(script.Func0("f_needy", "", script.All, func(*script.Ctx) script.Ret { return 1 })),
	)
	r.AddVars(
		&script.Var{Name: "ru", Get: null, Set: accept},
		&script.Var{Name: "ci", Get: null, Aliases: []string{"callid"}},
		&script.Var{Name: "socket_in", Inner: script.OptionalInner, Get: null},
		&script.Var{Name: "hdr", Inner: script.NeedsInner, Indexed: true, Get: null},
		&script.Var{Name: "picky", Inner: script.OptionalInner, Get: null, Bind: func(inner string) (any, error) {
			if inner != "good" {
				return nil, errors.New("not good")
			}
			return nil, nil
		}},
	)
	more(r)
	r.Known = map[string]string{"ds_select_dst": "dispatcher", "$dlg_val": "dialog", "{x.y": "extra", "trace": "tracer"}
	return r
}

func needy(f *script.Func) *script.Func {
	f.Needs = func(r *script.Registry) string {
		if !r.Modules["db"] {
			return "no database module is loaded"
		}
		return ""
	}
	return f
}

// want checks text and compares all messages, as "line:col: message (hint)";
// anything but an error begins with its severity.
func want(t *testing.T, text string, lines ...string) {
	t.Helper()
	var d syntax.Diags
	cfg := syntax.Parse("t.cfg", []byte(text), nil, &d)
	r := registry()
	Check(cfg, r, &d)
	d.Sort()
	var got []string
	for _, g := range d.List {
		line := fmt.Sprintf("%d:%d: %s", g.Line, g.Col, g.Msg)
		if g.Severity != syntax.Error {
			line = g.Severity.String() + " " + line
		}
		if g.Hint != "" {
			line += " (" + g.Hint + ")"
		}
		got = append(got, line)
	}
	if !slices.Equal(got, lines) {
		t.Errorf("%s\n got %s\nwant %s", text, strings.Join(got, "\n     "), strings.Join(lines, "\n     "))
	}
	if d.Errors() == 0 && script.Compile(cfg, r, &d) == nil {
		t.Errorf("%s: passes the check but does not compile: %+v", text, d.List)
	}
}

// in checks one statement of the main route; columns count from its first byte.
func in(t *testing.T, stmt string, lines ...string) {
	t.Helper()
	want(t, "route {\n"+stmt+"\n}", lines...)
}

func TestFunctionNames(t *testing.T) {
	in(t, `f(); if (!f() && f()) f();`)
	in(t, `f_itn(1);`, `2:1: unknown function f_itn (did you mean f_int?)`)
	in(t, `ds_select_dst(1, $nope);`, `2:1: unknown function ds_select_dst (loadmodule "dispatcher.so" is missing)`,
		`2:18: unknown variable $nope`)
	in(t, `old_f();`, `note 2:1: old_f is an old name (it is f now)`)
	in(t, `f_needy();`, `2:1: f_needy cannot be used: no database module is loaded`)
}

func TestArgumentCount(t *testing.T) {
	in(t, `f(1);`, `2:1: f takes no arguments, not 1 (usage: f())`)
	in(t, `f_int();`, `2:1: f_int takes 1 argument, not 0 (usage: f_int(n))`)
	in(t, `f_opt(1); f_opt(1, 2); f_opt(1,,"c");`)
	in(t, `f_opt(); f_opt(1,2,"c",4);`, `2:1: f_opt takes 1 to 3 arguments, not 0 (usage: f_opt(a, [b], [c]))`,
		`2:10: f_opt takes 1 to 3 arguments, not 4 (usage: f_opt(a, [b], [c]))`)
	in(t, `f_opt(,2);`, `2:1: f_opt: argument a is missing (usage: f_opt(a, [b], [c]))`)
}

// log() prints its text as it is.
func TestTextOfLog(t *testing.T) {
	in(t, `log("a $rU $nosuch $var(unset) $(x"); log(-1, "b $rU $nosuch"); log("L_WARN", "c $var(unset) {x");`)
	in(t, `log(1, $ru); log(1, 5);`, `2:8: log: argument text: must be a constant string`, `2:21: log: argument text: 5 is a number, not a string (write "5")`)
	in(t, `xlog("a $var(unset)");`, `warning 2:9: $var(unset) is never set`)
}

// semantics.md §1.7 and §1.8.
func TestArgumentKinds(t *testing.T) {
	in(t, `f_int(1); f_int(-1); f_int($rc); f_int($(ru{s.len}));`)
	in(t, `f_int("abc");`, `2:7: f_int: argument n: "abc" is not a number`)
	in(t, `f_int(NULL);`, `2:7: f_int: argument n: NULL cannot be passed`)
	in(t, `f_str("a$ru"); f_str($ru);`)
	in(t, `f_str(5);`, `2:7: f_str: argument s: 5 is a number, not a string (write "5")`)
	in(t, `f_static(10.0.0.1);`, `2:10: f_static: argument s: an address needs quotes here (write "10.0.0.1")`)
	in(t, `f_str("a$(ru{s.len" );`, `2:13: { of the transformation is not closed`)
	in(t, `f_static("a"); f_static("a$$");`)
	in(t, `f_static("a$ru"); f_static($ru);`, `2:10: f_static: argument s: must be a constant string, without variables`,
		`2:28: f_static: argument s: must be a constant string`)
	in(t, `f_var($ru); f_var("ru");`, `2:19: f_var: argument v: "ru" is not a variable`)
	in(t, `f_out($ru); f_out($ci); f_out("ci"); f_out(1);`, `2:19: $ci is read-only`,
		`2:31: f_out: argument v: "ci" is not a variable`, `2:44: f_out: argument v: 1 is a number, not a variable (write "1")`)
	in(t, `f_list("$avp(a);$avp(b)"); f_list($var(x)); f_list("$avp(a); $ci; b");`, `2:52: f_list: argument v: "; b" is not a variable (write "$avp(a);$avp(b)")`,
		`2:62: $ci is read-only`)
	in(t, `f_re("^a$"); f_re($ru);`)
	in(t, `f_re(1);`, `2:6: f_re: argument re: 1 is a number, not a regular expression (write "1")`)
}

func TestVariables(t *testing.T) {
	in(t, `$var(x) = $ru; $avp(y) := "$ci"; $(avp(y)[append]) = 1; $ru = NULL;`)
	in(t, `$var(x) = $cii;`, `2:11: unknown variable $cii (did you mean $ci?)`)
	in(t, `$var(x) = $dlg_val(a);`, `2:11: unknown variable $dlg_val (loadmodule "dialog.so" is missing)`)
	in(t, `xlog("at $ru.example");`, `2:10: unknown variable $ru.example (if .example is text, write $(ru).example)`)
	in(t, `xlog("$var($(nope)) $(ci[$nope2]) $(ru{s.substr,$nope3,0})");`, `2:12: unknown variable $nope`, `2:26: unknown variable $nope2`,
		`2:26: $ci has no index`, `2:49: unknown variable $nope3`)
	in(t, `$var(x) = $callid;`) // an equal name
	in(t, `$ci = 1;`, `2:1: $ci is read-only`)
	in(t, `$(ru{uri.host}) = 1;`, `2:6: a transformation cannot be assigned to`)
	in(t, `$var(x) = $ru(a);`, `2:15: $ru takes no name in parentheses (if it is text, write $(ru)(...))`)
	in(t, `$var(x) = $hdr;`, `2:11: $hdr needs a name in parentheses (write $hdr(name))`)
	in(t, `$var(x) = $(ru[1]);`, `2:16: $ru has no index`)
	in(t, `$var(x) = $(avp(x)[append]);`, `2:20: the index append is for assignments`)
	in(t, `$var(x) = $picky(good); $var(x) = $picky(bad); $var(x) = $picky($ru);`, `2:42: $picky: not good`)
	in(t, `$var(x) += NULL;`, `2:12: NULL can only be assigned with = and :=`)
	in(t, `$var(x) = 1 + NULL;`, `2:15: NULL cannot be part of an expression`)
	in(t, `$var(x) = 10.0.0.1;`, `2:11: an address needs quotes here (write "10.0.0.1")`)
}

func TestTransformations(t *testing.T) {
	in(t, `$var(x) = $(ru{s.substr,0,2}{s.len});`)
	in(t, `$var(x) = $(ru{s.lenn});`, `2:16: unknown transformation {s.lenn} (did you mean {s.len}?)`)
	in(t, `$var(x) = $(ru{x.y});`, `2:16: unknown transformation {x.y} (loadmodule "extra.so" is missing)`)
	in(t, `$var(x) = $(ru{s.len,1});`, `2:16: {s.len} takes no arguments, not 1`)
	in(t, `$var(x) = $(ru{uri.param});`, `2:16: {uri.param} takes 1 argument, not 0`)
}

// semantics.md §2.4.
func TestComparisons(t *testing.T) {
	in(t, `if ($ru == "x" && $rc > 0 && $ru =~ "^a" && $ru != NULL && $ru == 10.0.0.0/8 && $ru < $ci && [$rc & 1]) f();`)
	in(t, `if (1 == $rc) f();`, `2:5: the left side of a comparison must be a variable (put the variable first)`)
	in(t, `if (f() == 1) f();`, `2:5: the left side of a comparison must be a variable (call it alone, then compare $rc)`)
	in(t, `if ($rc == f()) f();`, `2:12: the right side of a comparison must be a variable or a constant (call it alone, then compare $rc)`)
	in(t, `if ($rc < NULL) f();`, `2:11: only == and != can be used with NULL and addresses, not <`)
	in(t, `if ($ru =~ 10.0.0.1) f();`, `2:12: only == and != can be used with NULL and addresses, not =~`)
	in(t, `if ($ru =~ 10) f();`, `2:12: =~ needs a regular expression (write it in quotes)`)
	in(t, `if ("x") f();`, `2:5: a constant is no condition (compare it with a variable)`)
	in(t, `if ([1 + 2 == $rc]) f();`, `2:10: the left side of a comparison must be a variable (put the variable first)`)
	// What a string is compared with is taken as it is, variables and all.
	in(t, `if ($ru == "$nope") f();`)
}

func TestRoutes(t *testing.T) {
	want(t, "route { route(a); f_route(\"b\"); launch(usleep(1), a); async(usleep(1), a); }\nroute[a] { }\nfailure_route[b] { }")
	in(t, `route(a);`, `2:7: there is no route[a]`)
	in(t, `route("");`, `2:7: there is no route[]`)
	want(t, "route { route(relya); }\nroute[relay] { }", `1:15: there is no route[relya] (did you mean relay?)`)
	want(t, "route { route(b); f_route(\"a\"); }\nroute[a] { }\nfailure_route[b] { }",
		`1:15: there is no route[b] (there is failure_route[b], of another type)`,
		`1:27: there is no failure_route[a] (there is route[a], of another type)`)
	in(t, `async_all { f(); } (r1);`, `2:21: there is no route[r1]`)
	in(t, `async(f(), r1); launch(f(), r2);`, `2:12: there is no route[r1]`, `2:29: there is no route[r2]`)
	in(t, `route($ru); route("x$ru", $nope, "$nope2");`, `2:27: unknown variable $nope`, `2:35: unknown variable $nope2`)
	want(t, "route { }\nroute { }\nroute[a] { }\nroute[a] { }\nfailure_route[a] { }", `2:1: route is defined twice (the first is at t.cfg:1)`,
		`4:7: route[a] is defined twice (the first is at t.cfg:3)`)
}

// semantics.md §1.5: what is called in route[x] must be allowed in request
// routes; a typed route and all it can reach must suit its type; async and launch
// are exempt.
func TestPermissions(t *testing.T) {
	want(t, "route { f_reply(); }", `1:9: f_reply cannot be called in route (it is allowed in failure_route, onreply_route)`)
	want(t, "onreply_route { f_reply(); f_request(); }", `1:28: f_request cannot be called in onreply_route (it is allowed in route)`)
	want(t, "onreply_route { route(a); }\nroute[a] { f_reply(); }", `2:12: f_reply cannot be called in route[a] (it is allowed in failure_route, onreply_route)`)
	want(t, "route { f_route(\"x\"); route(b); }\nfailure_route[x] { route(a); }\nroute[a] { route(b); }\nroute[b] { route(a); if (!f_request()) exit; }",
		`4:27: f_request cannot be called in failure_route[x], which calls route[b] (it is allowed in route)`)
	want(t, "timer_route[x, 1] { async(f_request(), a); async_all { f_request(); } (a); }\nroute[a] { launch(f_reply()); }", `warning 1:44: this is never reached, because of the async before it`)
}

func TestStatements(t *testing.T) {
	in(t, `for ($var(x) in $(avp(y)[*])) f();`)
	in(t, `for ($ci in $avp(y)) f_int("x");`, `2:6: $ci is read-only`, `2:13: the collection of for needs the index [*] (write $(avp(name)[*]))`,
		`2:28: f_int: argument n: "x" is not a number`)
	in(t, `switch ($rc) { case 1: f(); break; case "1": f(); default: f(); }`)
	in(t, `switch ($nope) { case 1: case "Ab": f(); break; case 1: case "aB": $nope2 = 1; }`, `2:9: unknown variable $nope`,
		`warning 2:54: this label was used above: the first one is taken`, `warning 2:62: this label was used above: the first one is taken`,
		`2:68: unknown variable $nope2`)
	in(t, `return("a");`, `2:8: the code of return must be a number or a variable (further values may be strings: return(1, "text"))`)
	in(t, `return(1, "a$nope", $nope2);`, `2:13: unknown variable $nope`, `2:21: unknown variable $nope2`)
	in(t, `return(1,,2);`, `2:1: return has an empty value`)
	in(t, `launch(f(), , , "x"); async_all { f_int("x"); } (r, "y");`, `2:17: "x" is not a timeout (write seconds, or a string such as "250ms")`,
		`2:41: f_int: argument n: "x" is not a number`, `2:50: there is no route[r]`, `2:53: "y" is not a timeout (write seconds, or a string such as "250ms")`)
	want(t, "route { async(f(), a, \"x\"); }\nroute[a] { async(a, \"250ms\") { f(); f_int(\"x\"); } }",
		`1:23: "x" is not a timeout (write seconds, or a string such as "250ms")`, `2:43: f_int: argument n: "x" is not a number`)
	in(t, `while ($nope) assert($nope2 == 1, "$nope3");`, `2:8: unknown variable $nope`, `2:22: unknown variable $nope2`)
}

func TestUnreachable(t *testing.T) {
	in(t, `if ($rc > 0) { exit; } else { f(); } f();`)
	in(t, `exit; f(); f();`, `warning 2:7: this is never reached, because of the exit before it`)
	in(t, `if ($rc > 0) { drop; } else return(1); f();`, `warning 2:40: this is never reached, because of the return before it`)
	in(t, `while ($rc > 0) { break; f(); }`, `warning 2:26: this is never reached, because of the break before it`)
	in(t, `switch ($rc) { case 1: exit; break; case 2: return; f(); }`, `warning 2:53: this is never reached, because of the return before it`)
	want(t, "route { async(usleep(1), a); f(); }\nroute[a] { }", `warning 1:30: this is never reached, because of the async before it`)
	// §9a: the next statement runs if a variable argument is NULL.
	want(t, "route { async(usleep($rc), a); f(); }\nroute[a] { }")
	want(t, "route { async_all { usleep($rc); } (a); f(); }\nroute[a] { }", `warning 1:41: this is never reached, because of the async_all before it`)
	in(t, `exit; f_int("x");`, `2:13: f_int: argument n: "x" is not a number`) // no warnings along with errors
}

func TestUnusedRoutes(t *testing.T) {
	want(t, "route { }\nroute[a] { }\nfailure_route[b] { }\nonreply_route { }\ntimer_route[t, 1] { }\nevent_route[E_X] { }\nstartup_route { }",
		`warning 2:7: route[a] is never used`, `warning 3:15: failure_route[b] is never used`)
	want(t, "route { route(\"x$ru\"); f_route($ru); }\nroute[a] { }\nfailure_route[b] { }")
	want(t, "modparam(\"m\", \"route\", \"a\")\nroute { }\nroute[a] { }")
}

func TestNamesUnknown(t *testing.T) {
	for text, want := range map[string]bool{
		`f(); $var(x) = $(ru{s.len});`: false,
		`if (g()) f();`:                true,
		`f_str("$nope");`:              true,
		`$var(x) = $(ru{s.none});`:     true,
	} {
		var d syntax.Diags
		if got := NamesUnknown(syntax.Parse("t.cfg", []byte("route { "+text+" }"), nil, &d), registry()); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

// TestRefusals: what is wrong is reported where it stands, and there is no
// program.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{`nonsense();`, "1:9 unknown function nonsense"},
		{`v("5");`, "1:11 v: n must be an integer or a variable, not a string (write 5 without the quotes)"},
		{`say(5);`, "1:13 say: text must be a string, not a number (put it in quotes)"},
		{`v(1, 2);`, "1:9 v: it takes at most 1 arguments, not 2"},
		{`v();`, "1:11 v: missing argument: n"},
		{`put("x", "y");`, "1:18 put: to must be a variable that can be written"},
		{`put("x", $rc);`, "1:18 $rc cannot be written"},
		{`fetch("x", "$avp(a)-$avp(b)");`, `1:20 fetch: to must be a list of variables such as "$avp(a);$avp(b)"`},
		{`arm("none");`, "1:13 arm: there is no failure_route[none]"},
		{`matches("a", "(");`, "1:22 matches: re must be a regular expression: error parsing regexp: missing closing ): `(`"},
		{`if ($var(x) =~ "(") exit;`, "1:24 error parsing regexp: missing closing ): `(`"},
		{`$ru = 1;`, "1:9 unknown variable $ru"},
		{`$var(x) = $nothing;`, "1:19 unknown variable $nothing"},
		{`$rc = 1;`, "1:9 $rc cannot be written"},
		{`say("$(var(x){s.none})");`, "1:23 unknown transformation {s.none}"},
		{`say("$(var(x){s.substr})");`, "1:23 {s.substr} takes 1 to 2 arguments, not 0"},
		{`say("$(rc[1])");`, "1:19 $rc takes no index"},
		{`say("$(rc(x))");`, "1:14 $rc takes no name in parentheses"},
		{`say("$var");`, "1:14 $var needs a name: $var(name)"},
		{`say("$return(x)");`, "1:14 $return(x): it takes a number"},
		{`route(none);`, "1:15 there is no route[none]"},
		{`async(v(1), none);`, "1:21 there is no route[none]"},
		{`launch(v(1), none);`, "1:22 there is no route[none]"},
		{`xlog("L_LOUD", "x");`, "1:14 xlog: unknown log level L_LOUD (use L_ALERT, L_CRIT, L_ERR, L_WARN, L_NOTICE, L_INFO or L_DBG)"},
		{`if ($var(x) > 10.0.0.0/8) exit;`, "1:23 an address can only be compared with == and !="},
		{`for ($rc in $(avp(x)[*])) exit;`, "1:14 $rc cannot be written"},
		{`exit; } route[a] { } route[a] { exit;`, "1:30 route[a] is defined twice"},
	} {
		prog, d := newBed(t).tryCompile("route { " + c.script + " }")
		if prog != nil {
			t.Errorf("%s: compiled", c.script)
		}
		if got := first(d); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.script, got, c.want)
		}
	}
}

func first(d *syntax.Diags) string {
	for _, m := range d.List {
		if m.Severity != syntax.Error {
			continue
		}
		s := fmt.Sprintf("%d:%d %s", m.Line, m.Col, m.Msg)
		if m.Hint != "" {
			s += " (" + m.Hint + ")"
		}
		return s
	}
	return ""
}

// A tree that the parser gave up on, or that no parser made, is refused.
func TestBrokenTrees(t *testing.T) {
	for _, s := range []syntax.Stmt{
		&syntax.If{}, &syntax.While{}, &syntax.ForEach{}, &syntax.Switch{}, &syntax.Assign{}, &syntax.ExprStmt{}, &syntax.Async{}, &syntax.Launch{}, &syntax.Break{},
		&syntax.Return{Values: []syntax.Expr{nil}}, &syntax.ExprStmt{X: &syntax.RouteCall{}}, &syntax.ExprStmt{X: &syntax.Call{}},
		&syntax.If{Cond: &syntax.Binary{Op: "=="}}, &syntax.If{Cond: &syntax.Unary{Op: "!"}}, &syntax.If{Cond: &syntax.Bracket{}},
		&syntax.Assign{Var: &syntax.Var{Name: "var"}, Op: "?", Value: &syntax.Binary{Op: "**"}},
		&syntax.Switch{Operand: &syntax.Var{Name: "rc"}, Cases: []*syntax.Case{nil, {Label: &syntax.Null{}}}},
	} {
		d := new(syntax.Diags)
		cfg := &syntax.Config{Routes: []*syntax.Route{{Body: &syntax.Block{Stmts: []syntax.Stmt{nil, s}}}}}
		if Compile(cfg, NewRegistry(), d) != nil || d.Errors() == 0 {
			t.Errorf("%T %+v was compiled", s, s)
		}
	}
	d := new(syntax.Diags)
	if Compile(&syntax.Config{Routes: []*syntax.Route{{Kind: 77}}}, NewRegistry(), d) != nil {
		t.Error("a route of no kind was compiled")
	}
}

func TestDump(t *testing.T) {
	h := newBed(t)
	prog := h.compile(`route {
		if (!v(1) && $rc == 2) { async(w(1), r, 2); } else exit;
		while (v(2)) { $var(x) = 1; break; }
		switch ($rc) { case 1: break; case "a": drop; }
	} route[r] { route(r, 1); }`)
	want := strings.TrimPrefix(`
0 call v ? 8 : 1
1 test ? 2 : 8 ! 6
2 async w ? 3 : 4
3 resume route[r]
4 sync
5 jump 10
6 warn
7 jump 8
8 exit
9 sync
10 loop #0
11 while #0 else 18
12 call v ? 13 : 17
13 assign $var
14 set rc=-5 value=-5 -> 19
15 sync
16 jump 11
17 set rc=1 value=1 -> 19
18 sync
19 switch 1:20 "a":21 else 22
20 set rc=-5 value=-5 -> 22
21 drop
22 sync
23 end
`, "\n")
	if got := prog.Dump(0); got != want {
		t.Error(got)
	}
	if prog.Dump(1) != "0 route r ? 1 : 1\n1 end\n" {
		t.Error(prog.Dump(1))
	}
	if !prog.UsesAsync() || prog.RouteName(1) != "r" || prog.Route(syntax.RequestRoute, "x") != -1 || len(prog.Routes()) != 2 {
		t.Error("the program does not know its routes")
	}
}

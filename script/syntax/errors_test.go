package syntax

import (
	"fmt"
	"strings"
	"testing"
)

// wantErrors parses text and compares its messages, one per line, as
// "line:col: message".
func wantErrors(t *testing.T, text string, want ...string) {
	t.Helper()
	var d Diags
	Parse("test.cfg", []byte(text), noFiles, &d)
	d.Sort()
	var got []string
	for _, g := range d.List {
		got = append(got, fmt.Sprintf("%d:%d: %s", g.Line, g.Col, g.Msg))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\n got %s\nwant %s", text, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// Every mistake costs one message, at its place, whatever follows it.
func TestOneMistakeOneMessage(t *testing.T) {
	in := func(stmt string, want ...string) {
		t.Helper()
		wantErrors(t, "route {\n"+stmt+"\n\tg();\n}\nroute[x] { }", want...)
	}
	in("f()", "2:4: ; is missing")
	in("f() g();", "2:5: expected ;, found g")
	in("f(;", "2:3: expected a value, found ;")
	in("f(1;", "2:4: expected , or ), found ;")
	in("f(1 2);", "2:5: expected , or ), found number 2")
	in("f(abc);", "2:3: expected a value, found abc")
	in("f($x + 1);", "2:6: an argument cannot be computed")
	in("f;", "2:1: ( is missing after f")
	in("if $x { f(); }", "2:4: expected (, found $x")
	in("if ($x == ) { f(); } else { h(); }", "2:11: expected a value, found )")
	in("if ($x == 1 { f(); }", "2:13: expected ), found {")
	in("if ($x == 1)) { f(); }", "2:13: expected a statement, found )")
	in("if ($x = 1) { f(); }", "2:8: = assigns and is no condition")
	in("if ($x & 1) { f(); }", "2:8: arithmetic in a condition needs brackets")
	in("if ($x == 1 == 2) { f(); }", "2:13: comparisons cannot be chained")
	in("if (f() && ) exit;", "2:12: expected a value, found )")
	in("if ($x) exit; else else drop;", "2:20: else without if")
	in("else { f(); }", "2:1: else without if")
	in("elseif ($x) { f(); }", "2:1: unexpected elseif")
	in("case 1: f();", "2:1: case outside of a switch")
	in("$x == 1;", "2:4: expected =, found ==")
	in("$x = ;", "2:6: expected a value, found ;")
	in("$x = f() + 1;", "2:6: a function cannot be called inside an expression")
	in("$x = 1 + f();", "2:10: a function cannot be called inside an expression")
	in("$x = abc;", "2:6: expected a value, found abc")
	in("x = 1;", "2:1: only variables can be assigned to")
	in("$var(x = 1;", "2:5: ( of the variable is not closed")
	in("$(ru{s.len) = 1;", "2:5: { of the transformation is not closed")
	in("f($(ru{len}));", `2:8: transformation must be class.name, not "len"`)
	in("f($(ru[x]));", "2:8: index must be a number, *, append, insert, insertAfter or a variable")
	in("f($(<req>ru));", "2:5: unknown context <req>")
	in("f($ru{s.len});", "2:6: a transformation needs $(...) around it")
	in("f($avp(x)[1]);", "2:10: an index needs $(...) around it")
	in("f($);", "2:3: $ is not followed by a variable's name")
	in("f(99999999999);", "2:3: number 99999999999 does not fit in 32 bits")
	in("f(12ab);", "2:3: 12ab is not a number")
	in("break;", "2:1: break outside of switch, while and for")
	in("if ($x) break;", "2:9: break outside of switch, while and for")
	in("switch ($x) { f(); case 1: break; }", "2:15: expected case or default, found f")
	in("switch ($x) { case a: f(); case 2: break; }", "2:20: expected a number or a string, found a")
	in("switch ($x) { default: f(); case 2: break; }", "2:29: default must be the last label")
	in("switch (f()) { case 2: break; }", "2:9: expected a variable, found f")
	in("for ($x of $(y[*])) { f(); }", "2:9: expected in, found of")
	in("async(f());", "2:10: expected , and the route to resume in, found )")
	in("async(r) f();", "2:10: expected {, found f")
	in("async(r) { f(); exit; }", "2:17: only function calls can be in an async block")
	in("async(r) { }", "2:10: async block is empty")
	in("async_all(r) { f(); }", "2:10: expected {, found (")
	in("async_all { f(); exit; } (r);", "2:18: only function calls can be in an async_all block")
	in("async_all { } (r);", "2:11: async_all block is empty")
	in("async_all { f(); }\ng();", "2:19: the route to resume in is missing")
	in("async_all { f(); };", "2:19: the route to resume in is missing")
	in("async_all { f(); } ();", "2:21: expected a route's name, found )")
	in("async_all { f(); } (r, x);", "2:24: expected a timeout, found x")
	in("async_all { f(); } (r)\ng();", "2:23: ; is missing")
	in("launch(f(), r, 1, x);", "2:19: expected a timeout, found x")
	in("launch(1);", "2:8: expected a function call, found number 1")
	in("return(1;", "2:9: expected , or ), found ;")
	in("f(1); // comment", "2:7: // does not begin a comment")
	in("f(1); @", "2:7: expected a statement, found @")
	in("if ($x)", []string{}...) // the next statement is the body
	in("while ($x) }", "2:12: expected a statement, found }")
	in("} f();", "2:3: f is outside of a route block")
	in("} $x = 1;", "2:3: $x is outside of a route block")
}

// A string without end costs one message, and the statement with it still
// parses; what looks like its end in a later line is not believed.
func TestUnclosedString(t *testing.T) {
	wantErrors(t, "route {\n\txlog(\"abc);\n\tf(\"x y\");\n\tg;\n}", "2:7: string is not closed", "4:2: ( is missing after g")
	wantErrors(t, "route {\n\tif ($x == \"abc) {\n\t\tf(\"x\");\n\t}\n}", "2:12: string is not closed")
	wantErrors(t, "route {\n\tf(\"abc, 2);\n}\nroute[x] { f(\"1\"); }", "2:4: string is not closed")
	wantErrors(t, "loadmodule \"tm.so\nloadmodule \"rr.so\"\nroute { g(); }", "1:12: string is not closed")
	wantErrors(t, "modparam(\"tm\", \"x, 1)\nmodparam(\"tm\", \"y\", 2)\nroute { }", "1:16: string is not closed")
	wantErrors(t, "route {\n\tf(\"a, \"b\");\n\tg();\n}", "2:10: string is not closed")
	wantErrors(t, "route {\n\tf(\"", "1:7: { is not closed", "2:4: string is not closed")
	// A string may have several lines.
	wantErrors(t, "route {\n\tf(\"select a\n\tfrom b\", 2);\n\tf(\"x\");\n}")
	wantErrors(t, "route {\n\tf(\"select a\n\tfrom b\" \"c\");\n\tif ($x == \"a\nb\" and $y == 'a\nb') exit;\n}")
}

// A brace without end is reported where it was opened. If a later brace closed
// the block instead, its indentation tells.
func TestUnclosedBrace(t *testing.T) {
	wantErrors(t, "route {\n\tf();\n\nroute[x] {\n\tg;\n}", "1:7: { is not closed", "5:2: ( is missing after g")
	wantErrors(t, "route {\n\tif ($x) {\n\t\tf();\n\texit;\n}\nroute[x] { }", "2:10: { is not closed")
	wantErrors(t, "route {\n\tif ($x) {\n\t\tif ($y) {\n\t\t\tf();\n\t}\n\texit;\n}\nloadmodule \"x.so\"", "3:11: { is not closed")
	wantErrors(t, "route {\n\tswitch ($x) {\n\tcase 1:\n\t\tf();\n\nfailure_route[x] { }", "2:14: { is not closed")
	wantErrors(t, "route {\n\tasync(r) {\n\t\tf();\n", "2:11: { is not closed")
	wantErrors(t, "route {\n\tasync_all {\n\t\tf();\n", "2:12: { is not closed")
	wantErrors(t, "route {\n\tf();\n}\n}\nroute[x] { g; }", "4:1: unexpected }", "5:12: ( is missing after g")
}

func TestTopLevelErrors(t *testing.T) {
	wantErrors(t, "request_route {\n\tf();\n}\nroute { g; }",
		"1:1: expected a route block, loadmodule, modparam or a global parameter, found request_route", "4:9: ( is missing after g")
	wantErrors(t, "lodmodule \"x.so\"\nroute { }",
		"1:1: expected a route block, loadmodule, modparam or a global parameter, found lodmodule")
	wantErrors(t, "loadmodule x\nroute { }", "1:12: expected a module's file name in quotes, found x")
	wantErrors(t, "modparam(\"a\", \"b\")\nmodparam(\"a\", \"b\", c)\nroute { }", "1:18: expected ,, found )", "2:20: expected a string or a number, found c")
	wantErrors(t, "failure_route { g; }", "1:1: failure_route needs a name", "1:17: ( is missing after g")
	wantErrors(t, "startup_route[x] { g; }", "1:15: startup_route has no name", "1:20: ( is missing after g")
	wantErrors(t, "timer_route[x] { }\ntimer_route[y, 0] { }", "1:14: expected ,, found ]", "2:16: interval must be at least 1 second")
	wantErrors(t, "route[] { }\nroute[x { }", "1:7: expected a route's name, found ]", "2:9: expected ], found {")
	wantErrors(t, "socket=udp:[::1:5060\nsocket=udp:a:b\nsocket=udp:\nsocket=udp:a taag x\nlog_level=\n",
		"1:8: ] is missing after the address", `2:8: port must be a number up to 65535, not "b"`, "3:8: address is missing",
		"4:14: expected a socket option, found taag", "5:10: expected a value for log_level, found the end of the file")
	wantErrors(t, "route {\n/* no end\n}", "1:7: { is not closed", "2:1: comment is not closed")
}

// A hostile depth of nesting costs a message, not the stack.
func TestNestingIsBounded(t *testing.T) {
	for _, open := range []string{"{", "if ($x) ", "$x = (", "f($(a(", "if (!", "if ((", "$x = ~", "$avp($avp(", "switch ($x) { case 1: "} {
		var d Diags
		Parse("test.cfg", []byte("route { "+strings.Repeat(open, 20000)), noFiles, &d)
		if d.Errors() == 0 || d.Errors() > 3 {
			t.Errorf("%s...: %d errors", open, d.Errors())
		}
	}
}

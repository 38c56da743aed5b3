package script

import (
	"strings"
	"testing"
)

// A row is a script and what it says. A script without "route" is the body of
// the main route; $rc is said by rc.
type row struct{ script, want string }

func checkRows(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		text := r.script
		if !strings.Contains(text, "route {") {
			text = "route { " + text + " }"
		}
		h := newBed(t)
		if got := h.run(strings.ReplaceAll(text, "rc!", `say("rc=$rc");`)); got != r.want {
			t.Errorf("%s\n got %s\nwant %s", r.script, got, r.want)
		}
	}
}

func TestValueOfAStatement(t *testing.T) {
	checkRows(t, []row{
		// A statement whose value is exactly 0 ends the whole top route.
		{`say("a"); v(0); say("b");`, "a"},
		{`route { route(x); say("b"); } route[x] { v(0); say("a"); }`, ""},
		// return alone means return 1; return(0) ends the script, in a sub-route too.
		{`route { route(x); rc! } route[x] { return; }`, "rc=1"},
		{`route { route(x); rc! } route[x] { return -3; }`, "rc=-3"},
		{`route { route(x); rc! } route[x] { return(0); }`, ""},
		// return $v: the int; 1 for a pure string; -1 for NULL.
		{`route { route(x); rc! } route[x] { $var(a) = 7; return $var(a); }`, "rc=7"},
		{`route { route(x); rc! } route[x] { $var(a) = "7"; return $var(a); }`, "rc=1"},
		{`route { route(x); rc! } route[x] { return $var(a); }`, "rc=-1"},
		// Extra values are $return(0), $return(1); they vanish at the next route call.
		{`route { route(x); say("$return(0) $return(1) $return(2)"); route(y); say("$return(0)"); }
		  route[x] { return(2, "s", 5); } route[y] { return(1); }`, "s 5 <null> <null>"},
		// exit ends the top route from any depth.
		{`route { route(x); say("b"); } route[x] { route(y); say("c"); } route[y] { say("a"); exit; }`, "a"},
		{`say("a"); drop; say("b");`, "a"},
		// A route without return has the value of its last statement.
		{`route { route(x); rc! } route[x] { v(5); }`, "rc=5"},
		{`route { route(x); rc! } route[x] { v(5); $var(a) = 1; }`, "rc=1"},
		// For an if that is the value of the branch taken, or 1 without one.
		{`route { route(x); rc! } route[x] { if (v(1)) v(-4); }`, "rc=-4"},
		{`route { route(x); rc! } route[x] { if (v(-1)) v(-4); }`, "rc=1"},
		{`route { route(x); rc! } route[x] { if (v(-1)) v(-4); else v(9); }`, "rc=9"},
		// break leaves -5: a route ending in a switch left by break is false.
		{`route { if (route(x)) say("t"); else say("f"); rc! } route[x] { $var(a) = 1; switch ($var(a)) { case 1: v(3); break; } }`, "f rc=1"},
		{`$var(a) = 1; switch ($var(a)) { case 1: v(3); break; } rc!`, "rc=-5"},
		{`while (1) { v(3); break; } rc!`, "rc=-5"},
		{`$var(a) = 2; switch ($var(a)) { case 1: v(3); break; } rc!`, "rc=1"},
		{`$var(a) = 1; switch ($var(a)) { case 1: v(3); } rc!`, "rc=3"},
		// a disabled assert gives -5, too.
		{`assert(v(1), "x"); rc!`, "rc=-5"},
	})
}

func TestLastReturnCode(t *testing.T) {
	checkRows(t, []row{
		// Every action overwrites $rc, xlog included.
		{`v(-3); rc!`, "rc=-3"},
		{`v(-3); say("x"); rc!`, "x rc=1"},
		{`v(-3); $var(a) = 4; rc!`, "rc=1"},
		{`v(-3); say("$retcode");`, "-3"},
		{`route { route(x); rc! } route[x] { return(-2); }`, "rc=-2"},
		// An if sets it to the condition value when no branch is run, else to the branch value.
		{`if (v(-3)) { } rc!`, "rc=0"},
		{`if (v(-3)) say("no"); rc!`, "rc=0"},
		{`if (!v(-3)) rc!`, "rc=-3"},
		{`if (v(-3)) say("no"); else rc!`, "rc=-3"},
		{`if (v(2)) { } rc!`, "rc=1"},
		{`if (v(2)) v(-9); rc!`, "rc=-9"},
		// An inner if that ran no branch gives the outer one its value 1.
		{`if (v(2)) { if (v(-1)) v(5); } rc!`, "rc=1"},
		// if ($rc) after a failing function is true, if (f()) false.
		{`v(-1); if ($rc) say("true");`, "true"},
		{`v(-1); if ($rc > 0) say("true"); else say("false");`, "false"},
		// An error in a condition is -1; the else branch still sees what was there before.
		{`$var(s) = "5"; v(7); if ($var(s) == 5) say("t"); rc!`, warned + " rc=-1"},
		{`$var(s) = "5"; v(7); if ($var(s) == 5) say("t"); else rc!`, warned + " rc=7"},
		// $rc is what carries a value into the resume route.
		{`route { async(v(-8), x); } route[x] { rc! }`, "rc=-8"},
	})
}

const warned = "WARNING:core: error in the condition at test.cfg:1"

func TestTruth(t *testing.T) {
	yes := func(cond string) row {
		return row{`$var(n) = -1; $var(z) = 0; $var(e) = ""; $var(s) = "0"; $var(five) = "5"; if (` + cond + `) say("t"); else say("f");`, "t"}
	}
	no := func(cond string) row { r := yes(cond); r.want = "f"; return r }
	bad := func(cond string) row { r := yes(cond); r.want = warned + " f"; return r }
	checkRows(t, []row{
		// function or route(): value > 0; negative is false; 0 ends the script.
		yes("v(1)"), yes("v(99)"), no("v(-1)"),
		{`if (v(0)) say("t"); else say("f"); say("after");`, ""},
		{`if (!v(0)) say("t"); else say("f"); say("after");`, ""},
		{`if (v(0) && v(1)) say("t"); say("after");`, ""},
		{`if (v(-1) || v(0)) say("t"); say("after");`, ""},
		{`route { if (route(x)) say("t"); say("after"); } route[x] { return(0); }`, ""},
		// number literal: not 0, so -1 is true.
		yes("1"), no("0"), yes("-1"),
		// $v alone: not NULL, not empty; an int must be non-zero; "0" is true.
		no("$var(unset)"), no("$var(e)"), no("$var(z)"), yes("$var(n)"), yes("$var(s)"), yes("!$var(z)"),
		// comparison: a type error is treated as false, and not inverted by !.
		bad("$var(five) == 5"), bad("!$var(five) == 5"), bad("!($var(five) == 5)"), bad("!(!$var(five) == 5)"),
		// && : right side only if the left is exactly true; an error on the left is the result.
		bad("$var(five) == 5 && v(1)"), no("v(-1) && v(1)"), yes("v(1) && v(1)"),
		// || : right side only if the left is exactly false; an error on the left ends it.
		bad("$var(five) == 5 || v(1)"), yes("v(-1) || v(1)"), yes("v(1) || v(-1)"),
		{`$var(five) = "5"; if ($var(five) == 5 || say("right")) { }`, warned},
		{`if (v(1) || say("right")) { }`, ""},
		{`if (v(-1) && say("right")) { }`, ""},
		// and and or share one level, left to right.
		no("v(1) || v(1) && v(-1)"), yes("v(-1) && v(1) || v(1)"),
		// ! applies to the whole comparison that follows.
		no("!$var(n) == -1"), yes("!$var(n) == 1"),
		// [expr] yields truth only.
		// A comparison inside binds tighter than +: -1 + (-1 == -1) is 0.
		no("[ $var(n) + $var(n) == -1 ]"), yes("[ $var(n) == -1 ]"), bad("[ $var(five) == 5 ]"), bad("[ 1 + $var(five) == 5 ]"), bad("[ ~$var(five) ]"), yes("[ ~$var(z) ]"),
		yes("[ $var(n) & 4 ]"), no("[ $var(z) & 4 ]"), yes("[ $var(n) + 0 ]"), no("[ $var(n) + 1 ]"), bad("[ $var(five) + 1 ]"),
	})
}

func TestComparison(t *testing.T) {
	const set = `$var(abc) = "Abc"; $var(n) = 5; $var(five) = "5"; $var(ip) = "10.1.2.3"; $var(ip6) = "2001:db8::1"; $avp(n) = 5; $avp(five) = "5"; $var(re) = "^A.C$"; `
	yes := func(cond string) row { return row{set + `if (` + cond + `) say("t"); else say("f");`, "t"} }
	no := func(cond string) row { r := yes(cond); r.want = "f"; return r }
	bad := func(cond string) row { r := yes(cond); r.want = warned + " f"; return r }
	checkRows(t, []row{
		// Strings compare without case; ties on order are broken by length.
		yes(`$var(abc) == "aBC"`), no(`$var(abc) != "ABC"`), yes(`$var(abc) < "abcd"`), yes(`$var(abc) > "AB"`), yes(`$var(abc) >= "abc"`),
		yes(`$var(abc) <= "abc"`), yes(`$var(abc) < "abd"`),
		// =~ and !~: POSIX extended, without case, no captures.
		yes(`$var(abc) =~ "^a.c$"`), no(`$var(abc) !~ "^a.c$"`), yes(`$var(abc) =~ "b"`), no(`$var(abc) =~ "^b"`), yes(`$var(abc) =~ "^(x|abc)$"`),
		yes(`$var(abc) =~ "^[[:alpha:]]{3}$"`), yes(`$var(abc) =~ $var(re)`), no(`$var(abc) !~ $var(re)`), yes(`$var(n) =~ "^5$"`),
		// A constant is compared as it is written.
		no(`$var(abc) == "$var(abc)"`),
		// Two variables: as ints if both have an int part, else as strings.
		yes(`$var(n) == $avp(n)`), yes(`$var(n) == $var(five)`), yes(`$avp(n) == "5"`), no(`$var(n) < $avp(n)`), yes(`$var(five) == $avp(five)`),
		// A string AVP "5" compared with the number 5 is an error; {s.int} is needed.
		bad(`$avp(five) == 5`), bad(`$avp(five) != 5`), yes(`$(avp(five){s.int}) == 5`), yes(`$var(n) > 4`), yes(`$var(n) >= 5`), yes(`$var(n) != 4`),
		// NULL: == and != test for it. NULL against a constant: only != and !~ are true.
		yes(`$var(x) == NULL`), no(`$var(x) != NULL`), no(`$var(n) == NULL`), yes(`$var(n) != NULL`),
		no(`$var(x) == "a"`), yes(`$var(x) != "a"`), no(`$var(x) < 5`), no(`$var(x) == 0`), yes(`$var(x) != 0`), no(`$var(x) =~ "a"`), yes(`$var(x) !~ "a"`),
		// NULL against NULL: == and =~ are true.
		yes(`$var(x) == $var(y)`), yes(`$var(x) =~ $var(y)`), no(`$var(x) != $var(y)`), no(`$var(x) !~ $var(y)`), no(`$var(x) < $var(y)`),
		no(`$var(x) == $var(n)`), yes(`$var(n) != $var(x)`),
		// An address or a network: == and != only; something else on the left is an error for both.
		yes(`$var(ip) == 10.0.0.0/8`), no(`$var(ip) != 10.0.0.0/8`), yes(`$var(ip) == 10.1.2.3`), no(`$var(ip) == 10.1.2.4`), yes(`$var(ip) == 10.1.0.0/255.255.0.0`),
		bad(`$var(abc) == 10.0.0.0/8`), bad(`$var(abc) != 10.0.0.0/8`), no(`$var(x) == 10.0.0.1`), yes(`$var(ip6) != 10.0.0.0/8`), yes(`$var(ip6) == 2001:db8::1`), bad(`$var(n) == 10.0.0.1`),
		// An empty string is not NULL.
		{`$var(e) = ""; if ($var(e) == NULL) say("t"); else say("f");`, "f"},
	})
}

func TestArithmetic(t *testing.T) {
	const set = `$var(n) = 7; $var(s) = "ab"; $var(t) = "cd"; `
	is := func(expr, want string) row {
		return row{set + `$var(x) = "old"; $var(x) = ` + expr + `; say("$var(x) $rc");`, want}
	}
	const div0 = "ERROR:core: division by zero "
	checkRows(t, []row{
		// + - * / % share one level; bitwise operators bind looser.
		is("1 + 2 * 3", "9 1"), is("6 & 4 + 2", "6 1"), is("7 / 2", "3 1"), is("-7 / 2", "-3 1"), is("-7 % 4", "-3 1"), is("1 << 4 | 1", "17 1"),
		is("~5", "-6 1"), is("6 ^ 3", "5 1"), is("$var(n) * 2", "14 1"), is("256 >> 4", "16 1"),
		// Ints are C int: 32 bit, wrapping.
		is("2147483647 + 1", "-2147483648 1"), is("65536 * 65536", "0 1"), is("-2147483647 - 2", "2147483647 1"),
		// Division by zero logs; the result is 0 and the assignment succeeds; /= and %= do not crash.
		is("5 / 0", div0+"0 1"), is("5 % 0", div0+"0 1"),
		{`$var(x) = 5; $var(x) /= 0; say("$var(x) $rc");`, div0 + "0 1"}, {`$var(x) = 5; $var(x) %= 0; say("$var(x) $rc");`, div0 + "0 1"},
		// + on strings joins; a string plus an int variable works, plus an int literal does not; int plus string is an error.
		is(`"a" + "b"`, "ab 1"), is(`$var(s) + $var(n)`, "ab7 1"), is(`$var(s) + 7`, "old -1"), is(`$var(n) + $var(s)`, "old -1"), is(`7 + "a"`, "old -1"),
		is(`$var(s) - $var(t)`, "old -1"), is(`"x$var(n)y" + "$var(unset)"`, "x7y<null> 1"),
		// NULL on the right counts as empty; unset + int constant is an error; int + unset = int; unset + int variable is a string.
		is(`$var(s) + $var(u)`, "ab 1"), is(`$var(u) + $var(s)`, "ab 1"), is(`$var(u) + 5`, "old -1"), is(`5 + $var(u)`, "5 1"), is(`$var(n) + $var(u)`, "7 1"),
		is(`$var(u) + $var(n)`, "7 1"), is(`$var(u) * 2`, "old -1"),
		// & | ^ on strings of one length work byte-wise.
		is(`$var(s) & $var(t)`, "a` 1"), is(`$var(s) | $var(t)`, "cf 1"), is(`$var(s) & "abc"`, "old -1"),
	})
}

func TestAssignment(t *testing.T) {
	checkRows(t, []row{
		// NULL on either side of += and its like is an error: value unchanged, $rc -1, the script goes on.
		{`$var(x) += 1; say("$var(x) $rc");`, "<null> -1"},
		{`$var(x) = 1; $var(x) += $var(y); say("$var(x) $rc");`, "1 -1"},
		{`$var(x) = 1; $var(x) += 2; $var(x) -= 1; $var(x) *= 6; $var(x) /= 2; $var(x) %= 4; say("$var(x)");`, "2"},
		{`$var(x) = 12; $var(x) &= 10; say("$var(x)"); $var(x) |= 3; say("$var(x)"); $var(x) ^= 1; say("$var(x)");`, "8 11 10"},
		// += concatenates when both are strings.
		{`$var(x) = "a"; $var(x) += "b"; say("$var(x)");`, "ab"},
		{`$var(x) = "a"; $var(x) += 1; say("$var(x) $rc");`, "a -1"},
		// Assigning a NULL value clears.
		{`$var(x) = 1; $var(x) = NULL; say("$var(x) $rc");`, "<null> 1"},
		{`$var(x) = 1; $var(x) = $var(y); say("$var(x) $rc");`, "<null> 1"},
		{`$avp(x) = 1; $avp(x) = 2; $avp(x) = $var(y); say("$avp(x) $rc");`, "1 1"},
		// Assignments evaluate format strings; $$ prints a dollar.
		{`$var(u) = "me"; $var(x) = "sip:$var(u)@$$"; say("$var(x)");`, "sip:me@$"},
		// Values keep their type.
		{`$avp(x) = 5; $var(y) = $avp(x); if ($var(y) == 5) say("int"); $avp(x) = "5"; $var(y) = $avp(x); if ($var(y) == 5) say("int");`, "int " + warned},
	})
}

func TestAVPs(t *testing.T) {
	const set = `$avp(x) = 1; $avp(x) = "b"; $avp(x) = 3; $avp(y) = "other"; `
	const all = `say("$(avp(x)[*])");`
	checkRows(t, []row{
		// = pushes, $avp(x) reads the newest, [1] the one below, a negative index counts from the oldest end.
		{set + `say("$avp(x) $(avp(x)[0]) $(avp(x)[1]) $(avp(x)[2]) $(avp(x)[3])");`, "3 3 b 1 <null>"},
		{set + `say("$(avp(x)[-1]) $(avp(x)[-2]) $(avp(x)[-3]) $(avp(x)[-4])");`, "1 b 3 <null>"},
		{set + `$var(i) = 1; say("$(avp(x)[$var(i)])");`, "b"},
		// [*] joins with ", ".
		{set + all, "3, b, 1"},
		{`say("$(avp(x)[*])");`, "<null>"},
		// [2] = v replaces that slot and fails if it is absent; = NULL removes it.
		{set + `$(avp(x)[2]) = "z"; ` + all, "3, b, z"},
		{set + `$(avp(x)[3]) = "z"; rc!` + all, "rc=-1 3, b, 1"},
		{set + `$(avp(x)[1]) = NULL; ` + all, "3, 1"},
		// Plain = NULL removes the newest, [*] = NULL and := NULL all.
		{set + `$avp(x) = NULL; ` + all, "b, 1"},
		{set + `$(avp(x)[*]) = NULL; say("$avp(x) $avp(y)");`, "<null> other"},
		{set + `$avp(x) := NULL; say("$avp(x) $avp(y)");`, "<null> other"},
		// := deletes all values first.
		{set + `$avp(x) := 9; ` + all, "9"},
		{set + `$avp(x) := $(avp(x)[1]); ` + all, "b"},
		// [append] adds at the old end.
		{set + `$(avp(x)[append]) = "last"; ` + all, "3, b, 1, last"},
		// += pushes a value.
		{`$avp(w) = 1; $avp(w) += 1; say("$(avp(w)[*])");`, "2, 1"},
		// A computed name.
		{set + `$var(n) = "x"; say("$avp($var(n))"); $avp($var(n)) = 4; say("$avp(x)"); $avp(q$var(n)) = 5; say("$avp(q$var(n)) $avp(r$var(n))");`, "3 4 5 <null>"},
	})
}

func TestAVPJoinLimit(t *testing.T) {
	// The limit of a join is 511 bytes, else NULL.
	list := new(AVPs)
	for range 51 {
		list.Push(0, StrValue([]byte("12345678"))) // 8 + ", "
	}
	c := &Ctx{avps: list}
	if v := joinAVPs(c, c.avps, 0); len(v.Str) != 508 {
		t.Errorf("joined %d bytes", len(v.Str))
	}
	list.Push(0, StrValue([]byte("x")))
	if v := joinAVPs(c, c.avps, 0); len(v.Str) != 511 {
		t.Errorf("joined %d bytes", len(v.Str))
	}
	list.Replace(0, 0, StrValue([]byte("xy")))
	if v := joinAVPs(c, c.avps, 0); !v.IsNull() {
		t.Errorf("joined %d bytes", len(v.Str))
	}
}

func TestLoops(t *testing.T) {
	const list = `$avp(l) = "c"; $avp(l) = "b"; $avp(l) = "a"; `
	checkRows(t, []row{
		{`$var(i) = 0; while ($var(i) < 3) { say("$var(i)"); $var(i) += 1; } rc!`, "0 1 2 rc=1"},
		// while stops after max_while_loops with an error log, and the script goes on after it.
		{`max_while_loops = 3 route { $var(i) = 0; while (1) { $var(i) += 1; } say("$var(i)"); }`,
			"ERROR:core: max_while_loops (3) reached at test.cfg:1 3"},
		// break leaves the innermost switch, while or for; an if between is fine.
		{`while (1) { $var(i) = 0; while (1) { if (v(1)) { break; } } say("in"); break; } say("out");`, "in out"},
		{`while (1) { switch ($rc) { default: break; } say("in"); break; } say("out");`, "in out"},
		// A nested loop begins anew on every turn.
		{`max_while_loops = 4 route { $var(i) = 0; while ($var(i) < 3) { $var(j) = 0; while ($var(j) < 3) { $var(j) += 1; } $var(i) += 1; } say("$var(i)"); }`, "3"},
		// for reads index 0, 1, 2 ... until NULL.
		{list + `for ($var(x) in $(avp(l)[*])) say("$var(x)"); rc!`, "a b c rc=1"},
		{`for ($var(x) in $(avp(none)[*])) say("$var(x)"); say("end");`, "end"},
		{list + `for ($var(x) in $(avp(l)[*])) { say("$var(x)"); if ($var(x) == "b") break; } rc!`, "a b rc=-5"},
		// Changing the list in the body changes the iteration.
		{list + `for ($var(x) in $(avp(l)[*])) { say("$var(x)"); $avp(l) = NULL; }`, "a c"},
		// Iterating into an $avp pushes a value per turn.
		{list + `for ($avp(to) in $(avp(l)[*])) { } say("$(avp(to)[*])");`, "c, b, a"},
		// A list that is not [*] skips the loop with a negative code.
		{list + `for ($var(x) in $avp(l)) say("$var(x)"); rc!`, "ERROR:core: for at test.cfg:1 needs a list such as $(avp(x)[*]) rc=-1"},
		// A loop in a route that is called in a loop has its own counter.
		{`route { $var(i) = 0; while ($var(i) < 2) { route(x); $var(i) += 1; } } route[x] { ` + list + `for ($var(x) in $(avp(l)[*])) say("$var(x)"); $avp(l) := NULL; }`, "a b c a b c"},
	})
}

func TestSwitch(t *testing.T) {
	is := func(v, want string) row {
		return row{`$var(x) = ` + v + `; switch ($var(x)) { case 1: say("one"); case 2: say("two"); break; case "Three": say("three"); break; case "7": say("seven"); default: say("other"); }`, want}
	}
	checkRows(t, []row{
		// Cases fall through until break; default runs when nothing matched or by falling into it.
		is("1", "one two"), is("2", "two"), is("3", "other"), is(`"7"`, "seven other"), is("NULL", "other"),
		// String labels compare without case.
		is(`"THREE"`, "three"),
		// An int label matches only if the value has an int part; a string label also an int's string form.
		is(`"1"`, "other"), is("7", "seven other"),
		{`$var(x) = 1; switch ($var(x)) { case 2: say("two"); } say("after");`, "after"},
		{`$var(x) = 1; switch ($var(x)) { case 1: switch ($var(x)) { case 1: break; } say("inner"); break; case 2: say("two"); }`, "inner"},
	})
}

func TestRouteCalls(t *testing.T) {
	checkRows(t, []row{
		// $param(1..n) are the arguments of the innermost route() call.
		{`route { $var(a) = 3; route(x, "s", 5, $var(a), NULL); } route[x] { say("$param(1) $param(2) $param(3) $param(4) $param(5)"); route(y); say("$param(1)"); } route[y] { say("$param(1)"); }`,
			"s 5 3 <null> <null> <null> s"},
		{`route { route(x, "v$rc"); } route[x] { $var(i) = 1; say("$param($var(i))"); }`, "v0"},
		// Names with $ are resolved at run time; an unknown one logs and the call yields a negative code.
		{`route { $var(n) = "x"; route($var(n)); route("$var(n)"); } route[x] { say("x"); }`, "x x"},
		{`route { $var(n) = "z"; route($var(n)); rc! } route[x] { say("x"); }`, "ERROR:core: route(z) at test.cfg:1: no such route rc=-1"},
		// $route, $route.name, $route.type: index 0 is the current one, 1 its caller, -1 the topmost.
		{`route { route(x); } route[x] { say("$route $route.name $route.type $(route[1]) $(route[-1]) $(route[*])"); }`,
			"route[x] x route route route route > route[x]"},
		// $var belongs to the run.
		{`route { $var(a) = 1; route(x); say("$var(a)"); } route[x] { $var(a) += 1; }`, "2"},
	})
}

func TestNestedRouteCallsAreLimited(t *testing.T) {
	h := newBed(t)
	log := h.run(`route { $var(n) = 0; route(x); say("n=$var(n)"); } route[x] { $var(n) += 1; route(x); }`)
	want := "ERROR:core: more than 100 nested routes at test.cfg:1: route(x) not called n=100"
	if log != want {
		t.Errorf("got %s", log)
	}
}

func TestInstructionsAreLimited(t *testing.T) {
	h := newBed(t)
	log := h.run(`route { while (1) { $var(i) = 0; while (1) { $var(i) += 1; } } say("end"); }`)
	if !strings.HasSuffix(log, "ERROR:core: the script ran more than max_script_steps (1000000) instructions in route: ended") {
		t.Errorf("got %.200s", log[max(0, len(log)-200):])
	}
}

func notCalled(f string) string {
	return "ERROR:core: " + f + " at test.cfg:1 not called: an argument is NULL or of the wrong kind "
}

func TestArguments(t *testing.T) {
	checkRows(t, []row{
		// Omitted optional arguments are empty positions.
		{`opt();`, `INFO:opt a="" b=42 c=false`},
		{`opt(,7);`, `INFO:opt a="" b=7 c=false`},
		{`opt("x",,$var(o));`, `INFO:opt a="x" b=42 c=true`},
		{`opt("x",,"$var(o)");`, `INFO:opt a="x" b=42 c=true`},
		// NULL or the wrong kind at run time: the function is not run, the call yields -1.
		{`v($var(unset)); rc!`, notCalled("v") + "rc=-1"},
		{`say($var(unset)); rc!`, notCalled("say") + "rc=-1"},
		{`$var(s) = "5"; v($var(s)); rc!`, notCalled("v") + "rc=-1"},
		// An int variable is fine for a string parameter; {s.int} makes an int of a string.
		{`$var(n) = 5; say($var(n)); $var(s) = "6"; v($(var(s){s.int})); rc!`, "5 rc=6"},
		{`put("text", "$avp(out)"); say("$avp(out)");`, "text"},
		{`if (matches("Abc", "^ab")) say("t"); $var(re) = "C$"; if (matches("Abc", $var(re))) say("t"); $var(re) = "("; matches("a", $var(re)); rc!`, "t t " + notCalled("matches") + "rc=-1"},
		{`stop(3); say("no");`, ""},
		{`if (stop(-3)) say("no"); say("no");`, ""},
		{`route { arm("f"); $var(n) = "g"; arm($var(n)); } failure_route[f] { exit; }`, "INFO:arm f 1 INFO:arm g -1"},
		{`route { only_reply(); say("no"); }`, "ERROR:core: only_reply is not allowed in route"},
	})
}

func TestXlog(t *testing.T) {
	long := strings.Repeat("x", 4097)
	checkRows(t, []row{
		// xlog and log print LEVEL:text; NULL prints as <null>.
		{`xlog("n $var(x)"); rc!`, "NOTICE:n <null> rc=1"},
		{`xlog("L_ERR", "a"); xlog("L_ALERT", "b"); xlog("L_CRIT", "c"); xlog("L_WARN", "d"); xlog("L_INFO", "e"); xdbg("f");`,
			"ERROR:a ALERT:b CRITICAL:c WARNING:d INFO:e DBG:f"},
		{`$var(l) = "L_INFO"; xlog("$var(l)", "a"); $var(l) = -1; xlog("$var(l)", "b");`, "INFO:a ERROR:b"},
		{`log("a $var(x)"); log(-1, "b $rU $$"); log("L_WARN", "c $nosuch");`, "DBG:a $var(x) ERROR:b $rU $$ WARNING:c $nosuch"},
		// Adjacent literals are joined.
		{`xlog("a" "b");`, "NOTICE:ab"},
		// Longer than xlog_buf_size: nothing, an error, -1.
		{`xlog("` + long + `"); rc!`, "ERROR:core: an xlog of 4097 bytes is longer than xlog_buf_size (4096) rc=-1"},
		{`$xlog_level = 1; xlog("no"); rc! $xlog_level = NULL; xlog("yes");`, "rc=1 NOTICE:yes"},
		{`pv_printf("$var(x)", "a$$b"); say("$var(x)"); error("a", "b"); rc!`, "a$b rc=1"},
	})
}

func TestLongFormatString(t *testing.T) {
	// pv_print_buf_size: overflow makes the call fail.
	checkRows(t, []row{{
		`pv_print_buf_size = 10 route { $var(a) = "12345"; say("$var(a)$var(a)"); say("$var(a)$var(a)x"); rc! $var(b) = "$var(a)$var(a)x"; rc! }`,
		"1234512345 ERROR:core: a string of 11 bytes is longer than pv_print_buf_size " + notCalled("say") + "rc=-1 ERROR:core: a string of 11 bytes is longer than pv_print_buf_size rc=-1",
	}})
}

func TestAssert(t *testing.T) {
	checkRows(t, []row{
		{`enable_asserts = yes route { assert(v(1), "x"); rc! assert(v(-1), "no v"); say("no"); }`, "rc=1 CRITICAL:core: assert failed at test.cfg:1: no v"},
		{`enable_asserts = 1 route { assert(v(-1), "no v"); say("no"); } error_route { say("$route.type"); }`, "CRITICAL:core: assert failed at test.cfg:1: no v error_route"},
	})
}

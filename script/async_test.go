package script

import (
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/script/syntax"
)

func TestAsyncResumesInTheRoute(t *testing.T) {
	checkRows(t, []row{
		// It always ends the current run; nothing after it is executed, including the rest of calling routes.
		{`route { route(x); say("no"); } route[x] { say("a"); async(w(5), r); say("no"); } route[r] { rc! }`, "a rc=5"},
		{`route { async(r) { w(5); } say("no"); } route[r] { rc! }`, "rc=5"},
		// Errors too: a failure never falls through to the next statement; 0 does not end the script there.
		{`route { async(w(-5), r); say("no"); } route[r] { rc! }`, "rc=-5"},
		{`route { async(w(0), r); say("no"); } route[r] { rc! say("on"); }`, "rc=0 on"},
		// A function with nothing to wait for works as well: the resume route runs once with its $rc.
		{`route { async(v(3), r); say("no"); } route[r] { rc! }`, "rc=3"},
		{`route { async(v(0), r); say("no"); } route[r] { rc! }`, "rc=0"},
		{`route { async(r) { xlog("x"); } } route[r] { rc! }`, "NOTICE:x rc=1"},
		// A block with several calls runs them in order, then resumes with the value of the last.
		{`route { async(r) { say("a"); w(0); say("b"); w(-2); } } route[r] { rc! }`, "a b rc=-2"},
		// The resume route is a top route: its end ends the run; $route starts there.
		{`route { route(x); } route[x] { async(w(1), r); } route[r] { say("$(route[*])"); return(5); }`, "route[r]"},
		// Several async hops may be chained; output variables are written before the resume route.
		{`route { async(fetch("one", "$avp(a);$avp(b)"), r); } route[r] { say("$avp(a) $avp(b)"); async(fetch("two", $var(c)), r2); } route[r2] { say("$var(c)"); }`, "one one two"},
		// The whole run is kept: $var, $avp and the route parameters.
		{`route { $var(a) = 1; $avp(b) = 2; route(x, "p"); } route[x] { async(w(1), r); } route[r] { say("$var(a) $avp(b) $param(1)"); }`, "1 2 p"},
		// a variable argument that is NULL or of the wrong kind: neither the operation nor the resume route; $rc -1; the next statement runs.
		{`route { async(w($var(unset)), r); rc! } route[r] { say("no"); }`, notCalled("w") + "rc=-1"},
		{`route { $var(s) = "5"; async(r) { w($var(s)); } rc! } route[r] { say("no"); }`, notCalled("w") + "rc=-1"},
		// Exit inside async ends the run.
		{`route { async(stop(1), r); say("no"); } route[r] { say("no"); }`, ""},
	})
}

func TestAsyncAsksTheHost(t *testing.T) {
	const script = `route { async(r) { say("s"); w(5); } say("no"); } route[r] { rc! }`
	for _, c := range []struct {
		answer AsyncStart
		want   string
		begun  int
	}{
		{AsyncGo, "s rc=5", 1},
		{AsyncEnd, "", 1},       // a retransmission: the run ends silently
		{AsyncFail, "rc=-1", 1}, // no transaction: the resume route runs at once with $rc = -1
	} {
		h := newBed(t)
		h.begin = c.answer
		if got := h.run(strings.ReplaceAll(script, "rc!", `say("rc=$rc");`)); got != c.want || h.begun != c.begun {
			t.Errorf("answer %d: got %q, asked %d times", c.answer, got, h.begun)
		}
	}
	// A missing argument is found before a transaction is made.
	h := newBed(t)
	h.run(`route { async(w($var(unset)), r); } route[r] { }`)
	if h.begun != 0 {
		t.Error("a transaction was made for a call that does not run")
	}
	// A plain call that parks does not ask.
	h = newBed(t)
	if h.run(`route { w(1); }`); h.begun != 0 || h.parked != 1 {
		t.Errorf("asked %d times, parked %d", h.begun, h.parked)
	}
}

func TestAsyncTimeLimit(t *testing.T) {
	for _, c := range []struct{ stmt, want string }{
		{`async(w(1), r);`, "0s"},
		{`async(w(1), r, 0);`, "0s"},
		{`async(w(1), r, 2);`, "2s"},
		{`async(w(1), r, "250ms");`, "250ms"},
		{`async(r, 3) { w(1); w(2); }`, "3s 3s"},
		{`async(limited(), r);`, "1m0s"},
		{`async(limited(), r, 5);`, "5s"},
		{`async(limited(), r, 90);`, "1m0s"},
		{`w(1); limited();`, "0s 1m0s"},
	} {
		h := newBed(t)
		limited := Func0("limited", "Has a limit of its own.", All, func(c *Ctx) Ret { return c.AwaitFor(&fakeOp{1}, finishFake, time.Minute) })
		if h.runWith(`route { `+c.stmt+` } route[r] { }`, limited); strings.Join(h.pendings, " ") != c.want {
			t.Errorf("%s: limits %v, want %s", c.stmt, h.pendings, c.want)
		}
	}
}

func TestTimedOutOperation(t *testing.T) {
	h := newBed(t)
	prog := h.compile(`route { async(w(1), r, 1); } route[r] { say("$rc"); }`)
	run := h.pool.Get(prog, h, nil)
	if run.Start(0, syntax.RequestRoute) != Suspended {
		t.Fatal("does not wait")
	}
	if !run.PendingAsync() || !run.Async() {
		t.Error("the run does not know that it was parked by async")
	}
	if run.Resume(asyncops.TimedOut) != Done || h.log[0] != "-7" {
		t.Errorf("log %v", h.log)
	}
	h.pool.Put(run)
}

func TestAsyncInEveryKindOfRoute(t *testing.T) {
	heads := []string{"route[x]", "failure_route[x]", "onreply_route[x]", "branch_route[x]", "error_route", "local_route", "startup_route", "timer_route[x, 5]", "event_route[E_X]"}
	for kind, head := range heads {
		h := newBed(t)
		prog := h.compile(head + ` { async(w(3), r); } route[r] { if (!w(-1)) say("$rc"); }`)
		info := prog.Routes()[0]
		run := h.pool.Get(prog, h, nil)
		h.settle(run, run.Start(info.ID, info.Kind))
		if info.Kind != syntax.RouteKind(kind) || len(h.log) != 1 || h.log[0] != "-1" || h.parked != 2 || run.Kind() != info.Kind {
			t.Errorf("%s: kind %d, log %v, parked %d times", head, info.Kind, h.log, h.parked)
		}
		h.pool.Put(run)
	}
}

func TestLaunch(t *testing.T) {
	checkRows(t, []row{
		// The next statement runs at once with $rc 1; the report gets the value and $param(1), evaluated at launch time.
		{`route { $var(x) = 1; launch(w(-4), r, "p$var(x)"); rc! $var(x) = 2; } route[r] { say("report $rc $param(1) $var(x)"); }`, "rc=1 report -4 p1 <null>"},
		{`route { launch(w(1)); rc! }`, "rc=1"},
		{`route { launch(w(0), r); rc! } route[r] { rc! }`, "rc=1 rc=0"},
		// Output variables are those of the report run.
		{`route { launch(fetch("text", "$avp(x)"), r); say("$avp(x)"); } route[r] { say("$avp(x)"); }`, "<null> text"},
		// If f completed synchronously the report runs before launch returns.
		{`route { launch(v(7), r, "p"); rc! } route[r] { say("report $rc $param(1)"); }`, "report 7 p rc=1"},
		// A missing argument: the start failed.
		{`route { launch(w($var(unset)), r); rc! } route[r] { say("no"); }`, notCalled("w") + "rc=-1"},
		// The report may wait, and go async, too.
		{`route { launch(w(1), r); } route[r] { w(2); async(w(3), s); } route[s] { rc! }`, "rc=3"},
	})
}

func TestFinishMayWaitAgain(t *testing.T) {
	h := newBed(t)
	var again Finish
	left := 2
	again = func(c *Ctx, op asyncops.Op, _ asyncops.Outcome) Ret {
		if left--; left > 0 {
			return c.Await(op, again)
		}
		return 8
	}
	steps := Func0("steps", "Two operations.", All, func(c *Ctx) Ret { return c.Await(&fakeOp{}, again) })
	if got := h.runWith(`route { if (steps()) say("$rc"); }`, steps); got != "8" || h.parked != 2 {
		t.Errorf("log %s, parked %d times", got, h.parked)
	}
}

// runWith is run with one function more.
func (h *bed) runWith(text string, f ...*Func) string {
	h.t.Helper()
	r := NewRegistry()
	r.AddFuncs(append(h.functions(), f...)...)
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("test.cfg", []byte(text), nil, d), r, d)
	if prog == nil {
		h.t.Fatalf("does not compile: %v", messages(d))
	}
	run := h.pool.Get(prog, h, nil)
	h.settle(run, run.Start(prog.Route(syntax.RequestRoute, ""), syntax.RequestRoute))
	h.pool.Put(run)
	return strings.Join(h.log, " ")
}

// sweep scripts wait in every place where a function can be called.
var sweep = []string{
	`if (w(1) && !w(-1) || w(2)) say("t"); else say("f"); say("$rc");`,
	`if (!(w(-1) || w(-2)) && w(3)) { w(4); say("$rc"); } w(5); say("$rc");`,
	`$var(i) = 0; while ($var(i) < 3 && w(1)) { $var(i) += 1; w($var(i)); say("$rc"); }`,
	`while (w(1)) { if (!w(-1)) break; say("no"); } say("$rc");`,
	`$avp(l) = "b"; $avp(l) = "a"; for ($var(x) in $(avp(l)[*])) { w(1); say("$var(x)"); w(2); }`,
	`$var(x) = 2; switch ($var(x)) { case 1: w(1); case 2: w(2); say("$rc"); case 3: if (w(3)) say("three"); break; default: w(4); } say("$rc");`,
	`route { if (route(a, "x")) say("yes"); else say("no"); say("$rc $return(0)"); }
	 route[a] { w(1); route(b, "y"); say("$param(1) $rc"); if (w(-2)) { } return(-3, $param(1)); }
	 route[b] { w(2); say("$param(1)"); w(3); return $rc; }`,
	`route { $var(n) = 0; route(a); say("$var(n)"); } route[a] { $var(n) += 1; w(1); if ($var(n) < 4) route(a); w(-1); }`,
	`route { w(1); route(a); say("no"); } route[a] { async(r) { w(2); say("$rc"); w(-3); } } route[r] { say("$rc"); if (w(1)) async(w(4), s); } route[s] { w(5); say("$rc"); }`,
	`route { route(a); } route[a] { w(1); async_all { w(2); w(-3); v(1); } (r); } route[r] { say("$rc"); if (w(1)) async_all { w(4); } (s); } route[s] { w(5); say("$rc"); }`,
	`w(1); w(0); say("no");`,
	`if (w(1) && w(0) || w(1)) say("no"); say("no");`,
	`route { route(a); say("no"); } route[a] { w(1); exit; }`,
}

// TestSuspensionSweep: whatever subset of the calls parks the run, it logs the
// same.
func TestSuspensionSweep(t *testing.T) {
	for _, text := range sweep {
		if !strings.Contains(text, "route {") {
			text = "route { " + text + " }"
		}
		plain := newBed(t)
		plain.waits = func(int) bool { return false }
		want := plain.run(text)
		calls := plain.couldN
		if calls == 0 || calls > 12 || plain.parked != 0 {
			t.Fatalf("%s: %d calls, parked %d times", text, calls, plain.parked)
		}
		for mask := range 1 << calls {
			h := newBed(t)
			h.waits = func(n int) bool { return mask>>n&1 == 1 }
			if got := h.run(text); got != want || h.couldN != calls {
				t.Errorf("%s\nparked at %b\n got %s\nwant %s", text, mask, got, want)
			}
		}
	}
}

// TestRunsInterleave: runs that take turns at their park points do not see each
// other.
func TestRunsInterleave(t *testing.T) {
	h := newBed(t)
	prog := h.compile(`route { $var(me) = $param(1); $avp(me) = $param(1); $var(i) = 0; while ($var(i) < 5) { w(1); route(x, "$var(me)$avp(me)"); $var(i) += 1; } } route[x] { w(1); say("$param(1)"); }`)
	var runs [3]*Ctx
	for i := range runs {
		runs[i] = h.pool.Get(prog, h, nil)
		runs[i].SetParams(StrValue([]byte{'a' + byte(i)}))
		runs[i].Start(0, syntax.RequestRoute)
	}
	for range 9 {
		for _, r := range runs {
			if r.Resume(asyncops.Completed) != Suspended {
				t.Fatal("ended too early")
			}
		}
	}
	for _, r := range runs {
		if r.Resume(asyncops.Completed) != Done {
			t.Fatal("does not end")
		}
		h.pool.Put(r)
	}
	if got := strings.Join(h.log, " "); got != strings.TrimSpace(strings.Repeat("aa bb cc ", 5)) {
		t.Error(got)
	}
}

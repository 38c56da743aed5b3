package script

import (
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/script/syntax"
)

func TestAsyncAll(t *testing.T) {
	checkRows(t, []row{
		// All calls run, then the resume route runs once, with 1 in $rc if all values are positive.
		{`route { async_all { w(5); w(2); } (r); say("no"); } route[r] { rc! }`, "rc=1"},
		{`route { async_all { w(5); } (r); say("no"); } route[r] { rc! say("on"); }`, "rc=1 on"},
		// else with the first in the order of writing that is not; 0 does not end the script there.
		{`route { async_all { w(5); w(-2); w(-3); } (r); } route[r] { rc! }`, "rc=-2"},
		{`route { async_all { w(5); v(0); w(-3); } (r); } route[r] { rc! say("on"); }`, "rc=0 on"},
		// A function with nothing to wait for just runs.
		{`route { async_all { say("a"); w(2); say("b"); } (r); } route[r] { rc! }`, "a b rc=1"},
		{`route { async_all { v(2); v(-4); } (r); say("no"); } route[r] { rc! }`, "rc=-4"},
		// Arguments of all are evaluated before anything waits.
		{`route { $var(x) = "1"; async_all { fetch("2", $var(x)); fetch("<$var(x)>", $var(y)); } (r); } route[r] { say("$var(x) $var(y)"); }`, "2 <1>"},
		// Output variables are written in the order of writing, before the resume route.
		{`route { async_all { fetch("a", "$avp(x)"); fetch("b", "$avp(x)"); } (r); } route[r] { say("$(avp(x)[*])"); }`, "b, a"},
		// A call with an argument that is NULL or of the wrong kind counts as -1, and the others run.
		{`route { async_all { fetch("a", $var(x)); w($var(unset)); w(3); } (r); say("no"); } route[r] { rc! say("$var(x)"); }`, notCalled("w") + "rc=-1 a"},
		{`route { async_all { w($var(unset)); } (r); say("no"); } route[r] { rc! }`, notCalled("w") + "rc=-1"},
		// The rest is as with async: the resume route is a new top, with the parameters of the old one.
		{`route { route(x, "p"); say("no"); } route[x] { $var(a) = 1; async_all { w(1); w(2); } (r); } route[r] { say("$(route[*]) $var(a) $param(1)"); }`, "route[r] 1 p"},
		{`route { async_all { w(1); } (r); } route[r] { rc! async_all { w(-1); v(2); } (s); } route[s] { rc! async(w(7), u); } route[u] { rc! }`, "rc=1 rc=-1 rc=7"},
		{`route { async_all { w(1); stop(1); w(2); } (r); say("no"); } route[r] { say("no"); }`, ""},
		// Values may wait, too; what has been begun by then is not begun again.
		{`route { async_all { fetch("a", $var(x)); fetch("$slow(b)", $var(y)); } (r); } route[r] { say("$var(x) $var(y)"); }`, "a b!"},
		{`route { launch(w(1), r); } route[r] { async_all { w(2); w(3); } (s); } route[s] { rc! }`, "rc=1"},
	})
}

func TestAsyncAllAsksTheHostOnce(t *testing.T) {
	for _, c := range []struct {
		script string
		answer AsyncStart
		want   string
		begun  int
	}{
		{`w(5); w(4);`, AsyncGo, "rc=1", 1},
		{`say("a"); w(4);`, AsyncGo, "a rc=1", 1},
		{`w($var(unset)); w(5); w(4);`, AsyncGo, notCalled("w") + "rc=-1", 1}, // before the first that runs
		{`w($var(unset));`, AsyncGo, notCalled("w") + "rc=-1", 0},
		{`say("$slow(a)"); w(1);`, AsyncGo, "a! rc=1", 1},
		{`w(5); w(4);`, AsyncEnd, "", 1},
		{`w(5); w(4);`, AsyncFail, "rc=-1", 1},
	} {
		h := newBed(t)
		h.begin = c.answer
		got := h.run(`route { async_all { ` + c.script + ` } (r); say("no"); } route[r] { say("rc=$rc"); }`)
		if got != c.want || h.begun != c.begun {
			t.Errorf("%s, answer %d: got %q, asked %d times", c.script, c.answer, got, h.begun)
		}
	}
}

// parkOnce starts a script that waits once.
func (h *bed) parkOnce(text string) *Ctx {
	h.t.Helper()
	prog := h.compile(text)
	run := h.pool.Get(prog, h, nil)
	if run.Start(0, syntax.RequestRoute) != Suspended {
		h.t.Fatal("does not wait")
	}
	return run
}

// An async_all without a limit of its own waits as long as its operations may.
func TestAsyncAllTimeLimit(t *testing.T) {
	for limit, want := range map[string]time.Duration{"": noLimit, ", 2": 2 * time.Second, `, "250ms"`: 250 * time.Millisecond, ", 0": noLimit} {
		h := newBed(t)
		run := h.parkOnce(`route { async_all { w(1); w(2); } (r` + limit + `); } route[r] { say("$rc"); }`)
		if _, d := run.Pending(); d != want || !run.PendingAsync() || !run.Async() {
			t.Errorf("%q: waits %v, want %v", limit, d, want)
		}
		if run.Resume(asyncops.TimedOut) != Done || h.log[0] != "-7" {
			t.Errorf("log %v", h.log)
		}
		h.pool.Put(run)
	}
}

// A function that waits a second time does so beside the others.
func TestAsyncAllWaitsAgain(t *testing.T) {
	left := 3
	var again Finish
	again = func(c *Ctx, op asyncops.Op, out asyncops.Outcome) Ret {
		if left--; left > 0 {
			return c.Await(op, again)
		}
		return 8
	}
	steps := Func0("steps", "Three operations.", All, func(c *Ctx) Ret { return c.Await(&fakeOp{}, again) })
	h := newBed(t)
	if got := h.runWith(`route { async_all { w(3); steps(); } (r); } route[r] { say("$rc"); }`, steps); got != "1" || h.parked != 3 {
		t.Errorf("log %s, parked %d times", got, h.parked)
	}
}

// When the time is over, nothing is begun any more: who wants to go on is told so.
func TestAsyncAllOutOfTime(t *testing.T) {
	asked := 0
	var again Finish
	again = func(c *Ctx, op asyncops.Op, out asyncops.Outcome) Ret {
		if asked++; out != asyncops.TimedOut {
			t.Errorf("told %v", out)
		}
		return c.Await(op, again)
	}
	h := newBed(t)
	r := NewRegistry()
	r.AddFuncs(append(h.functions(), Func0("endless", "", All, func(c *Ctx) Ret { return c.Await(&fakeOp{}, again) }))...)
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("test.cfg", []byte(`route { async_all { endless(); w(1); } (r, 1); } route[r] { say("$rc"); }`), nil, d), r, d)
	run := h.pool.Get(prog, h, nil)
	run.Start(0, syntax.RequestRoute)
	if run.Resume(asyncops.TimedOut) != Done || h.log[0] != "-1" || asked > 10 {
		t.Errorf("log %v, asked %d times", h.log, asked)
	}
	h.pool.Put(run)
}

// A run that is given up frees the operations of its async_all, begun or not.
func TestAsyncAllGivenUp(t *testing.T) {
	for _, text := range []string{
		`route { async_all { freed(); freed(); } (r); } route[r] { say("no"); }`,
		`route { async_all { freed(); freed(); say("$slow(x)"); } (r); } route[r] { say("no"); }`,
	} {
		freed := 0
		h := newBed(t)
		r := NewRegistry()
		r.AddFuncs(append(h.functions(), Func0("freed", "", All, func(c *Ctx) Ret {
			return c.Await(&fakeOp{}, func(*Ctx, asyncops.Op, asyncops.Outcome) Ret { freed++; return 1 })
		}))...)
		h.askers(r)
		d := new(syntax.Diags)
		prog := Compile(syntax.Parse("test.cfg", []byte(text), nil, d), r, d)
		run := h.pool.Get(prog, h, nil)
		if run.Start(0, syntax.RequestRoute) != Suspended {
			t.Fatal("does not wait")
		}
		run.GiveUp(asyncops.TimedOut, false)
		if h.pool.Put(run); freed != 2 || len(h.log) > 0 {
			t.Errorf("%s: %d freed, log %v", text, freed, h.log)
		}
	}
}

// Runs with async_all take turns without seeing each other, and leave nothing behind.
func TestAsyncAllDoesNotAllocate(t *testing.T) {
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("t", []byte(`route { async_all { t_relay(); t_relay(); has_totag(); } (r, 2); } route[r] { if ($async.time > 5 && $(async.rc[1]) > 1) exit; }`), nil, d), relayRegistry(), d)
	if prog == nil {
		t.Fatal(messages(d))
	}
	pool := new(Pool)
	if n := testing.AllocsPerRun(200, func() {
		run := pool.Get(prog, quiet{}, nil)
		for out := run.Start(0, syntax.RequestRoute); out == Suspended; {
			out = run.Resume(asyncops.Completed)
		}
		pool.Put(run)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if len(pool.groups) != 1 {
		t.Errorf("%d groups in the pool", len(pool.groups))
	}
}

func TestAsyncAllIsTraced(t *testing.T) {
	h := newBed(t)
	var got stepList
	h.pool.Tracer = &got
	prog := h.compile("route {\nasync_all {\nw(3);\nv(-2);\nfetch(\"x\", $var(y));\n} (r);\n}\nroute[r] { }")
	run := h.pool.Get(prog, h, nil)
	h.settle(run, run.Start(0, syntax.RequestRoute))
	h.pool.Put(run)
	want := `route:0: route
route:3: async_all: w(3)
route:4: async_all: v(-2)
route:5: async_all: fetch("x", $var(y))  | $var(y): <null>
route:2: async_all: w, v, fetch -> waits
route:3: async_all: w(3) -> 3
route:5: async_all: fetch("x", $var(y)) -> 1  | $var(y): x
route:2: async_all: w, v, fetch -> -2
route:2: goes on in route[r]
:0: end -> 1`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

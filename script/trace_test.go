package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/script/syntax"
)

// A stepList keeps what it is told.
type stepList []string

func (l *stepList) Step(_ *Ctx, s *Step) {
	*l = append(*l, fmt.Sprintf("%s%s:%d: %v", strings.Repeat(" ", s.Depth), s.Route, s.Line, s))
}

const tracedScript = `route {
	$var(a) = 1;
	if ($var(a) == 1 && !v(-1)) {
		put("text", $var(b));
		w(3);
		route(x, $var(b));
	}
	while ($var(a) < 3) $var(a) += 1;
	async(w(7), later);
}
route[x] { if ($param(1)) return(2); }
route[later] { switch ($rc) { case 7: drop; } }
`

// A trace has each statement with the values that it used and changed, and where the
// run waited.
func TestTrace(t *testing.T) {
	h := newBed(t)
	var got stepList
	h.pool.Tracer = &got
	prog := h.compile(tracedScript)
	run := h.pool.Get(prog, h, nil)
	h.settle(run, run.Start(0, syntax.RequestRoute))
	h.pool.Put(run)
	want := strings.TrimPrefix(`
route:0: route
route:2: $var(a) = 1  | $var(a): <null> => 1
route:3: $var(a) == 1 -> true  | $var(a): 1
route:3: v(-1) -> -1
route:4: put("text", $var(b)) -> 1  | $var(b): <null> => text
route:5: w(3) -> waits
route:5: w(3) -> 3
route:6: route(x, $var(b))  | $var(b): text
 route[x]:11: $param(1) -> true  | $param(1): text
 route[x]:11: return(2) -> 2
route:8: $var(a) < 3 -> true  | $var(a): 1
route:8: $var(a) += 1  | $var(a): 1 => 2
route:8: $var(a) < 3 -> true  | $var(a): 2
route:8: $var(a) += 1  | $var(a): 2 => 3
route:8: $var(a) < 3 -> false  | $var(a): 3
route:9: async: w(7) -> waits
route:9: async: w(7) -> 7
route:9: goes on in route[later]
route[later]:12: switch ($rc)  | $rc: 7 => 1
route[later]:12: drop
:0: end -> 0
`, "\n")
	if text := strings.Join(got, "\n") + "\n"; text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

// Tracing may begin and end inside of a run, and changes nothing else: the result and
// the number of steps are the same.
func TestTraceOnAndOff(t *testing.T) {
	var got stepList
	value, steps := runOnAndOff(t, &got)
	text := strings.Join(got, "\n")
	if strings.Count(text, "$var(j) =") != 2 || strings.Contains(text, "$var(i) += 1") || !strings.Contains(text, "return(5) -> 5") {
		t.Error(text)
	}
	if v, n := runOnAndOff(t, nil); v != value || value != 5 || n != steps {
		t.Errorf("traced: value %d in %d steps; not traced: %d in %d", value, steps, v, n)
	}
}

func runOnAndOff(t *testing.T, to Tracer) (value int32, steps int) {
	h := newBed(t)
	r := NewRegistry()
	r.AddFuncs(h.functions()...)
	r.AddFuncs(
		Func0("on", "", All, func(c *Ctx) Ret { c.Trace(to); return 1 }),
		Func0("off", "", All, func(c *Ctx) Ret { c.Trace(nil); return 1 }))
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("t.cfg", []byte(`route {
	$var(i) = 0;
	while ($var(i) < 2) {
		on();
		w(1);
		$var(j) = $var(i);
		off();
		$var(i) += 1;
	}
	on(); on();
	return(5);
}`), nil, d), r, d)
	if prog == nil {
		t.Fatal(d.List)
	}
	run := h.pool.Get(prog, h, nil)
	out := run.Start(0, syntax.RequestRoute)
	for out == Suspended {
		out = run.Resume(asyncops.Completed)
	}
	return run.Value(), run.steps
}

// script_trace logs what follows it, with the format string as it was before each
// statement; without arguments it ends that. A level above the log's is not written.
func TestScriptTrace(t *testing.T) {
	h := newBed(t)
	prog := h.compile(`route {
	script_trace(1, "a=$var(a)", "me");
	$var(a) = 5;
	if (w(-1)) exit;
	script_trace("L_ERR");
	route(x);
	script_trace();
	$var(a) = 6;
	script_trace(4, "x");
	$var(a) = 7;
}
route[x] { v(2); }`)
	h.level = levelInfo
	run := h.pool.Get(prog, h, nil)
	h.settle(run, run.Start(0, syntax.RequestRoute))
	want := `WARNING:[test.cfg:3][me][$var(a) = 5  | $var(a): <null> => 5] -> (a=<null>)
WARNING:[test.cfg:4][me][w(-1) -> waits] -> (a=5)
WARNING:[test.cfg:4][me][w(-1) -> -1] -> (a=5)
WARNING:[test.cfg:5][me][script_trace("L_ERR") -> 1] -> (a=5)
ERROR:[test.cfg:6][][route(x)]
ERROR:[test.cfg:12][][v(2) -> 2]
ERROR:[test.cfg:12][][end of route[x] -> 2]
ERROR:[test.cfg:7][][script_trace() -> 1]`
	if got := strings.Join(h.log, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The limit of a run holds while it is traced.
func TestTraceKeepsTheLimit(t *testing.T) {
	h := newBed(t)
	var got stepList
	h.pool.Tracer = &got
	prog := h.compile(`route { while (1) { v(1); } }`)
	prog.maxSteps, prog.maxWhile = 100, 1000
	run := h.pool.Get(prog, h, nil)
	if run.Start(0, syntax.RequestRoute) != Done || len(got) > 101 || !strings.Contains(strings.Join(h.log, "\n"), "(100) instructions") {
		t.Errorf("%d lines\n%v", len(got), h.log)
	}
}

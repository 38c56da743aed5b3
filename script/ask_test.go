package script

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/script/syntax"
)

// askers are a variable and a transformation that may wait: $slow(x) is "x!", and
// {slow.up} is its input in upper case, behind a count of how often it was asked.
func (h *bed) askers(r *Registry) {
	later := func(c *Ctx, text string) Value {
		h.asked++
		h.couldN++
		if !h.waits(h.couldN - 1) {
			return StrValue([]byte(text))
		}
		return c.AwaitValue(&fetchOp{text: text}, func(_ *Ctx, op asyncops.Op, out asyncops.Outcome) Value {
			if out != asyncops.Completed {
				return Null
			}
			return StrValue([]byte(op.(*fetchOp).text))
		}, 0)
	}
	r.AddVars(&Var{Name: "slow", Inner: NeedsInner, Waits: true, Get: func(c *Ctx, a *Arg) Value {
		return later(c, string(a.Name)+"!")
	}})
	r.AddTransforms(&TransformDef{Class: "slow", Name: "up", Max: 1, Waits: true, Fn: func(c *Ctx, v Value, args []Value) Value {
		b, ok := c.Text(v)
		if !ok {
			return Null
		}
		text := strings.ToUpper(string(b))
		for _, a := range args {
			text += string(a.Str)
		}
		return later(c, text)
	}})
}

// waiting are scripts whose values wait in every place where a value can stand, with
// what they log and how often something is asked.
var waiting = []struct {
	script, want string
	asked        int
}{
	{`$var(x) = $slow(a); say("$var(x)");`, "a!", 1},
	{`$var(x) = "b"; $var(y) = $(var(x){slow.up}); say("$var(y)");`, "B", 1},
	{`$var(x) = "b"; $var(y) = $(var(x){slow.up,-$slow(i)}{s.len}) + 1; say("$var(y)");`, "5", 2},
	// an instruction is evaluated again, and asks the same thing once.
	{`$var(x) = $slow(a) + $slow(b) + $slow(a); say("$var(x)");`, "a!b!a!", 2},
	// += reads, computes, then writes; the name and the index of the target are evaluated too.
	{`$avp(n) = "1"; $(avp(n)[0]) += $slow(a); say("$(avp(n)[*])");`, "1a!", 1},
	{`$var($slow(n)) = 5; $var($slow(n)) += 1; say("$var(n!)");`, "6", 2},
	{`$avp(p) = $slow(a); $avp(p) = $slow(b); say("$(avp(p)[*])");`, "b!, a!", 2},
	{`if ($slow(a) == "A!") say("yes"); else say("no");`, "yes", 1},
	{`if (!$slow(a) == "x" && $(slow(c){slow.up}) =~ "^C!" || v(1)) say("yes");`, "yes", 3},
	{`if ([ $slow(a) == "b!" ]) say("yes"); else say("no");`, "no", 1},
	{`$var(i) = 0; while ($slow($var(i)) != "3!") { $var(i) += 1; } say("$var(i)");`, "3", 4},
	{`say("$slow(a) $slow(b)");`, "a! b!", 2},
	{`xlog("$slow(a)$slow(b)\n"); rc!`, "NOTICE:a!b!\n rc=1", 2},
	{`xlog($slow(x), "no"); rc!`, notCalled("xlog") + "rc=-1", 1},
	{`put("$slow(a)", $var(x)); say("$var(x)");`, "a!", 1},
	{`switch ($slow(a)) { case "b!": say("no"); case "a!": say("yes"); }`, "yes", 1},
	{`$avp(l) = "p"; $avp(l) = "q"; for ($var(x) in $(avp(l)[*])) { say("$(var(x){slow.up})"); }`, "Q P", 2},
	{`$avp(l!) = "p"; $avp(l!) = "q"; for ($var(x) in $(avp($slow(l))[*])) { say("$var(x)"); }`, "q p", 3},
	{`route { route(x, $slow(a), "$slow(b)"); say("$rc $return(0)"); } route[x] { say("$param(1) $param(2)"); return(2, $slow(c)); }`, "a! b! 2 c!", 3},
	{`route { route("$slow(x)"); } route["x!"] { say("here"); }`, "here", 1},
	{`route { if (route(x)) say("no"); } route[x] { return $slow(1); }`, "no", 1},
	// it reads $rc as it was before the instruction.
	{`v(-7); $var(x) = $rc + $(slow(a){s.len}); say("$var(x)");`, "-5", 1},
	// what is logged by the evaluation is logged once.
	{`$var(z) = 0; $var(x) = 1 / $var(z) + $(slow(a){s.len}); say("$var(x)");`, "ERROR:core: division by zero 2", 1},
	{`route { async(w($(slow(a){s.len})), r); } route[r] { rc! say("$slow(b)"); }`, "rc=2 b!", 2},
	{`route { async(r) { say("$slow(a)"); xlog("$slow(c)"); } } route[r] { rc! }`, "a! NOTICE:c! rc=1", 2},
	{`route { launch(v(3), r, "$slow(p)"); rc! } route[r] { say("$param(1)"); }`, "p! rc=1", 1},
	// a function that reads a variable itself.
	{`reads($(slow(a){slow.up})); rc!`, "A! A! rc=1", 2},
	{`$slow(x) = 1; rc!`, "", 0},
}

func (h *bed) askProgram(text string) *Program {
	if !strings.Contains(text, "route {") {
		text = "route { " + text + " }"
	}
	r := NewRegistry()
	r.AddFuncs(h.functions()...)
	r.AddFuncs(Func1("reads", "Logs a variable twice, before and after a wait.", All, VarIn("v", ""), func(c *Ctx, v VarRef) Ret {
		h.log = append(h.log, string(v.Get(c).Str))
		h.reads = v
		return c.Await(&fakeOp{1}, func(c *Ctx, _ asyncops.Op, _ asyncops.Outcome) Ret {
			h.log = append(h.log, string(h.reads.Get(c).Str))
			return 1
		})
	}))
	h.askers(r)
	d := new(syntax.Diags)
	cfg := syntax.Parse("test.cfg", []byte(strings.ReplaceAll(text, "rc!", `say("rc=$rc");`)), nil, d)
	return Compile(cfg, r, d)
}

// TestValuesThatWait: "A variable or transformation may wait too: the run parks on the
// same instruction, which is evaluated again when the answer is in the run." Whatever
// subset of them waits, the script logs the same and asks the same.
func TestValuesThatWait(t *testing.T) {
	for _, row := range waiting {
		for mask := range 1 << (row.asked + 2) {
			h := newBed(t)
			h.waits = func(n int) bool { return mask>>n&1 == 1 }
			prog := h.askProgram(row.script)
			if prog == nil {
				if row.want != "" {
					t.Fatalf("%s does not compile", row.script)
				}
				break
			}
			run := h.pool.Get(prog, h, nil)
			h.settle(run, run.Start(0, syntax.RequestRoute))
			h.pool.Put(run)
			if got := strings.Join(h.log, " "); got != row.want || h.asked != row.asked {
				t.Errorf("%s\nparked at %b\n got %q, asked %d times\nwant %q, %d", row.script, mask, got, h.asked, row.want, row.asked)
			}
		}
	}
}

// A value whose operation does not end in time is what its finish makes of that.
func TestValueTimesOut(t *testing.T) {
	h := newBed(t)
	prog := h.askProgram(`$var(x) = $slow(a); say("$var(x) $rc");`)
	run := h.pool.Get(prog, h, nil)
	if run.Start(0, syntax.RequestRoute) != Suspended || run.PendingAsync() {
		t.Fatal("does not wait, or as an async statement does")
	}
	if run.Resume(asyncops.TimedOut) != Done || h.log[0] != "<null> 1" {
		t.Errorf("log %v", h.log)
	}
	h.pool.Put(run)
}

// A run that ends while it waits for a value leaves nothing behind in its Ctx.
func TestAbandonedQuestion(t *testing.T) {
	h := newBed(t)
	prog := h.askProgram(`$var(x) = $slow(a); say("$var(x)");`)
	for range 2 {
		run := h.pool.Get(prog, h, nil)
		run.Start(0, syntax.RequestRoute)
		h.pool.Put(run)
	}
	run := h.pool.Get(prog, h, nil)
	h.settle(run, run.Start(0, syntax.RequestRoute))
	h.pool.Put(run)
	if strings.Join(h.log, " ") != "a!" || h.asked != 3 {
		t.Errorf("log %v, asked %d times", h.log, h.asked)
	}
}

func TestWaitingForAValueDoesNotAllocate(t *testing.T) {
	r := relayRegistry()
	op := &fakeOp{1}
	r.AddVars(&Var{Name: "slow", Waits: true, Get: func(c *Ctx, _ *Arg) Value {
		return c.AwaitValue(op, func(*Ctx, asyncops.Op, asyncops.Outcome) Value { return StrValue(emptyText) }, 0)
	}})
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("t", []byte(`route { $var(x) = "a" + $slow; if ($slow == "") exit; }`), nil, d), r, d)
	if prog == nil {
		t.Fatal(messages(d))
	}
	pool := new(Pool)
	once := func() {
		run := pool.Get(prog, quiet{}, nil)
		for out := run.Start(0, syntax.RequestRoute); out == Suspended; {
			out = run.Resume(asyncops.Completed)
		}
		pool.Put(run)
	}
	if n := testing.AllocsPerRun(100, once); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

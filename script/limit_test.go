package script

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

// What a script may do is bounded; one that does more ends, and says so.
func TestLimitsOfARun(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{`max_script_steps = 5000 max_while_loops = 100000 route { route(x); say("no"); } route[x] { while (1) { $var(i) = 1; } }`,
			"ERROR:core: the script ran more than max_script_steps (5000) instructions in route[x]: ended"},
		// A while stops after max_while_loops with an error log and the script continues after it.
		{`max_while_loops = 3 route { $var(i) = 0; while (1) { $var(i) += 1; } say("$var(i)"); }`, "ERROR:core: max_while_loops (3) reached at test.cfg:1 3"},
		{`max_script_memory = 100000 route { $var(x) = "x"; while (1) { $var(x) = $var(x) + $var(x); } say("no"); }`, memoryOut},
		{`max_script_memory = 100000 route { $avp(x) = "0123456789"; while (1) { $avp(x) = "$avp(x)0123456789"; } say("no"); }`, memoryOut},
		{`max_script_memory = 100000 route { while (1) { $avp(x) := "0123456789 0123456789"; } say("no"); }`, memoryOut},
		{`max_script_memory = 100000 route { while (1) { $var($avp(x)) = "0123456789"; } say("no"); }`, memoryOut},
		{`max_script_memory = 100000 route { $var(x) = "0123456789"; while (1) { if ($(var(x){s.toupper}) == "x") exit; } say("no"); }`, memoryOut},
		// What one transaction may hold; a value in another's place is always taken.
		{`max_while_loops = 16384 route { while (1) { $avp(x) = 1; } $avp(x) = 2; say("$rc"); $avp(x) := 3; say("$rc $(avp(x)[*])"); }`,
			"ERROR:core: max_while_loops (16384) reached at test.cfg:1 ERROR:core: too many values of $avp: this one is not kept -1 1 3"},
		// At most 100 nested route calls.
		{`route { $var(n) = 0; route(x); say("$var(n) $rc"); } route[x] { $var(n) += 1; route(x); return($rc); }`,
			"ERROR:core: more than 100 nested routes at test.cfg:1: route(x) not called 100 -1"},
		// A text that evaluates itself.
		{`$var(x) = "$$(var(x){s.eval})"; $var(y) = $(var(x){s.eval}); say("end");`, "ERROR:core: {s.eval} inside {s.eval}, more than 8 deep end"},
	} {
		h := newBed(t)
		text := c.script
		if !strings.Contains(text, "route {") {
			text = "route { " + text + " }"
		}
		if got := h.run(text); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.script, got, c.want)
		}
	}
}

const memoryOut = "ERROR:core: the script made more than max_script_memory (100000) bytes of strings in route: ended"

// The next run of the same Ctx begins with all that a run may have.
func TestLimitsAreOfOneRun(t *testing.T) {
	h := newBed(t)
	prog := h.compile(`max_script_steps = 2000 max_script_memory = 100000 route { while (1) { $var(x) = "$var(x)xxxxxxxxxx"; } } route[x] { say("fine"); }`)
	for range 3 {
		for _, name := range []string{"", "x"} {
			run := h.pool.Get(prog, h, nil)
			run.Start(prog.Route(syntax.RequestRoute, name), syntax.RequestRoute)
			h.pool.Put(run)
		}
	}
	if got := strings.Count(strings.Join(h.log, " "), "fine"); got != 3 {
		t.Error(h.log)
	}
}

// FuzzEval and its like may not take for ever: what doubles with each level is counted.
func TestEvalIsCounted(t *testing.T) {
	h := newBed(t)
	text := `max_script_steps = 3000 route { $var(x) = "` + strings.Repeat(`$$(var(x){s.eval})`, 20) + `"; $var(y) = $(var(x){s.eval}); say("no"); }`
	h.run(text)
	if last := h.log[len(h.log)-1]; !strings.Contains(last, "max_script_steps") {
		t.Error(last)
	}
}

package script

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

// bad(n) records a parse error and has the value n; $bad does so when it is read.
func (h *bed) faulty() []*Func {
	return []*Func{
		Func1("bad", "Records a fault.", All, Int("n", ""), func(c *Ctx, n int32) Ret {
			c.Fail(ParseFault("error parsing Via", 400, "bad Via header"))
			return Ret(n)
		}),
	}
}

const shows = ` error_route { say("[$err.class $err.level $err.info $err.rcode $err.rreason $route.type]"); v(7); }`

const parsing = "[1 3 error parsing Via 400 bad Via header error_route]"

func TestErrorRoute(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		// After every action, if a parser error was recorded, error_route runs; the script goes on behind it.
		{`route { bad(1); say("on $rc"); }` + shows, parsing + " on 7"},
		{`route { route(x); say("on $rc"); } route[x] { bad(-3); }` + shows, parsing + " on -3"},
		{`route { if (bad(-1)) say("no"); else say("else"); }` + shows, parsing + " else"},
		{`route { if (bad(1) && bad(1)) say("yes"); }` + shows, parsing + " " + parsing + " yes"},
		{`route { bad(0); say("no"); }` + shows, parsing},
		{`route { w(1); bad(1); w(2); say("on"); } error_route { w(1); say("e"); w(-1); }`, "e on"},
		// The error is gone behind it.
		{`route { bad(1); say("$err.class $err.level $err.info $err.rcode $err.rreason $route.type"); }` + shows, parsing + " <null> <null> <null> <null> <null> route"},
		// Not in error_route itself; and exit in it ends the script.
		{`route { bad(1); say("on"); } error_route { say("a"); bad(1); say("b $err.info"); }`, "a b error parsing Via on"},
		{`route { route(x); say("no"); } route[x] { bad(1); say("no"); } error_route { say("a"); exit; }`, "a"},
		{`route { bad(1); say("no"); } error_route { say("a"); v(0); }`, "a"},
		{`route { bad(1); say("on"); } error_route { route(x); say("b"); return(-1); } route[x] { say("x $err.rcode $route.type"); return(5); }`, "x 400 route b on"},
		{`route { bad(1); say("no"); } error_route { async(w(1), r); } route[r] { say("resumed $err.class"); }`, "resumed 1"},
		// Without an error_route nothing happens.
		{`route { bad(1); say("on $err.class"); }`, "on <null>"},
		// assert: on failure it logs, runs error_route (500) and ends the script.
		{`enable_asserts = yes route { assert(v(1), "fine"); say("a"); assert(v(-1), "not fine"); say("no"); }` + shows, "a CRITICAL:core: assert failed at test.cfg:1: not fine [4 1 assertion failed 500 server error error_route]"},
		{`enable_asserts = yes route { route(x); say("no"); } route[x] { assert(v(-1), "t"); } error_route { return(5); }`, "CRITICAL:core: assert failed at test.cfg:1: t"},
		{`enable_asserts = yes route { assert(v(-1), "t"); say("no"); }`, "CRITICAL:core: assert failed at test.cfg:1: t"},
		{`enable_asserts = 1 route { $var(five) = "5"; assert($var(five) == 5, "t"); say("no"); }`, "CRITICAL:core: assert failed at test.cfg:1: t"},
		{`enable_asserts = no route { assert(v(-1), "t"); say("on $rc"); }` + shows, "on -5"},
	} {
		h := newBed(t)
		if got := h.runWith(c.script, h.faulty()...); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.script, got, c.want)
		}
	}
}

// Error_route does not run for what goes wrong in onreply and local routes.
func TestErrorRouteIsNotForReplies(t *testing.T) {
	for _, head := range []string{"onreply_route[x]", "local_route", "failure_route[x]", "branch_route[x]", "timer_route[x, 5]", "startup_route", "event_route[E_X]"} {
		h := newBed(t)
		r := NewRegistry()
		r.AddFuncs(append(h.functions(), h.faulty()...)...)
		d := new(syntax.Diags)
		prog := Compile(syntax.Parse("t", []byte(head+` { bad(1); say("on $route.type"); }`+shows), nil, d), r, d)
		run := h.pool.Get(prog, h, nil)
		h.settle(run, run.Start(0, prog.Routes()[0].Kind))
		want := parsing + " on "
		if head[0] == 'o' || head[0] == 'l' {
			want = "on "
		}
		if got := strings.Join(h.log, " "); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", head, got)
		}
		h.pool.Put(run)
	}
}

// It also runs without the main route when the rest of a request cannot be parsed.
func TestErrorRouteInsteadOfTheMainOne(t *testing.T) {
	h := newBed(t)
	prog := h.compile(`route { say("no"); } error_route { w(1); say("$err.info $err.rcode"); route(x); } route[x] { say("x $err.rreason"); }`)
	run := h.pool.Get(prog, h, nil)
	h.settle(run, run.StartFault(ParseFault("message is broken", 400, "Bad From")))
	if got := strings.Join(h.log, " "); got != "message is broken 400 x Bad From" {
		t.Error(got)
	}
	h.pool.Put(run)
}

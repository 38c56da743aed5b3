package script

import (
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}

func TestPoolCatchesMisuse(t *testing.T) {
	h := newBed(t)
	prog := h.compile(`route { w(1); }`)
	run := h.pool.Get(prog, h, nil)
	mustPanic(t, "resume before start", func() { run.Resume(0) })
	run.Start(0, syntax.RequestRoute)
	mustPanic(t, "second start", func() { run.Start(0, syntax.RequestRoute) })
	child := h.pool.GetChild(run, nil)
	mustPanic(t, "parent put before child", func() { h.pool.Put(run) })
	mustPanic(t, "strange pool", func() { new(Pool).Put(run) })
	h.pool.Put(child)
	h.pool.Put(run)
	mustPanic(t, "put twice", func() { h.pool.Put(run) })
	r := NewRegistry()
	f := Func0("f", "", All, func(*Ctx) Ret { return 1 })
	mustPanic(t, "declared twice", func() { r.AddFuncs(f, f) })
}

// A run that was used before knows nothing of it.
func TestReusedRunIsFresh(t *testing.T) {
	h := newBed(t)
	prog := h.compile(`route { say("$var(a) $avp(a) $rc $param(1) $return(0) $xlog_level $var($rc)");
		$var(a) = 1; $avp(a) = 1; $xlog_level = -3; $var($rc) = 4; route(x); drop; } route[x] { return(1, 2); }`)
	for range 3 {
		run := h.pool.Get(prog, h, h)
		if run.Data() != h || run.Dropped() || run.Async() || run.RC() != 0 {
			t.Error("not fresh")
		}
		run.SetParams(IntValue(9))
		h.settle(run, run.Start(0, syntax.RequestRoute))
		if !run.Dropped() || run.Value() != 0 {
			t.Errorf("dropped %v, value %d", run.Dropped(), run.Value())
		}
		h.pool.Put(run)
	}
	for _, line := range h.log {
		if line != "<null> <null> 0 9 <null> 4 <null>" {
			t.Error(line)
		}
	}
}

// A child has its parent's $var and $avp, and what it writes outlives it.
func TestChildSharesVariables(t *testing.T) {
	h := newBed(t)
	prog := h.compile(`route { $var(a) = "parent"; $avp(a) = "p"; w(1); say("$var(a) $var(b) $avp(a) $var(x$var(b))"); }
		branch_route[b] { $var(b) = $var(a) + "'s child"; $avp(a) = "c" + $avp(a); $var(x$var(b)) = "dynamic"; drop; }`)
	run := h.pool.Get(prog, h, "parent")
	out := run.Start(0, syntax.RequestRoute)
	child := h.pool.GetChild(run, "child")
	if child.Start(prog.Route(syntax.BranchRoute, "b"), syntax.BranchRoute) != Done || !child.Dropped() || child.Data() != "child" {
		t.Error("the branch route did not drop")
	}
	h.pool.Put(child)
	other := h.pool.Get(prog, h, nil) // takes the child's memory
	copy(other.Alloc(200), "garbage garbage garbage garbage garbage garbage")
	h.settle(run, out)
	if h.log[0] != "parent parent's child cp dynamic" || run.Dropped() {
		t.Error(h.log)
	}
}

func TestHostsAVPs(t *testing.T) {
	h := newBed(t)
	r := NewRegistry()
	r.AddFuncs(h.functions()...)
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("t", []byte(`route { say("$avp(x)"); $avp(y) = "new"; }`), nil, d), r, d)
	list := new(AVPs)
	list.Push(r.AVPID("x"), StrValue([]byte("given")))
	run := h.pool.Get(prog, h, nil)
	run.SetAVPs(list)
	h.settle(run, run.Start(0, syntax.RequestRoute))
	h.pool.Put(run)
	if v := list.Get(r.AVPID("y"), 0); h.log[0] != "given" || string(v.Str) != "new" {
		t.Errorf("log %v, $avp(y) %q", h.log, v.Str)
	}
}

func TestEventParameters(t *testing.T) {
	h := newBed(t)
	prog := h.compile(`event_route[E_X] { say("$param(aor) $param(2) $param(none)"); route(r); } route[r] { say("$param(aor)"); }`)
	run := h.pool.Get(prog, h, nil)
	run.SetNamedParams([]string{"code", "aor"}, []Value{IntValue(5), StrValue([]byte("bob"))})
	h.settle(run, run.Start(prog.Route(syntax.EventRoute, "E_X"), syntax.EventRoute))
	h.pool.Put(run)
	if h.log[0] != "bob bob <null>" || h.log[1] != "<null>" {
		t.Error(h.log)
	}
}

package script

import (
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

// "What its functions and variables keep between two calls. Like $var, a run shares it
// with the runs inside its calls."
func TestSlot(t *testing.T) {
	h, r := newBed(t), NewRegistry()
	var ended []int
	s := NewSlot(r, func(n *int) { ended = append(ended, *n) })
	unused := NewSlot[string](r, nil)
	prog := h.compileWith(r, `route { w(1); }`)
	run := h.pool.Get(prog, h, nil)
	if s.Look(run) != nil || *s.Of(run) != 0 {
		t.Error("a new run's slot is not empty")
	}
	*s.Of(run) = 7
	child := h.pool.GetChild(run, nil)
	if got := s.Look(child); got == nil || *got != 7 {
		t.Error("a run inside does not share the slot")
	}
	h.pool.Put(child)
	if ended != nil {
		t.Error("the slot ended with a run that only shares it")
	}
	h.pool.Put(run)
	if len(ended) != 1 || ended[0] != 7 {
		t.Errorf("ended %v, want 7 once", ended)
	}
	again := h.pool.Get(prog, h, nil)
	if s.Look(again) != nil || unused.Look(again) != nil {
		t.Error("a run that was used before still has its slot")
	}
	h.pool.Put(again)
}

// InitVar: each run begins with the value, whatever the one before has written.
func TestInitVar(t *testing.T) {
	h, r := newBed(t), NewRegistry()
	r.InitVar("gw", StrValue([]byte("sip:a")))
	prog := h.compileWith(r, `route { say("$var(gw) $var(other)"); $var(gw) = NULL; say("$var(gw)"); }`)
	for range 2 {
		run := h.pool.Get(prog, h, nil)
		h.settle(run, run.Start(0, syntax.RequestRoute))
		h.pool.Put(run)
	}
	want := []string{"sip:a <null>", "<null>", "sip:a <null>", "<null>"}
	for i, line := range h.log {
		if line != want[i] {
			t.Errorf("line %d: %s, want %s", i, line, want[i])
		}
	}
	if len(h.log) != len(want) {
		t.Errorf("%d lines", len(h.log))
	}
}

func (h *bed) compileWith(r *Registry, text string) *Program {
	h.t.Helper()
	r.AddFuncs(h.functions()...)
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("test.cfg", []byte(text), nil, d), r, d)
	if prog == nil {
		h.t.Fatalf("does not compile: %v", messages(d))
	}
	return prog
}

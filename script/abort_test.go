package script

import (
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

// An aborting host notes that it was asked to end.
type abortingBed struct {
	*bed
	reason string
}

func (h *abortingBed) Abort(_ *Ctx, reason []byte) { h.reason = string(reason) }

// "On failure it logs, runs error_route (500) and ends the script, or aborts the process
// with abort_on_assert."
func TestAbortOnAssert(t *testing.T) {
	for head, want := range map[string]string{
		"enable_asserts=yes\nabort_on_assert=yes\n": "core: assert failed at t.cfg:3: too low",
		"enable_asserts=1\nabort_on_assert=1\n":     "core: assert failed at t.cfg:3: too low",
		"enable_asserts=yes\n\n":                    "",
		"abort_on_assert=yes\n\n":                   "",
	} {
		var d syntax.Diags
		r := NewRegistry()
		p := Compile(syntax.Parse("t.cfg", []byte(head+"route { assert($rc > 5, \"too low\"); }"), nil, &d), r, &d)
		if p == nil {
			t.Fatal(d.List)
		}
		h := &abortingBed{bed: newBed(t)}
		c := h.pool.Get(p, h, nil)
		c.Start(p.Route(syntax.RequestRoute, ""), syntax.RequestRoute)
		if h.reason != want {
			t.Errorf("%q: aborted with %q, want %q", head, h.reason, want)
		}
	}
}

package asyncops

import (
	"fmt"
	"testing"
)

// "The one that was not asked for the longest goes first."
func TestRecent(t *testing.T) {
	var r Recent[int]
	keep := func(n int) *int { return r.Put(fmt.Append(nil, n), &n, 3) }
	for i := range 3 {
		if out := keep(i); out != nil {
			t.Errorf("%d had to go for %d", *out, i)
		}
	}
	if p := r.Get([]byte("0")); p == nil || *p != 0 {
		t.Error("0 is not kept")
	}
	if r.Has([]byte("1")); r.Get([]byte("x")) != nil {
		t.Error("x is kept")
	}
	if out := keep(3); out == nil || *out != 1 {
		t.Errorf("%v had to go, want 1", out)
	}
	other := 2
	r.Drop("2", &other) // not that one
	if p := r.Get([]byte("2")); p == nil {
		t.Error("2 was dropped for another")
	} else if r.Drop("2", p); r.Has([]byte("2")) || r.Len() != 2 {
		t.Error("2 is still there")
	}
	r.Drop("2", nil)
	if r.Clear(); r.Len() != 0 || r.Get([]byte("0")) != nil {
		t.Error("not empty")
	}
}

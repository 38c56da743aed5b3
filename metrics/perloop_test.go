package metrics

import (
	"testing"
	"unsafe"
)

// "They do not share cache lines."
func TestPerLoopIsApart(t *testing.T) {
	type counters struct{ a, b Counter }
	all := PerLoop[counters](3)
	if len(all) != 3 {
		t.Fatalf("%d, want 3", len(all))
	}
	for i, x := range all {
		for _, y := range all[:i] {
			from, to := uintptr(unsafe.Pointer(x)), uintptr(unsafe.Pointer(y))
			if max(from, to)-min(from, to) < 64+unsafe.Sizeof(*x) {
				t.Errorf("%p and %p share a cache line", x, y)
			}
		}
	}
}

package loop

import "testing"

// What one loop puts back only that loop gets again.
func TestPoolIsPerLoop(t *testing.T) {
	g, err := New(Config{Loops: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Stop()
	p := NewPool[int](g)
	var first, other, again *int
	g.Do(0, func(l *Loop) { first = p.Get(l); p.Put(l, first) })
	g.Do(1, func(l *Loop) { other = p.Get(l) })
	g.Do(0, func(l *Loop) { again = p.Get(l) })
	if again != first || other == first {
		t.Errorf("loop 0 put %p and got %p; loop 1 got %p", first, again, other)
	}
}

package steer

import (
	"fmt"
	"math"
	"testing"
)

// The loops share the calls evenly, whatever Call-IDs look like, and whatever the seed.
func TestOwnerDistribution(t *testing.T) {
	shapes := map[string]func(i int) string{
		"counted":    func(i int) string { return fmt.Sprintf("%d-12345@192.0.2.1", i) },
		"at the end": func(i int) string { return fmt.Sprintf("call@host.example.com;%d", i) },
		"hex":        func(i int) string { return fmt.Sprintf("%016x", uint64(i)*0x9e3779b97f4a7c15) },
		"short":      func(i int) string { return fmt.Sprint(i) },
	}
	const calls = 20_000
	for about, id := range shapes {
		for _, loops := range []int{1, 2, 3, 4, 7, 16} {
			o := NewOwner(loops)
			count := make([]int, loops)
			for i := range calls {
				count[o.Of([]byte(id(i)))]++
			}
			mean := float64(calls) / float64(loops)
			for loop, n := range count {
				// Six standard deviations of a fair draw: about one test run in 10^7 is unlucky.
				if math.Abs(float64(n)-mean) > 6*math.Sqrt(mean) {
					t.Errorf("%s, %d loops: loop %d has %d calls of %d", about, loops, loop, n, calls)
				}
			}
		}
	}
}

// A call stays where it is: the owner depends on the Call-ID and the process alone.
func TestOwnerIsStable(t *testing.T) {
	o := NewOwner(4)
	twin := o
	id := []byte("a84b4c76e66710@pc33.atlanta.example.com")
	for range 3 {
		if o.Of(id) != twin.Of(append([]byte(nil), id...)) {
			t.Fatal("two owners of one call")
		}
	}
	if n := testing.AllocsPerRun(100, func() { o.Of(id) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The hash is seeded: a peer that has found Call-IDs of one loop of one process has found
// nothing about the next.
func TestOwnerIsSeeded(t *testing.T) {
	const loops, calls, processes = 4, 400, 8
	first := NewOwner(loops)
	var aimed [][]byte // Call-IDs of loop 0
	for i := 0; len(aimed) < calls; i++ {
		if id := []byte(fmt.Sprint("aimed", i)); first.Of(id) == 0 {
			aimed = append(aimed, id)
		}
	}
	hit := 0
	for range processes {
		o := NewOwner(loops)
		for _, id := range aimed {
			if o.Of(id) == 0 {
				hit++
			}
		}
	}
	if hit > calls*processes/2 {
		t.Errorf("%d of %d aimed calls reach the loop in other processes", hit, calls*processes)
	}
}

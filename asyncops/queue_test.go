package asyncops_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fastsips/fastsips/asyncops"
)

// waits is something that stands in a queue.
type waits struct {
	place asyncops.Place[waits]
	in    bool
}

// "In the order of their coming; any of them may leave it": against a slice.
func TestQueueKeepsOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var q asyncops.Queue[waits]
	var model []*waits
	all := make([]waits, 8)
	for range 10_000 {
		switch w := &all[rnd.IntN(len(all))]; {
		case rnd.IntN(4) == 0:
			if got := q.Pop(); len(model) == 0 && got != nil || len(model) > 0 && got != model[0] {
				t.Fatal("popped somebody else than the first")
			}
			if len(model) > 0 {
				model[0].in = false
				model = model[1:]
			}
		case w.in:
			q.Remove(&w.place)
			w.in, model = false, slices.DeleteFunc(model, func(m *waits) bool { return m == w })
		default:
			q.Push(&w.place, w)
			w.in, model = true, append(model, w)
		}
		if q.Len() != len(model) || (q.First() == nil) != (len(model) == 0) || len(model) > 0 && q.First() != model[0] {
			t.Fatalf("%d wait, want %d", q.Len(), len(model))
		}
	}
}

// "BUG: operation queued twice", "BUG: operation is in no queue"
func TestQueueNoticesBugs(t *testing.T) {
	for what, wrong := range map[string]func(q *asyncops.Queue[waits], w *waits){
		"queued twice": func(q *asyncops.Queue[waits], w *waits) { q.Push(&w.place, w); q.Push(&w.place, w) },
		"not queued":   func(q *asyncops.Queue[waits], w *waits) { q.Remove(&w.place) },
		"has left":     func(q *asyncops.Queue[waits], w *waits) { q.Push(&w.place, w); q.Pop(); q.Remove(&w.place) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("nobody noticed: ", what)
				}
			}()
			wrong(new(asyncops.Queue[waits]), new(waits))
		}()
	}
}

func TestQueueDoesNotAllocate(t *testing.T) {
	var q asyncops.Queue[waits]
	var a, b waits
	if n := testing.AllocsPerRun(1000, func() {
		q.Push(&a.place, &a)
		q.Push(&b.place, &b)
		q.Remove(&a.place)
		q.Pop()
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

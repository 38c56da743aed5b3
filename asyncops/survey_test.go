package asyncops_test

import (
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// says describes itself.
type says struct {
	quiet
	who string
}

func (s says) Describe(d *asyncops.Description) { d.CallID = s.who }

// A Survey counts what is pending on all loops, over many pages, and lists those that have
// waited longest, the oldest first. What has ended is not there.
func TestSurvey(t *testing.T) {
	const each = 10_000
	r := looptest.New(t, 2)
	b := r.Ops.Backend("sql", "db")
	r.Start()
	for i := range 2 {
		r.Group.Do(i, func(l *loop.Loop) {
			for n := range each {
				a := &asks{b: b}
				r.Ops.On(l).Begin(l, a, 10*time.Second, says{who: string(rune('a' + min(n, 5)))})
				if n > 5 && n%2 == 0 {
					a.done.Done(l, asyncops.Completed)
				}
			}
		})
	}
	want := each/2 + 3 // the first six of each loop are there, of the rest every other
	count := func(q asyncops.Survey, want, listed int) []asyncops.Pending {
		t.Helper()
		n, list, now, err := q.Run(t.Context(), r.Group, r.Ops)
		if err != nil || n != want || len(list) != listed {
			t.Fatalf("%+v: %d pending, %d listed, %v; want %d and %d", q, n, len(list), err, want, listed)
		}
		for i, p := range list {
			if p.Backend != b || p.Began > now || p.Deadline-p.Began != int64(10*time.Second) || i > 0 && p.Began < list[i-1].Began {
				t.Errorf("%d is %+v", i, p)
			}
		}
		return list
	}
	count(asyncops.Survey{Loop: -1, Limit: 0}, 2*want, 0)
	count(asyncops.Survey{Loop: -1, Limit: 1000}, 2*want, 1000)
	count(asyncops.Survey{Loop: -1, Limit: 1 << 20}, 2*want, 2*want)
	count(asyncops.Survey{Loop: 1, Limit: 10, Older: time.Hour}, 0, 0)
	for _, p := range count(asyncops.Survey{Loop: 1, Limit: 100}, want, 100) {
		if p.Loop != 1 || p.CallID == "" {
			t.Errorf("listed %+v", p)
		}
	}
}

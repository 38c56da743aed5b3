package redis_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/loop"
)

// A crowd is commands that were begun together, as their waiter.
type crowd struct {
	ends [asyncops.Cancelled + 1]int
	left int
	late int64 // the most that a timeout came after its deadline, in ns
	due  map[asyncops.Op]int64
	done chan struct{}
	pass map[int64]int // how many ended in the same pass of the loop, by its time
}

func (c *crowd) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	c.ends[out]++
	c.pass[l.Now()]++
	if out == asyncops.TimedOut {
		c.late = max(c.late, l.Now()-c.due[op])
	}
	op.(*redis.Command).Free(l)
	if c.left--; c.left == 0 {
		close(c.done)
	}
}

const many = 100_000

// gather begins many commands on loop 0 and returns how many bytes of heap they take,
// each, while they are under way.
func (r *rig) gather(timeout time.Duration, text ...string) (c *crowd, bytes int) {
	c = &crowd{left: many, done: make(chan struct{}), due: make(map[asyncops.Op]int64, many), pass: map[int64]int{}}
	before := heap()
	r.On(0, func(l *loop.Loop, ops *asyncops.Table) {
		for range many {
			q := r.client.Command(l)
			for _, word := range text {
				q.ArgString(word)
			}
			c.due[q] = l.Now() + int64(timeout)
			if _, out, pending := ops.Begin(l, q, timeout, c); !pending {
				r.T.Error("ended at once: ", out)
			}
		}
	})
	return c, (heap() - before) / many
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// 100,000 commands wait on one connection, and all are answered. Each takes a few
// hundred bytes meanwhile.
func TestHundredThousandAnswered(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{QueryTimeout: time.Minute}, s.Addr())
	r.want("SET registrations:count:alice 3", "OK")
	s.Freeze()
	c, bytes := r.gather(time.Minute, "GET", "registrations:count:alice")
	s.Thaw()
	looptest.Receive(t, "the last answer", c.done)
	if c.ends[asyncops.Completed] != many {
		t.Errorf("ends %v", c.ends)
	}
	t.Logf("%d bytes for each", bytes)
	if bytes > 600 { // the Table's entry, its timer and the test's map included
		t.Errorf("%d bytes for each, want 600 at most", bytes)
	}
	if st := r.settled(); st.Connects != 1 || st.Completed != many+1 {
		t.Errorf("counters %+v", st)
	}
}

// The server stays silent: each ends at its deadline, and when the server is back nothing
// of it is left.
func TestHundredThousandTimedOut(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{QueryTimeout: time.Second}, s.Addr())
	r.want("PING", "PONG")
	s.Freeze()
	c, _ := r.gather(2*time.Second, "GET", "registrations:count:alice")
	looptest.Receive(t, "the last deadline", c.done)
	if c.ends[asyncops.TimedOut] != many {
		t.Errorf("ends %v", c.ends)
	}
	t.Logf("the last %v after its deadline", time.Duration(c.late))
	s.Thaw()
	r.Until("it answers", func() bool { return r.ask("PING").out == asyncops.Completed })
	r.settled()
}

// The server dies: what may have been carried out fails, and not all in one pass, for the
// loop has others to look after.
func TestHundredThousandFail(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{QueryTimeout: time.Minute}, s.Addr())
	r.want("PING", "PONG")
	s.Freeze()
	c, _ := r.gather(time.Minute, "INCR", "calls")
	s.Kill()
	looptest.Receive(t, "the last failure", c.done)
	if c.ends[asyncops.Failed] != many {
		t.Errorf("ends %v", c.ends)
	}
	for _, n := range c.pass {
		if n > 1024 {
			t.Errorf("%d ended in one pass", n)
		}
	}
	r.settled()
}

// "0 allocations" for a command and its answer, from the pool and back.
func TestCommandDoesNotAllocate(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{}, s.Addr())
	r.want("SET some:key 12345", "OK")
	key := []byte("some:key")
	begin := func(l *loop.Loop, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
		q := r.client.Command(l)
		q.ArgString("GET")
		q.Arg(key)
		return q.Begin(l, 0, w)
	}
	end := func(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
		q := op.(*redis.Command)
		if n, ok := q.Value().Int(); out != asyncops.Completed || n != 12345 || !ok {
			t.Error("answered ", out, q.Err())
		}
		q.Free(l)
	}
	run := func(n int) { looptest.Receive(t, "the chain", r.Chain(0, n, begin, end)) }
	run(1000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run(2000)
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > 200 { // Chain, Receive and the runtime's own
		t.Errorf("%d allocations for 2000 commands", n)
	}
}

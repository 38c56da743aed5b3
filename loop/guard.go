package loop

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A Stall is a loop that has not ended its pass for too long, or the end of that.
type Stall struct {
	Loop int
	For  time.Duration
	Over bool // it moves again
}

// Stack is what the loop is in now, "innermost < ... < outermost"; empty if that is not to be
// found out. It stops the whole process for a moment.
func (s Stall) Stack() string { return stackOf(s.Loop) }

// Guard watches the loops from a goroutine of its own: stalled is called there once for
// each time that one does not get on for limit, and once when it does again. What a loop
// pays for that is nothing: it counts its passes anyway. When the guard itself was not
// scheduled for so long, since the machine or the garbage collector had no time for the
// process, no loop is to blame: away is told. Call stop, which waits for both, in the end.
func (g *Group) Guard(limit time.Duration, stalled func(Stall), away func(time.Duration)) (stop func()) {
	if g.virtual != nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &guard{g: g, limit: limit, tick: max(limit/4, time.Millisecond), stalled: stalled, away: away, seen: make([]pulse, g.Len())}
	var done sync.WaitGroup
	done.Go(func() { w.run(ctx) })
	return func() {
		cancel()
		done.Wait()
	}
}

type guard struct {
	g           *Group
	limit, tick time.Duration
	stalled     func(Stall)
	away        func(time.Duration)
	seen        []pulse // by loop
}

// A pulse is what the guard knows of a loop.
type pulse struct {
	passes uint64
	since  time.Time // when it was first seen in this pass; zero: it sleeps
	told   bool
}

func (w *guard) run(ctx context.Context) {
	t := time.NewTicker(w.tick)
	defer t.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		now := time.Now()
		if late := now.Sub(last) - w.tick; late > w.limit/2 {
			w.forget()
			w.away(late)
		}
		last = now
		for i := range w.seen {
			w.look(i, now)
		}
	}
}

// forget begins anew with the loops that are not known to be stalled.
func (w *guard) forget() {
	for i := range w.seen {
		if !w.seen[i].told {
			w.seen[i] = pulse{}
		}
	}
}

// look compares loop i with what was seen of it before.
func (w *guard) look(i int, now time.Time) {
	l, p := w.g.loops[i], &w.seen[i]
	passes := atomic.LoadUint64(&l.stats.Wakeups)
	asleep := l.inbox.asleep.Load()
	switch {
	case asleep || p.since.IsZero() || passes != p.passes:
		if p.told {
			w.stalled(Stall{Loop: i, For: now.Sub(p.since), Over: true})
		}
		*p = pulse{passes: passes, since: now}
		if asleep {
			p.since = time.Time{}
		}
	case !p.told && now.Sub(p.since) >= w.limit:
		p.told = true
		w.stalled(Stall{Loop: i, For: now.Sub(p.since)})
	}
}

package loop

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/timer"
)

// A Group is all loops of the process. Its methods are for set-up and management,
// from any goroutine that is no loop.
type Group struct {
	cfg         Config
	virtual     *Virtual // what drives the loops instead of pollers; commonly nil
	clock       clock
	loops       []*Loop
	kinds       []func(l *Loop, ref uint64) // by timer.Kind; 0 is none
	udps        []*UDP
	tcps        []*TCP
	retry       timer.Kind   // retrySend
	streamTimer timer.Kind   // streamDue
	acceptTimer timer.Kind   // acceptAgain
	streams     atomic.Int64 // connections of all loops
	maxStreams  int64
	log         *logWriter
	logger      *slog.Logger

	mu    sync.Mutex
	phase phase
	wg    sync.WaitGroup
	spare atomic.Bool // there is a P for everybody else while all loops nap
}

type phase uint8

const (
	setUp phase = iota
	running
	stopped
)

// logPatience bounds how long Stop waits for a stalled LogWriter.
const logPatience = time.Second

var (
	errStarted = errors.New("loop: the group has started")
	errStopped = errors.New("loop: the group has stopped")
)

// New makes the loops of a group, which Start sets going. A group that is not
// wanted any more is to be stopped, started or not.
func New(cfg Config) (*Group, error) {
	return makeGroup(cfg, newClock(), nil)
}

func makeGroup(cfg Config, c clock, v *Virtual) (*Group, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	g := &Group{cfg: cfg, clock: c, virtual: v, kinds: make([]func(*Loop, uint64), 1)}
	g.retry = g.NewKind(g.retrySend)
	g.streamTimer, g.acceptTimer = g.NewKind(g.streamDue), g.NewKind(g.acceptAgain)
	g.maxStreams = 2048
	for i := range cfg.Loops {
		l, err := newLoop(g, i)
		if err != nil {
			g.closeAll()
			return nil, fmt.Errorf("loop: loop %d: %w", i, err)
		}
		g.loops = append(g.loops, l)
	}
	g.log = newLogWriter(cfg, g.loops)
	if v == nil {
		go g.log.run()
	}
	g.logger = slog.New(&logHandler{w: g.log})
	return g, nil
}

// Len returns the number of loops.
func (g *Group) Len() int { return len(g.loops) }

// Wall returns the time on the wall clock. On a loop, [Loop.Wall] is that of the wake-up.
func (g *Group) Wall() time.Time {
	_, wall := g.clock.read()
	return wall
}

// Mailbox returns the mailbox of loop i.
func (g *Group) Mailbox(i int) Mailbox { return g.loops[i].Mailbox() }

// Logger is for state changes, not for messages. Its lines go to the LogWriter
// and never wait for it, so it may be used anywhere, on loops too.
func (g *Group) Logger() *slog.Logger { return g.logger }

// NewKind gives a kind of timer what it does. To be called before Start.
func (g *Group) NewKind(fire func(l *Loop, ref uint64)) timer.Kind {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.phase != setUp {
		panic("BUG: NewKind after Start")
	}
	if len(g.kinds) > 255 {
		panic("BUG: more than 255 kinds of timers")
	}
	g.kinds = append(g.kinds, fire)
	return timer.Kind(len(g.kinds) - 1)
}

// Start sets the loops going, each on a goroutine that is not locked to its
// thread: the hand-offs between threads would cost half as much again.
func (g *Group) Start() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch g.phase {
	case running:
		return errStarted
	case stopped:
		return errStopped
	}
	g.phase = running
	if g.virtual != nil {
		return nil
	}
	g.NoteProcs()
	for _, l := range g.loops {
		g.wg.Add(1)
		go func() {
			defer g.wg.Done()
			labelled(l.index, l.run)
		}()
	}
	return nil
}

// Stop ends the loops after their current pass, closes every watched fd and waits
// for all that; log lines are written if that takes less than a second. It must
// not be called on a loop. Calling it again only waits.
func (g *Group) Stop() {
	g.mu.Lock()
	was := g.phase
	g.phase = stopped
	g.mu.Unlock()
	switch {
	case g.virtual != nil:
		g.stopVirtual(was)
		return
	case was == running:
		for _, l := range g.loops {
			l.Mailbox().Post(&Task{Run: func(l *Loop) { l.ending = true }})
		}
	case was == setUp:
		g.closeAll()
	}
	g.wg.Wait()
	g.log.stop(logPatience)
}

// closeAll ends a group that never ran.
func (g *Group) closeAll() {
	for _, l := range g.loops {
		l.close()
		close(l.ended)
	}
}

// Do runs f on loop i and waits for it: for set-up, tests and management, never
// on a loop. Before Start it runs f at once, after Stop it does nothing.
func (g *Group) Do(i int, f func(*Loop)) {
	g.mu.Lock()
	now := g.phase
	g.mu.Unlock()
	l := g.loops[i]
	switch {
	case now == setUp, g.virtual != nil && now == running:
		l.wakeUp()
		f(l)
	case now == running:
		done := make(chan struct{})
		l.Mailbox().Post(&Task{Run: func(l *Loop) {
			defer close(done)
			f(l)
		}})
		select {
		case <-done:
		case <-l.ended:
		}
	}
}

// LoopStats returns the counters of loop i alone.
func (g *Group) LoopStats(i int) (s Stats) {
	s.add(&g.loops[i].stats)
	s.Wakes = g.loops[i].inbox.wakes.Load()
	return s
}

// Lag returns how much later than they were due loop i came to its timers: by the tick of
// the wheel (1 ms), and by what it was busy with.
func (g *Group) Lag(i int) (d metrics.Distribution) {
	g.loops[i].lag.AddTo(&d)
	return d
}

// Snapshot returns the sum of all loops' counters.
func (g *Group) Snapshot() Stats {
	var s Stats
	wakes := uint64(0)
	for _, l := range g.loops {
		s.add(&l.stats)
		wakes += l.inbox.wakes.Load() // the one counter that others write
	}
	s.Wakes = wakes
	return s
}

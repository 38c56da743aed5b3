// Package exec runs commands of the shell as operations a script can wait for.
//
// A bounded worker starts the process, which takes milliseconds; from then on the
// loop watches its pipes and its pidfd, and reaps it. Every command leads a process
// group of its own, which is killed as a whole when the answer is no longer wanted.
//
// The result is taken when the command itself has ended: what a process it left
// behind writes later is nobody's. Output beyond the bounds is read and dropped.
// The package refuses NUL bytes, and more children than it was allowed; it does not
// quote anything: what is put into a command is the shell's to read, so data of a
// peer belongs on standard input or in the environment.
package exec

import (
	"cmp"
	"log/slog"
	"os"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
)

// Config is fixed once New is called. Zero values mean the defaults.
type Config struct {
	Children             int                    // running at a time, shared out over the loops, at least one each; default 64
	Queue                int                    // commands waiting per loop; default 256
	Starters             int                    // processes being started at a time, over all loops; default 4
	MaxInput             int                    // bytes of standard input; default 1 MiB
	MaxStdout, MaxStderr int                    // bytes kept of each; default 64 KiB
	Shell                string                 // default /bin/sh
	Dir                  string                 // where commands run; default the process's own
	Env                  []string               // "K=V"; nil means the process's own
	Breaker              asyncops.BreakerConfig // of starting processes
}

func (c Config) withDefaults() Config {
	c.Children = cmp.Or(c.Children, 64)
	c.Queue = cmp.Or(c.Queue, 256)
	c.Starters = cmp.Or(c.Starters, 4)
	c.MaxInput = cmp.Or(c.MaxInput, 1<<20)
	c.MaxStdout = cmp.Or(c.MaxStdout, 64<<10)
	c.MaxStderr = cmp.Or(c.MaxStderr, 64<<10)
	c.Shell = cmp.Or(c.Shell, "/bin/sh")
	if c.Env == nil {
		c.Env = os.Environ()
	}
	return c
}

// A Runner runs commands for every loop of a group.
type Runner struct {
	cfg      Config
	share    int // of Children, per loop
	group    *loop.Group
	ops      *asyncops.Set
	log      *slog.Logger
	starters *asyncops.Workers
	states   loop.Local[state]
	runs     loop.Pool[Run]
	stats    []*counters // by loop
	backend  *asyncops.Backend
}

// New makes a runner. Call it before g.Start. Ops is where its commands will be
// begun; it keeps their deadlines.
func New(g *loop.Group, ops *asyncops.Set, cfg Config, log *slog.Logger) *Runner {
	x := &Runner{cfg: cfg.withDefaults(), group: g, ops: ops, log: log}
	x.share = max(1, x.cfg.Children/g.Len())
	x.starters = asyncops.NewWorkers(x.cfg.Starters, x.share*g.Len())
	x.runs = loop.NewPool[Run](g)
	x.stats = metrics.PerLoop[counters](g.Len())
	x.backend = ops.Backend("exec", "")
	x.states = loop.NewLocal(g, func(i int) state {
		m := x.backend.Meter(i)
		return state{
			runner: x, stats: x.stats[i], children: make(map[*child]bool),
			breaker: asyncops.NewBreaker(x.cfg.Breaker).ShownBy(m), waiting: asyncops.NewQueue[Run](&m.Queued),
		}
	})
	return x
}

// Close kills and reaps all children; commands under way end as failed. Call it
// while the loops still run.
func (x *Runner) Close() {
	var pids []int
	for i := range x.group.Len() {
		x.group.Do(i, func(l *loop.Loop) { x.states.On(l).close(l) })
	}
	x.starters.Close() // those being started are given to their loops, which kill them
	for i := range x.group.Len() {
		x.group.Do(i, func(l *loop.Loop) { pids = append(pids, x.states.On(l).giveUp(l)...) })
	}
	for _, pid := range pids {
		wait(pid)
	}
}

// Run returns an unused command of l. Free it when its results have been read.
func (x *Runner) Run(l *loop.Loop) *Run {
	r := x.runs.Get(l)
	r.runner = x
	r.reset()
	return r
}

// state is one loop's share of a runner.
type state struct {
	runner   *Runner
	stats    *counters
	breaker  asyncops.Breaker
	down     bool
	children map[*child]bool // being started, running, or not reaped yet
	waiting  asyncops.Queue[Run]
	scratch  []byte // what is read and dropped
	later    loop.Task
	pumping  bool
	deferred bool
	closed   bool
}

// pump starts waiting commands as long as there is room.
func (s *state) pump(l *loop.Loop) {
	if s.pumping {
		return
	}
	s.pumping = true
	for s.waiting.Len() > 0 && len(s.children) < s.runner.share {
		s.launch(l, s.waiting.Pop())
	}
	s.pumping = false
}

// pumpLater pumps at the end of this pass.
func (s *state) pumpLater(l *loop.Loop) {
	if s.waiting.Len() == 0 || s.deferred {
		return
	}
	s.deferred = true
	s.later.Run = func(l *loop.Loop) {
		s.deferred = false
		s.pump(l)
	}
	l.Defer(&s.later)
}

// launch gives r to a worker that starts it.
func (s *state) launch(l *loop.Loop, r *Run) {
	if !s.breaker.Allow(l.Now()) {
		r.end(l, asyncops.Unavailable)
		return
	}
	c := newChild(s, l, r)
	if !s.runner.starters.Submit(c.start) {
		r.end(l, asyncops.Overloaded)
		return
	}
	s.children[c] = true
	r.child, r.phase = c, phaseRunning
}

// started hears whether a process could be started.
func (s *state) started(l *loop.Loop, err error) {
	if err == nil {
		s.breaker.Success()
		if s.down {
			s.down = false
			s.runner.log.Info("exec: processes can be started again", "loop", l.Index())
		}
		return
	}
	s.breaker.Failure(l.Now())
	if !s.down {
		s.down = true
		s.runner.log.Error("exec: cannot start a process", "error", err, "loop", l.Index())
	}
}

// close ends all commands and kills all children.
func (s *state) close(l *loop.Loop) {
	s.closed = true
	for s.waiting.Len() > 0 {
		s.waiting.Pop().end(l, asyncops.Failed)
	}
	for c := range s.children {
		if r := c.run; r != nil {
			c.abandon(l)
			r.end(l, asyncops.Failed)
		}
	}
}

// giveUp stops watching what has been killed, and returns what is to be reaped.
func (s *state) giveUp(l *loop.Loop) (pids []int) {
	for c := range s.children {
		if c.ended != nil {
			c.unwatch(l)
			s.stats.reaped.Inc()
			pids = append(pids, c.pid)
		}
		delete(s.children, c)
	}
	return pids
}

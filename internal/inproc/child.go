package inproc

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/child"
	"github.com/fastsips/fastsips/internal/collect"
	"github.com/fastsips/fastsips/internal/cpus"
)

// A Start says what a Child runs.
type Start struct {
	Script string
	Loops  int
	Procs  int // GOMAXPROCS; 0: one more than loops, as cmd/fastsips has it
}

// A Command tells a Child how to collect from here on. What is zero stays as it is.
type Command struct {
	Percent int           // GOGC; -1: off
	Limit   int64         // GOMEMLIMIT, bytes
	Every   time.Duration // a collection each time it has passed, beside those that come; -1: no more
	Collect bool          // now, before the answer
	Profile string        // a file for a heap profile
}

// An answer is what a Child says after each line.
type answer struct {
	Sample
	Error string
}

// ChildName is the argument that makes a program that calls [Serve] a Child.
const ChildName = "inproc-child"

// A Child is a proxy in a process of its own, which is this program once more.
type Child struct{ process *child.Process }

// Spawn starts a Child on the given processors; none: wherever it may run.
func Spawn(s Start, cpus ...int) (*Child, error) {
	cmd, err := child.Self(ChildName)
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p, err := child.Start(cmd, cpus...)
	if err != nil {
		return nil, err
	}
	c := &Child{p}
	if _, err := c.ask(s); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// PID is the id of its process.
func (c *Child) PID() int { return c.process.PID() }

// Do has the child carry out a command and returns a sample taken afterwards.
func (c *Child) Do(cmd Command) (Sample, error) { return c.ask(cmd) }

func (c *Child) ask(v any) (Sample, error) {
	if err := c.process.Say(v); err != nil {
		return Sample{}, err
	}
	var a answer
	if err := c.process.HearInto(&a); err != nil {
		return Sample{}, fmt.Errorf("the proxy: %w", err)
	}
	if a.Error != "" {
		return a.Sample, errors.New(a.Error)
	}
	return a.Sample, nil
}

// Stop ends it at once: what it has parked is nobody's.
func (c *Child) Stop() { c.process.Kill() }

// Serve is what a Child does, if the arguments, those of the program without its name,
// say that this process is one; else it returns false at once.
func Serve(args []string) bool {
	if len(args) != 1 || args[0] != ChildName {
		return false
	}
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := json.NewEncoder(os.Stdout)
	var s Start
	if in.Decode(&s) != nil {
		return true
	}
	var f forcer
	if s.Procs == 0 {
		s.Procs = s.Loops + 1
		if s.Loops >= cpus.Look().Loops() {
			f.procs = s.Loops
		}
	}
	runtime.GOMAXPROCS(s.Procs)
	p, err := start(s.Script, s.Loops)
	if err != nil {
		_ = out.Encode(answer{Error: err.Error()})
		return true
	}
	defer p.Stop()
	if f.changed = p.group.NoteProcs; f.procs > 0 {
		go collect.Watch(f.procs, f.changed, nil)
	}
	a := answer{Sample: p.Look()}
	for {
		if out.Encode(a) != nil {
			return true
		}
		var c Command
		if in.Decode(&c) != nil {
			return true
		}
		a.Error = ""
		if err := f.do(c); err != nil {
			a.Error = err.Error()
		}
		a.Sample = p.Look()
	}
}

// A forcer carries out Commands.
type forcer struct {
	procs   int // while one collects; 0: as many as there are
	changed func()
	stop    chan struct{}
}

func (f *forcer) do(c Command) error {
	if c.Percent != 0 {
		debug.SetGCPercent(c.Percent)
	}
	if c.Limit != 0 {
		debug.SetMemoryLimit(c.Limit)
	}
	if c.Every != 0 && f.stop != nil {
		close(f.stop)
		f.stop = nil
	}
	if c.Every > 0 {
		f.stop = make(chan struct{})
		go f.force(c.Every, f.stop)
	}
	if c.Collect {
		collectAll()
	}
	if c.Profile != "" {
		return profile(c.Profile)
	}
	return nil
}

func (f *forcer) force(every time.Duration, stop <-chan struct{}) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			collect.With(f.procs, f.changed)
		}
	}
}

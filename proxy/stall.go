package proxy

import (
	"time"

	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
)

// LoopStalled is raised on another loop than the one that is stuck, if there is one; else
// once that one moves again.
var LoopStalled = &event.Decl{
	Name: "E_CORE_LOOP_STALL",
	Doc:  "a loop has not got on for loop_stall_threshold",
	Params: []event.Param{
		{Name: "loop", Doc: "its number"}, {Name: "milliseconds", Doc: "for how long by now"},
		{Name: "script", Doc: "where the script is; empty: not in a script"}, {Name: "function", Doc: "the functions that the loop is in, the innermost first"},
	},
}

var loopStalledNames = LoopStalled.Names()

// GuardLoops logs which loop does not get on for limit, and what it is at. Call stop
// before the loops are stopped.
func (p *Proxy) GuardLoops(limit time.Duration) (stop func()) {
	return p.group.Guard(limit, p.stalled, p.away)
}

// stalled runs on the guard's goroutine, which alone writes the counters.
func (p *Proxy) stalled(s loop.Stall) {
	if s.Over {
		p.group.Logger().Warn("loop moves again", "loop", s.Loop, "stalled_ms", s.For.Milliseconds())
		return
	}
	p.stalls.Inc()
	where := "" // before the stack: that takes a moment, and the script may get on
	if w, ok := p.doings[s.Loop].Now(); ok {
		where = w.String()
	}
	stack := s.Stack()
	p.group.Logger().Error("loop is stalled", "loop", s.Loop, "ms", s.For.Milliseconds(), "script", orNone(where), "in", orNone(stack))
	p.raiseStall(s, where, stack)
}

func orNone(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// away is of a process that was not scheduled: no loop is to blame.
func (p *Proxy) away(late time.Duration) {
	p.pauses.Inc()
	p.group.Logger().Warn("the process did not run: the machine, or the garbage collector, had no time for it", "ms", late.Milliseconds())
}

func (p *Proxy) raiseStall(s loop.Stall, where, stack string) {
	if !p.events.Wanted(LoopStalled.Name) {
		return
	}
	r := &event.Raised{Name: LoopStalled.Name, Names: loopStalledNames, Values: []script.Value{
		script.IntValue(int32(s.Loop)), script.IntValue(int32(s.For.Milliseconds())),
		script.StrValue([]byte(where)), script.StrValue([]byte(stack))}}
	next := (s.Loop + 1) % p.group.Len()
	p.group.Mailbox(next).Post(&loop.Task{Run: func(l *loop.Loop) { p.events.Raise(l, r) }})
}

// Stalls returns how often a loop has stalled, and how often the whole process did not
// run.
func (c *Core) Stalls() (loops, process int64) {
	if c == nil || c.proxy == nil {
		return 0, 0
	}
	return int64(c.proxy.stalls.Load()), int64(c.proxy.pauses.Load())
}

// newDoings makes what tells where the scripts of each loop are.
func newDoings(loops int) (list []*script.Doing) {
	for range loops {
		list = append(list, new(script.Doing))
	}
	return list
}

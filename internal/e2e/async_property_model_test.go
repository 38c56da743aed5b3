package e2e

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// Values of hold().
const (
	holdFailed    = -3
	holdTimedOut  = -7
	holdCancelled = -1
)

// A holdModule has hold(call, n), which waits until the test ends it, and mark(call, value,
// version), which notes that a run has gone on.
type holdModule struct {
	all   []*holdOp
	marks []holdMark
}

// A holdMark is what a run did when it went on.
type holdMark struct {
	call        string
	rc, version int
	loop        int
}

func (m *holdModule) Setup(e *module.Env) {
	e.Funcs = []*script.Func{
		script.Func2("hold", "", script.All, script.Str("call", ""), script.Int("n", ""), m.hold).MayWait(),
		script.Func3("mark", "", script.All, script.Str("call", ""), script.Int("value", ""), script.Int("version", ""), m.mark),
	}
}

func (m *holdModule) hold(c *script.Ctx, call []byte, n int32) script.Ret {
	o := &holdOp{call: string(call), number: int(n)}
	m.all = append(m.all, o)
	return c.AwaitFor(o, holdFinish, holdLimit)
}

func (m *holdModule) mark(c *script.Ctx, call []byte, rc, version int32) script.Ret {
	m.marks = append(m.marks, holdMark{string(call), int(rc), int(version), proxy.From(c).Loop().Index()})
	return 1
}

func (m *holdModule) begun(call string) (n int) {
	for _, o := range m.all {
		if o.call == call {
			n++
		}
	}
	return n
}

func holdFinish(_ *script.Ctx, _ asyncops.Op, out asyncops.Outcome) script.Ret {
	switch out {
	case asyncops.Completed:
		return 1
	case asyncops.TimedOut:
		return holdTimedOut
	}
	return holdFailed
}

// A holdOp is an operation that the test ends.
type holdOp struct {
	call   string
	number int
	loop   int
	done   asyncops.Completion
	over   bool
}

func (o *holdOp) Start(l *loop.Loop, c asyncops.Completion, _ int64) { o.loop, o.done = l.Index(), c }
func (o *holdOp) Cancel(*loop.Loop)                                  { o.over = true }

func (o *holdOp) end(l *loop.Loop, fails bool) (taken bool) {
	o.over = true
	if fails {
		return o.done.Done(l, asyncops.Failed)
	}
	return o.done.Done(l, asyncops.Completed)
}

// A holdCall is the model of one call: which of its operations are under way, and what its
// runs have to do.
type holdCall struct {
	kind, id  string
	version   int
	deadlines map[int]int64 // of operations under way, by number
	values    map[int]int   // of those that have ended
	begun     int
	cancelled bool
	marks     []holdMark
	status    int // the final response; 0: none yet
	got       int // what the caller has seen
}

func newHoldCall(kind, id string, version int) *holdCall {
	return &holdCall{kind: kind, id: id, version: version, deadlines: map[int]int64{}, values: map[int]int{}}
}

func (c *holdCall) start(now int64, numbers ...int) {
	for _, n := range numbers {
		c.deadlines[n] = now + int64(holdLimit)
		c.begun++
	}
}

// inOrder says how many operations follow one another.
func (c *holdCall) inOrder() int { return map[string]int{"block": 3, "chain": 2}[c.kind] }

func (c *holdCall) begin(now int64) {
	switch c.kind {
	case "all":
		c.start(now, 0, 1, 2)
	case "both":
		c.start(now, 0, 1)
	default:
		c.start(now, 0)
	}
	if c.kind == "launch" {
		c.status = 480
	}
}

// ended says that an operation has a value, and what comes next.
func (c *holdCall) ended(n, value int, now int64) {
	if _, open := c.deadlines[n]; !open {
		return
	}
	delete(c.deadlines, n)
	c.values[n] = value
	switch {
	case c.kind == "all" && len(c.deadlines) > 0:
	case c.kind == "all":
		c.goesOn(c.worst(), true)
	case n+1 < c.inOrder():
		c.start(now, n+1)
	default:
		c.goesOn(value, c.kind != "launch" && !(c.kind == "both" && n == 0))
	}
}

// worst is the value of an async_all.
func (c *holdCall) worst() int {
	for n := range 3 {
		if c.values[n] <= 0 {
			return c.values[n]
		}
	}
	return 1
}

func (c *holdCall) goesOn(rc int, answers bool) {
	c.marks = append(c.marks, holdMark{call: c.id, rc: rc, version: c.version})
	if answers && c.status == 0 {
		c.status = 480
	}
}

// tick ends what is over at a time.
func (c *holdCall) tick(now int64) {
	for again := true; again; {
		again = false
		for n := range 3 {
			if at, open := c.deadlines[n]; open && at <= now {
				c.ended(n, holdTimedOut, at)
				again = true
			}
		}
	}
}

// cancel: 487, and with async_cancel what the run of the request waits for ends.
func (c *holdCall) cancel(ends bool, now int64) {
	c.status, c.cancelled = 487, true
	if !ends {
		return
	}
	var open []int
	for n := range 3 {
		if _, ok := c.deadlines[n]; ok && !(c.kind == "both" && n == 0) {
			open = append(open, n)
		}
	}
	for _, n := range open {
		c.ended(n, holdCancelled, now)
	}
}

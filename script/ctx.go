package script

import (
	"fmt"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/script/syntax"
)

// Outcome says how a run, or a part of it, ended.
type Outcome uint8

// The outcomes.
const (
	Done      Outcome = iota // it is over; the Ctx may be put back
	Suspended                // it waits for the operation that Pending tells

	stopped // the run loop was left for the other one, see Trace
)

// A frame is a place in a route, and where the route's own things begin on the
// stacks of the run.
type frame struct {
	route, pc    int32
	regs         int32 // loop counters
	param, nargs int32 // arguments of the route() call
}

// A Ctx is one run of a script. It is also the run's continuation: after Start or
// Resume returned Suspended, its frames say exactly where to go on. It belongs to
// one loop, and pins its Program across reloads.
type Ctx struct {
	prog *Program
	host Host
	data any
	pool *Pool

	// Where the run is.
	frames  []frame
	regs    []int32
	params  []Value
	names   []string // of event parameters, see SetNamedParams
	returns []Value
	rc      int32 // $rc
	val     int32 // value of the last statement
	value   int32 // of the ended top route
	after   int32 // route that Finish is followed by, see Report
	steps   int   // instructions so far
	left    int   // bytes of strings that it may still make
	kind    syntax.RouteKind

	live     bool
	dropped  bool
	exiting  bool // Exit was called by a function
	starting bool // the next function is the first of an async statement
	async    bool // parked by async at least once
	byAsync  bool // the pending operation was started by async
	report   bool // Finish is followed by the report route, see Report
	alert    bool // the run loop is to look up, see alarm
	asking   bool // the instruction at hand may wait for a value
	wanting  bool // it has to: what it makes of the missing value is void
	evals    int8 // nested {s.eval}
	children int32

	// What it waits for.
	op      asyncops.Op
	fin     Finish
	timeout time.Duration
	asks    *asks     // nil until something asks
	fault   *faultRun // nil until something fails
	group   *group    // the async_all at hand; else nil
	notes   *opNotes  // of $async.*; nil where the script does not name it

	// What it knows.
	vars    *varSet
	ownVars varSet
	avps    *AVPs
	ownAVPs AVPs
	parent  *Ctx
	leveler LogLeveler
	xlogSet levelSetting // $xlog_level
	logSet  levelSetting // $log_level

	trace *tracing // nil: nobody looks on

	// Scratch memory.
	arena arena
	text  []byte // format strings under construction, used as a stack
	args  []Arg  // computed variable arguments, used as a stack
	targs []Value
}

// Program returns the script of the run.
func (c *Ctx) Program() *Program { return c.prog }

// Data returns what the host gave to the run.
func (c *Ctx) Data() any { return c.data }

// SetData replaces it.
func (c *Ctx) SetData(d any) { c.data = d }

// Kind returns the type of the top route.
func (c *Ctx) Kind() syntax.RouteKind { return c.kind }

// Async reports that the run was suspended by async at least once.
func (c *Ctx) Async() bool { return c.async }

// Value returns the value of the ended top route; exit gives 0.
func (c *Ctx) Value() int32 { return c.value }

// RC returns $rc.
func (c *Ctx) RC() int32 { return c.rc }

// SetRC sets $rc, for the route that is started next.
func (c *Ctx) SetRC(n int32) { c.rc = n }

// Dropped reports that the script ended by drop.
func (c *Ctx) Dropped() bool { return c.dropped }

// Exit makes the calling function the last of the run, as if it returned 0.
func (c *Ctx) Exit() { c.exiting = true }

// Drop is Exit with the mark of the drop statement.
func (c *Ctx) Drop() { c.exiting, c.dropped = true, true }

// AVPs returns the list that $avp names: the host's, else one of the run's own.
func (c *Ctx) AVPs() *AVPs { return c.avps }

// SetAVPs makes $avp name a list of the message or the transaction, which has to
// outlive the run; nil goes back to the run's own.
func (c *Ctx) SetAVPs(a *AVPs) {
	if a == nil {
		a = &c.ownAVPs
	}
	c.avps = a
}

// SetParams gives the top route its $param(1..n), before Start.
func (c *Ctx) SetParams(v ...Value) {
	c.params = append(c.params[:0], v...)
	c.names = nil
}

// SetNamedParams is SetParams for an event, whose route may also name them:
// $param(aor). Names is kept, and as long as v.
func (c *Ctx) SetNamedParams(names []string, v []Value) {
	c.params = append(c.params[:0], v...)
	c.names = names
}

// Start runs a route from the top. Kind is the type that $route.type shows and
// that functions are allowed by; for a route[x] run on behalf of another type it
// is that type.
func (c *Ctx) Start(route int32, kind syntax.RouteKind) Outcome {
	if len(c.frames) > 0 || c.op != nil {
		panic("BUG: a script run was started twice")
	}
	c.kind, c.steps, c.left, c.val, c.value = kind, 0, c.prog.memory, 1, 0
	c.alert = false
	c.dropped, c.exiting = false, false
	c.returns = c.returns[:0]
	c.push(route, 0, int32(len(c.params)))
	return c.run()
}

// Await suspends the run until op has ended; fin then makes the function's value.
// A function returns what Await returns.
func (c *Ctx) Await(op asyncops.Op, fin Finish) Ret { return c.AwaitFor(op, fin, 0) }

// AwaitFor is Await for an operation with a time limit of its own, 0 for none.
// The limit of an async statement applies if it is shorter.
func (c *Ctx) AwaitFor(op asyncops.Op, fin Finish, limit time.Duration) Ret {
	c.op, c.fin, c.timeout = op, fin, limit
	return Waiting
}

// Pending returns the operation that a suspended run waits for and its time
// limit; 0 is the default one.
func (c *Ctx) Pending() (op asyncops.Op, timeout time.Duration) { return c.op, c.timeout }

// PendingAsync reports that an async statement started the pending operation, not
// a plain call.
func (c *Ctx) PendingAsync() bool { return c.byAsync }

// Resume goes on after the pending operation has ended.
func (c *Ctx) Resume(out asyncops.Outcome) Outcome {
	op, fin := c.op, c.fin
	if op == nil {
		panic("BUG: resumed a script run that does not wait")
	}
	c.op, c.fin = nil, nil
	if fin == nil {
		return c.answered(op, out)
	}
	v := fin(c, op, out)
	if v == Waiting {
		return Suspended
	}
	if c.notes != nil {
		c.noteEnd(v, out, true)
	}
	if c.report {
		return c.startReport(v)
	}
	if c.trace != nil {
		c.traceResumed(func() { c.deliver(v) })
	} else {
		c.deliver(v)
	}
	return c.run()
}

// Log writes text at an OpenSIPS level (-3 alert ... 4 debug), with the level's
// name in front, unless $log_level or log_level is below.
func (c *Ctx) Log(level int, text []byte) {
	if level > c.coreLevel() {
		return
	}
	at := len(c.text)
	c.text = append(append(c.text, levelName(level)...), text...)
	c.host.Log(c, level, c.text[at:])
	c.text = c.text[:at]
}

// LogError writes a message of the run-time or of a module. It allocates.
func (c *Ctx) LogError(format string, args ...any) { c.logf(levelErr, format, args...) }

// Notice writes a message that a function was asked for. It allocates.
func (c *Ctx) Notice(format string, args ...any) { c.logf(levelNotice, format, args...) }

func (c *Ctx) logf(level int, format string, args ...any) {
	if c.asking && c.repeated() {
		return
	}
	c.Log(level, fmt.Appendf(nil, format, args...))
}

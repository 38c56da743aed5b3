package script

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script/syntax"
)

// A fakeOp carries the value that its function will have.
type fakeOp struct{ value Ret }

func (*fakeOp) Start(*loop.Loop, asyncops.Completion, int64) {}
func (*fakeOp) Cancel(*loop.Loop)                            {}

func (o *fakeOp) finish() Ret { return o.value }

func finishFake(c *Ctx, op asyncops.Op, out asyncops.Outcome) Ret {
	if out == asyncops.TimedOut {
		return -7
	}
	return op.(*fakeOp).finish()
}

// A bed is a host that records what a script does. What waits, waits when wait
// says so for the n-th function that could.
type bed struct {
	t        testing.TB
	pool     Pool
	log      []string
	level    int
	waits    func(n int) bool
	couldN   int
	parked   int
	begin    AsyncStart
	begun    int
	pendings []string // timeouts of what was parked
	launched []*Ctx // runs of their reports
	clock    int64  // of $async.time
	reports  []string
	asked    int // values that could wait, see askers
	reads    VarRef
}

func newBed(t testing.TB) *bed {
	return &bed{t: t, level: levelDebug, waits: func(int) bool { return true }}
}

func (h *bed) LogLevel() int { return h.level }

func (h *bed) Log(_ *Ctx, _ int, text []byte) { h.log = append(h.log, string(text)) }

func (h *bed) BeginAsync(*Ctx) AsyncStart { h.begun++; return h.begin }

func (h *bed) Now(*Ctx) int64 { return h.clock }

func (h *bed) Launch(c *Ctx, x Launched) Ret {
	run := h.pool.Get(c.Program(), h, nil)
	x.Param.Str = run.Copy(x.Param.Str)
	run.SetParams(x.Param)
	run.Expect(x)
	h.launched = append(h.launched, run)
	return 1
}

func (h *bed) LaunchDone(c *Ctx, x Launched, rc Ret) Ret {
	if x.Report < 0 {
		return 1
	}
	run := h.pool.Get(c.Program(), h, nil)
	run.SetParams(x.Param)
	if run.StartReport(x, rc) != Done {
		h.t.Error("the report waits")
	}
	h.pool.Put(run)
	return 1
}

// finishLaunched ends the launched operations.
func (h *bed) finishLaunched() {
	for _, run := range h.launched {
		h.settle(run, run.Resume(asyncops.Completed))
		h.pool.Put(run)
	}
	h.launched = nil
}

// settle resumes a run until it ends.
func (h *bed) settle(run *Ctx, out Outcome) {
	for out == Suspended {
		h.parked++
		_, d := run.Pending()
		h.pendings = append(h.pendings, d.String())
		out = run.Resume(asyncops.Completed)
	}
}

// functions are those of the test scripts: v(n) has the value n at once, w(n)
// may wait for it.
func (h *bed) functions() []*Func {
	return []*Func{
		Func1("v", "Value n.", All, Int("n", ""), func(_ *Ctx, n int32) Ret { return Ret(n) }),
		Func1("w", "Value n, later.", All, Int("n", ""), func(c *Ctx, n int32) Ret { return h.maybe(c, Ret(n)) }).MayWait(),
		Func1("say", "Log text.", All, Str("text", ""), func(c *Ctx, b []byte) Ret {
			h.log = append(h.log, string(b))
			return 1
		}),
		Func3("opt", "Log arguments.", All, Opt(Str("a", "")), OptInt("b", "", 42), Opt(Out("c", "")), func(c *Ctx, a []byte, b int32, v VarRef) Ret {
			c.logf(levelInfo, "opt a=%q b=%d c=%v", a, b, v.Valid())
			return 1
		}),
		Func2("put", "Write text.", All, Str("text", ""), Out("to", ""), func(c *Ctx, b []byte, v VarRef) Ret {
			return Ret(truth(v.Set(c, StrValue(b))))
		}),
		Func1("stop", "End the run.", All, Int("n", ""), func(c *Ctx, n int32) Ret { c.Exit(); return Ret(n) }),
		Func0("only_reply", "Not for requests.", O, func(*Ctx) Ret { return 1 }),
		Func1("arm", "Name a failure route.", All, Route(syntax.FailureRoute, "route", ""), func(c *Ctx, r RouteRef) Ret {
			c.logf(levelInfo, "arm %s %d", r.Name, r.ID)
			return 1
		}),
		Func2("fetch", "Write a value later.", All, Str("text", ""), OutList("to", ""), func(c *Ctx, b []byte, to []VarRef) Ret {
			return c.Await(&fetchOp{string(b), to}, finishFetch)
		}).MayWait(),
		Func2("matches", "Match.", All, Str("text", ""), Regex("re", ""), func(_ *Ctx, b []byte, re *Regexp) Ret {
			return Ret(truth(re.Match(b)))
		}),
	}
}

type fetchOp struct {
	text string
	to   []VarRef
}

func (*fetchOp) Start(*loop.Loop, asyncops.Completion, int64) {}
func (*fetchOp) Cancel(*loop.Loop)                            {}

func finishFetch(c *Ctx, op asyncops.Op, _ asyncops.Outcome) Ret {
	o := op.(*fetchOp)
	for _, v := range o.to {
		if !v.Set(c, StrValue([]byte(o.text))) {
			return -1
		}
	}
	return 1
}

func (h *bed) maybe(c *Ctx, n Ret) Ret {
	h.couldN++
	if h.waits(h.couldN - 1) {
		return c.Await(&fakeOp{n}, finishFake)
	}
	return n
}

// compile compiles a whole configuration, which must be right.
func (h *bed) compile(text string) *Program {
	h.t.Helper()
	prog, d := h.tryCompile(text)
	if prog == nil {
		h.t.Fatalf("does not compile: %v", messages(d))
	}
	return prog
}

func (h *bed) tryCompile(text string) (*Program, *syntax.Diags) {
	r := NewRegistry()
	r.AddFuncs(h.functions()...)
	h.askers(r)
	d := new(syntax.Diags)
	cfg := syntax.Parse("test.cfg", []byte(text), nil, d)
	return Compile(cfg, r, d), d
}

func messages(d *syntax.Diags) []string {
	var list []string
	for _, m := range d.List {
		list = append(list, m.Msg)
	}
	return list
}

// run runs the main route of a configuration and returns its log.
func (h *bed) run(text string) string {
	h.t.Helper()
	prog := h.compile(text)
	run := h.pool.Get(prog, h, nil)
	h.settle(run, run.Start(prog.Route(syntax.RequestRoute, ""), syntax.RequestRoute))
	h.pool.Put(run)
	h.finishLaunched()
	return strings.Join(h.log, " ")
}

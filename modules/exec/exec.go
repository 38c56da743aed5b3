// Package exec is OpenSIPS's exec module: external programs, which no loop waits
// for.
//
// The command is a /bin/sh script. Variables are pasted into it as they are, so a
// value that comes from a message goes through {s.escape.shell}, or by stdin or env.
package exec

import (
	"bytes"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	runner "github.com/fastsips/fastsips/asyncops/exec"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded exec.
type Module struct {
	children int
	limit    time.Duration
	setvars  bool
	status   *script.Slot[status]
	runner   *runner.Runner
	calls    loop.Pool[call]
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares the parameters and the function.
func (m *Module) Setup(e *module.Env) {
	e.Params.IntRange(&m.children, "max_children", 64, 1, 4096, "programs running at a time")
	e.Params.Seconds(&m.limit, "time_to_kill", 0, "seconds after which a program is killed, with its children; 0: after 30, as any operation")
	e.Params.Bool(&m.setvars, "setvars", false, "give programs SIP_HF_*, SIP_TID, SIP_DID, SIP_SRCIP, SIP_ORURI, SIP_RURI, SIP_OUSER and SIP_USER")
	e.Params.Ignored("async", "no exec blocks")
	e.Funcs = []*script.Func{
		script.Func5("exec", "Run a shell command. 1 if it exits with 0, else -1. Lines of output are pushed to the variables.",
			script.R|script.F|script.O|script.L|script.S|script.T|script.V,
			script.Str("command", "for /bin/sh -c; what comes from a message is quoted by {s.escape.shell}"),
			script.Opt(script.Str("stdin", "standard input")),
			script.Opt(script.Out("stdout", "variable for the output")),
			script.Opt(script.Out("stderr", "variable for the error output")),
			script.Opt(script.VarIn("env", "variable whose values are OSIPS_EXEC_0 (the newest), OSIPS_EXEC_1 ... of the environment")), m.exec).MayWait(),
	}
	m.status = script.NewSlot[status](e.Registry(), nil)
	e.Vars = []*script.Var{{Name: "exec.status", Get: m.getStatus,
		Doc: "exit status of the last exec() of this run; NULL if it was ended by a signal, also by its time limit, or could not be started"}}
}

// Start makes the runner.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	m.runner = runner.New(c.Group, c.Ops, runner.Config{Children: m.children}, c.Group.Logger())
	m.calls = loop.NewPool[call](c.Group)
	return nil
}

// Close kills what still runs.
func (m *Module) Close() error {
	if m.runner != nil {
		m.runner.Close()
	}
	return nil
}

// A status is how the last program of a run ended.
type status struct {
	ended bool // by itself
	code  int32
}

func (m *Module) getStatus(c *script.Ctx, _ *script.Arg) script.Value {
	if s := m.status.Look(c); s != nil && s.ended {
		return script.IntValue(s.code)
	}
	return script.Null
}

// A call is one program in progress, and where its output goes.
type call struct {
	*runner.Run
	m           *Module
	stdout, err script.VarRef
}

func (m *Module) exec(c *script.Ctx, command, stdin []byte, stdout, stderr, env script.VarRef) script.Ret {
	l := proxy.From(c).Loop()
	q := m.calls.Get(l)
	q.m = m
	q.Run = m.runner.Run(l)
	q.stdout, q.err = stdout, stderr
	q.SetCommand(command)
	q.SetStdin(stdin)
	*m.status.Of(c) = status{}
	if !addEnv(c, q.Run, env) || m.setvars && !addMessage(c, q.Run) {
		q.free(l)
		return -1
	}
	return c.AwaitFor(q, finish, m.limit)
}

func finish(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	q := op.(*call)
	ret := script.Ret(-1)
	if out == asyncops.Completed {
		pushLines(c, q.stdout, q.Stdout())
		pushLines(c, q.err, q.Stderr())
		if q.ExitStatus() == 0 {
			ret = 1
		}
		*q.m.status.Of(c) = status{ended: !q.Signalled(), code: int32(q.ExitStatus())}
	}
	q.free(proxy.From(c).Loop())
	return ret
}

// pushLines pushes the lines of an output, without their ends.
func pushLines(c *script.Ctx, v script.VarRef, b []byte) {
	if !v.Valid() {
		return
	}
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte{'\n'})
		v.Set(c, script.StrValue(c.Copy(bytes.TrimSuffix(line, []byte{'\r'}))))
		b = rest
	}
}

func (q *call) free(l *loop.Loop) {
	q.Run.Free(l)
	m := q.m
	*q = call{}
	m.calls.Put(l, q)
}

package scenario

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
)

// A mock says what calls of a function are answered with.
type mock struct {
	b      *Bench
	name   string
	with   string // text that an argument contains; "" is any
	value  script.Ret
	set    []assignment
	after  time.Duration
	waits  bool // after was given, or never
	never  bool
	times  int // calls that it answers; 0 is any number
	used   int
	target map[string]*script.Template
}

// An assignment is a variable that a mock writes.
type assignment struct{ name, value string }

func (m *mock) matches(call script.MockCall) bool {
	if m.name != call.Name || m.times > 0 && m.used >= m.times {
		return false
	}
	for _, a := range call.Args {
		if strings.Contains(a, m.with) {
			return true
		}
	}
	return m.with == ""
}

// run is the function's work.
func (m *mock) run(c *script.Ctx) script.Ret {
	if m.waits {
		return c.Await(&pause{m: m}, pauseOver)
	}
	return m.finish(c)
}

// finish writes the variables and gives the value.
func (m *mock) finish(c *script.Ctx) script.Ret {
	for _, a := range m.set {
		if t := m.target[a.name]; t == nil || !t.Set(c, valueOf(c, a.value)) {
			m.b.fail(fmt.Errorf("mock %s cannot write %s", m.name, a.name))
		}
	}
	return m.value
}

// valueOf reads NULL, 5 and 'text'; what has no quotes is text as well if it is no
// number.
func valueOf(c *script.Ctx, s string) script.Value {
	if s == "NULL" {
		return script.Null
	}
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		return script.IntValue(int32(n))
	}
	if len(s) > 1 && s[0] == '\'' && s[len(s)-1] == '\'' {
		s = s[1 : len(s)-1]
	}
	return script.StrValue(c.Copy([]byte(s)))
}

func (b *Bench) fail(err error) {
	if b.failed == nil && !b.quiet {
		b.failed = err
	}
}

// A pause is the operation of a mock that waits: it ends after a while, or never.
type pause struct {
	m    *mock
	over bool
}

// Start has the virtual network call at the time.
func (p *pause) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	if p.m.never {
		return
	}
	w, i := p.m.b.world, l.Index()
	w.At(w.Now()+int64(p.m.after), func() {
		if !p.over {
			w.Loops.Group().Do(i, func(l *loop.Loop) { c.Done(l, asyncops.Completed) })
		}
	})
}

// Cancel ends it.
func (p *pause) Cancel(*loop.Loop) { p.over = true }

func pauseOver(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	m := op.(*pause).m
	if out == asyncops.Completed {
		return m.finish(c)
	}
	if m.never && m.value < 0 {
		return m.value
	}
	return -1
}

// newMock reads NAME [with TEXT] [return N] [fail] [set VAR=VALUE] [after D] [never]
// [times N].
func newMock(b *Bench, args []string) (*mock, error) {
	m := &mock{b: b, name: args[0], value: 1, target: map[string]*script.Template{}}
	var errs []error
	for rest := args[1:]; len(rest) > 0; {
		word, value, used := rest[0], "", 1
		switch word {
		case "fail", "never":
		default:
			if len(rest) < 2 {
				return nil, fmt.Errorf("%s needs a value", word)
			}
			value, used = rest[1], 2
		}
		errs = append(errs, m.option(word, value))
		rest = rest[used:]
	}
	return m, errors.Join(errs...)
}

func (m *mock) option(word, value string) (err error) {
	n := 0
	switch word {
	case "with":
		m.with = value
	case "return":
		n, err = strconv.Atoi(value)
		m.value = script.Ret(n)
	case "fail":
		m.value = -1
	case "never":
		m.waits, m.never = true, true
	case "after":
		m.waits = true
		m.after, err = time.ParseDuration(value)
	case "times":
		m.times, err = strconv.Atoi(value)
	case "set":
		name, text, ok := strings.Cut(value, "=")
		if !ok {
			return fmt.Errorf("%q is not $VARIABLE=VALUE", value)
		}
		m.set = append(m.set, assignment{strings.TrimSpace(name), text})
	default:
		return fmt.Errorf("unknown word %q; there are with, return, fail, set, after, never, times", word)
	}
	return err
}

// bind finds the variables that the mock writes, in a script that is loaded.
func (m *mock) bind(v *Virtual) error {
	if m.b.home[m.name] == "" {
		return fmt.Errorf("the script's modules have no function %s", m.name)
	}
	for _, a := range m.set {
		t, err := script.CompileVar(v.loaded.Registry, a.name)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		m.target[a.name] = t
	}
	return nil
}

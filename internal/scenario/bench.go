package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// A Bench is what a scenario has to test a script with: mocks in the place of
// functions, the values of variables, and the trace of all runs.
type Bench struct {
	world *VirtualWorld
	home  map[string]string // the module of each function

	mocks  []*mock
	watch  []*watched
	ends   []snapshot // the last of the ends of runs and of xlogs
	trace  []string
	failed error // what no step can say: an operation without a mock

	quiet bool // nothing is kept any more

	waiting map[*script.Ctx]int64 // since when
}

// A watched is a format string whose value is asked for.
type watched struct {
	text   string
	format *script.Format
}

// A snapshot is the values of all watched format strings at one moment.
type snapshot struct {
	route string // that the run began with
	at    string // the statement; "" at the end of the run
	value []string
}

// Limits of what is remembered.
const (
	maxSnapshots = 2000
	maxTrace     = 5000
)

// use has the world start proxies on b.
func (b *Bench) use(w *VirtualWorld) {
	b.world = w
	b.home = map[string]string{}
	b.waiting = map[*script.Ctx]int64{}
	w.Config.Tracer, w.Config.Idle, w.Config.Edit, w.Config.Alter = b, outside, onlyUDP, b.alter
}

// outside reports that a module reaches out of the process. It is not started in a
// test, and its functions need mocks.
func outside(name string) bool {
	switch name {
	case "cachedb_local", "event_routing":
		return false
	case "sqlops", "avpops", "exec", "rest_client", "httpd", "auth_db", "alias_db", "domain", "proto_tcp", "proto_tls", "proto_ws":
		return true
	}
	for _, prefix := range []string{"db_", "mi_", "event_", "cachedb_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// alter puts doubles in the place of a module's functions.
func (b *Bench) alter(e *module.Env) {
	for i, f := range e.Funcs {
		b.home[f.Name] = e.Name
		for _, a := range f.Aliases {
			b.home[a] = e.Name
		}
		e.Funcs[i] = f.Mocked(b.answer)
	}
}

// answer finds what a mock does for a call, or nothing if the function is to do it.
func (b *Bench) answer(c *script.Ctx, call script.MockCall) func(*script.Ctx) script.Ret {
	for i := len(b.mocks) - 1; i >= 0; i-- { // the newest first
		if m := b.mocks[i]; m.matches(call) {
			m.used++
			return m.run
		}
	}
	if !outside(b.home[call.Name]) {
		return nil
	}
	text := call.Name + "(" + strings.Join(call.Args, ", ") + ")"
	b.fail(fmt.Errorf("%s:%d: no mock answers %s", call.At.Src.Name, call.At.Line, text))
	return func(*script.Ctx) script.Ret { return -1 }
}

// Step is the script.Tracer: it keeps a line, and the values where they may be asked
// for.
func (b *Bench) Step(c *script.Ctx, s *script.Step) {
	now := b.world.Now()
	switch s.Kind {
	case script.StepWait:
		b.waiting[c] = now
	case script.StepResume:
		s.Result += fmt.Sprintf(" (after %v)", time.Duration(now-b.waiting[c]))
		delete(b.waiting, c)
	case script.StepEnd:
		delete(b.waiting, c)
		b.snap(c, s, "")
	case script.StepCall:
		if s.Name == "xlog" || s.Name == "log" || s.Name == "xdbg" {
			b.snap(c, s, s.Text)
		}
	}
	b.line(now, s)
}

func (b *Bench) line(now int64, s *script.Step) {
	at := s.Route
	if s.File != "" {
		at = fmt.Sprintf("%s:%d", s.File, s.Line)
	}
	if s.Kind == script.StepBegin {
		b.add(fmt.Sprintf("%8.3f %s begins", b.seconds(now), s.Route))
		return
	}
	if s.Kind == script.StepEnd {
		b.add(fmt.Sprintf("%8.3f end", b.seconds(now)))
		return
	}
	b.add(fmt.Sprintf("%8.3f %-16s %s%v", b.seconds(now), at, strings.Repeat("  ", s.Depth), s))
}

// add keeps a line of the trace.
func (b *Bench) add(line string) {
	if b.quiet {
		return
	}
	if len(b.trace) >= maxTrace {
		b.trace = append(b.trace[:0], b.trace[maxTrace/2:]...)
	}
	b.trace = append(b.trace, line)
}

// seconds is the time since the proxy was started.
func (b *Bench) seconds(now int64) float64 {
	if b.world.Proxy == nil {
		return 0
	}
	return time.Duration(now - b.world.began).Seconds()
}

func (b *Bench) snap(c *script.Ctx, s *script.Step, at string) {
	if len(b.watch) == 0 {
		return
	}
	if len(b.ends) >= maxSnapshots {
		b.ends = append(b.ends[:0], b.ends[maxSnapshots/2:]...)
	}
	shot := snapshot{route: s.Top, at: at}
	for _, w := range b.watch {
		value := ""
		if w.format != nil {
			value = w.format.Eval(c)
		}
		shot.value = append(shot.value, value)
	}
	b.ends = append(b.ends, shot)
}

// started compiles what is watched, now that it is known what the script may name.
func (b *Bench) started(v *Virtual) error {
	for _, w := range b.watch {
		f, err := script.CompileFormat(v.loaded.Registry, w.text)
		if err != nil {
			return fmt.Errorf("%s: %w", w.text, err)
		}
		w.format = f
	}
	for _, m := range b.mocks {
		if err := m.bind(v); err != nil {
			return err
		}
	}
	return nil
}

// Trace is the lines of the last statements that runs have executed.
func (b *Bench) Trace() []string { return b.trace }

// value finds what a watched format string had.
func (b *Bench) value(text, route, at string) (string, bool) {
	for i, w := range b.watch {
		if w.text != text {
			continue
		}
		for k := len(b.ends) - 1; k >= 0; k-- {
			s := &b.ends[k]
			found := s.at == "" && at == "" || at != "" && strings.Contains(s.at, at)
			if found && (route == "" || s.route == route) {
				return s.value[i], true
			}
		}
	}
	return "", false
}

// onlyUDP takes the sockets out of a script that memory does not have.
func onlyUDP(cfg *syntax.Config) {
	cfg.Globals = slices.DeleteFunc(cfg.Globals, func(g *syntax.Global) bool {
		return g.Socket != nil && g.Socket.Proto != "udp" && g.Socket.Proto != ""
	})
}

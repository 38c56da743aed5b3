package siptest

import (
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// A Name is something that a script can name, and that scenarios are to show.
type Name struct {
	Module string // "" for the language itself and the core
	Kind   NameKind
	Name   string
}

// A NameKind says what a Name names.
type NameKind string

// The kinds. A parameter is a global one, or a module's.
const (
	FunctionName  NameKind = "function"
	VariableName  NameKind = "variable"
	TransformName NameKind = "transformation"
	ParameterName NameKind = "parameter"
	StatementName NameKind = "statement"
)

func (n Name) String() string {
	if n.Module == "" {
		return fmt.Sprintf("%s %s", n.Kind, n.Name)
	}
	return fmt.Sprintf("%s %s (%s)", n.Kind, n.Name, n.Module)
}

// A Mutator takes names away from the proxies of scenarios, one at a time, and sees
// whether a scenario notices.
type Mutator struct{ files []mutatorFile }

type mutatorFile struct {
	name string
	text string
	ar   *txtar.Archive
}

// NewMutator reads the scenarios that patterns match and that play in virtual time.
func NewMutator(patterns ...string) (*Mutator, error) {
	m := new(Mutator)
	for _, p := range patterns {
		files, err := filepath.Glob(p)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				return nil, err
			}
			only, err := scenario.ModeOf(ar)
			if err != nil {
				return nil, err
			}
			if only != scenario.ModeReal {
				m.files = append(m.files, mutatorFile{filepath.Base(file), string(txtar.Format(ar)), ar})
			}
		}
	}
	return m, nil
}

// Notices plays the scenarios that mention n without it: a function returns 1 and
// does nothing, a variable and a transformation are NULL, a parameter keeps its
// default. It returns the first scenario that fails, "" if none does, and how many
// of those that mention it were played.
func (m *Mutator) Notices(tb testing.TB, n Name) (by string, mentions int) {
	re := n.mention()
	for _, f := range m.files {
		if !re.MatchString(f.text) {
			continue
		}
		mentions++
		if n.fails(tb, f) {
			return f.name, mentions
		}
	}
	return "", mentions
}

// mention matches a text that may name n.
func (n Name) mention() *regexp.Regexp {
	q := regexp.QuoteMeta(n.Name)
	switch n.Kind {
	case FunctionName:
		return regexp.MustCompile(`\b` + q + `\s*\(`)
	case VariableName:
		return regexp.MustCompile(`\$\(?(?:<\w+>)?` + q + `(?:[^\w.]|\.?$|\.[^\w])`)
	case TransformName:
		return regexp.MustCompile(`\{` + q + `[,}]`)
	}
	if n.Kind == StatementName {
		return regexp.MustCompile(`\b` + statementWord[n.Name] + `\b`)
	}
	if n.Module == "" {
		return regexp.MustCompile(`(?m)^\s*` + q + `\s*=`)
	}
	return regexp.MustCompile(`modparam\(\s*"` + n.Module + `",\s*"` + q + `"`)
}

// fails plays f without n. A parameter is taken away with its line, since that is
// what a script says of it.
func (n Name) fails(tb testing.TB, f mutatorFile) bool {
	ar := txtar.Parse([]byte(f.text))
	if n.Kind == ParameterName {
		for i := range ar.Files {
			ar.Files[i].Data = n.statement().ReplaceAll(ar.Files[i].Data, nil)
		}
	}
	return record(tb, func(tb testing.TB) error {
		w := newVirtualWorld(tb)
		w.Config.Alter = n.without
		if n.Kind == StatementName {
			w.Config.Edit = remover(statementKinds[n.Name]).config
		}
		return scenario.Play(f.name, ar, w)
	})
}

// statement matches the lines that set a parameter.
func (n Name) statement() *regexp.Regexp {
	return regexp.MustCompile(`(?m)` + n.mention().String() + `.*`)
}

// without takes n away from what a module has declared.
func (n Name) without(e *module.Env) {
	mine := n.Module == e.Name || n.Module == "" && e.Name == module.CoreName
	if !mine {
		return
	}
	r := e.Registry()
	switch n.Kind {
	case FunctionName:
		replace(e.Funcs, r.Funcs, func(f *script.Func) bool { return f.Name == n.Name }, func(f *script.Func) *script.Func { return f.Returning(1) })
	case VariableName:
		replace(e.Vars, r.Vars, func(v *script.Var) bool { return v.Name == n.Name || slices.Contains(v.Aliases, n.Name) }, (*script.Var).Unset)
	case TransformName:
		replace(e.Transforms, r.Transforms, func(t *script.TransformDef) bool { return t.Class+"."+t.Name == n.Name }, (*script.TransformDef).Failing)
	}
}

// replace puts duds into what a module declares and what the language has.
func replace[T any](list []*T, known map[string]*T, is func(*T) bool, dud func(*T) *T) {
	for i, x := range list {
		if is(x) {
			list[i] = dud(x)
		}
	}
	for key, x := range known {
		if is(x) {
			known[key] = dud(x)
		}
	}
}

// A recorder is a testing.TB that only notes a failure.
type recorder struct {
	testing.TB
	failed   bool
	cleanups []func()
}

func (r *recorder) Helper()               {}
func (r *recorder) Log(...any)            {}
func (r *recorder) Logf(string, ...any)   {}
func (r *recorder) Error(...any)          { r.failed = true }
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fail()                 { r.failed = true }
func (r *recorder) Failed() bool          { return r.failed }
func (r *recorder) Cleanup(f func())      { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Fatal(...any)          { r.FailNow() }
func (r *recorder) Fatalf(string, ...any) { r.FailNow() }
func (r *recorder) FailNow()              { r.failed = true; runtime.Goexit() }

// record runs f as a test of its own and reports whether it failed.
func record(tb testing.TB, f func(testing.TB) error) bool {
	r := &recorder{TB: tb}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for i := len(r.cleanups) - 1; i >= 0; i-- {
				r.cleanups[i]()
			}
		}()
		if f(r) != nil {
			r.failed = true
		}
	}()
	<-done
	return r.failed
}

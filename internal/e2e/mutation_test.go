package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/reference"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/module"
)

// testdata/surface.txt lists every name of OpenSIPS's language, core and everyday
// modules, and our own parameters of waiting. Each is shown by a scenario: one that fails
// when a function does nothing and returns 1, when a variable or a transformation is
// NULL, a statement left out, a parameter at its default. What no scenario can show in
// virtual time has its reason in the list.
func TestSurfaceIsShown(t *testing.T) {
	m, err := siptest.NewMutator("testdata/surface/*.txt", "testdata/scenarios/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := surfaceNames(t)
	t.Run("names", func(t *testing.T) {
		for i := range list {
			if e := &list[i]; e.reason == "" {
				t.Run(e.name.String(), func(t *testing.T) {
					t.Parallel()
					e.by, e.mentions = m.Notices(t, e.name)
				})
			}
		}
	})
	var sum surfaceSum
	for _, e := range list {
		sum.count(t, e)
	}
	sum.print(t)
}

// What the list says shows a name instead is there: a Go test, or a scenario.
func TestReasonsOfTheSurface(t *testing.T) {
	var tests strings.Builder
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			var text []byte
			text, err = os.ReadFile(path)
			tests.Write(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range surfaceNames(t) {
		for _, w := range strings.FieldsFunc(e.reason, func(r rune) bool { return r == ' ' || r == ',' }) {
			there := true
			switch {
			case strings.HasPrefix(w, "Test"):
				there = strings.Contains(tests.String(), "\nfunc "+w+"(")
			case strings.HasSuffix(w, ".txt"):
				_, err := os.Stat("testdata/" + w)
				there = err == nil
			}
			if !there {
				t.Errorf("%v: there is no %s", e.name, w)
			}
		}
	}
}

// What is accepted with a note is what modules declare to have no effect, and nothing else.
func TestNotesOfTheSurface(t *testing.T) {
	ignored := map[siptest.Name]bool{}
	for _, d := range reference.Declarations() {
		in := d.Name
		if in == module.CoreName {
			in = ""
		}
		for _, p := range d.Params {
			ignored[siptest.Name{Kind: siptest.ParameterName, Module: in, Name: p.Name}] = p.Ignored
		}
	}
	for _, e := range surfaceNames(t) {
		if noted := e.reason == "accepted with a note"; e.name.Kind == siptest.ParameterName && noted != ignored[e.name] {
			t.Errorf("%v: accepted without effect: %v, the list says %v", e.name, ignored[e.name], noted)
		}
	}
}

// A surfaceSum counts the names of one kind and module.
type surfaceSum struct {
	group                  string
	shown, reasoned, total int
}

func (s *surfaceSum) count(t *testing.T, e surfaceEntry) {
	if group := strings.TrimSpace(fmt.Sprintf("%ss %s", e.name.Kind, e.name.Module)); group != s.group {
		s.print(t)
		*s = surfaceSum{group: group}
	}
	s.total++
	switch {
	case e.reason != "":
		s.reasoned++
	case e.by != "":
		s.shown++
	case e.mentions == 0:
		t.Errorf("%v: no scenario has it", e.name)
	default:
		t.Errorf("%v: survives in all %d scenarios that have it", e.name, e.mentions)
	}
}

func (s *surfaceSum) print(t *testing.T) {
	if s.total > 0 {
		t.Logf("%s: %d of %d noticed when taken away, %d with another test or a reason", s.group, s.shown, s.total, s.reasoned)
	}
}

type surfaceEntry struct {
	name     siptest.Name
	reason   string // why no scenario shows it
	by       string // the scenario that fails without it
	mentions int    // scenarios that have it
}

// surfaceNames reads the list; with FASTSIPS_NAMES=strip,ru only those names.
func surfaceNames(t *testing.T) (list []surfaceEntry) {
	text, err := os.ReadFile("testdata/surface.txt")
	if err != nil {
		t.Fatal(err)
	}
	only := strings.Split(os.Getenv("FASTSIPS_NAMES"), ",")
	for at, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		line, reason, _ := strings.Cut(line, " -- ")
		f := strings.Split(line, "\t")
		if len(f) != 3 {
			t.Fatalf("line %d: %d fields", at+1, len(f))
		}
		if only[0] == "" || slices.Contains(only, f[2]) {
			list = append(list, surfaceEntry{name: siptest.Name{Kind: siptest.NameKind(f[0]), Module: f[1], Name: f[2]}, reason: reason})
		}
	}
	return list
}

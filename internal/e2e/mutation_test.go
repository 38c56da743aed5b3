package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// testdata/surface.txt lists every name of OpenSIPS's language, core and everyday
// modules. Each is shown by a scenario: one that fails when a function does nothing
// and returns 1, when a variable or a transformation is NULL, a statement left out, a
// parameter at its default. What no scenario can show in virtual time has its reason in
// the list.
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

// A surfaceSum counts the names of one kind and module.
type surfaceSum struct {
	group        string
	shown, total int
}

func (s *surfaceSum) count(t *testing.T, e surfaceEntry) {
	if group := strings.TrimSpace(fmt.Sprintf("%ss %s", e.name.Kind, e.name.Module)); group != s.group {
		s.print(t)
		*s = surfaceSum{group: group}
	}
	s.total++
	switch {
	case e.reason != "" || e.by != "":
		s.shown++
	case e.mentions == 0:
		t.Errorf("%v: no scenario has it", e.name)
	default:
		t.Errorf("%v: survives in all %d scenarios that have it", e.name, e.mentions)
	}
}

func (s *surfaceSum) print(t *testing.T) {
	if s.total > 0 {
		t.Logf("%s: %d of %d shown", s.group, s.shown, s.total)
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

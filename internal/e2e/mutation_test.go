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
// parameter at its default. What no scenario can show has its reason in the list.
func TestSurfaceIsShown(t *testing.T) {
	if os.Getenv("FASTSIPS_MUTATE") == "" {
		t.Skip("not complete yet: FASTSIPS_MUTATE=1 prints what is missing")
	}
	m, err := siptest.NewMutator("testdata/surface/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var group string
	var shown, total int
	count := func(next string) {
		if group != next && total > 0 {
			t.Logf("%s: %d of %d shown", group, shown, total)
		}
		if group != next {
			group, shown, total = next, 0, 0
		}
	}
	for _, e := range surfaceNames(t) {
		count(strings.TrimSpace(fmt.Sprintf("%ss %s", e.name.Kind, e.name.Module)))
		total++
		if e.reason != "" {
			shown++
			continue
		}
		by, mentions := m.Notices(t, e.name)
		switch {
		case by != "":
			shown++
		case mentions == 0:
			t.Errorf("%v: no scenario has it", e.name)
		default:
			t.Errorf("%v: survives in all %d scenarios that have it", e.name, mentions)
		}
	}
	count("")
}

type surfaceEntry struct {
	name   siptest.Name
	reason string
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
			list = append(list, surfaceEntry{siptest.Name{Kind: siptest.NameKind(f[0]), Module: f[1], Name: f[2]}, reason})
		}
	}
	return list
}

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each edge of the state machine in docs/async.md names tests that exist.
func TestAsyncDocNamesTests(t *testing.T) {
	text, err := os.ReadFile("../../docs/async.md")
	if err != nil {
		t.Fatal(err)
	}
	_, machine, ok := strings.Cut(string(text), "## The state machine of a run")
	if !ok {
		t.Fatal("docs/async.md has no state machine")
	}
	machine, _, _ = strings.Cut(machine, "## Finer points")
	rows := 0
	for _, line := range strings.Split(machine, "\n") {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| ") && !strings.HasSuffix(line, "| test |") {
			rows++
			namedTests(t, strings.TrimSuffix(cells[len(cells)-1], " |"))
		}
	}
	if rows < 30 {
		t.Errorf("%d edges only", rows)
	}
	for _, m := range regexp.MustCompile(`(\w+) (Test\w+)`).FindAllStringSubmatch(machine, -1) {
		goTest(t, m[1], m[2])
	}
}

// namedTests takes the last cell of a row: async/cancel, e2e TestDrain.
func namedTests(t *testing.T, cell string) {
	t.Helper()
	for _, name := range strings.Split(cell, ", ") {
		if pkg, test, ok := strings.Cut(name, " "); ok {
			goTest(t, pkg, test)
		} else if _, err := os.Stat("testdata/" + name + ".txt"); err != nil {
			t.Errorf("there is no scenario %q", name)
		}
	}
}

// goTest looks for a Go test in a package that is named as docs/async.md does.
func goTest(t *testing.T, pkg, test string) {
	t.Helper()
	dirs := map[string]string{"e2e": ".", "script": "../../script", "asyncops": "../../asyncops"}
	dir := dirs[pkg]
	if dir == "" {
		dir = "../../asyncops/" + pkg
	}
	files, _ := filepath.Glob(dir + "/*_test.go")
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), "func "+test+"(") {
			return
		}
	}
	t.Errorf("there is no test %s in %s", test, pkg)
}

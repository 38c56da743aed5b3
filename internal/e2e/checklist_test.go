package e2e

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every requirement that testdata/rfc-checklist.tsv has for a proxy is shown by a
// scenario or a test, which says so in a line "# checklist: C004 C020" or, of a Go
// test's comment, "// checklist: C048". The exceptions are in docs/conformance.md, in a
// table under "Checklist rows to come", each with its reason.
func TestChecklist(t *testing.T) {
	t.Parallel()
	const root = "../.."
	rows := checklistRows(t, "testdata/rfc-checklist.tsv")
	later := rowsToCome(t, filepath.Join(root, "docs", "conformance.md"))
	named := namedRows(t, root)
	known := func(id, where string) {
		if _, ok := rows[id]; !ok {
			t.Errorf("%s names %s, which the checklist does not have", where, id)
		}
	}
	for id, where := range named {
		known(id, strings.Join(where, ", "))
		if reason, ok := later[id]; ok {
			t.Errorf("%s is to come (%s), but %s shows it", id, reason, strings.Join(where, ", "))
		}
	}
	for id := range later {
		known(id, "docs/conformance.md")
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		if r := rows[id]; r.role == "proxy" && named[id] == nil && later[id] == "" {
			t.Errorf("%s: no test names it: %s: %s (%s)", id, r.section, r.text, r.test)
		}
	}
}

// A checklistRow is a line of the list.
type checklistRow struct{ level, role, section, text, test string }

// checklistRows reads the list, whose first line names the columns.
func checklistRows(t *testing.T, file string) map[string]checklistRow {
	t.Helper()
	rows := map[string]checklistRow{}
	for line := range strings.Lines(readText(t, file)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || f[0] == "id" {
			continue
		}
		if len(f) != 6 || !checklistID.MatchString(f[0]) {
			t.Fatalf("%s: a line of %d columns: %q", file, len(f), line)
		}
		rows[f[0]] = checklistRow{f[1], f[2], f[3], f[4], f[5]}
	}
	if len(rows) < 100 {
		t.Fatalf("%s has only %d rows", file, len(rows))
	}
	return rows
}

var (
	checklistID   = regexp.MustCompile(`^C\d{3}$`)
	checklistLine = regexp.MustCompile(`(?m)^(?:#|//) checklist:(.*)$`)
	toComeRow     = regexp.MustCompile(`(?m)^\| (C\d{3}) \| (.+) \|$`)
)

// rowsToCome reads the table of conformance.md: the reason of each row.
func rowsToCome(t *testing.T, file string) map[string]string {
	t.Helper()
	_, section, ok := strings.Cut(readText(t, file), "\n## Checklist rows to come\n")
	if !ok {
		t.Fatalf("%s has no section of that name", file)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	reasons := map[string]string{}
	for _, m := range toComeRow.FindAllStringSubmatch(section, -1) {
		reasons[m[1]] = m[2]
	}
	return reasons
}

// namedRows collects which files name each row.
func namedRows(t *testing.T, root string) map[string][]string {
	t.Helper()
	named := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root:
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, ".txt"):
			return nil
		}
		short, _ := filepath.Rel(root, path)
		for _, m := range checklistLine.FindAllStringSubmatch(readText(t, path), -1) {
			for _, id := range strings.Fields(m[1]) {
				named[id] = append(named[id], short)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return named
}

func readText(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

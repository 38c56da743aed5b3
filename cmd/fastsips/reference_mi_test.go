package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/reference"
	"github.com/fastsips/fastsips/mi"
)

const managementPage = "docs/management.md"

// The tables of commands and statistics are printed from their declarations, too.
func TestReferenceOfManagement(t *testing.T) {
	file := filepath.Join(root, managementPage)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := reference.Declarations()
	tables := map[string]string{"commands": commandTable(all), "statistics": statisticTable(all)}
	want := placeRE.ReplaceAllStringFunc(string(text), func(place string) string {
		head, _, _ := strings.Cut(place, "\n")
		kind := placeRE.FindStringSubmatch(place)[1]
		if tables[kind] == "" {
			t.Errorf("%s asks for %s", managementPage, kind)
		}
		table := tables[kind]
		delete(tables, kind)
		return head + "\n" + table + "\n<!-- end -->"
	})
	if len(tables) > 0 {
		t.Errorf("%s does not ask for all of its tables", managementPage)
	}
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Error(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s differs from the declarations at line %d: run go generate ./...", managementPage, firstDifference(text, want))
	}
}

func commandTable(all []reference.Declared) string {
	var b strings.Builder
	b.WriteString("| command | parameters | |\n|---|---|---|\n")
	for _, d := range all {
		for _, c := range d.Commands {
			name := "`" + c.Name + "`"
			if len(c.Aliases) > 0 {
				name += " (" + codes(c.Aliases) + ")"
			}
			var ways []string
			for _, r := range c.Recipes {
				ways = append(ways, recipe(r))
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", name, strings.Join(ways, "; "), cell(c.Doc))
		}
	}
	return b.String()
}

func recipe(r mi.Recipe) string {
	if len(r.Params) == 0 {
		return "none"
	}
	var names []string
	for _, p := range r.Params {
		names = append(names, fmt.Sprintf("%s (%s)", p.Name, p.Kind))
	}
	return strings.Join(names, ", ")
}

// statisticTable lists those that OpenSIPS has too.
func statisticTable(all []reference.Declared) string {
	var b strings.Builder
	b.WriteString("| statistic | counts | reset |\n|---|---|---|\n")
	for _, d := range all {
		for _, s := range d.Stats {
			if s.FullOnly {
				continue
			}
			reset := "yes"
			if s.Fixed {
				reset = "no"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.FullName(), cell(s.Doc), reset)
		}
	}
	return b.String()
}

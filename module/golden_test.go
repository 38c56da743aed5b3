package module

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

var update = flag.Bool("update", false, "rewrite the .golden files")

// load reads and loads a configuration from testdata with the fake modules.
func load(t *testing.T, file string, s *settings, d *syntax.Diags) *Loaded {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	cfg := syntax.Parse(file, text, os.ReadFile, d)
	cat, core := catalogue(s)
	return Load(cfg, cat, core, nil, d)
}

func messages(t *testing.T, d *syntax.Diags) string {
	t.Helper()
	var b bytes.Buffer
	if err := d.Render(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Ten mistakes of ten sorts give ten messages in one go, each with its line,
// a caret and, where there is one, a suggestion.
func TestTenMistakes(t *testing.T) {
	var d syntax.Diags
	l := load(t, "ten_mistakes.cfg", new(settings), &d)
	got := messages(t, &d)
	golden := filepath.Join("testdata", "ten_mistakes.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(d.List) != 10 || d.Errors() != 10 || strings.Count(got, "^") != 10 {
		t.Errorf("%d messages, %d errors, want 10", len(d.List), d.Errors())
	}
	if l.Program != nil {
		t.Error("a program in spite of errors")
	}
}

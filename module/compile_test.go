package module

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

// Every error of a file at once: what only compiling finds is said beside what the
// checker has found, and one mistake is said once.
func TestAllErrorsAtOnce(t *testing.T) {
	for text, want := range map[string]string{
		"route {\n\tt_rely();\n\tif ($ru =~ \"a(\") exit;\n}":                       "2:unknown function t_rely 3:",
		"loadmodule \"nothing\"\nroute {\n\tf();\n\tif ($ru =~ \"a(\") exit;\n}":    "1:unknown module nothing",
		"route {\n\tif ($nope =~ \"a(\") exit;\n\t$var(x) = $ru{s.len};\n\tg();\n}": "2:",
	} {
		var d syntax.Diags
		cat, core := catalogue(new(settings))
		l := Load(syntax.Parse("t.cfg", []byte(text), nil, &d), cat, core, nil, &d)
		d.Sort()
		var got []string
		lines := map[int32]int{}
		for _, g := range d.List {
			if g.Severity == syntax.Error {
				got = append(got, string(rune('0'+g.Line))+":"+g.Msg)
				lines[g.Line]++
			}
		}
		if all := strings.Join(got, " "); l.Program != nil || !strings.HasPrefix(all, want) {
			t.Errorf("%q:\n%s\nwant %s", text, all, want)
		}
		for line, n := range lines {
			if n > 1 {
				t.Errorf("%q: line %d has %d errors", text, line, n)
			}
		}
	}
}

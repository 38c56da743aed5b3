package module

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

// FuzzLoad: all passes end on whatever the parser makes of a text, and agree:
// there is a program exactly when there are no errors.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*.cfg", "testdata/bench/*.cfg"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal("no seeds in ", pattern)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	for _, seed := range []string{
		"loadmodule \"tm\"\nloadmodule \"cfgutils\"\nroute { async(r, \"1s\") { usleep(1); usleep($var(x)); } launch(usleep(1), r, \"$ci\"); }\nroute[r] { $avp(x) := $(ru{s.substr,0,$rc}) + 1; }",
		"route { for ($var(x) in $(avp(y)[*])) { switch ($var(x)) { case 1: break; case \"a\": drop; default: return(1, \"b$ru\"); } } }",
		"route { if ([$rc & 3 == 1] or not $si == 10.0.0.0/8 && $ru =~ \"^a(\") while ($rc < -1) $var(i) += 1; assert($rc == 1, \"x\"); }",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var d syntax.Diags
		cfg := syntax.Parse("fuzz.cfg", text, func(string) ([]byte, error) { return nil, errors.New("no files") }, &d)
		cat, core := catalogue(new(settings))
		l := Load(cfg, cat, core, nil, &d)
		if (l.Program != nil) != (d.Errors() == 0) {
			t.Errorf("%d errors, program %v\n%s", d.Errors(), l.Program != nil, messages(t, &d))
		}
	})
}

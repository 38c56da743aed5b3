package check

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// FuzzCheck: whatever the parser makes of a text, checking it ends, names places that
// exist, and what passes compiles or is refused with a message. What is understood as an
// old spelling is refused by a strict check, and by that alone.
func FuzzCheck(f *testing.F) {
	files, _ := filepath.Glob("testdata/idiomatic/*.cfg")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, seed := range []string{
		"route { f_int(\"1\"); f_out(\"$avp(s:x)\"); f_flag(1); old_f(); append_branch(); $var(x) = $Ri; if (method==\"A\") f_str(10.0.0.1); }",
		"route { f_list(\"$avp(a);$(avp(i:1)[$rc])\"); f_route($ru); async(usleep(1), a); while ($rc) usleep(1); }\nroute[a] { send_reply(404, \"x\"); t_relay(); }",
		"onreply_route[a] { f_reply(); route(b); }\nroute[b] { switch ($rc) { case 1: case \"1\": break; } for ($var(x) in $(avp(y)[*])) lookup(\"x\"); t_relay(); }",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		none := func(string) ([]byte, error) { return nil, errors.New("no files") }
		var d syntax.Diags
		r := registry()
		cfg := syntax.Parse("fuzz.cfg", text, none, &d)
		Check(cfg, r, &d)
		old := 0
		for _, g := range d.List {
			if g.Src == nil || g.Line < 1 || g.Col < 1 {
				t.Fatalf("%+v is nowhere", g)
			}
			if g.Old {
				old++
			}
		}
		strict := syntax.Diags{Strict: true}
		again := syntax.Parse("fuzz.cfg", text, none, &strict)
		Check(again, registry(), &strict)
		if want := d.Errors() + old; strict.Errors() != want {
			t.Errorf("%d errors of a strict check, want %d and %d", strict.Errors(), d.Errors(), old)
		}
		if d.Errors() == 0 && script.Compile(cfg, r, &d) == nil && d.Errors() == 0 {
			t.Error("refused without a message")
		}
		d.Render(new(bytes.Buffer))
	})
}

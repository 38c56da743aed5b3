package acc_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

var update = flag.Bool("update", false, "rewrite the .golden file")

// Unknown types, flags, back ends and tags, and what needs RADIUS: each is said when the
// script is loaded, with its place and with what to write instead.
func TestMistakes(t *testing.T) {
	text, err := os.ReadFile("testdata/mistakes.cfg")
	if err != nil {
		t.Fatal(err)
	}
	var d syntax.Diags
	all.Load(syntax.Parse("mistakes.cfg", text, nil, &d), &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
	d.Sort()
	var got bytes.Buffer
	d.Render(&got)
	if *update {
		if err := os.WriteFile("testdata/mistakes.golden", got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, _ := os.ReadFile("testdata/mistakes.golden")
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

package format

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// One file has everything that is laid out in a way of its own.
func TestLayout(t *testing.T) {
	in, err := os.ReadFile("testdata/layout.cfg")
	if err != nil {
		t.Fatal(err)
	}
	got := formatted(t, "layout.cfg", in)
	const golden = "testdata/layout.golden"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s", got)
	}
}

func formatted(t *testing.T, name string, text []byte) []byte {
	t.Helper()
	var d syntax.Diags
	out, err := Script(name, text, &d)
	if err != nil {
		t.Fatalf("%s: %v\n%v\n%s", name, err, d.List, text)
	}
	again, err := Script(name, out, &d)
	if err != nil || !bytes.Equal(again, out) {
		t.Fatalf("%s is not settled: %v\n%s\nonce more\n%s", name, err, out, again)
	}
	return out
}

// A script that does not parse is left alone, and the messages say why.
func TestBrokenScript(t *testing.T) {
	var d syntax.Diags
	out, err := Script("x.cfg", []byte("route {\n  t_relay()\n}\n"), &d)
	if out != nil || !errors.Is(err, ErrSyntax) || d.Errors() != 1 {
		t.Errorf("%q, %v, %v", out, err, d.List)
	}
}

// configurations are all that are in this module's tests, and the one it starts with.
func configurations(t testing.TB) map[string]string {
	list := map[string]string{}
	for _, pattern := range []string{"etc/*.cfg", "module/testdata/*.cfg", "module/testdata/*/*.cfg", "testdata/*.cfg", "cmd/*/testdata/*.cfg"} {
		for _, file := range glob(t, pattern) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			list[file] = string(b)
		}
	}
	for _, file := range glob(t, "internal/*/testdata/*/*.txt") {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if strings.Contains(string(f.Data), "route") {
				list[file+"/"+f.Name] = keywords.ReplaceAllString(string(f.Data), "127.0.0.1:5060")
			}
		}
	}
	return list
}

var keywords = regexp.MustCompile(`\[(?:proxy\d*|alice|bob|carol|dns)\]`)

func glob(t testing.TB, pattern string) []string {
	files, err := filepath.Glob(filepath.Join("..", "..", pattern))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Every configuration of this module compiles to the same program when it is formatted,
// and when its white space was thrown about before; formatting twice changes nothing more.
func TestSameProgram(t *testing.T) {
	list := configurations(t)
	if len(list) < 100 {
		t.Fatalf("%d configurations", len(list))
	}
	compared := 0
	rng := rand.New(rand.NewPCG(1, 2))
	for name, text := range list {
		want := dump(text)
		if want == "" {
			continue // it is meant to be broken, or needs an address
		}
		compared++
		out := formatted(t, name, []byte(text))
		if got := dump(string(out)); got != want {
			t.Errorf("%s: another program", name)
		}
		shaken := shake(rng, text)
		if dump(shaken) != want {
			continue // the shaking has changed it
		}
		if got := dump(string(formatted(t, name, []byte(shaken)))); got != want {
			t.Errorf("%s: another program after\n%s", name, shaken)
		}
	}
	if compared < 100 {
		t.Errorf("only %d of %d configurations could be compared", compared, len(list))
	}
}

// dump is the program of a configuration, "" if it has none.
func dump(text string) string {
	var d syntax.Diags
	loaded := all.Load(syntax.Parse("x.cfg", []byte(text), os.ReadFile, &d), &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
	if loaded.Program == nil {
		return ""
	}
	var b strings.Builder
	for _, r := range loaded.Program.Routes() {
		b.WriteString(r.Name + "\n" + loaded.Program.Dump(r.ID))
	}
	return b.String()
}

// shake changes white space inside of routes at random.
func shake(rng *rand.Rand, text string) string {
	toks := syntax.Lex("x.cfg", []byte(text))
	var b strings.Builder
	from, braces := 0, 0
	for _, t := range toks {
		space := text[from:t.Off]
		if braces > 0 && space != "" {
			space = []string{" ", "\n", "\n\n\n\t", "  \n ", " /* c */ ", space}[rng.IntN(6)]
			if from > 0 && strings.Contains(text[from:t.Off], "\n") {
				space = "\n" + space // a comment may end there
			}
		}
		switch {
		case t.Kind != syntax.OpToken:
		case t.Text == "{":
			braces++
		case t.Text == "}":
			braces--
		}
		b.WriteString(space + t.Text)
		from = t.End
	}
	return b.String() + text[from:]
}

// FuzzScript: whatever parses is formatted, keeps its tokens (which Script sees to), and
// does not change when it is formatted again.
func FuzzScript(f *testing.F) {
	for _, text := range configurations(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var d syntax.Diags
		out, err := Script("x.cfg", []byte(text), &d)
		if errors.Is(err, ErrSyntax) {
			return
		}
		if err != nil {
			t.Fatalf("%v\n%q\n%s", err, text, text)
		}
		again, err := Script("x.cfg", out, &d)
		if err != nil || !bytes.Equal(again, out) {
			t.Errorf("not settled: %v\n%q\n%q", err, out, again)
		}
	})
}

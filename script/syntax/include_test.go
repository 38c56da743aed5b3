package syntax

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// files opens from a map.
type files map[string]string

func (f files) open(path string) ([]byte, error) {
	if text, ok := f[path]; ok {
		return []byte(text), nil
	}
	return nil, fs.ErrNotExist
}

// semantics.md §1.1: both words mean the same, files are mandatory, and a
// relative path is tried as it is, then from the including file's directory.
func TestIncludes(t *testing.T) {
	f := files{
		"/etc/fs/modules.cfg":     "loadmodule \"tm.so\"\nimport_file \"sub/more.cfg\"\n",
		"/etc/fs/sub/more.cfg":    "loadmodule \"rr.so\"\ninclude_file 'deep.cfg'",
		"/etc/fs/sub/deep.cfg":    "loadmodule \"sl.so\"",
		"here.cfg":                "exit;",
		"/etc/fs/here.cfg":        "drop;",
		"/etc/fs/sub/unused.cfg":  "}",
		"/etc/fs/sub/modules.cfg": "}",
	}
	var d Diags
	cfg := Parse("/etc/fs/main.cfg", []byte("include_file \"modules.cfg\"\nroute {\n\tinclude_file \"here.cfg\"\n\tg();\n}"), f.open, &d)
	if len(d.List) > 0 {
		t.Fatal(render(t, &d))
	}
	var names []string
	for _, m := range cfg.Loads {
		names = append(names, m.Name+"@"+m.Src.Name)
	}
	want := "tm@/etc/fs/modules.cfg rr@/etc/fs/sub/more.cfg sl@/etc/fs/sub/deep.cfg"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("loads %s\n want %s", got, want)
	}
	if got := dump(cfg.Routes[0].Body); got != "(block exit (g))" {
		t.Errorf("route is %s", got)
	}
	if at := cfg.Routes[0].Body.Stmts[0].At(); at.Src.Name != "here.cfg" || at.Line != 1 {
		t.Errorf("exit is at %s:%d", at.Src.Name, at.Line)
	}
	if len(cfg.Sources) != 5 || cfg.Sources[0].Name != "/etc/fs/main.cfg" {
		t.Errorf("%d sources", len(cfg.Sources))
	}
}

// A file that cannot be read may define anything: the tree says so.
func TestMissingInclude(t *testing.T) {
	var d Diags
	cfg := Parse("main.cfg", []byte("include_file \"no.cfg\"\ninclude_file no\nroute { g(); }"), func(string) ([]byte, error) {
		return nil, errors.New("permission denied")
	}, &d)
	want := "main.cfg:1:14: error: cannot include no.cfg: permission denied\n\tinclude_file \"no.cfg\"\n\t             ^~~~~~~~\n" +
		"main.cfg:2:1: error: include_file needs a file name in quotes\n\tinclude_file no\n\t^~~~~~~~~~~~\n"
	if got := render(t, &d); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !cfg.Partial || len(cfg.Routes) != 1 {
		t.Errorf("partial = %v, %d routes", cfg.Partial, len(cfg.Routes))
	}
}

// "nesting is limited to 50".
func TestIncludeDepth(t *testing.T) {
	for _, deep := range []int{50, 51} {
		var d Diags
		f := files{fmt.Sprint(deep): "route { }"}
		for i := range deep {
			f[fmt.Sprint(i)] = fmt.Sprintf("include_file \"%d\"", i+1)
		}
		cfg := Parse("0", []byte(f["0"]), f.open, &d)
		if deep == 50 && (len(d.List) > 0 || len(cfg.Routes) != 1) {
			t.Error(render(t, &d))
		}
		if deep == 51 && (len(d.List) != 1 || d.List[0].Msg != "files are included more than 50 deep") {
			t.Error(render(t, &d))
		}
	}
}

// A file that includes itself, however often and by whatever way, is refused once for
// each time that it is written.
func TestIncludeCircle(t *testing.T) {
	var d Diags
	f := files{"main.cfg": "include_file \"a.cfg\"\n", "a.cfg": "include_file \"./b.cfg\"\ninclude_file \"b.cfg\"", "b.cfg": "import_file \"a.cfg\"\n"}
	Parse("main.cfg", []byte(f["main.cfg"]), f.open, &d)
	want := "b.cfg:1:13: error: a.cfg includes itself\n\timport_file \"a.cfg\"\n\t            ^~~~~~~\n\tthe circle is a.cfg > b.cfg > a.cfg\n"
	if got := render(t, &d); got != want {
		t.Errorf("got\n%s", got)
	}
	f["main.cfg"] = "include_file \"main.cfg\""
	d = Diags{}
	if Parse("./main.cfg", []byte(f["main.cfg"]), f.open, &d); d.Errors() != 1 {
		t.Error(render(t, &d))
	}
}

// What is included without end is refused, too: 3^12 files here.
func TestIncludeAmount(t *testing.T) {
	var d Diags
	f := files{}
	for i := range 13 {
		f[fmt.Sprint(i)] = strings.Repeat(fmt.Sprintf("include_file \"%d\"\n", i+1), 3)
	}
	f["13"] = ""
	Parse("0", []byte(f["0"]), f.open, &d)
	if d.Errors() == 0 || !strings.Contains(d.List[0].Msg, "more than 2000 files") {
		t.Errorf("%d errors", d.Errors())
	}
}

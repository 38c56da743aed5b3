package syntax

import (
	"errors"
	"testing"
)

// through parses the file main.cfg of f with a filter and returns the messages.
func through(t *testing.T, f files, filter func(text string) (string, error)) (*Config, string) {
	t.Helper()
	var d Diags
	cfg := ParseThrough("main.cfg", []byte(f["main.cfg"]), f.open, Filter{Name: "m4", Run: func(b []byte) ([]byte, error) {
		out, err := filter(string(b))
		return []byte(out), err
	}}, &d)
	return cfg, render(t, &d)
}

// "The file is flattened first; the only preprocessor is an external filter, fed on stdin
// with the flattened text."
func TestFilterGetsOneText(t *testing.T) {
	f := files{
		"main.cfg":    "# main\ninclude_file \"sub/a.cfg\"\nroute {\n\timport_file 'b.cfg'; exit;\n}",
		"sub/a.cfg":   "include_file \"b.cfg\"\nloadmodule \"a.so\"",
		"sub/b.cfg":   "loadmodule \"b.so\"\n",
		"b.cfg":       "g();\n",
		"unused.cfg":  "x",
		"sub/a.cfg.m": "x",
	}
	f["sub/b.cfg"], f["b.cfg"] = f["b.cfg"], f["b.cfg"]
	var got string
	through(t, f, func(text string) (string, error) { got = text; return text, nil })
	want := "# main\ng();\nloadmodule \"a.so\"\nroute {\ng();\n exit;\n}\n"
	if got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

// A filter that changes nothing leaves all positions as they are.
func TestFilterThatCopies(t *testing.T) {
	f := files{"main.cfg": "\ninclude_file \"a.cfg\"\nroute {\n\tg(;\n}\n", "a.cfg": "\n\nloadmodul \"x\"\n"}
	_, got := through(t, f, func(text string) (string, error) { return text, nil })
	want := "main.cfg:4:4: error: expected a value, found ;\n\tg(;\n\t  ^\n" +
		"a.cfg:3:1: error: expected a route block, loadmodule, modparam or a global parameter, found loadmodul\n\tloadmodul \"x\"\n\t^~~~~~~~~\n\tdid you mean loadmodule?\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The markers of m4 -s lead back to file and line; a line that the filter has changed is
// shown as it is now, and what m4 itself has included is known as well.
func TestLineMarkers(t *testing.T) {
	f := files{
		"main.cfg": "define(`PORT', `506x')\ninclude_file \"a.cfg\"\nroute {\n\tg(PORT);\n\th(;\n}\n",
		"a.cfg":    "# a\nx=;\n",
		"lib.m4":   "y\ny=;\n",
	}
	_, got := through(t, f, func(text string) (string, error) {
		if want := "define(`PORT', `506x')\n# a\nx=;\nroute {\n\tg(PORT);\n\th(;\n}\n"; text != want {
			t.Errorf("the filter got %q", text)
		}
		return "#line 1 \"stdin\"\n\n# a\nx=;\n#line 2 \"lib.m4\"\ny=;\n#line 4 \"stdin\"\nroute {\n\tg(506x);\n\th(;\n}\n", nil
	})
	want := "main.cfg:4:4: error: 506x is not a number\n\tg(506x);\n\t  ^~~~\n" +
		"main.cfg:5:4: error: expected a value, found ;\n\th(;\n\t  ^\n" +
		"a.cfg:2:3: error: expected a value for x, found ;\n\tx=;\n\t  ^\n" +
		"lib.m4:2:3: error: expected a value for y, found ;\n\ty=;\n\t  ^\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Without markers the positions are those of the output, and the name says so.
func TestFilterWithoutMarkers(t *testing.T) {
	f := files{"main.cfg": "define(X)\nroute { X }\n"}
	_, got := through(t, f, func(string) (string, error) { return "\nroute { h(; }\n", nil })
	if want := "main.cfg (as m4 made it):2:11: error: expected a value, found ;\n\troute { h(; }\n\t          ^\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What goes wrong with the filter is a message like any other, and nothing else is said.
func TestFilterFails(t *testing.T) {
	cfg, got := through(t, files{"main.cfg": "route { h(; }\n"}, func(string) (string, error) { return "", errors.New("exit status 1") })
	if want := "main.cfg:1:1: error: preprocessor m4: exit status 1\n\troute { h(; }\n\t^\n"; got != want || !cfg.Partial {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	ran := false
	_, got = through(t, files{"main.cfg": "include_file \"no\"\n"}, func(string) (string, error) { ran = true; return "", nil })
	if want := "main.cfg:1:14: error: cannot include no: file does not exist\n\tinclude_file \"no\"\n\t             ^~~~\n"; got != want || ran {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

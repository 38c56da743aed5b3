package main

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/reference"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// All 99 global parameters of OpenSIPS are there, with their other names, and are either
// acted on, with the same type and default, or accepted with a note. What differs, differs
// for a reason that the list gives.
func TestSurfaceGlobals(t *testing.T) {
	text, err := os.ReadFile("testdata/globals-surface.txt")
	if err != nil {
		t.Fatal(err)
	}
	d := coreDeclared()
	n, noted := 0, 0
	for at, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		n++
		entry, reason, _ := strings.Cut(line, " -- ")
		f := strings.Fields(entry)
		if len(f) != 3 {
			t.Fatalf("line %d: %s", at+1, line)
		}
		fault := globalDiffers(d, f[0], f[1], f[2])
		switch {
		case fault == "note":
			noted++
		case fault != "" && reason == "":
			t.Errorf("line %d: %s: %s", at+1, f[0], fault)
		case fault == "" && reason != "":
			t.Errorf("line %d: %s: does not differ", at+1, f[0])
		}
	}
	if n != 99 {
		t.Errorf("the list has %d names", n)
	}
	t.Logf("%d of %d are accepted with a note", noted, n)
}

// globalDiffers compares one parameter with NAME|ALIAS TYPE DEFAULT of the list.
func globalDiffers(d *reference.Declared, names, kind, def string) string {
	list := strings.Split(names, "|")
	if kind == "socket" {
		return ""
	}
	i := slices.IndexFunc(d.Params, func(p *module.Param) bool { return p.Name == list[0] || slices.Contains(p.Aliases, list[0]) })
	if i < 0 {
		return "is missing"
	}
	p := d.Params[i]
	for _, name := range list {
		if name != p.Name && !slices.Contains(p.Aliases, name) {
			return "is not called " + name
		}
	}
	got := strings.Trim(p.Default, `"`)
	if got == "" {
		got = "none"
	}
	switch {
	case p.Ignored:
		return "note"
	case p.Gone:
		return "is gone"
	case !slices.Contains(globalKinds[kind], p.Kind):
		return "is " + p.Kind.String()
	case got != def:
		return "is " + got + " by default"
	}
	return ""
}

var globalKinds = map[string][]module.ParamKind{
	"int":    {module.IntParam, module.BoolParam},
	"string": {module.StringParam},
	"id":     {module.StringParam},
	"int|id": {module.AnyParam},
	"list":   {module.StringParam},
}

// Every way to write each of them loads, and what has no meaning here says so: these
// notes and no others.
func TestGlobalNotes(t *testing.T) {
	text, err := os.ReadFile("testdata/globals.cfg")
	if err != nil {
		t.Fatal(err)
	}
	var d syntax.Diags
	all.Load(syntax.Parse("globals.cfg", text, nil, &d), &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
	goldenText(t, "testdata/globals.golden", &d)
	if d.Errors() > 0 {
		t.Error("some are refused")
	}
	noted := map[string]bool{}
	for _, g := range d.List {
		name, _, _ := strings.Cut(g.Msg, " has no meaning here")
		noted[name] = true
	}
	list, err := os.ReadFile("testdata/globals-surface.txt")
	if err != nil {
		t.Fatal(err)
	}
	core := coreDeclared()
	for line := range strings.Lines(string(list)) {
		name, _, _ := strings.Cut(strings.Fields(line + " #")[0], "|")
		if name[0] == '#' {
			continue
		}
		if !regexp.MustCompile(`(?m)^` + name + ` =`).Match(text) {
			t.Errorf("the configuration has no %s", name)
		}
		i := slices.IndexFunc(core.Params, func(p *module.Param) bool { return p.Name == name })
		if ignored := i >= 0 && core.Params[i].Ignored; ignored != noted[name] {
			t.Errorf("%s: without effect: %v, noted: %v", name, ignored, noted[name])
		}
	}
}

// coreDeclared is what the core declares.
func coreDeclared() *reference.Declared {
	all := reference.Declarations()
	return &all[slices.IndexFunc(all, func(d reference.Declared) bool { return d.Name == module.CoreName })]
}

// Global parameters of OpenSIPS 1.x to 3.x load with a deprecation, and not with --strict.
func TestOldGlobals(t *testing.T) {
	text, err := os.ReadFile("testdata/globals-old.cfg")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, strict := range []bool{false, true} {
		d := syntax.Diags{Strict: strict}
		all.Load(syntax.Parse("globals-old.cfg", text, nil, &d), &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
		if strict {
			if d.Errors() != lines {
				t.Errorf("%d errors with --strict, want %d", d.Errors(), lines)
			}
			continue
		}
		lines = len(d.List)
		goldenText(t, "testdata/globals-old.golden", &d)
	}
}

// goldenText compares messages with a file.
func goldenText(t *testing.T, file string, d *syntax.Diags) {
	t.Helper()
	var b bytes.Buffer
	d.Render(&b)
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, _ := os.ReadFile(file); !bytes.Equal(want, b.Bytes()) {
		t.Errorf("%s: got\n%s", file, &b)
	}
}

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// A fence is a script in a page of the documentation.
type fence struct {
	at       string // file:line
	text     string
	fragment bool
}

var fenceRE = regexp.MustCompile("(?ms)^```(opensips(?:-fragment)?)\n(.*?)^```$")

// Every script of the documentation is a good configuration (as fastsips -C finds),
// and every fragment can be read, by itself or inside of a route.
func TestDocumentedScripts(t *testing.T) {
	found := fences(t)
	if len(found) < 10 {
		t.Errorf("only %d scripts found: the pages are elsewhere, or marked in another way", len(found))
	}
	for _, f := range found {
		t.Run(f.at, func(t *testing.T) {
			if f.fragment {
				checkFragment(t, f.text)
			} else {
				checkScript(t, f.text)
			}
		})
	}
}

func checkScript(t *testing.T, text string) {
	file := filepath.Join(t.TempDir(), "opensips.cfg")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	_, ok := load(options{config: file}, &proxy.Core{Settings: proxy.DefaultSettings()}, &out)
	if !ok || strings.Contains(out.String(), ": warning: ") {
		t.Errorf("%s", &out)
	}
}

func checkFragment(t *testing.T, text string) {
	var whole, inRoute syntax.Diags
	syntax.Parse("fragment", []byte(text), nil, &whole)
	syntax.Parse("fragment", []byte("route {\n"+text+"}\n"), nil, &inRoute)
	if whole.Errors() > 0 && inRoute.Errors() > 0 {
		var out bytes.Buffer
		inRoute.Render(&out)
		t.Errorf("%s", &out)
	}
}

func fences(t *testing.T) []fence {
	var list []fence
	for name, text := range pages(t) {
		for _, m := range fenceRE.FindAllStringSubmatchIndex(text, -1) {
			line := 1 + strings.Count(text[:m[0]], "\n")
			list = append(list, fence{fmt.Sprintf("%s:%d", name, line), text[m[4]:m[5]], text[m[2]:m[3]] != "opensips"})
		}
	}
	return list
}

var linkRE = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

// Links between the pages lead to files that are there.
func TestDocumentedLinks(t *testing.T) {
	for name, text := range pages(t) {
		for _, m := range linkRE.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// pages reads every page of the documentation.
func pages(t *testing.T) map[string]string {
	all := map[string]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || file != root && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(file) != ".md":
			return nil
		}
		text, err := os.ReadFile(file)
		name, _ := filepath.Rel(root, file)
		all[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	scenarioRE = regexp.MustCompile(`\bs/(\w+\*?)`)
	testRE     = regexp.MustCompile(`\bTest[A-Z]\w+`)
)

// The scenarios and tests that docs/conformance.md names are there.
func TestConformanceNamesItsTests(t *testing.T) {
	text := pages(t)["docs/conformance.md"]
	for _, m := range scenarioRE.FindAllStringSubmatch(text, -1) {
		if m[1] != "x" && len(files(t, "internal/e2e/testdata/scenarios/"+m[1]+".txt")) == 0 {
			t.Errorf("no scenario %s", m[0])
		}
	}
	tests := ""
	for _, file := range slices.Concat(files(t, "*/*_test.go"), files(t, "*/*/*_test.go"), files(t, "*/*/*/*_test.go")) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests += string(b)
	}
	for _, name := range testRE.FindAllString(text, -1) {
		if !strings.Contains(tests, "func "+name+"(") {
			t.Errorf("no test %s", name)
		}
	}
}

// files lists what a pattern below the root matches.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

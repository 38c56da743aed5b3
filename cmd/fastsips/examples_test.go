package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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

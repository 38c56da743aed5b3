package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

// The configurations together use every name that public OpenSIPS configurations use
// most (testdata/configs/popular.txt).
func TestConfigurationsUsePopularNames(t *testing.T) {
	files, err := filepath.Glob("testdata/configs/*.cfg")
	if err != nil {
		t.Fatal(err)
	}
	u := used{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d syntax.Diags
		u.config(syntax.Parse(file, text, os.ReadFile, &d))
	}
	popular, err := os.ReadFile("testdata/configs/popular.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(popular)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) < 3 || line[0] == '#' {
			continue
		}
		if n++; !u[f[0]+" "+f[1]] {
			t.Errorf("no configuration has the %s %s, which %s of 78 have", f[0], f[1], f[2])
		}
	}
	if n < 200 {
		t.Errorf("the list has %d names", n)
	}
}

// used are the names that configurations have, each as "kind name".
type used map[string]bool

func (u used) config(cfg *syntax.Config) {
	for _, g := range cfg.Globals {
		u["parameter "+g.Name] = true
	}
	for _, r := range cfg.Routes {
		u["route "+r.Kind.String()] = true
		syntax.Walk(r, func(n any) bool {
			u.node(n)
			return true
		})
	}
}

func (u used) node(n any) {
	switch n := n.(type) {
	case *syntax.If:
		u["statement if"] = true
		u["statement else"] = u["statement else"] || n.Else != nil
	case *syntax.While:
		u["statement while"] = true
	case *syntax.ForEach:
		u["statement for"] = true
	case *syntax.Switch:
		u["statement switch"] = true
	case *syntax.Case:
		u["statement case"] = u["statement case"] || n.Label != nil
		u["statement default"] = u["statement default"] || n.Label == nil
	case *syntax.Break:
		u["statement break"] = true
	case *syntax.Return:
		u["statement return"] = true
	case *syntax.Exit:
		u["statement exit"] = true
	case *syntax.Drop:
		u["statement drop"] = true
	case *syntax.RouteCall:
		u["statement route"] = true
	case *syntax.Async:
		u["statement async"] = true
		for _, c := range n.Calls {
			u["async "+c.Name] = true
		}
	case *syntax.Call:
		u["function "+n.Name], u["statement "+n.Name] = true, true
	case *syntax.Var:
		u.variable(n)
	}
}

// variable notes a variable in the forms of the list: name, name(), name()[], <reply>.
func (u used) variable(v *syntax.Var) {
	name := v.Name
	if v.HasInner {
		name += "()"
	}
	u["variable "+name] = true
	if v.Index != nil {
		u["variable "+name+"[]"] = true
	}
	if v.Context != "" {
		u["variable <"+v.Context+">"] = true
	}
	for _, t := range v.Transforms {
		u["transformation "+t.Class+"."+t.Name] = true
	}
}

package sipparse

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// errorNames returns the names of the constants of type Error, by value.
var errorNames = sync.OnceValue(func() (names []string) {
	f, err := parser.ParseFile(token.NewFileSet(), "error.go", nil, 0)
	if err != nil {
		panic(err)
	}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			for _, n := range s.(*ast.ValueSpec).Names {
				names = append(names, n.Name)
			}
		}
	}
	if len(names) != len(errorTable) {
		panic(fmt.Sprintf("%d names for %d errors", len(names), len(errorTable)))
	}
	return names
})

func errName(e Error) string { return errorNames()[e] }

// The package comment says of each refusal that there is one, and what is answered.
func TestRefusalsAreDocumented(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(f.Doc.Text()), " ")
	want := map[string]bool{}
	for e, name := range errorNames() {
		reply := "no reply"
		if s := Error(e).Status(); s != 0 {
			reply = fmt.Sprint(s)
		}
		if Error(e) != OK {
			want[name+" ("+reply+")"] = true
		}
	}
	got := map[string]bool{}
	for _, s := range regexp.MustCompile(`\bErr\w+ \((?:\d+|no reply)\)`).FindAllString(text, -1) {
		got[s] = true
	}
	for s := range want {
		if !got[s] {
			t.Errorf("%q is not in the package comment", s)
		}
	}
	for s := range got {
		if !want[s] {
			t.Errorf("the package comment says %q", s)
		}
	}
}

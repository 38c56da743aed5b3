package archtest

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// module is the prefix of our import paths.
const module = "github.com/fastsips/fastsips/"

// policy says what each package of ours may import of ours, lowest layer first.
// Tests may import anything; internal/ is open to all and bound by nothing but the
// first line below it; cmd/ knows everything.
//
// Do not relax a line to fix a build; move the code.
const policy = `
	sipparse:
	sipparse/*:    sipparse
	digest:        sipparse
	timer:
	metrics:
	mi:
	mi/*:          mi
	loop:          timer metrics
	digest/nonce:  sipparse loop
	asyncops:      loop timer metrics
	asyncops/*:    asyncops loop timer metrics
	asyncops/wire: asyncops asyncops/dns loop timer metrics
	asyncops/rest: asyncops asyncops/dns asyncops/wire loop timer metrics
	asyncops/redis: asyncops asyncops/dns asyncops/wire loop timer metrics
	asyncops/pg:   asyncops asyncops/db asyncops/wire loop timer metrics
	asyncops/dbwork: asyncops asyncops/db loop timer metrics
	asyncops/mysql: asyncops asyncops/db asyncops/dbwork loop timer metrics
	asyncops/spool: asyncops asyncops/db loop timer metrics
	asyncops/sqlite: asyncops asyncops/db asyncops/dbwork loop timer metrics
	asyncops/textdb: asyncops asyncops/db asyncops/dbwork loop timer metrics
	transport/steer:
	transport:     loop sipparse metrics transport/steer
	tm:            sipparse timer
	script/syntax:
	script:        sipparse asyncops loop script/syntax
	script/check:  script script/syntax
	script/format: script/syntax
	event:         script loop
	cachedb:       asyncops loop
	cachedb/memory:
	schema:
	module:        script script/syntax script/check metrics event mi cachedb
	proxy:         sipparse timer loop transport transport/steer tm script script/syntax asyncops asyncops/* metrics event
	modules/*:     module proxy event cachedb cachedb/* schema tm script script/syntax asyncops asyncops/* transport transport/steer sipparse sipparse/* timer loop metrics mi mi/* digest digest/* usrloc usrloc/*
	digest/server: digest digest/nonce proxy script sipparse loop
	usrloc:        sipparse timer loop metrics asyncops asyncops/* script event cachedb
	usrloc/*:      usrloc loop timer metrics asyncops asyncops/*
	modules/all:   module modules/* proxy script/syntax asyncops loop
	modules/prometheus: module proxy asyncops loop metrics modules/httpd
	modules/mi_http: module modules/httpd
	ua:
	etc:
	bench/*:
	cmd/*:         any
	internal/*:    any
`

type rules map[string][]string

func parseRules(text string) rules {
	m := rules{}
	for line := range strings.Lines(text) {
		if pkg, deps, ok := strings.Cut(line, ":"); ok {
			m[strings.TrimSpace(pkg)] = strings.Fields(deps)
		}
	}
	return m
}

// of returns the line for a package: its own, else that of its parent with a star.
func (r rules) of(pkg string) (deps []string, known bool) {
	if deps, known = r[pkg]; known {
		return deps, true
	}
	for dir := parent(pkg); dir != ""; dir = parent(dir) {
		if deps, known = r[dir+"/*"]; known {
			return deps, true
		}
	}
	return nil, false
}

func parent(pkg string) string {
	i := strings.LastIndexByte(pkg, '/')
	return pkg[:max(i, 0)]
}

// allows reports whether pkg may import dep.
func (r rules) allows(pkg, dep string) bool {
	deps, _ := r.of(pkg)
	under := func(pattern string) bool {
		dir, star := strings.CutSuffix(pattern, "/*")
		return pattern == dep || star && strings.HasPrefix(dep, dir+"/")
	}
	return strings.HasPrefix(dep, "internal/") || slices.Contains(deps, "any") || slices.ContainsFunc(deps, under)
}

// A source is a Go file that is no test.
type source struct {
	path, pkg string
	file      *ast.File
}

// sources parses all of our files, in the order of their paths. It reads them
// itself instead of asking the go command, so that the test cache notices when
// one of them changes.
func sources(root fs.FS) ([]source, error) {
	var list []source
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || path != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		b, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, b, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		list = append(list, source{path, parent(path), f})
		return nil
	})
	return list, err
}

// violations lists every import that the rules do not allow, and every package
// that they do not know.
func violations(list []source, r rules) []string {
	var bad []string
	for _, s := range list {
		if _, known := r.of(s.pkg); !known {
			bad = append(bad, s.path+": package "+s.pkg+" has no line in the policy")
			continue
		}
		for _, spec := range s.file.Imports {
			imp, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
			if dep, ours := strings.CutPrefix(imp, module); ours && !r.allows(s.pkg, dep) {
				bad = append(bad, s.path+" imports "+dep+", which the policy does not let "+s.pkg+" do")
			}
		}
	}
	return bad
}

// gnetUsers lists the files outside loop/ that import gnet.
func gnetUsers(list []source) []string {
	var bad []string
	for _, s := range list {
		for _, spec := range s.file.Imports {
			if strings.Contains(spec.Path.Value, "/panjf2000/gnet/") && s.pkg != "loop" {
				bad = append(bad, s.path)
			}
		}
	}
	return bad
}

// undocumented lists the packages in which no file or more than one has a package
// comment. Files that a build constraint chooses between may have one each.
func undocumented(list []source) []string {
	comments := map[string]int{}
	var pkgs, bad []string
	for _, s := range list {
		if !slices.Contains(pkgs, s.pkg) {
			pkgs = append(pkgs, s.pkg)
		}
		if s.file.Doc != nil && strings.TrimSpace(s.file.Doc.Text()) != "" && !(comments[s.pkg] > 0 && constrained(s.file)) {
			comments[s.pkg]++
		}
	}
	for _, pkg := range pkgs {
		if n := comments[pkg]; n != 1 {
			bad = append(bad, pkg+" has "+strconv.Itoa(n)+" package comments")
		}
	}
	return bad
}

// constrained reports whether a //go:build line stands above the package clause.
func constrained(f *ast.File) bool {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() < f.Package && constraint.IsGoBuild(c.Text) {
				return true
			}
		}
	}
	return false
}

func ours(t *testing.T) []source {
	t.Helper()
	list, err := sources(os.DirFS(filepath.Join("..", "..")))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("no Go file found: the path to the root is wrong")
	}
	return list
}

func TestImports(t *testing.T) {
	for _, v := range violations(ours(t), parseRules(policy)) {
		t.Error(v)
	}
}

func TestOnlyLoopKnowsGnet(t *testing.T) {
	for _, file := range gnetUsers(ours(t)) {
		t.Errorf("%s imports gnet; package loop wraps it", file)
	}
}

// One file of each package says what it is for, what it promises and refuses.
func TestPackageComments(t *testing.T) {
	for _, v := range undocumented(ours(t)) {
		t.Error(v)
	}
}

// The rules themselves are tried on a small tree with one fault of each kind.
func TestTheseTestsFindFaults(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	list, err := sources(fstest.MapFS{
		"low/a.go":             file("// Package low is low.\npackage low\nimport _ \"" + module + "mods/x\"\n"),
		"low/a_test.go":        file("package low\nimport _ \"" + module + "mods/x\"\n"),
		"low/testdata/b.go":    file("package broken ("),
		"mods/x/x.go":          file("// Package x is fine.\npackage x\nimport (\n_ \"" + module + "low\"\n_ \"" + module + "internal/i\"\n)\n"),
		"mods/x/y.go":          file("// Package x is fine, twice.\npackage x\n"),
		"stray/s.go":           file("package stray\nimport _ \"github.com/panjf2000/gnet/v2\"\n"),
		"internal/i/deep/d.go": file("//go:build a\n\n// Package deep is free.\npackage deep\nimport _ \"" + module + "mods/x\"\n"),
		"internal/i/deep/e.go": file("//go:build !a\n\n// Package deep is free.\npackage deep\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := parseRules("low:\nmods/*: low\ninternal/*: any\n")
	for what, c := range map[string]struct{ got, want []string }{
		"imports": {violations(list, r), []string{
			"low/a.go imports mods/x, which the policy does not let low do",
			"stray/s.go: package stray has no line in the policy"}},
		"gnet":     {gnetUsers(list), []string{"stray/s.go"}},
		"comments": {undocumented(list), []string{"mods/x has 2 package comments", "stray has 0 package comments"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: found %q, want %q", what, c.got, c.want)
		}
	}
}

package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// Configurations as deployments write them, for OpenSIPS 1.x to 4.x, load with exactly
// the messages of their golden files: none, or notes and deprecations. Modules that are
// not there yet are stubs (testdata/configs/stubs.txt).
func TestConfigurations(t *testing.T) {
	files, err := filepath.Glob("testdata/configs/*.cfg")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d configurations, %v", len(files), err)
	}
	stubs := readStubs(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".cfg"), func(t *testing.T) {
			var d syntax.Diags
			loaded := loadStubbed(t, file, stubs, &d)
			if d.Errors() > 0 || loaded.Program == nil {
				t.Errorf("it does not load")
			}
			var b bytes.Buffer
			if err := d.Render(&b); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".cfg") + ".golden"
			if *update {
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", b.String(), want)
			}
		})
	}
}

// A stub is a module that is known by the names of what it offers, or what a module that
// is there will offer besides.
type stub struct {
	funcs  []*script.Func
	vars   []*script.Var
	params [][2]string // name and type

	transforms []*script.TransformDef
}

// Setup declares the names.
func (s *stub) Setup(e *module.Env) {
	e.Funcs, e.Vars = s.funcs, s.vars
	for _, p := range s.params {
		if p[1] == "int" {
			e.Params.Int(new(int), p[0], 0, "")
		} else {
			e.Params.Func(p[0], "", func(string) error { return nil })
		}
	}
}

func loadStubbed(t *testing.T, file string, stubs map[string]*stub, d *syntax.Diags) *module.Loaded {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cat := maps.Clone(all.Catalogue)
	for name, s := range stubs {
		if cat[name] == nil {
			cat[name] = func() module.Module { return s }
		}
	}
	later := func(e *module.Env) {
		if s := stubs[e.Name]; s != nil && all.Catalogue[e.Name] != nil {
			e.Funcs, e.Transforms = append(e.Funcs, s.funcs...), append(e.Transforms, s.transforms...)
		}
		check := e.Globals.Socket
		if e.Name != module.CoreName {
			return
		}
		e.Globals.Socket = func(s *syntax.Socket) ([]string, error) {
			if slices.Contains([]string{"ws", "wss", "hep_udp"}, s.Proto) {
				return nil, nil
			}
			return check(s)
		}
	}
	shared := &proxy.Core{Settings: proxy.DefaultSettings()}
	return module.LoadAltered(syntax.Parse(file, text, os.ReadFile, d), cat, core.New(), shared, later, d)
}

// readStubs reads testdata/configs/stubs.txt.
func readStubs(t *testing.T) map[string]*stub {
	t.Helper()
	text, err := os.ReadFile("testdata/configs/stubs.txt")
	if err != nil {
		t.Fatal(err)
	}
	stubs := map[string]*stub{}
	var s *stub
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		kind, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			s = new(stub)
			stubs[strings.Trim(line, "[]")] = s
		case kind == "function":
			s.funcs = append(s.funcs, stubFunc(rest))
		case kind == "variable":
			s.vars = append(s.vars, stubVar(rest))
		case kind == "transformation":
			class, name, _ := strings.Cut(rest, ".")
			s.transforms = append(s.transforms, &script.TransformDef{Class: class, Name: name, Fn: func(*script.Ctx, script.Value, []script.Value) script.Value { return script.Null }})
		case kind == "param":
			name, typ, _ := strings.Cut(rest, " ")
			s.params = append(s.params, [2]string{name, typ})
		default:
			t.Fatalf("stubs.txt: %q", line)
		}
	}
	return stubs
}

// stubFunc makes a function of name(type, [type]) or name(...) async.
func stubFunc(text string) *script.Func {
	text, waits := strings.CutSuffix(text, " async")
	name, types, _ := strings.Cut(strings.TrimSuffix(text, ")"), "(")
	f := script.Func0(name, "", script.All, func(*script.Ctx) script.Ret { return 1 })
	kinds := map[string]script.ParamKind{"int": script.ParamInt, "str": script.ParamStr, "var": script.ParamVar, "var>": script.ParamOut, "re": script.ParamRegex}
	for typ := range strings.SplitSeq(types, ", ") {
		if types == "" {
			break
		}
		bare := strings.Trim(typ, "[]")
		f.Params = append(f.Params, script.ParamInfo{Name: bare, Kind: kinds[bare], Optional: bare != typ})
	}
	f.Waits = waits
	return f
}

// stubVar makes a variable of "name", "name()" or "name(?)", each with " rw" if it can be written.
func stubVar(text string) *script.Var {
	name, writable := strings.CutSuffix(text, " rw")
	name, optional := strings.CutSuffix(name, "(?)")
	v := &script.Var{Name: strings.TrimSuffix(name, "()"), Get: func(*script.Ctx, *script.Arg) script.Value { return script.Null }}
	if strings.HasSuffix(name, "()") {
		v.Inner = script.NeedsInner
	}
	if optional {
		v.Inner = script.OptionalInner
	}
	if writable {
		v.Set = func(*script.Ctx, *script.Arg, script.Value) bool { return true }
	}
	return v
}

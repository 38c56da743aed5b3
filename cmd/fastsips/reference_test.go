package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
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

//go:generate go test -count=1 -run TestReference . -update

var update = flag.Bool("update", false, "write the generated reference instead of comparing it")

// root is the repository's.
const root = "../.."

// The reference is printed from the declarations that the checker and the
// run-time use. A difference means: run go generate ./...
func TestReference(t *testing.T) {
	all := declarations()
	generated := map[string]string{
		"docs/functions.md":  functionsPage(all),
		"docs/parameters.md": parametersPage(all),
	}
	for _, d := range all {
		name := "modules/" + d.folder + "/README.md"
		if generated[name] != "" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
			continue
		}
		generated[name] = fillIn(t, name, string(text), all)
	}
	for name, want := range generated {
		file := filepath.Join(root, name)
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Error(err)
			}
			continue
		}
		if got, _ := os.ReadFile(file); string(got) != want {
			t.Errorf("%s differs from the declarations at line %d: run go generate ./...", name, firstDifference(got, want))
		}
	}
}

func firstDifference(got []byte, want string) int {
	a, b := bytes.Split(got, []byte{'\n'}), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if string(a[i]) != b[i] {
			return i + 1
		}
	}
	return min(len(a), len(b)) + 1
}

// A declared is what one module, the core or the language itself declares.
type declared struct {
	name, folder string // as loadmodule knows it; below modules/
	funcs        []*script.Func
	vars         []*script.Var
	transforms   []*script.TransformDef
	params       []*module.Param
}

// language is what the documentation calls what needs no module at all.
const language = "language"

// declarations sets up every module of the catalogue, after the language and the
// core.
func declarations() []declared {
	var list []declared
	r := script.NewRegistry()
	list = append(list, declared{name: language, folder: module.CoreName,
		funcs: unique(r.Funcs, func(f *script.Func) string { return f.Name }),
		vars:  unique(r.Vars, func(v *script.Var) string { return v.Name }),
		transforms: unique(r.Transforms, func(t *script.TransformDef) string {
			return t.Class + "." + t.Name
		})})
	text := ""
	names := slices.Sorted(maps.Keys(all.Catalogue))
	for _, name := range names {
		text += fmt.Sprintf("loadmodule %q\n", name+".so")
	}
	var d syntax.Diags
	loaded := module.Load(syntax.Parse("all.cfg", []byte(text), nil, &d), all.Catalogue, core.New(), new(proxy.Core), &d)
	for _, in := range loaded.Modules {
		e := in.Env
		params := e.Params.List()
		if in.Name == module.CoreName {
			params = e.Globals.List()
		}
		list = append(list, declared{in.Name, path.Base(reflect.TypeOf(in.Module).Elem().PkgPath()), e.Funcs, e.Vars, e.Transforms, params})
	}
	return list
}

// unique lists what a registry holds, without aliases.
func unique[T any](m map[string]T, name func(T) string) []T {
	var list []T
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if name(m[key]) == key {
			list = append(list, m[key])
		}
	}
	return list
}

// A README says where it wants what, and of which module if that is not the
// folder's name:
//
//	<!-- reference: functions -->
//	... replaced ...
//	<!-- end -->
var placeRE = regexp.MustCompile(`(?s)<!-- reference: (\w+)(?: (\w+))? -->\n.*?<!-- end -->`)

func fillIn(t *testing.T, name, text string, all []declared) string {
	folder := path.Base(path.Dir(name))
	missing := map[string]bool{}
	for _, d := range all {
		if d.folder == folder {
			for kind, text := range sections(d) {
				missing[kind+" "+d.name] = text != ""
			}
		}
	}
	text = placeRE.ReplaceAllStringFunc(text, func(place string) string {
		m := placeRE.FindStringSubmatch(place)
		kind, of := m[1], m[2]
		head, _, _ := strings.Cut(place, "\n")
		if of == "" {
			of = folder
		}
		delete(missing, kind+" "+of)
		i := slices.IndexFunc(all, func(d declared) bool { return d.name == of })
		if i < 0 || sections(all[i])[kind] == "" {
			t.Errorf("%s asks for the %s of %s, which has none", name, kind, of)
			return place
		}
		return head + "\n" + sections(all[i])[kind] + "<!-- end -->"
	})
	for what, there := range missing {
		if there {
			t.Errorf("%s has no place for the reference of %s", name, what)
		}
	}
	return text
}

// sections are the parts of d's man page; empty ones are left out of it.
func sections(d declared) map[string]string {
	return map[string]string{
		"parameters":      parameterList(d.params),
		"functions":       functionList(d.funcs),
		"variables":       variableTable(d.vars),
		"transformations": transformTable(d.transforms),
	}
}

func functionList(funcs []*script.Func) string {
	var b strings.Builder
	for _, f := range funcs {
		fmt.Fprintf(&b, "### `%s`\n\n%s\n", signature(f), f.Doc)
		for i, p := range f.Params {
			if i == 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "- `%s` (%s): %s\n", p.Name, paramKind(p), p.Doc)
		}
		b.WriteString("\n")
		if f.Waits {
			b.WriteString("May park the run. ")
		}
		fmt.Fprintf(&b, "Routes: %s.", routes(f.In))
		if len(f.Aliases) > 0 {
			fmt.Fprintf(&b, " Old name: %s.", codes(f.Aliases))
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

func parameterList(params []*module.Param) string {
	var b strings.Builder
	ignored := map[string][]string{} // names by reason
	for _, p := range params {
		if p.Ignored {
			why := p.Doc
			if p.Gone {
				why = "of OpenSIPS 1.x to 3.x: " + why
			}
			ignored[why] = append(ignored[why], append([]string{p.Name}, append(p.Aliases, p.Old...)...)...)
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", paramNames(p), cell(p.Kind.String()), defaultText(p), cell(p.Doc))
	}
	out := ""
	if b.Len() > 0 {
		out = "| parameter | type | default | meaning |\n|---|---|---|---|\n" + b.String() + "\n"
	}
	if len(ignored) == 0 {
		return out
	}
	out += "| accepted, without effect | why |\n|---|---|\n"
	for _, why := range slices.Sorted(maps.Keys(ignored)) {
		out += fmt.Sprintf("| %s | %s |\n", codes(ignored[why]), cell(why))
	}
	return out + "\n"
}

func defaultText(p *module.Param) string {
	if p.Default == "" {
		return "none"
	}
	return "`" + p.Default + "`"
}

func variableTable(vars []*script.Var) string {
	if len(vars) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| variable | | meaning |\n|---|---|---|\n")
	for _, v := range vars {
		access := "read only"
		if v.Set != nil || v.Assign != nil {
			access = "read, write"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", variable(v), access, cell(v.Doc))
	}
	return b.String() + "\n"
}

// variable shows how v is written.
func variable(v *script.Var) string {
	inner := map[script.Inner]string{script.NeedsInner: "(name)", script.OptionalInner: "[(name)]"}[v.Inner]
	forms := []string{"`$" + v.Name + inner + "`"}
	if v.Indexed {
		forms = append(forms, "`$("+v.Name+strings.Trim(inner, "[]")+"[n])`")
	}
	for _, a := range v.Aliases {
		forms = append(forms, "`$"+a+inner+"`")
	}
	return strings.Join(forms, ", ")
}

func transformTable(list []*script.TransformDef) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| transformation | arguments | meaning |\n|---|---|---|\n")
	for _, d := range list {
		args := fmt.Sprint(d.Min)
		switch {
		case d.Max < 0:
			args += " or more"
		case d.Max > d.Min:
			args += " to " + fmt.Sprint(d.Max)
		}
		fmt.Fprintf(&b, "| `{%s.%s}` | %s | %s |\n", d.Class, d.Name, args, cell(d.Doc))
	}
	return b.String() + "\n"
}

// signatures are those whose first argument may be left out.
var signatures = map[string]string{"xlog": "xlog([level,] text)", "log": "log([level,] text)"}

// signature writes f(a, b[, c[, d]]).
func signature(f *script.Func) string {
	if s := signatures[f.Name]; s != "" {
		return s
	}
	text, open := f.Name+"(", 0
	for i, p := range f.Params {
		comma := ", "
		if i == 0 {
			comma = ""
		}
		if p.Optional {
			text += "["
			open++
		}
		text += comma + p.Name
	}
	return text + strings.Repeat("]", open) + ")"
}

var kindText = map[script.ParamKind]string{
	script.ParamInt: "integer", script.ParamStr: "string", script.ParamStatic: "string without variables",
	script.ParamVar: "variable", script.ParamOut: "variable, is written", script.ParamOutList: "variables, are written",
	script.ParamRegex: "regular expression", script.ParamRoute: "name of a route", script.ParamLevel: "log level",
}

func paramKind(p script.ParamInfo) string {
	if p.Optional {
		return kindText[p.Kind] + ", optional"
	}
	return kindText[p.Kind]
}

func routes(in script.Routes) string {
	if in == script.All {
		return "any"
	}
	var list []string
	for k := range syntax.NRouteKinds {
		if in&script.In(k) != 0 {
			list = append(list, k.String())
		}
	}
	return codes(list)
}

func codes(list []string) string { return "`" + strings.Join(list, "`, `") + "`" }

func paramNames(p *module.Param) string {
	text := codes(append([]string{p.Name}, p.Aliases...))
	if p.Gone {
		text += " (old)"
	}
	if len(p.Old) > 0 {
		text += " (old: " + codes(p.Old) + ")"
	}
	return text
}

// cell makes a text fit a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

const generatedNote = "<!-- Code generated by go generate ./...; DO NOT EDIT. -->\n\n"

func functionsPage(all []declared) string {
	var b strings.Builder
	b.WriteString("# Functions, variables, transformations\n\n" + generatedNote +
		"A function with a positive value is true in a condition, one with a negative value is false, and 0 ends the script. Where\n" +
		"nothing else is said, 1 is yes or done, -1 is no or failed. ⏸ marks what may park the run; all functions work in\n" +
		"`async` and `launch`. Details: the README of each module. [Parameters](parameters.md), [waiting](async.md).\n\n")
	section := func(title string, body func(declared) string) {
		b.WriteString("## " + title + "\n\n")
		for _, d := range all {
			if text := body(d); text != "" {
				fmt.Fprintf(&b, "### %s\n\n%s", moduleLink(d), text)
			}
		}
	}
	section("Functions", functionTable)
	section("Variables", func(d declared) string { return variableTable(d.vars) })
	section("Transformations", func(d declared) string { return transformTable(d.transforms) })
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func moduleLink(d declared) string {
	return fmt.Sprintf("[%s](../modules/%s/README.md)", d.name, d.folder)
}

func functionTable(d declared) string {
	if len(d.funcs) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| function | meaning | routes |\n|---|---|---|\n")
	for _, f := range d.funcs {
		pause := ""
		if f.Waits {
			pause = " ⏸"
		}
		old := ""
		if len(f.Aliases) > 0 {
			old = " Old name: " + codes(f.Aliases) + "."
		}
		fmt.Fprintf(&b, "| `%s`%s | %s%s | %s |\n", signature(f), pause, cell(f.Doc), old, routes(f.In))
	}
	return b.String() + "\n"
}

func parametersPage(all []declared) string {
	var b strings.Builder
	b.WriteString("# Parameters\n\n" + generatedNote +
		"Global parameters are written `name=value`, those of modules `modparam(\"module\", \"name\", value)`. A parameter that fastsips\n" +
		"has no use for is accepted with a note; one that nobody knows is an error. `socket=` is described in\n" +
		"[operations.md](operations.md).\n\n")
	for _, d := range all {
		text := parameterList(d.params)
		if text == "" {
			continue
		}
		title := "Module " + moduleLink(d)
		if d.name == module.CoreName {
			title = "Global parameters"
		}
		b.WriteString("## " + title + "\n\n" + text)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

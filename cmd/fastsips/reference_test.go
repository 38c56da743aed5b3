package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/reference"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

//go:generate go test -count=1 -run TestReference . -update

var update = flag.Bool("update", false, "write the generated reference instead of comparing it")

// root is the repository's.
const root = "../.."

// The reference is printed from the declarations that the checker and the
// run-time use. A difference means: run go generate ./...
func TestReference(t *testing.T) {
	all := reference.Declarations()
	generated := map[string]string{
		"docs/functions.md":  functionsPage(all),
		"docs/parameters.md": parametersPage(all),
	}
	for _, d := range all {
		name := "modules/" + d.Folder + "/README.md"
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

// A README says where it wants what, and of which module if that is not the
// folder's name:
//
//	<!-- reference: functions -->
//	... replaced ...
//	<!-- end -->
var placeRE = regexp.MustCompile(`(?s)<!-- reference: (\w+)(?: (\w+))? -->\n.*?<!-- end -->`)

func fillIn(t *testing.T, name, text string, all []reference.Declared) string {
	folder := path.Base(path.Dir(name))
	missing := map[string]bool{}
	for _, d := range all {
		if d.Folder == folder && d.Name != "avpops" { // the other name of sqlops
			for kind, text := range sections(d) {
				missing[kind+" "+d.Name] = text != ""
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
		i := slices.IndexFunc(all, func(d reference.Declared) bool { return d.Name == of })
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
func sections(d reference.Declared) map[string]string {
	return map[string]string{
		"parameters":      parameterList(d.Params),
		"functions":       functionList(d.Funcs),
		"variables":       variableTable(d.Vars),
		"transformations": transformTable(d.Transforms),
	}
}

func functionList(funcs []*script.Func) string {
	var b strings.Builder
	for _, f := range funcs {
		fmt.Fprintf(&b, "### `%s`\n\n%s\n", reference.Signature(f), f.Doc)
		for i, p := range f.Params {
			if i == 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "- `%s` (%s): %s\n", p.Name, reference.KindOf(p), p.Doc)
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
			ignored[p.Doc] = append(ignored[p.Doc], p.Name)
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", withAliases(p.Name, p.Aliases), cell(p.Kind.String()), defaultText(p), cell(p.Doc))
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
		fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(codeEach(reference.Forms(v)), ", "), access, cell(v.Doc))
	}
	return b.String() + "\n"
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

func routes(in script.Routes) string {
	if in == script.All {
		return "any"
	}
	return codes(reference.Routes(in))
}

func codeEach(list []string) (out []string) {
	for _, x := range list {
		out = append(out, "`"+x+"`")
	}
	return out
}

func codes(list []string) string { return "`" + strings.Join(list, "`, `") + "`" }

func withAliases(name string, aliases []string) string {
	if len(aliases) == 0 {
		return "`" + name + "`"
	}
	return "`" + name + "` (old: " + codes(aliases) + ")"
}

// cell makes a text fit a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

const generatedNote = "<!-- Code generated by go generate ./...; DO NOT EDIT. -->\n\n"

func functionsPage(all []reference.Declared) string {
	var b strings.Builder
	b.WriteString("# Functions, variables, transformations\n\n" + generatedNote +
		"A function with a positive value is true in a condition, one with a negative value is false, and 0 ends the script. Where\n" +
		"nothing else is said, 1 is yes or done, -1 is no or failed. ⏸ marks what may park the run; all functions work in\n" +
		"`async` and `launch`. Details: the README of each module. [Parameters](parameters.md), [waiting](async.md).\n\n")
	section := func(title string, body func(reference.Declared) string) {
		b.WriteString("## " + title + "\n\n")
		for _, d := range all {
			if text := body(d); text != "" && d.Name != "avpops" {
				fmt.Fprintf(&b, "### %s\n\n%s", moduleLink(d), text)
			}
		}
	}
	section("Functions", functionTable)
	section("Variables", func(d reference.Declared) string { return variableTable(d.Vars) })
	section("Transformations", func(d reference.Declared) string { return transformTable(d.Transforms) })
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func moduleLink(d reference.Declared) string {
	return fmt.Sprintf("[%s](../modules/%s/README.md)", d.Name, d.Folder)
}

func functionTable(d reference.Declared) string {
	if len(d.Funcs) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| function | meaning | routes |\n|---|---|---|\n")
	for _, f := range d.Funcs {
		pause := ""
		if f.Waits {
			pause = " ⏸"
		}
		old := ""
		if len(f.Aliases) > 0 {
			old = " Old name: " + codes(f.Aliases) + "."
		}
		fmt.Fprintf(&b, "| `%s`%s | %s%s | %s |\n", reference.Signature(f), pause, cell(f.Doc), old, routes(f.In))
	}
	return b.String() + "\n"
}

func parametersPage(all []reference.Declared) string {
	var b strings.Builder
	b.WriteString("# Parameters\n\n" + generatedNote +
		"Global parameters are written `name=value`, those of modules `modparam(\"module\", \"name\", value)`. A parameter that fastsips\n" +
		"has no use for is accepted with a note; one that nobody knows is an error. `socket=` is described in\n" +
		"[operations.md](operations.md).\n\n")
	for _, d := range all {
		text := parameterList(d.Params)
		if text == "" || d.Name == "avpops" {
			continue
		}
		title := "Module " + moduleLink(d)
		if d.Name == module.CoreName {
			title = "Global parameters"
		}
		b.WriteString("## " + title + "\n\n" + text)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

package reference

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// An Entry is one thing that a script, a configuration or an operator can name.
type Entry struct {
	Kind   string // "function", "variable" …
	Module string
	Name   string   // without $ and braces
	Names  []string // all, old ones included
	Form   string   // as it is written
	Doc    string
	More   []string // lines about it
}

// Entries lists everything, module by module.
func Entries() []Entry {
	list := slices.Clone(statements)
	for _, d := range Declarations() {
		for _, f := range d.Funcs {
			list = append(list, function(d.Name, f))
		}
		for _, v := range d.Vars {
			list = append(list, variable(d.Name, v))
		}
		for _, t := range d.Transforms {
			list = append(list, transformation(d.Name, t))
		}
		for _, p := range d.Params {
			list = append(list, parameter(d.Name, p))
		}
		for _, c := range d.Commands {
			list = append(list, commandEntry(d.Name, c))
		}
	}
	return list
}

func function(in string, f *script.Func) Entry {
	e := Entry{Kind: "function", Module: in, Name: f.Name, Names: append([]string{f.Name}, f.Aliases...), Form: Signature(f), Doc: f.Doc}
	for _, p := range f.Params {
		e.More = append(e.More, fmt.Sprintf("  %s (%s): %s", p.Name, KindOf(p), p.Doc))
	}
	e.More = append(e.More, "routes: "+RoutesText(f.In))
	if f.Waits {
		e.More = append(e.More, "may wait: it parks the run, no loop waits for it")
	}
	return e.old(f.Aliases)
}

// RoutesText lists route types for people.
func RoutesText(in script.Routes) string {
	if in == script.All {
		return "any"
	}
	return strings.Join(Routes(in), ", ")
}

func variable(in string, v *script.Var) Entry {
	e := Entry{Kind: "variable", Module: in, Name: v.Name, Names: append([]string{v.Name}, v.Aliases...), Form: strings.Join(Forms(v), ", "), Doc: v.Doc}
	access := "read only"
	if v.Set != nil || v.Assign != nil {
		access = "can be read and written"
	}
	e.More = append(e.More, access)
	return e
}

func transformation(in string, t *script.TransformDef) Entry {
	name := t.Class + "." + t.Name
	return Entry{Kind: "transformation", Module: in, Name: name, Names: []string{name, t.Name}, Form: "{" + name + "}", Doc: t.Doc,
		More: []string{"arguments: " + ArgsText(t)}}
}

// ArgsText says how many arguments t takes.
func ArgsText(t *script.TransformDef) string {
	switch {
	case t.Max < 0:
		return fmt.Sprint(t.Min, " or more")
	case t.Max > t.Min:
		return fmt.Sprint(t.Min, " to ", t.Max)
	}
	return fmt.Sprint(t.Min)
}

func parameter(in string, p *module.Param) Entry {
	e := Entry{Kind: "parameter", Module: in, Name: p.Name, Names: append([]string{p.Name}, p.Aliases...), Doc: p.Doc}
	value := p.Default
	if value == "" {
		value = "..."
	}
	e.Form = fmt.Sprintf("modparam(%q, %q, %s)", in, p.Name, value)
	if in == module.CoreName {
		e.Kind, e.Form = "global parameter", p.Name+"="+value
	}
	switch {
	case p.Ignored:
		e.More = append(e.More, "accepted, without effect")
	case p.Default != "":
		e.More = append(e.More, p.Kind.String()+"; default "+p.Default)
	default:
		e.More = append(e.More, p.Kind.String())
	}
	return e.old(p.Aliases)
}

func commandEntry(in string, c *mi.Command) Entry {
	e := Entry{Kind: "MI command", Module: in, Name: c.Name, Names: append([]string{c.Name, c.Local()}, c.Aliases...), Doc: c.Doc, Form: c.Name}
	for _, r := range c.Recipes {
		line := "  " + c.Name
		for _, p := range r.Params {
			line += " " + p.Name
		}
		e.More = append(e.More, line)
		for _, p := range r.Params {
			e.More = append(e.More, fmt.Sprintf("    %s (%s): %s", p.Name, p.Kind, p.Doc))
		}
	}
	return e.old(c.Aliases)
}

func (e Entry) old(names []string) Entry {
	if len(names) > 0 {
		e.More = append(e.More, "old name: "+strings.Join(names, ", "))
	}
	return e
}

// Of returns the entries of a module; false if there is no such module.
func Of(list []Entry, name string) (mine []Entry, ok bool) {
	for _, e := range list {
		if e.Module == name {
			mine = append(mine, e)
		}
	}
	return mine, len(mine) > 0
}

// Find returns the entries of a name. It may be written as in a script: $ru, $(ru),
// {s.len}, t_relay(), modparam names; case matters only if it decides.
func Find(list []Entry, name string) []Entry {
	bare, kind := bareName(name)
	pick := func(same func(a, b string) bool) (found []Entry) {
		for _, e := range list {
			if (kind == "" || e.Kind == kind) && slices.ContainsFunc(e.Names, func(n string) bool { return same(n, bare) }) {
				found = append(found, e)
			}
		}
		return found
	}
	if found := pick(func(a, b string) bool { return a == b }); len(found) > 0 {
		return found
	}
	return pick(strings.EqualFold)
}

// bareName takes off what shows the kind of a name.
func bareName(s string) (name, kind string) {
	switch {
	case strings.HasPrefix(s, "$"):
		s = strings.TrimSuffix(strings.TrimPrefix(s[1:], "("), ")")
		if i := strings.IndexAny(s, "([{"); i >= 0 {
			s = s[:i]
		}
		return s, "variable"
	case strings.HasPrefix(s, "{"):
		s, _, _ = strings.Cut(strings.Trim(s, "{}"), ",")
		return s, "transformation"
	case strings.Contains(s, "("):
		s, _, _ = strings.Cut(s, "(")
		return s, "function"
	}
	return s, ""
}

// Suggestion is ": did you mean x?" with a name like s, or nothing.
func Suggestion(list []Entry, s string) string {
	bare, _ := bareName(s)
	near := syntax.Nearest(bare, func(yield func(string) bool) {
		for _, e := range list {
			for _, n := range e.Names {
				if !yield(n) {
					return
				}
			}
		}
	})
	if near == "" {
		return ""
	}
	return ": did you mean " + near + "?"
}

// Explain prints everything about e.
func (e *Entry) Explain(w io.Writer) {
	fmt.Fprintf(w, "%s\n", e.Form)
	fmt.Fprintf(w, "  %s of %s\n", e.Kind, title(e.Module))
	if e.Doc != "" {
		fmt.Fprintf(w, "\n  %s\n", e.Doc)
	}
	for i, line := range e.More {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "  %s\n", line)
	}
}

func title(in string) string {
	switch in {
	case Language:
		return "the language"
	case module.CoreName:
		return "the core"
	}
	return "module " + in
}

// List prints a line for each entry, under the names of the modules.
func List(w io.Writer, list []Entry) {
	last := ""
	for _, e := range list {
		if head := e.Module + ", " + e.Kind + "s"; head != last {
			if last != "" {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "%s\n", head)
			last = head
		}
		fmt.Fprintf(w, "  %-40s %s\n", e.Form, firstSentence(e.Doc))
	}
}

func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i >= 0 {
		return s[:i+1]
	}
	return s
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/reference"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// "Everything of tm, sl, rr, signaling, maxfwd" and path is there: every name of
// OpenSIPS's is declared, functions with as many arguments of the same types and in at
// least the same routes, parameters with the same type and default. What differs, differs
// for a reason that the list gives.
func TestSurface(t *testing.T) {
	files, _ := filepath.Glob("testdata/surface-*.txt")
	all, n := reference.Declarations(), 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n += checkSurface(t, name, string(text), all)
	}
	if n < 100 {
		t.Errorf("the lists have %d names", n)
	}
}

// checkSurface compares a list and returns how many names it has.
func checkSurface(t *testing.T, file, text string, all []reference.Declared) (n int) {
	var d *reference.Declared
	for at, line := range strings.Split(text, "\n") {
		entry, reason, _ := strings.Cut(line, " -- ")
		name := strings.Trim(entry, "[]")
		switch {
		case entry == "" || entry[0] == '#':
			continue
		case entry[0] == '[':
			i := slices.IndexFunc(all, func(d reference.Declared) bool { return d.Name == name })
			if i < 0 {
				t.Fatalf("%s:%d: there is no module %s", file, at+1, name)
			}
			d = &all[i]
			continue
		}
		n++
		fault := differs(d, entry)
		switch {
		case fault != "" && reason == "":
			t.Errorf("%s:%d: %s: %s: %s", file, at+1, d.Name, entry, fault)
		case fault == "" && reason != "":
			t.Errorf("%s:%d: %s: %s: does not differ", file, at+1, d.Name, entry)
		}
	}
	return n
}

// differs says how d differs from an entry of the list; "" if it does not.
func differs(d *reference.Declared, entry string) string {
	kind, rest, _ := strings.Cut(entry, " ")
	switch kind {
	case "function":
		return functionDiffers(d, rest)
	case "param":
		return paramDiffers(d, strings.Replace(rest, " func ", " ", 1))
	case "variable":
		return variableDiffers(d, rest)
	case "statistic":
		return statisticDiffers(d, rest)
	case "command":
		return commandDiffers(d, rest)
	}
	return "unknown entry"
}

var functionRE = regexp.MustCompile(`^(\w+)\((.*)\) (\w+)$`)

func functionDiffers(d *reference.Declared, entry string) string {
	m := functionRE.FindStringSubmatch(entry)
	if m == nil {
		return "unknown form"
	}
	i := slices.IndexFunc(d.Funcs, func(f *script.Func) bool { return f.Name == m[1] })
	if i < 0 {
		return "is missing"
	}
	f := d.Funcs[i]
	if want := routesOf(m[3]); f.In&want != want {
		return "not in routes " + routes(want&^f.In)
	}
	var types []string
	if m[2] != "" {
		types = strings.Split(m[2], ", ")
	}
	if len(types) != len(f.Params) {
		return fmt.Sprintf("has %d arguments", len(f.Params))
	}
	for i, text := range types {
		p := f.Params[i]
		if text[0] == '[' && !p.Optional {
			return p.Name + " may not be left out"
		}
		if !slices.Contains(typeKinds[strings.Trim(text, "[]")], p.Kind) {
			return p.Name + " is a " + reference.KindOf(p)
		}
	}
	return ""
}

// typeKinds are the kinds that take at least what a type of the list does.
var typeKinds = map[string][]script.ParamKind{
	"int":  {script.ParamInt, script.ParamLevel},
	"str":  {script.ParamStr, script.ParamRoute},
	"str!": {script.ParamStatic, script.ParamStr},
	"re":   {script.ParamRegex},
	"str'": {script.ParamSubst, script.ParamStatic, script.ParamStr, script.ParamOutList, script.ParamOwn},
	"var":  {script.ParamVar, script.ParamOut},
	"var>": {script.ParamOut},
}

func routesOf(letters string) (set script.Routes) {
	if letters == "all" {
		return script.All
	}
	for _, c := range letters {
		set |= map[rune]script.Routes{'R': script.R, 'F': script.F, 'O': script.O, 'B': script.B, 'E': script.E, 'L': script.L,
			'S': script.S, 'T': script.T, 'V': script.V}[c]
	}
	return set
}

func paramDiffers(d *reference.Declared, entry string) string {
	f := append(strings.Fields(entry), "")
	i := slices.IndexFunc(d.Params, func(p *module.Param) bool { return p.Name == f[0] })
	if i < 0 {
		return "is missing"
	}
	p := d.Params[i]
	isString := p.Kind == module.StringParam
	switch {
	case p.Ignored:
		return "is ignored"
	case p.Kind != module.AnyParam && isString != (f[1] == "string"):
		return "is " + p.Kind.String()
	case strings.Trim(p.Default, `"`) != strings.Trim(f[2], `"`):
		return "is " + defaultText(p) + " by default"
	}
	return ""
}

var variableRE = regexp.MustCompile(`^([\w.]+)(\(\))?(\[\])?( rw)?$`)

func variableDiffers(d *reference.Declared, entry string) string {
	m := variableRE.FindStringSubmatch(entry)
	if m == nil {
		return "unknown form"
	}
	i := slices.IndexFunc(d.Vars, func(v *script.Var) bool { return v.Name == m[1] })
	if i < 0 {
		return "is missing"
	}
	v := d.Vars[i]
	switch {
	case (v.Inner != script.NoInner) != (m[2] != ""):
		return "differs in the name in parentheses"
	case m[3] != "" && !v.Indexed:
		return "takes no index"
	case (v.Set != nil || v.Assign != nil) != (m[4] != ""):
		return "differs in being written"
	}
	return ""
}

// statisticDiffers looks for NAME, in the group of the module, or GROUP:NAME.
func statisticDiffers(d *reference.Declared, name string) string {
	if !strings.Contains(name, ":") {
		name = d.Name + ":" + name
	}
	if !slices.ContainsFunc(d.Stats, func(s *metrics.Stat) bool { return s.FullName() == name && !s.FullOnly }) {
		return "is not kept"
	}
	return ""
}

// commandDiffers looks for NAME [= ALIAS]: (param, ...) | (param, ...)
func commandDiffers(d *reference.Declared, entry string) string {
	name, ways, ok := strings.Cut(entry, ": ")
	if !ok {
		return "unknown form"
	}
	name, alias, _ := strings.Cut(name, " = ")
	i := slices.IndexFunc(d.Commands, func(c *mi.Command) bool { return c.Name == name })
	if i < 0 {
		return "is missing"
	}
	c := d.Commands[i]
	if alias != "" && !slices.Contains(c.Aliases, alias) {
		return "is not called " + alias
	}
	for way := range strings.SplitSeq(ways, " | ") {
		if !slices.ContainsFunc(c.Recipes, func(r mi.Recipe) bool { return recipeNames(r) == way }) {
			return "does not take " + way
		}
	}
	return ""
}

func recipeNames(r mi.Recipe) string {
	var names []string
	for _, p := range r.Params {
		names = append(names, p.Name)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// The comparison itself finds faults of each kind.
func TestSurfaceFindsFaults(t *testing.T) {
	i := slices.IndexFunc(reference.Declarations(), func(d reference.Declared) bool { return d.Name == "tm" })
	d := &reference.Declarations()[i]
	for entry, want := range map[string]string{
		"function t_newtran() R":           "",
		"function t_nothing() R":           "is missing",
		"function t_newtran() RO":          "not in routes `onreply_route`",
		"function t_newtran(int) R":        "has 0 arguments",
		"function t_reply(str, str) R":     "code is a integer",
		"function t_reply([int], str) R":   "code may not be left out",
		"param fr_timeout int 30":          "",
		"param fr_timeout int 31":          "is `30` by default",
		"param fr_timeout string 30":       "is a number",
		"param nothing int":                "is missing",
		"param tw_append func string":      "",
		"param syn_branch int 1":           "is ignored",
		"variable T_id":                    "",
		"variable T_id rw":                 "differs in being written",
		"variable T_id[]":                  "takes no index",
		"variable bavp[] rw":               "differs in the name in parentheses",
		"variable nothing":                 "is missing",
		"statistic inuse_transactions":     "",
		"statistic nothing":                "is not kept",
		"statistic sl:sent_replies":        "is not kept",
		"command tm:nothing: ()":           "is missing",
		"command tm:nothing":               "unknown form",
		"nothing":                          "unknown entry",
		"function t_newtran R":             "unknown form",
		"variable T id":                    "unknown form",
		"function t_check_status(str) R":   "re is a regular expression",
		"function t_on_failure(str) RFOBL": "",
	} {
		if got := differs(d, entry); got != want {
			t.Errorf("%s: %q, want %q", entry, got, want)
		}
	}
	i = slices.IndexFunc(reference.Declarations(), func(d reference.Declared) bool { return d.Name == "core" })
	d = &reference.Declarations()[i]
	for entry, want := range map[string]string{
		"command tcp:list = list_tcp_conns: () | (proto)": "",
		"command tcp:list = list_tcp: ()":                 "is not called list_tcp",
		"command tcp:list: (port)":                        "does not take (port)",
	} {
		if got := differs(d, entry); got != want {
			t.Errorf("%s: %q, want %q", entry, got, want)
		}
	}
}

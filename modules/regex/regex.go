// Package regex is OpenSIPS's regex module: Perl's regular expressions, as far as RE2 has
// them, on strings, and groups of them in a file.
package regex

import (
	"fmt"
	"sync/atomic"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded regex.
type Module struct {
	file                                  string
	maxGroups, groupSize                  int
	caseless, multiline, dotall, extended bool

	groups atomic.Pointer[[]*script.Regexp] // read by all loops, replaced whole
	kept   loop.Local[kept]
}

// kept is what a loop has compiled of variables' values; nil for broken ones.
type kept struct {
	patterns map[string]*script.Regexp
	substs   map[string]*script.Substitution
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares what there is.
func (m *Module) Setup(e *module.Env) {
	e.Params.String(&m.file, "file", "", "file with groups of expressions, for pcre_match_group()")
	e.Params.IntRange(&m.maxGroups, "max_groups", 20, 1, 10000, "how many groups the file may have")
	e.Params.IntRange(&m.groupSize, "group_max_size", 8192, 1, 1<<20, "how many bytes a group may have")
	e.Params.Bool(&m.caseless, "pcre_caseless", false, "expressions do not regard case, as with (?i)")
	e.Params.Bool(&m.multiline, "pcre_multiline", false, `"^" and "$" are the ends of each line, as with (?m)`)
	e.Params.Bool(&m.dotall, "pcre_dotall", false, `"." matches line ends too, as with (?s)`)
	e.Params.Bool(&m.extended, "pcre_extended", false, "white space and #comments in expressions do not count, as with Perl's x")
	routes := script.R | script.F | script.O | script.B | script.L | script.S | script.T | script.V
	e.Funcs = []*script.Func{
		script.Func3("pcre_match", "Whether a string matches. -1: no, -4: that is no expression.", routes,
			script.Str("string", "text"), script.PatternParam("pcre_regex", "expression", m.compile),
			script.Opt(script.Out("match", "variable for the part that matches; NULL if none does")), m.match),
		script.Func2("pcre_match_group", "Whether a string matches an expression of a group in the file. -1: no, -2: there is no file, -4: no such group.", routes,
			script.Str("string", "text"), script.OptInt("group", "the group's place in the file, from 0", 0), m.matchGroup),
	}
	e.Transforms = []*script.TransformDef{{Class: "pcre", Name: "subst", Min: 1, Max: 1, Fn: m.subst,
		Doc: "with what matches replaced: /expression/replacement/flags, flags g, i, s, m and x; where nothing matches, as it is"}}
	e.Commands = m.commands()
}

// Start reads the file.
func (m *Module) Start(e *module.Env) error {
	m.kept = loop.NewLocal(e.Shared.(*proxy.Core).Group, func(int) kept {
		return kept{make(map[string]*script.Regexp), make(map[string]*script.Substitution)}
	})
	return m.load()
}

// Limits of expressions that come from variables.
const (
	textLimit = 1 << 10 // bytes
	keptLimit = 256     // of each kind, in a loop
	outLimit  = 65535   // bytes that {pcre.subst} makes
)

// compiled returns what parse makes of a text, from the loop's memory if it has been there.
func compiled[T any](memory map[string]*T, text []byte, parse func(string) (*T, error)) *T {
	if x, ok := memory[string(text)]; ok {
		return x
	}
	if len(text) > textLimit {
		return nil
	}
	x, err := parse(string(text))
	if err != nil {
		x = nil
	}
	if len(memory) >= keptLimit {
		clear(memory)
	}
	memory[string(text)] = x
	return x
}

func (m *Module) match(c *script.Ctx, text []byte, p script.Pattern, out script.VarRef) script.Ret {
	re := p.Re
	if re == nil {
		re = compiled(m.kept.On(proxy.From(c).Loop()).patterns, p.Text, m.compileBounded)
	}
	if re == nil {
		return -4
	}
	found, part := script.Ret(-1), script.Null
	if !out.Valid() {
		if re.Match(text) {
			found = 1
		}
		return found
	}
	if loc := re.FindIndex(text); loc != nil {
		found, part = 1, script.StrValue(c.Copy(text[loc[0]:loc[1]]))
	}
	if !out.Set(c, part) {
		return -1
	}
	return found
}

func (m *Module) matchGroup(_ *script.Ctx, text []byte, group int32) script.Ret {
	groups := m.groups.Load()
	switch {
	case groups == nil:
		return -2
	case group < 0 || int(group) >= len(*groups):
		return -4
	case (*groups)[group].Match(text):
		return 1
	}
	return -1
}

// subst is {pcre.subst,/expression/replacement/flags}.
func (m *Module) subst(c *script.Ctx, v script.Value, args []script.Value) script.Value {
	text, ok := c.Text(v)
	x := proxy.From(c)
	s := compiled(m.kept.On(x.Loop()).substs, args[0].Str, m.parseSubst)
	if !ok || len(text) == 0 || s == nil {
		return script.Null
	}
	out, n, ok := s.Apply(c, text, x.WorkingURI(), outLimit)
	switch {
	case !ok:
		return script.Null
	case n == 0:
		return v
	}
	return script.StrValue(c.Copy(out))
}

// parseSubst refuses a group that the expression has not, as OpenSIPS does.
func (m *Module) parseSubst(text string) (*script.Substitution, error) {
	s, err := script.ParseSubstitution(unbraced.Replace(text), "ismx", func(pattern, flags string) (*script.Regexp, error) {
		return compileBounded(pattern, m.options().with(flags))
	})
	if err == nil && s.MaxGroup() > s.Re.NumSubexp() {
		return nil, fmt.Errorf(`there is no group \%d`, s.MaxGroup())
	}
	return s, err
}

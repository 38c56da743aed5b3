package regex

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/fastsips/fastsips/script"
)

// options are PCRE's, each with its letter in Perl.
type options struct{ caseless, multiline, dotall, extended bool }

func (m *Module) options() options {
	return options{m.caseless, m.multiline, m.dotall, m.extended}
}

// with adds those of a substitution's flags.
func (o options) with(flags string) options {
	o.caseless = o.caseless || strings.Contains(flags, "i")
	o.multiline = o.multiline || strings.Contains(flags, "m")
	o.dotall = o.dotall || strings.Contains(flags, "s")
	o.extended = o.extended || strings.Contains(flags, "x")
	return o
}

func (m *Module) compile(pattern string) (*script.Regexp, error) {
	return compile(pattern, m.options())
}

func compile(pattern string, o options) (*script.Regexp, error) {
	tree, err := parse(pattern, o)
	if err != nil {
		return nil, err
	}
	return regexp.Compile(tree.String())
}

// compileBounded is compile for the value of a variable, which may come from a peer.
func (m *Module) compileBounded(pattern string) (*script.Regexp, error) {
	return compileBounded(pattern, m.options())
}

func compileBounded(pattern string, o options) (*script.Regexp, error) {
	tree, err := parse(pattern, o)
	if err != nil {
		return nil, err
	}
	if script.LargePattern(tree) {
		return nil, errors.New("the expression is too large")
	}
	return regexp.Compile(tree.String())
}

// parse reads an expression as Perl does; what RE2 has not is an error.
func parse(pattern string, o options) (*syntax.Regexp, error) {
	flags := syntax.Perl
	if o.extended {
		pattern = withoutSpace(pattern)
	}
	if o.caseless {
		flags |= syntax.FoldCase
	}
	if o.multiline {
		flags &^= syntax.OneLine
	}
	if o.dotall {
		flags |= syntax.DotNL
	}
	return syntax.Parse(pattern, flags)
}

// withoutSpace takes out what Perl's x leaves out: white space and comments, but not where
// it is escaped, or within [].
func withoutSpace(pattern string) string {
	var out []byte
	set := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\' && i+1 < len(pattern):
			out = append(out, c)
			i++
			c = pattern[i]
		case set:
			set = c != ']'
		case c == '[':
			set = true
		case strings.IndexByte(" \t\n\r\f", c) >= 0:
			continue
		case c == '#':
			n := strings.IndexByte(pattern[i:], '\n')
			if n < 0 {
				return string(out)
			}
			i += n
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

// unbraced takes off the backslashes that braces need inside a transformation.
var unbraced = strings.NewReplacer(`\{`, "{", `\}`, "}")

package tm

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/script"
)

// An appendix is one tw_append: what t_write_req and t_write_unix tell beyond the usual
// when they are called with its name.
type appendix struct {
	name     string
	body     bool // whatever the method
	elements []element
}

// An element is a line "title: value", which is left out where the variable is NULL.
type element struct {
	title string
	text  string // of the variable, as it was written
	x     *script.Template
}

// parseAppendix reads "name: [title=]$variable; …". The variables are compiled later, when
// all modules are there.
func parseAppendix(text string) (*appendix, error) {
	name, list, ok := strings.Cut(text, ":")
	a := &appendix{name: strings.TrimSpace(name)}
	if !ok || a.name == "" || strings.ContainsAny(a.name, "/$ ") {
		return nil, errors.New(`must be "name: title=$variable; …"`)
	}
	for _, part := range splitElements(list) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if err := a.add(part); err != nil {
			return nil, err
		}
	}
	if !a.body && len(a.elements) == 0 {
		return nil, fmt.Errorf("%s appends nothing", a.name)
	}
	return a, nil
}

func (a *appendix) add(part string) error {
	title, variable, named := strings.Cut(part, "=")
	if at := strings.IndexByte(part, '$'); at >= 0 && at < len(title) {
		title, variable, named = "", part, false // the = is the variable's
	}
	title, variable = strings.TrimSpace(title), strings.TrimSpace(variable)
	switch {
	case !strings.HasPrefix(variable, "$"):
		return fmt.Errorf("%q is no variable", part)
	case variable == "$rb" && named:
		return errors.New("$rb takes no title: the body is always the last line")
	case variable == "$rb":
		a.body = true
		return nil
	case !named:
		title = titleOf(variable)
	}
	if title == "" {
		return fmt.Errorf("%q has no title", part)
	}
	a.elements = append(a.elements, element{title: title, text: variable})
	return nil
}

// titleOf is the title of a variable that has been given none: the innermost name,
// User-Agent of $hdr(User-Agent).
func titleOf(variable string) string {
	s := strings.TrimLeft(variable, "$(")
	if _, inner, ok := strings.Cut(s, "("); ok {
		s = inner
	}
	if end := strings.IndexAny(s, "()[]{}"); end >= 0 {
		s = s[:end]
	}
	return s
}

// splitElements splits at the semicolons that stand outside of all brackets.
func splitElements(s string) (list []string) {
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(', '{', '[':
			depth++
		case ')', '}', ']':
			depth--
		case ';':
			if depth <= 0 {
				list = append(list, s[from:i])
				from = i + 1
			}
		}
	}
	return append(list, s[from:])
}

func (a *appendix) compile(r *script.Registry) error {
	for i := range a.elements {
		e := &a.elements[i]
		var err error
		if e.x, err = script.CompileVar(r, e.text); err != nil {
			return fmt.Errorf("tw_append %s: %s: %w", a.name, e.text, err)
		}
	}
	return nil
}

// appendTo writes the lines.
func (a *appendix) appendTo(c *script.Ctx, dst []byte) []byte {
	for i := range a.elements {
		e := &a.elements[i]
		v := e.x.Get(c)
		if v.IsNull() {
			continue
		}
		dst = append(append(dst, e.title...), ": "...)
		if v.Kind == script.StrKind {
			dst = oneLine(dst, v.Str)
		} else {
			dst = c.AppendValue(dst, v)
		}
		dst = append(dst, '\n')
	}
	return dst
}

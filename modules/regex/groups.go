package regex

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/script"
)

// load reads the file of groups; without one there are none.
func (m *Module) load() error {
	if m.file == "" {
		return nil
	}
	text, err := os.ReadFile(m.file)
	if err != nil {
		return err
	}
	groups, err := m.parseGroups(string(text))
	if err != nil {
		return fmt.Errorf("%s:%w", m.file, err)
	}
	m.groups.Store(&groups)
	return nil
}

// A groupText is a group that is being read.
type groupText struct {
	line int // where it begins
	size int
	list []string
}

// parseGroups reads a file:
//
//	[0]
//	^expression$
//
// A line that begins with white space or # does not count. The number of a group is its
// place, whatever stands between the brackets. A group of no expressions matches the empty
// string.
func (m *Module) parseGroups(text string) (groups []*script.Regexp, err error) {
	var list []groupText
	for at, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		switch {
		case line == "" || strings.IndexByte(" \t\v\f\r#", line[0]) >= 0:
			continue
		case line[0] == '[':
			list = append(list, groupText{line: at + 1})
			if len(list) > m.maxGroups {
				return nil, fmt.Errorf("%d: more than %d groups (max_groups)", at+1, m.maxGroups)
			}
			continue
		case len(list) == 0:
			return nil, fmt.Errorf("%d: a group must begin with a line such as [0]", at+1)
		}
		if _, err := m.compile(line); err != nil {
			return nil, fmt.Errorf("%d: %w", at+1, err)
		}
		g := &list[len(list)-1]
		g.list = append(g.list, line)
		if g.size += len(line) + len("()|"); g.size > m.groupSize {
			return nil, fmt.Errorf("%d: the group is longer than %d bytes (group_max_size)", at+1, m.groupSize)
		}
	}
	return m.compileGroups(list)
}

func (m *Module) compileGroups(list []groupText) (groups []*script.Regexp, err error) {
	for _, g := range list {
		pattern := "^$"
		if len(g.list) > 0 {
			pattern = "((" + strings.Join(g.list, ")|(") + "))"
		}
		re, err := m.compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", g.line, err)
		}
		groups = append(groups, re)
	}
	return groups, nil
}

func (m *Module) commands() []*mi.Command {
	text := mi.Str("string", "the text")
	return []*mi.Command{
		{Name: "regex:reload", Aliases: []string{"regex_reload"}, Doc: "Read the file of groups again. If it is broken, the old ones stay.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) {
				if m.file == "" {
					return nil, mi.Errorf(403, "Group matching not enabled")
				}
				if err := m.load(); err != nil {
					return nil, mi.Errorf(500, "Failed to reload pcres").With(err.Error())
				}
				return nil, nil
			})}},
		{Name: "regex:match", Aliases: []string{"regex_match"}, Doc: "Whether a text matches an expression.", Recipes: []mi.Recipe{
			mi.Recipe2(text, mi.Str("pcre_regex", "the expression"), func(_ context.Context, text, pattern string) (any, error) {
				re, err := m.compile(pattern)
				if err != nil {
					return nil, mi.Errorf(400, "Invalid expression").With(err.Error())
				}
				return verdict(re.MatchString(text)), nil
			})}},
		{Name: "regex:match_group", Aliases: []string{"regex_match_group"}, Doc: "Whether a text matches an expression of a group in the file.", Recipes: []mi.Recipe{
			mi.Recipe2(text, mi.Int("group", "the group's place in the file, from 0"), func(_ context.Context, text string, group int) (any, error) {
				switch m.matchGroup(nil, []byte(text), int32(group)) {
				case -2:
					return nil, mi.Errorf(403, "Group matching not enabled")
				case -4:
					return nil, mi.Errorf(404, "No such group")
				case 1:
					return verdict(true), nil
				}
				return verdict(false), nil
			})}},
	}
}

func verdict(match bool) string {
	if match {
		return "Match"
	}
	return "Not Match"
}

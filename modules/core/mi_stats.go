package core

import (
	"context"
	"strings"

	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/mi"
)

func (m management) statCommands() []*mi.Command {
	names := mi.List("statistics", "names; group: for a group; all")
	return []*mi.Command{
		{Name: "statistics:get", Aliases: []string{"get_statistics"}, Doc: "Show statistics: by name, a whole group (core:), or all.", Recipes: []mi.Recipe{
			mi.Recipe1(names, m.getStats)}},
		{Name: "statistics:list", Aliases: []string{"list_statistics"}, Doc: "List statistics with what they are: counters or not.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return kinds(m.env.Statistics().List()), nil }), mi.Recipe1(names, m.listStats)}},
		{Name: "statistics:reset", Aliases: []string{"reset_statistics"}, Doc: "Have statistics count from 0 again.", Recipes: []mi.Recipe{
			mi.Recipe1(names, m.resetStats)}},
		{Name: "statistics:reset_all", Aliases: []string{"reset_all_statistics"}, Doc: "Have all statistics that can be reset count from 0 again.", Recipes: []mi.Recipe{
			mi.Recipe0(m.resetAllStats)}},
	}
}

// find returns what names of a command mean: "all", "group:" or names.
func (m management) find(names []string) (found []*metrics.Stat) {
	all := m.env.Statistics()
	for _, name := range names {
		group, isGroup := strings.CutSuffix(name, ":")
		switch s := all.Find(name); {
		case name == "all":
			found = append(found, all.List()...)
		case isGroup:
			found = append(found, all.Group(group)...)
		case s != nil:
			found = append(found, s)
		}
	}
	return found
}

func notFound() *mi.Error { return mi.Errorf(404, "Statistics Not Found") }

func (m management) getStats(_ context.Context, names []string) (any, error) {
	values := mi.Object{}
	for _, s := range m.find(names) {
		values = append(values, mi.Member{Name: s.FullName(), Value: s.Value()})
	}
	if len(values) == 0 {
		return nil, notFound()
	}
	return values, nil
}

func (m management) listStats(_ context.Context, names []string) (any, error) {
	found := m.find(names)
	if len(found) == 0 {
		return nil, notFound()
	}
	return kinds(found), nil
}

func kinds(list []*metrics.Stat) mi.Object {
	o := mi.Object{}
	for _, s := range list {
		kind := "incremental"
		if s.Fixed {
			kind = "non-incremental"
		}
		o = append(o, mi.Member{Name: s.FullName(), Value: kind})
	}
	return o
}

// resetStats resets what can be; a gauge stays as it is.
func (m management) resetStats(_ context.Context, names []string) (any, error) {
	found := m.find(names)
	if len(found) == 0 {
		return nil, notFound()
	}
	for _, s := range found {
		s.Reset()
	}
	return mi.OK, nil
}

func (m management) resetAllStats(context.Context) (any, error) {
	for _, s := range m.env.Statistics().List() {
		s.Reset()
	}
	return mi.OK, nil
}

package core

import (
	"context"
	"strings"
	"time"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/proxy"
)

// reportCommands show what the parts of the proxy say of their state, as sr_check_status()
// does for scripts.
func (m management) reportCommands() []*mi.Command {
	group, identifier := mi.Str("group", "core, or a module"), mi.Str("identifier", "of the group")
	return []*mi.Command{
		{Name: "status_report:get", Aliases: []string{"sr_get_status"}, Doc: "Show the status of a group (its identifier main), of an identifier, or of all of a group together.", Recipes: []mi.Recipe{
			mi.Recipe1(group, func(ctx context.Context, group string) (any, error) { return m.status(ctx, group, "") }),
			mi.Recipe2(group, identifier, m.status)}},
		{Name: "status_report:status", Aliases: []string{"sr_list_status"}, Doc: "List the status of all identifiers, or of those of a group.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return m.everyGroup(statusGroup) }),
			mi.Recipe1(group, func(_ context.Context, group string) (any, error) { return m.oneGroup(group, statusGroup) })}},
		{Name: "status_report:reports", Aliases: []string{"sr_list_reports"}, Doc: "List what identifiers have reported, the oldest first.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return m.everyGroup(reportsGroup) }),
			mi.Recipe1(group, func(_ context.Context, group string) (any, error) { return m.oneGroup(group, reportsGroup) }),
			mi.Recipe2(group, identifier, m.reports)}},
		{Name: "status_report:identifiers", Aliases: []string{"sr_list_identifiers"}, Doc: "List the identifiers of all groups, or of one.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return m.everyGroup(identifiersGroup) }),
			mi.Recipe1(group, func(_ context.Context, group string) (any, error) { return m.oneGroup(group, identifiersGroup) })}},
	}
}

func (m management) everyGroup(show func(*proxy.ReportGroup) mi.Object) (any, error) {
	list := []mi.Object{}
	for _, g := range m.core.Reports.Groups() {
		list = append(list, show(g))
	}
	return list, nil
}

func (m management) oneGroup(name string, show func(*proxy.ReportGroup) mi.Object) (any, error) {
	g, err := m.reportGroup(name)
	if err != nil {
		return nil, err
	}
	return show(g), nil
}

func (m management) reportGroup(name string) (*proxy.ReportGroup, error) {
	if g := m.core.Reports.Find(name); g != nil {
		return g, nil
	}
	return nil, mi.Errorf(404, "Group not found")
}

func (m management) reportOf(group, identifier string) (*proxy.Report, error) {
	g, err := m.reportGroup(group)
	if err != nil {
		return nil, err
	}
	if identifier == "" {
		identifier = proxy.MainReport
	}
	if p := g.Find(identifier); p != nil {
		return p, nil
	}
	return nil, mi.Errorf(404, "Identifier not found")
}

func (m management) status(_ context.Context, group, identifier string) (any, error) {
	if strings.EqualFold(identifier, proxy.AllReports) {
		if _, err := m.reportGroup(group); err != nil {
			return nil, err
		}
		return statusObject(nil, m.core.Reports.Check(group, identifier), "aggregated"), nil
	}
	p, err := m.reportOf(group, identifier)
	if err != nil {
		return nil, err
	}
	s := p.State()
	return statusObject(nil, s.Status, s.Details), nil
}

func statusObject(o mi.Object, status int, details string) mi.Object {
	o = append(o, mi.Member{Name: "Readiness", Value: status > 0}, mi.Member{Name: "Status", Value: status})
	if details != "" {
		o = append(o, mi.Member{Name: "Details", Value: details})
	}
	return o
}

// identifiersOf shows a group with what show makes of each identifier.
func identifiersOf(g *proxy.ReportGroup, show func(*proxy.Report) mi.Object) mi.Object {
	list := []mi.Object{}
	for _, p := range g.List() {
		list = append(list, show(p))
	}
	return mi.Object{{Name: "Name", Value: g.Name}, {Name: "Identifiers", Value: list}}
}

func statusGroup(g *proxy.ReportGroup) mi.Object {
	return identifiersOf(g, func(p *proxy.Report) mi.Object {
		s := p.State()
		return statusObject(mi.Object{{Name: "Name", Value: p.Name}}, s.Status, s.Details)
	})
}

func reportsGroup(g *proxy.ReportGroup) mi.Object { return identifiersOf(g, reportsObject) }

func (m management) reports(_ context.Context, group, identifier string) (any, error) {
	p, err := m.reportOf(group, identifier)
	if err != nil {
		return nil, err
	}
	return reportsObject(p), nil
}

func reportsObject(p *proxy.Report) mi.Object {
	lines := []mi.Object{}
	for _, l := range p.State().Lines {
		lines = append(lines, mi.Object{{Name: "Timestamp", Value: l.At.Unix()}, {Name: "Date", Value: l.At.Format(time.ANSIC)}, {Name: "Log", Value: l.Text}})
	}
	return mi.Object{{Name: "Name", Value: p.Name}, {Name: "Reports", Value: lines}}
}

func identifiersGroup(g *proxy.ReportGroup) mi.Object {
	names := []string{}
	for _, p := range g.List() {
		names = append(names, p.Name)
	}
	return mi.Object{{Name: "Group", Value: g.Name}, {Name: "Identifiers", Value: names}}
}

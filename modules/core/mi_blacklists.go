package core

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/proxy"
)

func (m management) blacklistCommands() []*mi.Command {
	name, rule := mi.Str("name", "a list"), mi.Str("rule", "[!]proto,net,port,pattern, of which only net must be there")
	proto, ip := mi.Str("proto", "protocol, or any"), mi.Str("ip", "address")
	port, pattern := mi.Int("port", "port; 0: only rules for any port"), mi.Str("pattern", "what rules with a pattern are matched with")
	return []*mi.Command{
		{Name: "blacklists:list", Aliases: []string{"list_blacklists"}, Doc: "List the blacklists, or one of them, with their rules.", Recipes: []mi.Recipe{
			mi.Recipe0(m.listBlacklists), mi.Recipe1(name, m.listBlacklist)}},
		{Name: "blacklists:check_all", Aliases: []string{"check_blacklists"}, Doc: "Name the blacklists that a destination is on.", Recipes: []mi.Recipe{
			mi.Recipe1(ip, func(ctx context.Context, ip string) (any, error) { return m.onWhichLists(ctx, "", ip, 0, "") }),
			mi.Recipe2(proto, ip, func(ctx context.Context, proto, ip string) (any, error) { return m.onWhichLists(ctx, proto, ip, 0, "") }),
			mi.Recipe3(proto, ip, port, func(ctx context.Context, proto, ip string, port int) (any, error) {
				return m.onWhichLists(ctx, proto, ip, port, "")
			}),
			mi.Recipe4(proto, ip, port, pattern, m.onWhichLists)}},
		{Name: "blacklists:check", Aliases: []string{"check_blacklist"}, Doc: "Show the first rule of a blacklist that covers a destination.", Recipes: []mi.Recipe{
			mi.Recipe2(name, ip, func(ctx context.Context, name, ip string) (any, error) {
				return m.byWhichRule(ctx, name, "", ip, 0, "")
			}),
			mi.Recipe3(name, proto, ip, func(ctx context.Context, name, proto, ip string) (any, error) {
				return m.byWhichRule(ctx, name, proto, ip, 0, "")
			}),
			mi.Recipe4(name, proto, ip, port, func(ctx context.Context, name, proto, ip string, port int) (any, error) {
				return m.byWhichRule(ctx, name, proto, ip, port, "")
			}),
			mi.Recipe5(name, proto, ip, port, pattern, m.byWhichRule)}},
		{Name: "blacklists:add_rule", Aliases: []string{"add_blacklist_rule"}, Doc: "Add a rule to a blacklist, for ever or for some time.", Recipes: []mi.Recipe{
			mi.Recipe2(name, rule, func(ctx context.Context, name, rule string) (any, error) { return m.addRule(ctx, name, rule, 0) }),
			mi.Recipe3(name, rule, mi.Int("expire", "seconds until the rule ends"), func(ctx context.Context, name, rule string, expire int) (any, error) {
				if expire <= 0 {
					return nil, mi.Errorf(404, "Bad expire value")
				}
				return m.addRule(ctx, name, rule, expire)
			})}},
		{Name: "blacklists:del_rule", Aliases: []string{"del_blacklist_rule"}, Doc: "Take a rule out of a blacklist.", Recipes: []mi.Recipe{
			mi.Recipe2(name, rule, m.deleteRule)}},
	}
}

// loopTime is what rules that end are measured by.
func (m management) loopTime(ctx context.Context) (int64, error) {
	return onEventLoop(ctx, m, func(l *loop.Loop) int64 { return l.Now() })
}

func (m management) blacklists() *proxy.Blacklists { return &m.core.Proxy().Settings().Blacklists }

func (m management) blacklist(name string) (*proxy.Blacklist, error) {
	b := m.blacklists().Find(name)
	if b == nil {
		return nil, mi.Errorf(400, "Missing or bad blacklist name")
	}
	return b, nil
}

func (m management) listBlacklists(ctx context.Context) (any, error) {
	now, err := m.loopTime(ctx)
	lists := []mi.Object{}
	for _, b := range m.blacklists().List() {
		lists = append(lists, blacklistObject(now, b))
	}
	return mi.Object{{Name: "Lists", Value: lists}}, err
}

func (m management) listBlacklist(ctx context.Context, name string) (any, error) {
	b := m.blacklists().Find(name)
	if b == nil {
		return nil, mi.Errorf(404, "Unknown name")
	}
	now, err := m.loopTime(ctx)
	return blacklistObject(now, b), err
}

func blacklistObject(now int64, b *proxy.Blacklist) mi.Object {
	flags, rules := []string{}, []mi.Object{}
	for _, f := range []struct {
		on   bool
		name string
	}{{b.ReadOnly, "read-only"}, {b.Expire, "expire"}, {b.Default, "default"}} {
		if f.on {
			flags = append(flags, f.name)
		}
	}
	for _, r := range b.Rules() {
		if r.Live(now) {
			rules = append(rules, ruleObject(now, r))
		}
	}
	return mi.Object{{Name: "name", Value: b.Name}, {Name: "owner", Value: "core"}, {Name: "flags", Value: flags}, {Name: "Rules", Value: rules}}
}

// ruleObject shows a rule. The flags are 1 where it is negated, else 0; Expire is how many seconds it has left.
func ruleObject(now int64, r *proxy.BlacklistRule) mi.Object {
	flags, proto := 0, "any"
	if r.Not {
		flags = 1
	}
	if !r.AnyProto {
		proto = r.Proto.Lower()
	}
	mask, _ := netip.AddrFromSlice(maskBytes(r.Net.Bits(), r.Net.Addr().BitLen()))
	o := mi.Object{{Name: "flags", Value: flags}, {Name: "IP", Value: r.Net.Addr().String()}, {Name: "Mask", Value: mask.String()},
		{Name: "Proto", Value: proto}, {Name: "Port", Value: r.Port}}
	if r.Pattern != "" {
		o = append(o, mi.Member{Name: "Match", Value: r.Pattern})
	}
	if until := r.Until(); until != 0 {
		o = append(o, mi.Member{Name: "Expire", Value: int64(time.Duration(until-now).Round(time.Second) / time.Second)})
	}
	return o
}

func destinationOf(proto, ip string, port int, text string) (*proxy.Destination, error) {
	d := &proxy.Destination{AnyProto: true, Text: []byte(text)}
	at, err := netip.ParseAddr(strings.Trim(ip, "[]"))
	if err != nil {
		return nil, mi.Errorf(400, "Missing or bad IP")
	}
	p, anyOne, ok := blacklistProto(proto)
	if proto != "" && !ok || port < 0 || port > 65535 {
		return nil, mi.Errorf(404, "Bad params")
	}
	if ok {
		d.Proto, d.AnyProto = p, anyOne
	}
	d.Addr = loop.AddrFrom(netip.AddrPortFrom(at, uint16(port)))
	return d, nil
}

func (m management) onWhichLists(ctx context.Context, proto, ip string, port int, text string) (any, error) {
	d, err := destinationOf(proto, ip, port, text)
	if err != nil {
		return nil, err
	}
	now, err := m.loopTime(ctx)
	names := []string{}
	for _, b := range m.blacklists().List() {
		if b.Matches(now, d) {
			names = append(names, b.Name)
		}
	}
	return names, err
}

func (m management) byWhichRule(ctx context.Context, name, proto, ip string, port int, text string) (any, error) {
	d, err := destinationOf(proto, ip, port, text)
	if err != nil {
		return nil, err
	}
	b, err := m.blacklist(name)
	if err != nil {
		return nil, err
	}
	now, err := m.loopTime(ctx)
	if err != nil {
		return nil, err
	}
	if r := b.Match(now, d); r != nil {
		return ruleObject(now, r), nil
	}
	return nil, mi.Errorf(404, "Not Matched")
}

// changeable returns the list and the rule that a command names.
func (m management) changeable(name, text string) (*proxy.Blacklist, *proxy.BlacklistRule, error) {
	b, err := m.blacklist(name)
	if err != nil {
		return nil, nil, err
	}
	if b.ReadOnly {
		return nil, nil, mi.Errorf(403, "Cannot modify read-only blacklist")
	}
	var d definition
	if err := d.add(splitRule(text)); err != nil {
		return nil, nil, mi.Errorf(404, "Bad rule").With(err.Error())
	}
	return b, d.rules[0], nil
}

func (m management) addRule(ctx context.Context, name, text string, expire int) (any, error) {
	b, r, err := m.changeable(name, text)
	if err != nil {
		return nil, err
	}
	now, err := m.loopTime(ctx)
	if err != nil {
		return nil, err
	}
	until := int64(0)
	if expire > 0 {
		until = now + int64(time.Duration(expire)*time.Second)
	}
	switch err := b.Add(now, r, until); {
	case errors.Is(err, proxy.ErrNoExpiry):
		return nil, mi.Errorf(404, "Blacklist without expire support")
	case err != nil:
		return nil, mi.Errorf(500, "Cannot add the rule").With(err.Error())
	}
	return mi.OK, nil
}

func (m management) deleteRule(_ context.Context, name, text string) (any, error) {
	b, r, err := m.changeable(name, text)
	if err != nil {
		return nil, err
	}
	if !b.Remove(r) {
		return nil, mi.Errorf(404, "Rule not found")
	}
	return mi.OK, nil
}

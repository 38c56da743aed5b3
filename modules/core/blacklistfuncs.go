package core

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/transport"
)

// blacklists are the destinations that a configuration does not want requests to go to.
type blacklists struct {
	defined []*definition
	withDNS func() bool // "dns" is one of them
}

func (b *blacklists) declare(p *module.Globals) {
	p.Func("dst_blacklist", "a list of destinations that use_blacklist() keeps requests from: name/flags:{rule, ...}; flags are expire, default and readonly, which is what a list without flags is; a rule is (proto, net, port, \"pattern\"), of which only net must be there, or ! and such a rule; may be written several times", b.define)
}

func (b *blacklists) define(text string) error {
	d, err := parseDefinition(text)
	if err == nil {
		b.defined = append(b.defined, d)
		err = b.fill(new(proxy.Blacklists))
	}
	return err
}

// fill makes the lists.
func (b *blacklists) fill(into *proxy.Blacklists) error {
	for _, d := range b.defined {
		list := &proxy.Blacklist{Name: d.name, ReadOnly: d.readOnly, Expire: d.expire, Default: d.byDefault}
		if err := into.Define(list, d.rules); err != nil {
			return err
		}
	}
	return nil
}

// hand makes the lists that requests are held against.
func (b *blacklists) hand(set *proxy.Settings) error {
	if err := b.fill(&set.Blacklists); err != nil || !b.withDNS() {
		return err
	}
	return set.Blacklists.DefineDNS()
}

// names yields what lists there are.
func (b *blacklists) names(yield func(string) bool) {
	for _, d := range b.defined {
		if !yield(d.name) {
			return
		}
	}
	if b.withDNS() {
		yield(proxy.DNSBlacklist)
	}
}

// name is a parameter that names a list, which has to be there.
func (b *blacklists) name(doc string) script.Param[string] {
	return parsed("name", doc, func(text []byte) (string, error) {
		for n := range b.names {
			if n == string(text) {
				return n, nil
			}
		}
		if string(text) == proxy.AllBlacklists {
			return proxy.AllBlacklists, nil
		}
		hint := "define it with dst_blacklist"
		if near := syntax.Nearest(string(text), b.names); near != "" {
			hint = "did you mean " + near + "?"
		}
		return "", &script.Refusal{Msg: fmt.Sprintf("there is no blacklist %q", text), Hint: hint}
	})
}

// A blacklistNetwork is a network, and whether all others are meant.
type blacklistNetwork struct {
	not bool
	net netip.Prefix
}

// A blacklistProtocol is a protocol; the zero one is any.
type blacklistProtocol struct {
	given bool
	proto transport.Proto
}

var (
	netParam = parsed("net", "address or network; with ! in front all others", func(text []byte) (blacklistNetwork, error) {
		not, fields := splitRule(string(text))
		net, err := blacklistNet(fields[0])
		return blacklistNetwork{not, net}, err
	})
	portParam  = script.OptInt("port", "port; 0 for any", 0)
	protoParam = script.Opt(parsed("proto", "protocol, or any", func(text []byte) (blacklistProtocol, error) {
		p, anyOne, ok := blacklistProto(string(text))
		if !ok {
			return blacklistProtocol{}, fmt.Errorf("%q is no protocol", text)
		}
		return blacklistProtocol{!anyOne, p}, nil
	}))
	patternParam = script.Opt(script.Str("pattern", "of the request, as fnmatch(3) has it; empty for any"))
)

func (b *blacklists) functions() []*script.Func {
	return []*script.Func{
		script.Func1("use_blacklist", "Keep this request, and all that becomes of it, from the destinations on a list: t_relay() gives -5 or answers 473 where there is no other.", script.All,
			b.name("list, or all"), func(c *script.Ctx, name string) script.Ret { return yes(proxy.From(c).UseBlacklist(name, true)) }),
		script.Func1("unuse_blacklist", "Take no more notice of a list, for this request.", script.All,
			b.name("list, or all"), func(c *script.Ctx, name string) script.Ret { return yes(proxy.From(c).UseBlacklist(name, false)) }),
		script.Func5("check_blacklist_rule", "Whether a destination is on a list.", script.All,
			script.Opt(b.name("list; omitted or all: those that this request uses")),
			parsed("ip", "address", parseAddress), script.OptInt("port", "port; 0 or omitted: only rules for any port", 0),
			protoParam, script.Opt(script.Str("text", "what rules with a pattern are matched with")), checkBlacklist),
		script.Func6("add_blacklist_rule", "Add a rule to a list. -1: the list is read-only, is full, or has no rules that expire, or the port is none.", script.All,
			b.name("list"), netParam, portParam, protoParam, patternParam,
			script.OptInt("expire", "seconds until the rule ends; 0: never", 0), addBlacklistRule),
		script.Func5("del_blacklist_rule", "Take a rule out of a list. -1: there is none such, or the list is read-only.", script.All,
			b.name("list"), netParam, portParam, protoParam, patternParam, delBlacklistRule),
	}
}

func parseAddress(text []byte) (loop.Addr, error) {
	a, ok := loop.ParseIP(text)
	if !ok {
		return a, fmt.Errorf("%q is no address", text)
	}
	return a, nil
}

func checkBlacklist(c *script.Ctx, name string, ip loop.Addr, port int32, p blacklistProtocol, text []byte) script.Ret {
	d := proxy.Destination{Proto: p.proto, AnyProto: !p.given, Addr: ip.WithPort(uint16(port)), Text: text}
	return yes(port>>16 == 0 && proxy.From(c).OnBlacklist(name, &d))
}

// rule makes a rule of arguments; nil if port is none.
func rule(net blacklistNetwork, port int32, p blacklistProtocol, pattern []byte) *proxy.BlacklistRule {
	if port>>16 != 0 {
		return nil
	}
	return &proxy.BlacklistRule{Not: net.not, Net: net.net, Port: uint16(port), Proto: p.proto, AnyProto: !p.given, Pattern: string(pattern)}
}

func addBlacklistRule(c *script.Ctx, name string, net blacklistNetwork, port int32, p blacklistProtocol, pattern []byte, expire int32) script.Ret {
	x := proxy.From(c)
	list, r := x.Proxy().Settings().Blacklists.Find(name), rule(net, port, p, pattern)
	if list == nil || r == nil || expire < 0 {
		return -1
	}
	return yes(x.AddToBlacklist(list, r, time.Duration(expire)*time.Second) == nil)
}

func delBlacklistRule(c *script.Ctx, name string, net blacklistNetwork, port int32, p blacklistProtocol, pattern []byte) script.Ret {
	list, r := proxy.From(c).Proxy().Settings().Blacklists.Find(name), rule(net, port, p, pattern)
	return yes(list != nil && r != nil && list.Remove(r))
}

package core

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// Which addresses a name is looked up for.
type families uint8

const (
	anyFamily families = iota
	onlyIPv4
	onlyIPv6
)

// resolveTransforms are the {ip.*} that ask a name server. The run waits for the answer;
// nobody else does.
func (m *Module) resolveTransforms() []*script.TransformDef {
	def := func(name, doc string, want families) *script.TransformDef {
		return &script.TransformDef{
			Class: "ip", Name: name, Doc: doc + " of a host name; an address stays as it is; NULL if there is none", Waits: true,
			Fn: func(c *script.Ctx, v script.Value, _ []script.Value) script.Value { return m.resolve(c, v, want) },
		}
	}
	return []*script.TransformDef{
		def("resolve", "first address, IPv4 before IPv6,", anyFamily),
		def("resolve4", "first IPv4 address", onlyIPv4),
		def("resolve6", "first IPv6 address", onlyIPv6),
	}
}

// startResolving is called when the settings of the resolver are complete.
func (m *Module) startResolving(c *proxy.Core) {
	m.resolver, m.dnsWithin = c.Resolver(), c.Settings.DNSTimeout
}

func (m *Module) resolve(c *script.Ctx, v script.Value, want families) script.Value {
	name, ok := c.Text(v)
	if !ok || len(name) == 0 {
		return script.Null
	}
	if a, ok := loop.ParseIP(name); ok {
		return addressOf(c, a, want)
	}
	op := m.resolver.Lookup(proxy.From(c).Loop())
	op.SetName(name)
	switch want {
	case onlyIPv4:
		op.Only(false)
	case onlyIPv6:
		op.Only(true)
	}
	return c.AwaitValue(op, resolved, m.dnsWithin)
}

// resolved makes the value: the look-up has asked for the right family.
func resolved(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Value {
	o, v := op.(*dns.Lookup), script.Null
	if addrs := o.Addrs(); out == asyncops.Completed && len(addrs) > 0 {
		v = addressOf(c, addrs[0], anyFamily)
	}
	o.Free(proxy.From(c).Loop())
	return v
}

func addressOf(c *script.Ctx, a loop.Addr, want families) script.Value {
	ip := a.AddrPort().Addr()
	if want == onlyIPv4 && !ip.Is4() || want == onlyIPv6 && ip.Is4() {
		return script.Null
	}
	return script.StrValue(ip.AppendTo(c.Alloc(46)[:0]))
}

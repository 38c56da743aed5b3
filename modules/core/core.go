// Package core is what a script has without loading a module: the global
// parameters, the functions and the variables of OpenSIPS's core.
package core

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/transport"
	"github.com/fastsips/fastsips/transport/steer"
)

// A Module is the core.
type Module struct {
	globals
	caches    caches
	resolver  *dns.Resolver
	dnsWithin time.Duration
	databases *db.Set
	unguard   func()
}

// New returns the core module.
func New() *Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares everything.
func (m *Module) Setup(e *module.Env) {
	m.globals.declare(&e.Globals)
	e.Globals.Socket = checkSocket
	r := e.Registry()
	e.Funcs = append(e.Funcs, functions()...)
	e.Funcs = append(e.Funcs, rewriteFunctions()...)
	e.Funcs = append(e.Funcs, socketFunctions()...)
	e.Funcs = append(e.Funcs, eventFunctions()...)
	e.Funcs = append(e.Funcs, m.blacklists.functions()...)
	e.Funcs = append(e.Funcs, toolFunctions(r)...)
	m.caches.all = e.Caches()
	e.Funcs = append(e.Funcs, m.caches.functions()...)
	e.Funcs = append(e.Funcs, viaFunctions()...)
	e.Funcs = append(e.Funcs, branchFunctions(r.AVPID("serial_branch"))...)
	e.Funcs = append(e.Funcs, flagFunctions(r)...)
	e.Events = append(e.Events, proxy.TCPDisconnect, proxy.LoopStalled)
	e.Transforms = append(e.Transforms, m.resolveTransforms()...)
	e.Vars = append(e.Vars, variables(r)...)
	e.Commands = commands(e)
	e.Stats = statistics(sharedCore(e))
}

// sharedCore returns what modules share; nil where they are only looked at.
func sharedCore(e *module.Env) *proxy.Core {
	c, _ := e.Shared.(*proxy.Core)
	return c
}

// Start resolves the socket lines and hands over what the globals say.
func (m *Module) Start(e *module.Env) error {
	set := &e.Shared.(*proxy.Core).Settings
	if err := m.process.apply(e, m.debugMode); err != nil {
		return err
	}
	set.LogLevel, set.XlogLevel = m.logLevel, m.logLevel
	if m.xlogLevel != unsetLevel {
		set.XlogLevel, set.OwnXlogLevel = m.xlogLevel, true
	}
	if m.debugMode {
		set.LogLevel, set.XlogLevel = 4, 4
	}
	set.RecvBuf, set.DBConns = m.recvBuf, m.maxAsyncConns
	set.DefaultDB = m.defaultDB
	set.PersistencyFile = m.persistencyFile
	set.Overload, set.RetryAfter, set.ICMP = m.overload, m.retryAfter, m.icmp
	set.Steering = steer.Mode(m.steering)
	m.resolving.hand(set)
	if err := m.blacklists.hand(set); err != nil {
		return err
	}
	m.signature.hand(set)
	m.packets.hand(set)
	m.thresholds.hand(set)
	if err := m.tcp.handOver(set, e.Registry()); err != nil {
		return err
	}
	set.NoColour = !m.stderr.on && !m.debugMode && !m.forceColour
	m.routes.handOver(set)
	set.Disable503Translation = m.disable503
	set.DisableStatelessForward = m.disableStateless == 1
	for _, s := range e.Globals.Sockets {
		if s.Members != nil {
			if err := addBond(set, s); err != nil {
				return fmt.Errorf("%s:%d:%d: %w", s.Src.Name, s.Line, s.Col, err)
			}
			continue
		}
		lc, err := listener(s, uint16(m.port))
		if err != nil {
			return fmt.Errorf("%s:%d:%d: %w", s.Src.Name, s.Line, s.Col, err)
		}
		m.advertise(&lc)
		m.packets.socket(s, &lc)
		if !m.tcp.wanted(&lc) {
			continue
		}
		m.aliases = append(m.aliases, subdomains(s, &lc)...)
		set.Listeners = append(set.Listeners, lc)
	}
	set.MultiHomed, set.StripMaddr = m.mhomed, m.stripMaddr
	set.CheckMaxForwards, set.CheckProxyRequire = m.countHops, m.checkProxyRequire
	set.ProxyRequireOptions = strings.FieldsFunc(m.proxyRequire, func(r rune) bool { return r == ',' || r == ' ' })
	set.Aliases = m.aliases
	if m.autoAliases {
		set.Aliases = append(set.Aliases, reverseNames(set.Listeners)...)
	}
	c := e.Shared.(*proxy.Core)
	m.startResolving(c)
	m.startDatabases(e, c)
	m.caches.start(c.Group)
	return nil
}

// addBond notes a socket=bond: line.
func addBond(set *proxy.Settings, s *syntax.Socket) error {
	b := transport.BondConfig{Name: s.Host}
	for _, text := range s.Members {
		m, err := transport.ParseAlias(text)
		if err != nil {
			return fmt.Errorf("socket=bond:%s: %w", s.Host, err)
		}
		b.Members = append(b.Members, m)
	}
	set.Bonds = append(set.Bonds, b)
	return nil
}

// listener turns a socket= line into addresses to bind.
func listener(s *syntax.Socket, usual uint16) (transport.ListenerConfig, error) {
	lc := transport.ListenerConfig{Written: s.Written(), AsHost: s.AsHost, AsPort: s.AsPort, Tag: s.Options["tag"], Anycast: s.Options["anycast"] != ""}
	if s.Proto != "" {
		p, ok := transport.ProtoOf([]byte(s.Proto))
		if !ok {
			return lc, fmt.Errorf("socket: unknown protocol %q", s.Proto)
		}
		lc.Proto = p
	}
	port := uint16(s.Port)
	if lc.NoPort = port == 0; lc.NoPort {
		if port = usual; port == 0 {
			port = lc.Proto.DefaultPort()
		}
	}
	ips, err := addresses(s.Host)
	if err != nil {
		return lc, fmt.Errorf("socket=%s: %w", lc, err)
	}
	for _, ip := range ips {
		lc.Binds = append(lc.Binds, netip.AddrPortFrom(ip, port))
	}
	return lc, nil
}

// addresses returns what host stands for: "*" all of the machine's, a literal, a
// name or an interface.
func addresses(host string) ([]netip.Addr, error) {
	if host == "*" {
		return []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}, nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	if ifc, err := net.InterfaceByName(host); err == nil {
		return interfaceAddresses(ifc)
	}
	ips, err := net.LookupIP(host)
	if err != nil {
		return nil, err
	}
	ip, _ := netip.AddrFromSlice(ips[0])
	return []netip.Addr{ip.Unmap()}, nil
}

func interfaceAddresses(ifc *net.Interface) ([]netip.Addr, error) {
	addrs, err := ifc.Addrs()
	if err != nil {
		return nil, err
	}
	var out []netip.Addr
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok && !ip.IsLinkLocalUnicast() {
				out = append(out, ip.Unmap())
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("interface %s has no address", ifc.Name)
	}
	return out, nil
}

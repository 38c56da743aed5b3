package core

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/transport"
)

// names are the global parameters about what this proxy is called, and how it finds
// its way out.
type names struct {
	aliases     []transport.Alias
	autoAliases bool
	advHost     string
	advPort     int
	mhomed      bool
}

func (n *names) declare(p *module.Globals) {
	p.Func("alias", "a further name of this proxy: [proto:]host[:port] [accept_subdomain]; may be written several times", n.alias)
	p.Bool(&n.autoAliases, "auto_aliases", false, "take the names that DNS has for the sockets' addresses as further ones, at the start")
	p.String(&n.advHost, "advertised_address", "", "host for Via and Record-Route, for sockets without an as of their own")
	p.IntRange(&n.advPort, "advertised_port", 0, 0, 65535, "port for Via and Record-Route likewise; 0: the socket's")
	p.Bool(&n.mhomed, "mhomed", false, "send by the UDP socket that the kernel's routing points to, unless one is forced")
}

// alias reads one line, which may hold several names.
func (n *names) alias(text string) error {
	found := false
	for _, word := range strings.Fields(text) {
		if word == "accept_subdomain" && found {
			n.aliases[len(n.aliases)-1].Subdomains = true
			continue
		}
		a, err := transport.ParseAlias(strings.Trim(word, `"`))
		if err != nil {
			return err
		}
		n.aliases = append(n.aliases, a)
		found = true
	}
	if !found {
		return fmt.Errorf("want [proto:]host[:port]")
	}
	return nil
}

// advertise gives a socket without an as the global names.
func (n *names) advertise(lc *transport.ListenerConfig) {
	if lc.AsHost == "" {
		lc.AsHost = n.advHost
	}
	if lc.AsPort == 0 {
		lc.AsPort = n.advPort
	}
}

// subdomains are the names that a socket= line with accept_subdomain stands for.
func subdomains(s *syntax.Socket, lc *transport.ListenerConfig) (out []transport.Alias) {
	if s.Options["accept_subdomain"] == "" {
		return nil
	}
	port := int(lc.Binds[0].Port())
	out = append(out, transport.Alias{Host: s.Host, Port: port, Proto: lc.Proto, Subdomains: true})
	if lc.AsHost != "" {
		if lc.AsPort != 0 {
			port = lc.AsPort
		}
		out = append(out, transport.Alias{Host: lc.AsHost, Port: port, Proto: lc.Proto, Subdomains: true})
	}
	return out
}

// reverseLookup bounds what auto_aliases may wait at the start.
const reverseLookup = 2 * time.Second

// reverseNames asks DNS what the addresses of sockets are called.
func reverseNames(list []transport.ListenerConfig) (out []transport.Alias) {
	ctx, cancel := context.WithTimeout(context.Background(), reverseLookup)
	defer cancel()
	for _, lc := range list {
		for _, bind := range lc.Binds {
			if bind.Addr().IsUnspecified() {
				continue
			}
			hosts, _ := net.DefaultResolver.LookupAddr(ctx, bind.Addr().String())
			for _, h := range hosts {
				out = append(out, transport.Alias{Host: strings.TrimSuffix(h, "."), Port: int(bind.Port()), Proto: lc.Proto})
			}
		}
	}
	return out
}

// requestChecks are the global parameters about what RFC 3261 has a proxy do with a
// request, and scripts for OpenSIPS do not.
type requestChecks struct {
	countHops         bool
	checkProxyRequire bool
	proxyRequire      string
	stripMaddr        bool
}

func (r *requestChecks) declare(p *module.Globals) {
	p.Bool(&r.countHops, "check_max_forwards", true, "count the hop of a forwarded request, and answer 483 at 0, where the script has not; 0: leave it to the script")
	p.Bool(&r.checkProxyRequire, "check_proxy_require", true, "answer 420 instead of forwarding a request whose Proxy-Require lists an unknown option; 0: do not look")
	p.String(&r.proxyRequire, "proxy_require_options", "", "option tags that Proxy-Require may list, separated by commas")
	p.Bool(&r.stripMaddr, "strip_maddr", true, "take a maddr that names this proxy, with port and transport, off the R-URI before the script")
}

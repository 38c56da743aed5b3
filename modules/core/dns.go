package core

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// resolving are the global parameters about names.
type resolving struct {
	servers                      []netip.AddrPort
	retrTime, retrNo, serversNo  int
	searchList                   int
	tryIPv6, tryNAPTR            bool
	disableFailover, noBlacklist bool
}

func (r *resolving) declare(p *module.Globals) {
	p.Func("dns_servers", "the name servers to ask, address[:port], with commas between; those of /etc/resolv.conf where it is not set", r.setServers)
	p.Bool(&r.tryIPv6, "dns_try_ipv6", false, "try the IPv6 addresses of a name after the IPv4 ones; where there is no IPv4 socket that is done anyway")
	p.Bool(&r.tryNAPTR, "dns_try_naptr", true, "ask for NAPTR records; 0: begin with SRV")
	p.IntRange(&r.retrTime, "dns_retr_time", -1, -1, 30, "seconds that one attempt at a name server may take; -1: that of /etc/resolv.conf, else 1")
	p.IntRange(&r.retrNo, "dns_retr_no", -1, -1, 10, "attempts at each name server; -1: those of /etc/resolv.conf, else 2")
	p.IntRange(&r.serversNo, "dns_servers_no", -1, -1, 8, "how many of the name servers are asked; -1: 3")
	p.IntRange(&r.searchList, "dns_use_search_list", -1, -1, 1, "0: leave the search list of /etc/resolv.conf alone")
	p.Bool(&r.disableFailover, "disable_dns_failover", false, "do not try the further addresses of a name when one fails")
	p.Bool(&r.noBlacklist, "disable_dns_blacklist", true, "0: an address that failed is on the blacklist dns for four minutes, or for as long as its Retry-After says: where its name has another, that is taken")
}

func (r *resolving) setServers(text string) error {
	r.servers = nil
	for _, w := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' }) {
		a, err := netip.ParseAddrPort(w)
		if err != nil {
			ip, ipErr := netip.ParseAddr(strings.Trim(w, "[]"))
			if ipErr != nil {
				return fmt.Errorf("%q is no address, nor address:port", w)
			}
			a = netip.AddrPortFrom(ip, 53)
		}
		r.servers = append(r.servers, a)
	}
	return nil
}

// hand writes the parameters into the settings.
func (r *resolving) hand(set *proxy.Settings) {
	set.DNS.Servers = r.servers
	set.DNS.Timeout = time.Duration(max(r.retrTime, 0)) * time.Second
	set.DNS.Tries, set.DNS.MaxServers = max(r.retrNo, 0), max(r.serversNo, 0)
	set.DNS.NoSearch = r.searchList == 0
	set.TryIPv6, set.NoNAPTR = r.tryIPv6, !r.tryNAPTR
	set.DisableDNSFailover = r.disableFailover
	if set.DNS.Timeout > 0 { // all attempts at one question must have their time
		tries, servers := cmp.Or(max(r.retrNo, 0), 2), max(r.serversNo, 1)
		set.DNSTimeout = min(max(set.DNSTimeout, set.DNS.Timeout*time.Duration(tries*servers)), maxDNSTimeout)
	}
}

// maxDNSTimeout is how long a call waits for a name at the longest.
const maxDNSTimeout = 30 * time.Second

package transport

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// An Alias is a further name of this proxy, beside its sockets: an alias= line.
type Alias struct {
	Host       string
	Port       int   // 0: any
	Proto      Proto // counts unless AnyProto
	AnyProto   bool
	Subdomains bool // names below Host are ours as well
}

// ParseAlias reads [proto:]host[:port]; an IPv6 address is in brackets.
func ParseAlias(text string) (a Alias, err error) {
	host := text
	a.AnyProto = true
	if proto, rest, ok := strings.Cut(text, ":"); ok {
		if p, known := ProtoOf([]byte(proto)); known {
			a.Proto, a.AnyProto, host = p, false, rest
		}
	}
	a.Host = host
	end := strings.LastIndexByte(host, ']')
	if i := strings.LastIndexByte(host, ':'); i > end {
		port, err := strconv.ParseUint(host[i+1:], 10, 16)
		if err != nil {
			return a, fmt.Errorf("%q: no port number", text)
		}
		a.Host, a.Port = host[:i], int(port)
	}
	if a.Host == "" || strings.ContainsAny(a.Host, " \t,;/@") {
		return a, fmt.Errorf("%q: want [proto:]host[:port]", text)
	}
	return a, nil
}

// AddAlias adds a name of this proxy. It must be called before the group starts.
func (t *Transport) AddAlias(a Alias) { t.aliases = append(t.aliases, a) }

// AddAliasFunc adds names of this proxy that change while it runs: f reports whether host
// is one, on any loop, without waiting. It must be called before the group starts.
func (t *Transport) AddAliasFunc(f func(host []byte) bool) { t.aliasFuncs = append(t.aliasFuncs, f) }

// isAlias reports whether an alias covers host and port; a port that is not written
// (0) is any.
func (t *Transport) isAlias(host []byte, port int) bool {
	for i := range t.aliases {
		a := &t.aliases[i]
		if (port == 0 || a.Port == 0 || a.Port == port) && a.names(host) {
			return true
		}
	}
	for _, f := range t.aliasFuncs {
		if f(host) {
			return true
		}
	}
	return false
}

func (a *Alias) names(host []byte) bool {
	if sipparse.EqualFoldString(host, a.Host) {
		return true
	}
	n := len(host) - len(a.Host)
	return a.Subdomains && n > 1 && host[n-1] == '.' && sipparse.EqualFoldString(host[n:], a.Host)
}

// FindSocket returns the listener of protocol p that host and port name, and for a
// wildcard listener the one of its addresses that host is; nil if there is none.
func (t *Transport) FindSocket(p Proto, host []byte, port int) (ls *Listener, local loop.Addr) {
	for _, ls := range t.listeners {
		if ls.proto != p || !ls.Is(host, port) {
			continue
		}
		if a, literal := loop.ParseIP(host); literal && ls.wildcard {
			local = a
		}
		return ls, local
	}
	return nil, local
}

// Twin returns the listener to reach remote by with protocol p in place of ls: ls
// itself, else the one with its address and port, of a bond the member that can; nil if none can.
func (t *Transport) Twin(ls *Listener, p Proto, remote loop.Addr) *Listener {
	switch {
	case ls == nil || ls.reaches(p, remote) && !ls.IsBond():
		return ls
	case ls.IsBond():
		return ls.member(p, remote)
	}
	for _, o := range t.listeners {
		if o.reaches(p, remote) && o.addr.SameIP(ls.addr) && o.addr.Port() == ls.addr.Port() {
			return o
		}
	}
	return nil
}

// ProtoName is the protocol as socket= lines and URIs write it.
func (ls *Listener) ProtoName() string { return ls.proto.Lower() }

// Advertised returns the host that was advertised for the listener; nil if none was.
func (ls *Listener) Advertised() []byte { return ls.advHost }

var protoLower = [...]string{UDP: "udp", TCP: "tcp", TLS: "tls", WS: "ws", WSS: "wss", SCTP: "sctp"}

// Lower returns the name of p as URIs write it.
func (p Proto) Lower() string { return protoLower[p] }

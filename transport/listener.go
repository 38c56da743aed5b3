package transport

import (
	"net/netip"
	"strconv"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport/steer"
)

// A ListenerConfig is one socket= line, with names resolved.
type ListenerConfig struct {
	Proto   Proto
	Written string           // proto:host:port as the operator wrote it
	Binds   []netip.AddrPort // at least one; "*" gives one per address family
	NoPort  bool             // no port was written: that of Binds is the default
	AsHost  string           // advertised host; empty: the bound address
	AsPort  int              // advertised port; zero: the bound port
	TOS     int              // type of service, 1 to 255; zero: that of the others
	Frag    bool             // datagrams may be fragmented on their way
	Tag     string           // what the operator calls it
	Anycast bool             // its address is that of several machines
	Readers int              // UDP: how many loops read it; zero: all
}

func (c ListenerConfig) String() string { return c.Written }

// A Listener is one bound address, with one socket per loop.
type Listener struct {
	t        *Transport
	udp      *loop.UDP // one of the two
	tcp      *loop.TCP
	index    uint16
	proto    Proto
	wildcard bool
	readers  int // loops; zero: all
	addr     loop.Addr
	advHost  []byte // host for Via and Record-Route where an address was advertised
	advPort  uint16
	anycast  bool
	tag      []byte
	steering steer.Result // UDP: how the kernel chooses among the loops' sockets

	bond    string      // of what stands for several sockets: its name
	members []*Listener // and they
}

func (ls *Listener) init(c ListenerConfig) {
	ls.wildcard = ls.addr.IsUnspecified()
	ls.advPort = ls.addr.Port()
	ls.anycast, ls.tag = c.Anycast, []byte(c.Tag)
	if c.AsHost != "" {
		ls.advHost = []byte(c.AsHost)
	}
	if c.AsPort != 0 {
		ls.advPort = uint16(c.AsPort)
	}
}

// Index is the listener's number: the order of the socket= lines.
func (ls *Listener) Index() uint16 { return ls.index }

// Proto returns the protocol.
func (ls *Listener) Proto() Proto { return ls.proto }

// Addr returns the bound address.
func (ls *Listener) Addr() loop.Addr { return ls.addr }

// String returns udp:127.0.0.1:5060.
func (ls *Listener) String() string {
	if ls.IsBond() {
		return "bond:" + ls.bond
	}
	b := []byte(ls.proto.Param() + ":")
	b = ls.addr.AppendTo(b)
	if ls.advHost != nil {
		b = append(append(append(b, " as "...), ls.advHost...), ':')
		b = strconv.AppendUint(b, uint64(ls.advPort), 10)
	}
	return string(b)
}

// AppendName appends udp:127.0.0.1:5060, as $socket_in and its like have it.
func (ls *Listener) AppendName(dst []byte) []byte {
	if ls.IsBond() {
		return append(append(dst, "bond:"...), ls.bond...)
	}
	for _, c := range []byte(ls.proto.String()) {
		dst = append(dst, c|0x20) // lower case
	}
	return ls.addr.AppendTo(append(dst, ':'))
}

// AppendHostPort appends the host and port that others should use to reach this
// listener: the advertised ones, else the address that local (the one the peer
// talked to, for wildcard listeners) or the bind names.
func (ls *Listener) AppendHostPort(dst []byte, local loop.Addr) []byte {
	dst = ls.AppendHost(dst, local)
	dst = append(dst, ':')
	return sipparse.AppendUint(dst, uint64(ls.advPort))
}

// AppendHost appends just the host, an IPv6 one in brackets.
func (ls *Listener) AppendHost(dst []byte, local loop.Addr) []byte {
	if ls.advHost != nil {
		return append(dst, ls.advHost...)
	}
	a := ls.addr
	if ls.wildcard && local.IsValid() {
		a = local
	}
	if a.Is4() {
		return a.AppendIP(dst)
	}
	dst = append(dst, '[')
	dst = a.AppendIP(dst)
	return append(dst, ']')
}

// Tag returns what the operator calls it, empty if he does not.
func (ls *Listener) Tag() []byte { return ls.tag }

// Anycast reports whether its address is said to be that of several machines.
func (ls *Listener) Anycast() bool { return ls.anycast }

// Port returns the port that others should use.
func (ls *Listener) Port() uint16 { return ls.advPort }

func (ls *Listener) reaches(p Proto, remote loop.Addr) bool {
	return ls.proto == p && ls.addr.Is4() == remote.Is4()
}

// Is reports whether host:port names this listener; port 0 is the default one.
func (ls *Listener) Is(host []byte, port int) bool {
	if port != 0 && uint16(port) != ls.addr.Port() && uint16(port) != ls.advPort {
		return false
	}
	if port == 0 && ls.addr.Port() != ls.proto.DefaultPort() && ls.advPort != ls.proto.DefaultPort() {
		return false
	}
	return ls.isHost(host)
}

func (ls *Listener) isHost(host []byte) bool {
	if ls.advHost != nil && sipparse.EqualFold(host, ls.advHost) {
		return true
	}
	a, ok := loop.ParseIP(host)
	if !ok {
		return false
	}
	if ls.wildcard {
		return ls.t.isLocalIP(a)
	}
	return a.SameIP(ls.addr)
}

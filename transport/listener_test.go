package transport

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/loop"
)

func addr(tb testing.TB, hostport string) loop.Addr {
	tb.Helper()
	a, err := netip.ParseAddrPort(hostport)
	if err != nil {
		tb.Fatal(err)
	}
	return loop.AddrFrom(a)
}

// ears makes a Transport that thinks it listens: addresses as "127.0.0.1:5060", or with
// what is advertised as "127.0.0.1:5060 as sip.example.com:5070".
func ears(tb testing.TB, lines ...string) *Transport {
	tb.Helper()
	t := &Transport{localIPs: []ownAddr{
		own(tb, "127.0.0.1/8"), own(tb, "192.0.2.5/24"), own(tb, "::1/128"), own(tb, "fe80::5/64"), own(tb, "2001:db8::5/64"),
	}}
	for i, line := range lines {
		bind, as, _ := strings.Cut(line, " as ")
		ls := &Listener{t: t, index: uint16(i), addr: addr(tb, bind)}
		ls.wildcard, ls.advPort = ls.addr.IsUnspecified(), ls.addr.Port()
		if as != "" {
			host, port, ok := strings.Cut(as, ":")
			ls.advHost = []byte(host)
			if ok {
				ls.advPort = addr(tb, "127.0.0.1:"+port).Port()
			}
		}
		t.listeners = append(t.listeners, ls)
	}
	return t
}

func own(tb testing.TB, network string) ownAddr {
	tb.Helper()
	p, err := netip.ParsePrefix(network)
	if err != nil {
		tb.Fatal(err)
	}
	return ownAddr{loop.AddrFrom(netip.AddrPortFrom(p.Addr(), 0)), p}
}

// RFC 3261 §16.4 and §18.1.2 have a proxy recognise itself: by the address it is bound to
// or advertises, and the port; one that is not written is 5060 (§19.1.2).
func TestFind(t *testing.T) {
	tr := ears(t, "127.0.0.1:5060", "127.0.0.1:5070", "[2001:db8::5]:5060", "192.0.2.5:5062 as sip.example.com:5090", "192.0.2.5:5064 as Nat.example.com")
	for _, c := range []struct {
		host string
		port int
		want int // listener; -1 for none
	}{
		{"127.0.0.1", 5060, 0},
		{"127.0.0.1", 5070, 1},
		{"127.0.0.1", 0, 0},
		{"127.0.0.1", 5080, -1},
		{"127.0.0.2", 5060, -1},
		{"2001:db8::5", 5060, 2},
		{"[2001:DB8:0::5]", 5060, 2},
		{"[2001:db8::5]", 0, 2},
		{"sip.example.com", 5090, 3},
		{"SIP.Example.COM", 5090, 3},
		{"sip.example.com", 5062, 3}, // behind the NAT
		{"192.0.2.5", 5062, 3},
		{"sip.example.com", 0, -1},
		{"nat.example.com", 5064, 4},
		{"sip.example.com", 5064, -1},
		{"example.com", 5060, -1},
		{"", 5060, -1},
	} {
		got := -1
		if ls := tr.Find([]byte(c.host), c.port); ls != nil {
			got = int(ls.Index())
		}
		if got != c.want {
			t.Errorf("%s port %d: listener %d, want %d", c.host, c.port, got, c.want)
		}
		if tr.IsMine([]byte(c.host), c.port) != (c.want >= 0) {
			t.Errorf("%s port %d: IsMine differs from Find", c.host, c.port)
		}
	}
	if !tr.IsMineAnyPort([]byte("sip.example.com"), 0) || tr.IsMineAnyPort([]byte("sip.example.com"), 1) || tr.IsMineAnyPort([]byte("example.com"), 0) {
		t.Error("is_myself without a port means every port, with one that one")
	}
}

// A wildcard listener is each of the machine's addresses of its family, all of 127/8
// included.
func TestFindWildcard(t *testing.T) {
	tr := ears(t, "0.0.0.0:5060", "[::]:5060")
	for host, want := range map[string]int{
		"127.0.0.1": 0, "127.9.9.9": 0, "192.0.2.5": 0, "::1": 1, "[2001:db8::5]": 1,
		"192.0.2.6": -1, "2001:db8::6": -1, "0.0.0.0": -1, "::": -1, "host": -1,
	} {
		got := -1
		if ls := tr.Find([]byte(host), 5060); ls != nil {
			got = int(ls.Index())
		}
		if (got >= 0) != (want >= 0) {
			t.Errorf("%s: listener %d, want %d", host, got, want)
		}
	}
}

// Via and Record-Route name what others can reach: the advertised address, the bound one,
// or of a wildcard listener the one that is used.
func TestAppendHostPort(t *testing.T) {
	tr := ears(t, "127.0.0.1:5060", "[2001:db8::5]:5070", "192.0.2.5:5062 as sip.example.com:5090", "0.0.0.0:5064", "[::]:5064", "0.0.0.0:5066 as sip.example.com")
	for i, c := range []struct{ local, want string }{
		{"", "127.0.0.1:5060"},
		{"", "[2001:db8::5]:5070"},
		{"", "sip.example.com:5090"},
		{"192.0.2.5:0", "192.0.2.5:5064"},
		{"[::1]:0", "[::1]:5064"},
		{"192.0.2.5:0", "sip.example.com:5066"},
	} {
		var local loop.Addr
		if c.local != "" {
			local = addr(t, c.local)
		}
		if got := string(tr.Listener(uint16(i)).AppendHostPort(nil, local)); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

// A wildcard listener sends from the address that the request came to, if that can reach
// the next hop at all; else from the one in its network, else from the first real one.
func TestSource(t *testing.T) {
	tr := ears(t, "0.0.0.0:5060", "[::]:5060", "192.0.2.5:5070")
	for _, c := range []struct {
		listener         uint16
		remote, received string
		want             string
	}{
		{0, "198.51.100.1:5060", "192.0.2.5:0", "192.0.2.5:0"},
		{0, "127.0.0.1:5080", "127.0.0.9:0", "127.0.0.9:0"},
		{0, "198.51.100.1:5060", "127.0.0.1:0", "192.0.2.5:0"},
		{0, "127.0.0.1:5080", "192.0.2.5:0", "127.0.0.1:0"},
		{0, "192.0.2.77:5060", "", "192.0.2.5:0"},
		{0, "198.51.100.1:5060", "", "192.0.2.5:0"},
		{1, "[2001:db8::77]:5060", "", "[2001:db8::5]:0"},
		{1, "[2001:db8:ffff::1]:5060", "", "[2001:db8::5]:0"},
		{1, "[::1]:5060", "", "[::1]:0"},
		{2, "198.51.100.1:5060", "", ""}, // bound: there is nothing to choose
	} {
		var received loop.Addr
		if c.received != "" {
			received = addr(t, c.received)
		}
		got := ""
		if a := tr.Listener(c.listener).Source(addr(t, c.remote), received); a.IsValid() {
			got = a.String()
		}
		if got != c.want {
			t.Errorf("to %s, received on %q: from %q, want %q", c.remote, c.received, got, c.want)
		}
	}
}

// From UDP to TCP: the TCP listener at the address that the request came to, not any.
func TestPickOtherProtocol(t *testing.T) {
	tr := ears(t, "127.0.0.1:5060", "192.0.2.5:5060", "127.0.0.1:5060", "192.0.2.5:5060", "[::1]:5060")
	for _, ls := range tr.listeners[2:] {
		ls.proto = TCP
	}
	four := addr(t, "192.0.2.1:5060")
	for prefer, want := range map[int]int{0: 2, 1: 3, 4: 2} {
		if got := tr.Pick(TCP, four, tr.listeners[prefer]); got != tr.listeners[want] {
			t.Errorf("beside %d: %v, want %d", prefer, got, want)
		}
	}
	if got := tr.Pick(TCP, four, nil); got != tr.listeners[2] {
		t.Errorf("beside none: %v", got)
	}
}

// The listener in hand, if it can; else the first of the same protocol and family.
func TestPick(t *testing.T) {
	tr := ears(t, "127.0.0.1:5060", "[::1]:5060", "127.0.0.1:5070")
	four, six := addr(t, "192.0.2.1:5060"), addr(t, "[2001:db8::1]:5060")
	for _, c := range []struct {
		p      Proto
		remote loop.Addr
		prefer *Listener
		want   *Listener
	}{
		{UDP, four, tr.listeners[2], tr.listeners[2]},
		{UDP, four, tr.listeners[1], tr.listeners[0]},
		{UDP, four, nil, tr.listeners[0]},
		{UDP, six, tr.listeners[0], tr.listeners[1]},
		{TCP, four, tr.listeners[0], nil},
	} {
		if got := tr.Pick(c.p, c.remote, c.prefer); got != c.want {
			t.Errorf("%v to %v: %v, want %v", c.p, c.remote, got, c.want)
		}
	}
}

func TestProtoOf(t *testing.T) {
	for _, p := range []Proto{UDP, TCP, TLS, WS, WSS, SCTP} {
		if got, ok := ProtoOf([]byte(strings.ToLower(p.String()))); !ok || got != p {
			t.Errorf("%v: %v %v", p, got, ok)
		}
	}
	if _, ok := ProtoOf([]byte("pigeon")); ok {
		t.Error("pigeon is a protocol")
	}
	if UDP.DefaultPort() != 5060 || TLS.DefaultPort() != 5061 { // RFC 3261 §19.1.2
		t.Error("default ports")
	}
}

// RFC 5626 §4.4.1: a double CRLF is a keep-alive ping; phones also send one CRLF, or a
// NUL. Nothing of it is a message, and a message is nothing of it.
func TestKeepAlives(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "\r\n": true, "\r\n\r\n": true, "\x00": true, "\x00\x00\x00\x00": true,
		"\r\n\r\n\r\n": false, "PING": false, "\r\nX": false, "OPTIONS sip:a SIP/2.0\r\n\r\n": false,
	} {
		if got := isKeepAlive([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// alias lines are further names (OpenSIPS): a part that is not written is any.
func TestAliases(t *testing.T) {
	tr := ears(t, "192.0.2.5:5060")
	for _, text := range []string{"udp:exact.example.com:5070", "Any.example.com", "[2001:db8::9]:5060", "tcp:stream.example.com"} {
		a, err := ParseAlias(text)
		if err != nil {
			t.Fatal(err)
		}
		tr.AddAlias(a)
	}
	tr.AddAlias(Alias{Host: "wide.example.com", Subdomains: true})
	tr.AddAliasFunc(func(host []byte) bool { return string(host) == "table.example.com" })
	for _, c := range []struct {
		host string
		port int
		want bool
	}{
		{"exact.example.com", 5070, true},
		{"EXACT.example.com", 0, true},
		{"exact.example.com", 5060, false},
		{"any.example.com", 1, true},
		{"x.any.example.com", 1, false},
		{"[2001:db8::9]", 5060, true},
		{"stream.example.com", 5060, true},
		{"wide.example.com", 9, true},
		{"table.example.com", 9, true},
		{"a.b.WIDE.example.com", 9, true},
		{"awide.example.com", 9, false},
		{".wide.example.com", 9, false},
		{"example.com", 9, false},
		{"", 0, false},
	} {
		if got := tr.IsMine([]byte(c.host), c.port); got != c.want {
			t.Errorf("%s port %d: %v, want %v", c.host, c.port, got, c.want)
		}
	}
	host := []byte("a.b.wide.example.com")
	if n := testing.AllocsPerRun(100, func() { tr.IsMine(host, 9) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	for _, text := range []string{"", "udp:", "host:", "host:x", "host:70000", "a b", "sip:user@host"} {
		if a, err := ParseAlias(text); err == nil {
			t.Errorf("%q is read as %+v", text, a)
		}
	}
}

// force_send_socket names a socket by protocol, host and port; of a wildcard one any of
// the machine's addresses.
func TestFindSocket(t *testing.T) {
	tr := ears(t, "127.0.0.1:5060", "127.0.0.1:5060", "0.0.0.0:5070")
	tr.listeners[1].proto = TCP
	for _, c := range []struct {
		p     Proto
		host  string
		port  int
		want  int // listener; -1 for none
		local string
	}{
		{UDP, "127.0.0.1", 5060, 0, ""},
		{TCP, "127.0.0.1", 5060, 1, ""},
		{TLS, "127.0.0.1", 5060, -1, ""},
		{UDP, "192.0.2.5", 5070, 2, "192.0.2.5:0"},
		{UDP, "192.0.2.6", 5070, -1, ""},
	} {
		got, local := tr.FindSocket(c.p, []byte(c.host), c.port)
		i, text := -1, ""
		if got != nil {
			i = int(got.Index())
		}
		if local.IsValid() {
			text = local.String()
		}
		if i != c.want || text != c.local {
			t.Errorf("%v %s:%d: listener %d from %q, want %d from %q", c.p, c.host, c.port, i, text, c.want, c.local)
		}
	}
}

// A socket of the wrong protocol stands for the one of the right protocol with the same
// address and port; one of the wrong family for none.
func TestTwin(t *testing.T) {
	tr := ears(t, "127.0.0.1:5060", "127.0.0.1:5070", "127.0.0.1:5070", "[::1]:5070")
	tr.listeners[2].proto = TCP
	udp := tr.listeners[1]
	four, six := addr(t, "192.0.2.1:5060"), addr(t, "[2001:db8::1]:5060")
	for i, c := range []struct {
		p      Proto
		ls     *Listener
		remote loop.Addr
		want   *Listener
	}{
		{UDP, udp, four, udp},
		{TCP, udp, four, tr.listeners[2]},
		{TCP, tr.listeners[0], four, nil},
		{UDP, udp, six, nil},
		{UDP, nil, four, nil},
	} {
		if got := tr.Twin(c.ls, c.p, c.remote); got != c.want {
			t.Errorf("case %d: %v, want %v", i, got, c.want)
		}
	}
}

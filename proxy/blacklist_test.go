package proxy

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/transport"
)

func blacklistRule(net string, port uint16) *BlacklistRule {
	return &BlacklistRule{AnyProto: true, Net: netip.MustParsePrefix(net), Port: port}
}

func destination(addr string) *Destination {
	return &Destination{Addr: loop.AddrFrom(netip.MustParseAddrPort(addr))}
}

// The documentation of dst_blacklist: a rule covers any supported protocol or the one it
// names, an address or network, a port or, for 0, any; with ! in front what it does not.
func TestBlacklistRule(t *testing.T) {
	tcp := blacklistRule("192.0.2.0/24", 0)
	tcp.AnyProto, tcp.Proto = false, transport.TCP
	not := blacklistRule("192.0.2.0/24", 0)
	not.Not = true
	text := blacklistRule("0.0.0.0/0", 0)
	text.Pattern = "MESSAGE*word*"
	for _, c := range []struct {
		rule *BlacklistRule
		addr string
		want bool
	}{
		{blacklistRule("192.0.2.7/32", 0), "192.0.2.7:5060", true},
		{blacklistRule("192.0.2.7/32", 0), "192.0.2.8:5060", false},
		{blacklistRule("192.0.2.0/24", 5060), "192.0.2.8:5060", true},
		{blacklistRule("192.0.2.0/24", 5060), "192.0.2.8:5061", false},
		{blacklistRule("2001:db8::/32", 0), "[2001:db8::1]:5060", true},
		{blacklistRule("2001:db8::/32", 0), "192.0.2.8:5060", false},
		{tcp, "192.0.2.8:5060", false},
		{not, "192.0.2.8:5060", false},
		{not, "198.51.100.1:5060", true},
		{text, "192.0.2.8:5060", false},
	} {
		var b Blacklist
		b.Add(0, c.rule, 0)
		if got := b.Matches(0, destination(c.addr)); got != c.want {
			t.Errorf("%+v %s: %v", c.rule, c.addr, got)
		}
	}
	var b Blacklist
	b.Add(0, text, 0)
	d := destination("192.0.2.8:5060")
	if d.Text = []byte("MESSAGE sip:a/b\r\n\r\na word or two"); !b.Matches(0, d) || !b.needsText() {
		t.Error("the text does not match")
	}
}

// Rules end in their time; one that is added again gets a new end and no second place. A
// list is bounded; that of failed targets forgets the oldest.
func TestBlacklistBounds(t *testing.T) {
	b := &Blacklist{Expire: true, limit: 2}
	b.Add(0, blacklistRule("192.0.2.1/32", 0), 100)
	b.Add(50, blacklistRule("192.0.2.1/32", 0), 150)
	d := destination("192.0.2.1:5060")
	if n := len(b.Rules()); n != 1 || !b.Matches(149, d) || b.Matches(150, d) {
		t.Errorf("%d rules, at 149 %v, at 150 %v", n, b.Matches(149, d), b.Matches(150, d))
	}
	b.Add(140, blacklistRule("192.0.2.2/32", 0), 0)
	if err := b.Add(140, blacklistRule("192.0.2.3/32", 0), 0); !errors.Is(err, ErrFull) {
		t.Error("the list grows without a bound:", err)
	}
	if err := b.Add(150, blacklistRule("192.0.2.3/32", 0), 0); err != nil {
		t.Error("what has ended takes room:", err)
	}
	if b.Remove(blacklistRule("192.0.2.1/32", 0)) || !b.Remove(blacklistRule("192.0.2.2/32", 0)) || len(b.Rules()) != 1 {
		t.Error("the wrong rule was removed:", len(b.Rules()))
	}
	b = &Blacklist{Expire: true, limit: 2, ring: true}
	for _, net := range []string{"192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32"} {
		b.Add(0, blacklistRule(net, 0), 100)
	}
	if b.Matches(1, d) || !b.Matches(1, destination("192.0.2.3:5060")) {
		t.Error("the oldest has not made room")
	}
	b = &Blacklist{}
	if err := b.Add(0, blacklistRule("192.0.2.1/32", 0), 1); !errors.Is(err, ErrNoExpiry) {
		t.Error(err)
	}
	b.ReadOnly = true
	if err := b.Add(0, blacklistRule("192.0.2.1/32", 0), 0); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
}

// A request without a list to avoid costs nothing, one with a list no memory.
func TestBlacklistAllocates(t *testing.T) {
	var s Blacklists
	b := &Blacklist{Name: "gw", Default: true}
	s.Define(b, []*BlacklistRule{blacklistRule("192.0.2.0/24", 5060)})
	d := destination("198.51.100.1:5060")
	if n := testing.AllocsPerRun(100, func() { s.match(s.byDefault, 1, d) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

package loop

import (
	"net/netip"
	"testing"
	"unsafe"
)

func TestAddr(t *testing.T) {
	for _, c := range []struct{ in, ip, text string }{
		{"127.0.0.1:5060", "127.0.0.1", "127.0.0.1:5060"},
		{"0.0.0.0:0", "0.0.0.0", "0.0.0.0:0"},
		{"[::1]:5061", "::1", "[::1]:5061"},
		{"[2001:db8::c0:ffee]:65535", "2001:db8::c0:ffee", "[2001:db8::c0:ffee]:65535"},
		{"[::ffff:192.0.2.1]:1", "192.0.2.1", "192.0.2.1:1"},
	} {
		in := netip.MustParseAddrPort(c.in)
		a := AddrFrom(in)
		if got := string(a.AppendIP(nil)); got != c.ip {
			t.Errorf("%s: AppendIP = %s, want %s", c.in, got, c.ip)
		}
		if got := a.String(); got != c.text {
			t.Errorf("%s: AppendTo = %s, want %s", c.in, got, c.text)
		}
		if got, want := a.AddrPort(), netip.AddrPortFrom(in.Addr().Unmap(), in.Port()); got != want {
			t.Errorf("%s: AddrPort = %v, want %v", c.in, got, want)
		}
		if !a.IsValid() || a.Is4() != in.Addr().Unmap().Is4() || a.Port() != in.Port() ||
			a.IsUnspecified() != in.Addr().IsUnspecified() {
			t.Errorf("%s: %+v", c.in, a)
		}
		if b := a.WithPort(9); b == a || b.Port() != 9 || !b.SameIP(a) {
			t.Errorf("%s with port 9: %v", c.in, b)
		}
	}
}

func TestAddrUnset(t *testing.T) {
	var a Addr
	if a != AddrFrom(netip.AddrPort{}) || a.IsValid() || a.IsUnspecified() || a.Is4() || a.AddrPort().IsValid() || a.String() != "" {
		t.Errorf("the zero Addr is not unset: %+v", a)
	}
	zero4, zero6 := AddrFrom(netip.MustParseAddrPort("0.0.0.0:0")), AddrFrom(netip.MustParseAddrPort("[::]:0"))
	if zero4.SameIP(zero6) || zero4.SameIP(a) {
		t.Error("0.0.0.0, :: and unset are the same IP")
	}
}

// A link-local address is one only together with its interface.
func TestAddrScope(t *testing.T) {
	a, b := AddrFrom(netip.MustParseAddrPort("[fe80::1%1]:5060")), AddrFrom(netip.MustParseAddrPort("[fe80::1%2]:5060"))
	if a == b || a.SameIP(b) {
		t.Error("fe80::1%1 and fe80::1%2 are the same")
	}
	if got := a.AddrPort().String(); got != "[fe80::1%1]:5060" {
		t.Errorf("AddrPort = %s", got)
	}
	if got := string(a.AppendIP(nil)); got != "fe80::1" {
		t.Errorf("AppendIP = %s", got)
	}
	if lo := AddrFrom(netip.MustParseAddrPort("[fe80::1%lo]:5060")); lo.scope == 0 {
		t.Error("interface lo has no index")
	}
}

func TestAddrSize(t *testing.T) {
	if n := unsafe.Sizeof(Addr{}); n > 24 {
		t.Errorf("an Addr takes %d bytes", n)
	}
}

func TestParseIP(t *testing.T) {
	for _, s := range []string{"127.0.0.1", "255.255.255.255", "::", "::1", "1::", "[::1]", "2001:db8::1", "1:2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "::ffff:192.0.2.1", "[1:2:3:4:5:6:192.0.2.1]", "FE80::AbCd"} {
		if _, ok := ParseIP([]byte(s)); !ok {
			t.Errorf("%s is no address", s)
		}
	}
	for _, s := range []string{"", "[]", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "[127.0.0.1]", "sip.example.com",
		":", ":::", "1:", ":1", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "::g", "[::1", "::1]", "fe80::1%lo",
		"1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "1.2.3.4::"} {
		if a, ok := ParseIP([]byte(s)); ok {
			t.Errorf("%s is %v", s, a)
		}
	}
}

// FuzzParseIP: ParseIP agrees with netip.ParseAddr, but for zones and brackets;
// what it accepts comes back from AppendIP.
func FuzzParseIP(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "::", "[::1]", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1:2::7:8", "a:b:c:d:e:f:1.2.3.4", "0.0.0.00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseIP([]byte(s))
		text := s
		if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
			text = s[1 : len(s)-1]
		}
		want, err := netip.ParseAddr(text)
		wantOK := err == nil && want.Zone() == "" && (text == s || want.Is6())
		if ok != wantOK {
			t.Fatalf("ParseIP(%q) = %v, %v; netip: %v, %v", s, got, ok, want, err)
		}
		if !ok {
			return
		}
		if want = want.Unmap(); got.netip() != want {
			t.Fatalf("ParseIP(%q) = %v, want %v", s, got.netip(), want)
		}
		if again, ok := ParseIP(got.AppendIP(nil)); !ok || again != got {
			t.Fatalf("%q becomes %q and that %v", s, got.AppendIP(nil), again)
		}
	})
}

func TestAddrAllocs(t *testing.T) {
	buf := make([]byte, 0, 64)
	name, v4, v6 := []byte("sip.example.com"), []byte("192.0.2.1"), []byte("[2001:db8::1]")
	in := netip.MustParseAddrPort("[2001:db8::1]:5060")
	if n := testing.AllocsPerRun(100, func() {
		ParseIP(name)
		ParseIP(v4)
		a, _ := ParseIP(v6)
		buf = a.AppendIP(a.AppendTo(AddrFrom(in).AppendTo(buf[:0])))
		_ = a.AddrPort()
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

package sipparse

import (
	"bytes"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// Whatever netip reads, and the form with three colons; RFC 5118 §4.10.
func TestHostAddr(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "0.0.0.0": "0.0.0.0", "255.255.255.255": "255.255.255.255",
		"[2001:db8::1]": "2001:db8::1", "2001:db8::1": "2001:db8::1", "::": "::", "[::]": "::", "1::": "1::", "::1": "::1",
		"1:2:3:4:5:6:7:8": "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:192.0.2.1": "1:2:3:4:5:6:c000:201", "::2:3:4:5:6:7:8": "0:2:3:4:5:6:7:8",
		"[::ffff:192.0.2.1]": "192.0.2.1", "::FFFF:C000:201": "192.0.2.1",
		"[2001:db8:::192.0.2.1]": "2001:db8::c000:201", ":::": "::", "1:::": "1::",
	} {
		got, ok := HostAddr([]byte(in))
		if !ok || got != netip.MustParseAddr(want) {
			t.Errorf("%s: %v, %v, want %s", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "example.com", "192.0.2", "192.0.2.1.1", "192.0.2.256", "192.0.2.01", "192.0.2.", ".192.0.2.1", "192.0.2.-1", "1.2.3.4:",
		"[192.0.2.1]", "[]", "[", "[::1", "::1]", ":", "1:", ":1", "::::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
		"::12345", "::g", "fe80::1%eth0", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "[[::1]]",
	} {
		if got, ok := HostAddr([]byte(in)); ok || got.IsValid() {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestHostAddrTorture(t *testing.T) {
	for _, name := range []string{"ipv6-bug-abnf-3-colons.dat", "ipv6-correct-abnf-2-colons.dat"} {
		m := parse(t, readFile(t, "testdata/rfc5118/"+name))
		if got, ok := HostAddr(m.URI().Host.Of(m.Buf())); !ok || got != netip.MustParseAddr("2001:db8::192.0.2.1") {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
}

// It agrees with netip, but for zones, brackets and three colons.
func FuzzHostAddr(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "2001:db8::1", "::ffff:1.2.3.4", "[::1]", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:192.0.2.1", "::1:2:3:4:5:6:7", ":::", "01.2.3.4"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := HostAddr(b)
		s := string(b)
		if n := len(s); n > 2 && s[0] == '[' && s[n-1] == ']' {
			if s = s[1 : n-1]; !strings.Contains(s, ":") {
				s = ""
			}
		}
		want, err := netip.ParseAddr(strings.Replace(s, ":::", "::", 1))
		if bytes.IndexByte(b, '%') >= 0 {
			want, err = netip.Addr{}, os.ErrInvalid
		}
		if ok != (err == nil) || got != want.Unmap() {
			t.Errorf("%q: %v, %v, want %v", b, got, ok, want)
		}
	})
}

package scenario

import (
	"net/netip"
	"slices"
	"testing"
)

func parsed(s string) *Message { return ParseMessage(Text(s), netip.AddrPort{}) }

func TestIs(t *testing.T) {
	request := parsed("BYE sip:a@h SIP/2.0\nCSeq: 2 BYE")
	response := parsed("SIP/2.0 200 OK\nCSeq: 1 INVITE")
	broken := parsed("nonsense")
	for _, c := range []struct {
		m       *Message
		pattern string
		want    bool
	}{
		{request, "BYE", true}, {request, "INVITE", false}, {request, "200", false}, {request, "any", true},
		{request, "2xx", false}, {request, "BYE/BYE", false},
		{response, "200", true}, {response, "2xx", true}, {response, "1xx", false}, {response, "INVITE", false},
		{response, "200/INVITE", true}, {response, "200/BYE", false}, {response, "2xx/INVITE", true}, {response, "any", true},
		{broken, "any", false},
	} {
		if got := c.m.Is(c.pattern); got != c.want {
			t.Errorf("%v is %q: %v, want %v", c.m, c.pattern, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"\nA\nB: 1":                   "A\r\nB: 1\r\nContent-Length: 0\r\n\r\n",
		"A\r\nB: 1\r\n\r\nx\ny\n":     "A\r\nB: 1\r\nContent-Length: 6\r\n\r\nx\r\ny\r\n",
		"A\nl: 99\n\nx":               "A\r\nl: 99\r\n\r\nx",
		"A\nContent-length : 0\n\n\n": "A\r\nContent-length : 0\r\n\r\n\r\n",
	} {
		if got := string(Text(in)); got != want {
			t.Errorf("text(%q) = %q, want %q", in, got, want)
		}
	}
}

// RFC 3261 §7.3.1: folded lines, compact forms and comma lists are one header.
func TestRawValues(t *testing.T) {
	m := Text("INVITE sip:b@h SIP/2.0\nv: SIP/2.0/UDP a,\n SIP/2.0/UDP b\nVIA:SIP/2.0/UDP c\nRoute: <sip:x;lr>, \"a, b\" <sip:y,z;lr>")
	if got, want := ListValues(m, "Via"), []string{"SIP/2.0/UDP a", "SIP/2.0/UDP b", "SIP/2.0/UDP c"}; !slices.Equal(got, want) {
		t.Errorf("Via %q, want %q", got, want)
	}
	if got, want := ListValues(m, "Route"), []string{"<sip:x;lr>", `"a, b" <sip:y,z;lr>`}; !slices.Equal(got, want) {
		t.Errorf("Route %q, want %q", got, want)
	}
	for in, want := range map[string]string{
		"sip:a@127.0.0.1:5?x=y": "127.0.0.1:5", "sip:127.0.0.1:6;lr": "127.0.0.1:6", "<sip:u@[::1]:7>": "[::1]:7",
	} {
		if got := HostPortOf(in); got != want {
			t.Errorf("HostPortOf(%q) = %q, want %q", in, got, want)
		}
	}
}

package proxy

import (
	"testing"
	"time"

	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// RFC 3263 §5: "If the sent-by field contains a domain name and no port, the server
// queries for SRV records at that domain name using the service identifier "_sips" if
// the Via transport is "TLS", "_sip" otherwise, and the transport from the topmost Via";
// with a port the name's addresses are taken, and an address is taken as it is.
// checklist: C098
func TestResponseHop(t *testing.T) {
	for _, c := range []struct {
		via     string
		host    string
		port    uint16 // that is written: none means SRV
		proto   transport.Proto
		sips    bool
		literal string
	}{
		{via: "SIP/2.0/TCP gw.example.com", host: "gw.example.com", proto: transport.TCP},
		{via: "SIP/2.0/TCP gw.example.com:5070", host: "gw.example.com", port: 5070, proto: transport.TCP},
		{via: "SIP/2.0/TLS gw.example.com", host: "gw.example.com", proto: transport.TLS, sips: true},
		{via: "SIP/2.0/UDP gw.example.com", host: "gw.example.com", proto: transport.UDP},
		{via: "SIP/2.0/TCP 192.0.2.7", host: "192.0.2.7", proto: transport.TCP, literal: "192.0.2.7:5060"},
		{via: "SIP/2.0/TLS [2001:db8::7]:5070", host: "[2001:db8::7]", port: 5070, proto: transport.TLS, sips: true, literal: "[2001:db8::7]:5070"},
	} {
		r := requestFrom(t, "sip:x@y", c.via+";branch=z9hG4bKx", "192.0.2.9")
		h, ok := responseHop(r.Msg.TopVia(), r.Msg.Buf())
		literal := ""
		if h.literal {
			literal = h.addr.String()
		}
		if !ok || string(h.host) != c.host || h.written != c.port || h.proto != c.proto || h.sips != c.sips || !h.given || literal != c.literal {
			t.Errorf("%s: %v %+v", c.via, ok, h)
		}
	}
}

// RFC 3261 §21.5.4: Retry-After says for how long; without it OpenSIPS's four minutes.
func TestRetryAfterOf503(t *testing.T) {
	for line, want := range map[string]time.Duration{
		"": 4 * time.Minute, "Retry-After: 7\r\n": 7 * time.Second, "Retry-After: nonsense\r\n": 4 * time.Minute,
		"Retry-After: 999999\r\n": time.Hour, "Retry-After: 30 (maintenance);duration=60\r\n": 30 * time.Second,
	} {
		var m sipparse.Msg
		text := "SIP/2.0 503 No\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n" + line + "Content-Length: 0\r\n\r\n"
		if err := m.Parse([]byte(text)); err != sipparse.OK {
			t.Fatal(err)
		}
		if got := retryAfterOf(&m); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

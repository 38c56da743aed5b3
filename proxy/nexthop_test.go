package proxy

import (
	"testing"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// requestFrom returns the request with these Request-URI and top Via, as it came from a
// source.
func requestFrom(tb testing.TB, uri, via, source string) *Request {
	tb.Helper()
	m := new(Message)
	text := "OPTIONS " + uri + " SIP/2.0\r\nVia: " + via + "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
	if err := m.Msg.Parse([]byte(text)); err != sipparse.OK {
		tb.Fatalf("%s: %v", text, err)
	}
	addr, ok := loop.ParseIP([]byte(source))
	if !ok {
		tb.Fatalf("no address: %s", source)
	}
	m.From = transport.Flow{Remote: addr.WithPort(4444), Proto: transport.UDP}
	return &Request{Message: m}
}

// RFC 3261 §16.6 7, RFC 3263 §4: where a URI leads. $du, where it is set, decides instead
// of the Request-URI; maddr is "the server address to be contacted" (§19.1.1).
// checklist: C094
func TestNextHop(t *testing.T) {
	for _, c := range []struct {
		uri, dst string
		want     string // address, or name and port; "" for none
		proto    transport.Proto
	}{
		{uri: "sip:bob@192.0.2.1", want: "192.0.2.1:5060"},
		{uri: "sip:192.0.2.1:5070", want: "192.0.2.1:5070"},
		{uri: "sip:bob@[2001:db8::1]", want: "[2001:db8::1]:5060"},
		{uri: "sip:bob@[2001:db8::1]:5070;lr", want: "[2001:db8::1]:5070"},
		{uri: "sip:bob@192.0.2.1;transport=udp", want: "192.0.2.1:5060"},
		{uri: "sip:bob@192.0.2.1;transport=TCP", want: "192.0.2.1:5060", proto: transport.TCP},
		{uri: "sip:bob@192.0.2.1;transport=tls", want: "192.0.2.1:5061", proto: transport.TLS},
		{uri: "sips:bob@192.0.2.1", want: "192.0.2.1:5061", proto: transport.TLS},
		{uri: "sips:bob@192.0.2.1;transport=tcp", want: "192.0.2.1:5061", proto: transport.TLS},
		{uri: "sips:bob@192.0.2.1;transport=udp"},
		{uri: "sip:bob@192.0.2.1;maddr=192.0.2.2", want: "192.0.2.2:5060"},
		{uri: "sip:bob@192.0.2.1:5070;maddr=192.0.2.2", want: "192.0.2.2:5070"},
		{uri: "sip:bob@example.com", want: "example.com:5060"},
		{uri: "sip:bob@example.com:5070", want: "example.com:5070"},
		{uri: "sip:bob@192.0.2.1", dst: "sip:192.0.2.9:5090;lr", want: "192.0.2.9:5090"},
		{uri: "tel:+49301234", dst: "sip:192.0.2.9", want: "192.0.2.9:5060"},
		{uri: "tel:+49301234"},
		{uri: "http://example.com/"},
		{uri: "sip:bob@192.0.2.1;transport=pigeon"},
		{uri: "sip:bob@192.0.2.1", dst: "nonsense"},
	} {
		r := requestFrom(t, c.uri, "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx", "192.0.2.7")
		r.Target.SetDst([]byte(c.dst))
		h, ok := nextHop(r, &r.Target)
		got := ""
		switch {
		case !ok:
		case h.literal:
			got = h.addr.String()
		default:
			got = string(h.host) + ":" + string(sipparse.AppendUint(nil, uint64(h.port)))
		}
		if got != c.want || ok && h.proto != c.proto {
			t.Errorf("%s, dst %q: %q by %v, want %q by %v", c.uri, c.dst, got, h.proto, c.want, c.proto)
		}
	}
}

// RFC 3261 §18.2.1 and RFC 3581 §4: what the top Via lacks, and §18.2.2: where the
// response goes.
func TestViaFixAndReplyFlow(t *testing.T) {
	for _, c := range []struct {
		via, source     string
		force, toVia    bool
		received, rport bool
		to              string
	}{
		{via: "192.0.2.7:5070", source: "192.0.2.7", to: "192.0.2.7:5070"},
		{via: "192.0.2.7", source: "192.0.2.7", to: "192.0.2.7:5060"},
		{via: "192.0.2.8:5070", source: "192.0.2.7", received: true, to: "192.0.2.7:5070"},
		{via: "host.example.com", source: "192.0.2.7", received: true, to: "192.0.2.7:5060"},
		{via: "192.0.2.7:5070;rport", source: "192.0.2.7", received: true, rport: true, to: "192.0.2.7:4444"},
		{via: "192.0.2.7:5070", source: "192.0.2.7", force: true, received: true, rport: true, to: "192.0.2.7:4444"},
		{via: "192.0.2.8:5070;rport", source: "192.0.2.7", toVia: true, received: true, rport: true, to: "192.0.2.8:5070"},
		{via: "192.0.2.8", source: "192.0.2.7", toVia: true, received: true, to: "192.0.2.8:5060"},
		{via: "host.example.com:5070", source: "192.0.2.7", toVia: true, received: true, to: "192.0.2.7:5070"},
		{via: "[2001:db8::8]:5070", source: "192.0.2.7", toVia: true, received: true, to: "192.0.2.7:5070"},
		{via: "0.0.0.0:5070", source: "192.0.2.7", toVia: true, received: true, to: "192.0.2.7:5070"},
		{via: "[2001:db8::7]:5070", source: "2001:db8::7", to: "[2001:db8::7]:5070"},
		{via: "[2001:DB8:0:0::7]:5070", source: "2001:db8::7", to: "[2001:db8::7]:5070"},
		{via: "[2001:db8::8]", source: "2001:db8::7", received: true, to: "[2001:db8::7]:5060"},
	} {
		r := requestFrom(t, "sip:x@y", "SIP/2.0/UDP "+c.via+";branch=z9hG4bKx", c.source)
		r.forceRport, r.replyToVia = c.force, c.toVia
		if f := r.viaFix(); f.received != c.received || f.rport != c.rport {
			t.Errorf("%s from %s: received %v, rport %v; want %v, %v", c.via, c.source, f.received, f.rport, c.received, c.rport)
		}
		if to := replyFlow(r).Remote.String(); to != c.to {
			t.Errorf("%s from %s: the response goes to %s, want %s", c.via, c.source, to, c.to)
		}
	}
}

func TestAutoStatus(t *testing.T) {
	for rc, want := range map[script.Ret]int{-1: 500, -2: 475, -4: 476, -6: 477} {
		if got := autoStatus(rc); got != want {
			t.Errorf("t_relay %d is answered with %d, want %d", rc, got, want)
		}
	}
}

package nathelper

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/sipparse/sdp"
)

// Flags are words as OpenSIPS 3.2 and later write them, or the sum of their bits as before,
// also in hexadecimal.
func TestFlags(t *testing.T) {
	for text, want := range map[string]uint{
		"private-contact": 1, "diff-port-src-contact": 64, "carrier-grade-nat": 128, "19": 19, "0x10": 16, "255": 255, "": 0,
		" private-contact , PRIVATE-VIA,": 5,
	} {
		if got, err := uacTests.parse(text); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"256", "private", "-1", "1.5", "private-contact;private-via", "0x", "99999999999"} {
		if got, err := uacTests.parse(text); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

// RFC 1918 §3 and RFC 6598 §7 name the networks; RFC 6333 §5.7 those between a carrier's
// customers and his NAT.
func TestPrivate(t *testing.T) {
	for host, want := range map[string]string{
		"10.0.0.0": "yes", "10.255.255.255": "yes", "11.0.0.0": "no", "9.255.255.255": "no",
		"172.16.0.0": "yes", "172.31.255.255": "yes", "172.15.255.255": "no", "172.32.0.0": "no",
		"192.168.0.0": "yes", "192.168.255.255": "yes", "192.167.255.255": "no", "192.169.0.0": "no",
		"100.64.0.0": "yes", "100.127.255.255": "yes", "100.63.255.255": "no", "100.128.0.0": "no",
		"192.0.0.0": "carrier", "192.0.0.7": "carrier", "192.0.0.8": "no",
		"[::ffff:10.0.0.1]": "yes", "[fd00::1]": "no", "host.example.com": "no", "": "no",
	} {
		plain, carrier := isPrivate([]byte(host), 0), isPrivate([]byte(host), carrierGrade)
		if plain != (want == "yes") || carrier != (want != "no") {
			t.Errorf("%s: %v, with carrier-grade-nat %v, want %s", host, plain, carrier, want)
		}
	}
}

// parsed makes a message with a body.
func parsed(tb testing.TB, contentType, body string) *sipparse.Msg {
	tb.Helper()
	m := new(sipparse.Msg)
	text := "MESSAGE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n" +
		"Content-Type: " + contentType + "\r\n\r\n" + body
	if err := m.Parse([]byte(text)); err != sipparse.OK {
		return nil
	}
	return m
}

// Whatever is in a session description, it stays one, a second call changes nothing, and
// no address but the new one, the null address and noted old ones is left in its c= lines.
func FuzzFixSDP(f *testing.F) {
	f.Add("v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP6 ::\r\n", uint(0x1f))
	f.Add("v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nt=0 0\nm=audio 4000 RTP/AVP 0\nc=IN IP4 224.2.1.1/127/3", uint(2))
	f.Fuzz(func(t *testing.T, body string, flags uint) {
		m := parsed(t, "application/sdp", body)
		if m == nil {
			return
		}
		once := fixed(m, flags&0x1f)
		var s sdp.Session
		if s.Parse(m.Buf(), m.BodySpan()) == sipparse.OK && s.Parse(once, sipparse.Span{End: uint32(len(once))}) != sipparse.OK {
			t.Fatalf("%q is no session description any more: %q", body, once)
		}
		var conn sdp.Connection
		for level := sdp.SessionLevel; level < s.NMedia() && flags&rewriteMedia != 0; level++ {
			if s.Connection(level, &conn) && string(conn.Address.Of(once)) != "192.0.2.1" && !isNull(conn.Address.Of(once)) {
				t.Errorf("%q: %q", body, once)
			}
		}
		again := parsed(t, "application/sdp", string(once))
		if again == nil {
			t.Fatalf("%q makes no message", once)
		}
		const rewrites = rewriteMedia | rewriteOrigin | rewriteNull
		if twice := fixed(again, flags&rewrites); flags&0x1f&^rewrites == 0 && string(twice) != string(once) {
			t.Errorf("%q: once %q, twice %q", body, once, twice)
		}
	})
}

// fixed is the body of m after fix_nated_sdp().
func fixed(m *sipparse.Msg, flags uint) []byte {
	e := new(sipparse.Edits)
	fix := sdpFix{m: &Module{mark: "a=nortpproxy:yes"}, flags: flags, ip: []byte("192.0.2.1"), e: e, ok: true}
	eachSDP(m, new(sdp.Session), fix.one)
	text := m.AppendEdited(nil, e, nil)
	_, body, _ := strings.Cut(string(text), "\r\n\r\n")
	return []byte(body)
}

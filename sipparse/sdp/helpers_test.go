package sdp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

// message is an INVITE with body as it is.
func message(body string) []byte {
	return []byte(strings.ReplaceAll(`INVITE sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
From: <sip:alice@example.com>;tag=1
To: <sip:bob@example.com>
Call-ID: abc
CSeq: 7 INVITE
Content-Type: application/sdp
`, "\n", "\r\n") + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

// crlfs writes a description as one sees it: lines end with LF here, with CRLF there.
func crlfs(text string) string {
	return strings.ReplaceAll(strings.TrimLeft(text, "\n"), "\n", "\r\n")
}

func parse(t testing.TB, body string) (*sipparse.Msg, *Session) {
	t.Helper()
	m, s := new(sipparse.Msg), new(Session)
	if e := m.Parse(message(body)); e != sipparse.OK {
		t.Fatalf("%v in the message", e)
	}
	if e := s.Parse(m.Buf(), m.BodySpan()); e != sipparse.OK {
		t.Fatalf("%v in:\n%s", e, body)
	}
	return m, s
}

func wantText(t testing.TB, what string, got []byte, want string) {
	t.Helper()
	if string(got) != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// edited returns the body as the edits make it; its Content-Length is checked.
func edited(t testing.TB, m *sipparse.Msg, a, b *sipparse.Edits) string {
	t.Helper()
	var out sipparse.Msg
	wire := m.AppendEdited(nil, a, b)
	if e := out.Parse(wire); e != sipparse.OK {
		t.Fatalf("%v in:\n%s", e, wire)
	}
	if n, ok := out.ContentLength(); !ok || n != len(wire)-int(out.BodySpan().Off) {
		t.Fatalf("Content-Length %d:\n%s", n, wire)
	}
	return string(out.Body())
}

// named is a Match for some names.
func named(names ...string) Match {
	return func(name []byte, _ uint32) bool {
		for _, n := range names {
			if sipparse.EqualFoldString(name, n) {
				return true
			}
		}
		return false
	}
}

const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

// phone is 697 bytes: what a desk phone offers.
var phone = crlfs(`
v=0
o=alice 2890844526 2890844527 IN IP4 192.0.2.10
s=Desk phone 8.2
i=a call
c=IN IP4 192.0.2.10
b=AS:256
t=0 0
a=sendrecv
a=tool:deskphone 8.2.0.11
m=audio 49170 RTP/AVP 0 8 9 18 97 98 101
b=TIAS:64000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:9 G722/8000
a=rtpmap:18 G729/8000
a=fmtp:18 annexb=no
a=rtpmap:97 iLBC/8000
a=fmtp:97 mode=30
a=rtpmap:98 opus/48000/2
a=fmtp:98 useinbandfec=1; maxaveragebitrate=30000; stereo=0
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=maxptime:150
a=rtcp:49171 IN IP4 192.0.2.10
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj
a=label:1
a=rtcp-xr:voip-metrics
a=sendrecv
`)

// browser is what a browser offers: one transport for all, many codecs.
var browser = crlfs(`
v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=extmap-allow-mixed
a=msid-semantic: WMS stream
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1467250027 1 udp 2122260223 192.0.2.10 46243 typ host generation 0
a=candidate:1467250028 1 udp 2122260222 2001:db8::10 46244 typ host generation 0
a=ice-ufrag:Fx3q
a=ice-pwd:by5GZGG1lw+040DWA6hXM5Bz
a=ice-options:trickle
a=fingerprint:sha-256 7B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=sendrecv
a=msid:stream audio0
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:3735928559 cname:user@example.com
m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 45 46
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:Fx3q
a=ice-pwd:by5GZGG1lw+040DWA6hXM5Bz
a=fingerprint:sha-256 7B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08
a=setup:actpass
a=mid:1
a=recvonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 ccm fir
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:103 H264/90000
a=rtcp-fb:103 nack
a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:104 rtx/90000
a=fmtp:104 apt=103
a=rtpmap:45 AV1/90000
a=rtpmap:46 rtx/90000
a=fmtp:46 apt=45
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=mid:2
a=sctp-port:5000
a=max-message-size:262144
`)

// fax is a T.38 re-INVITE; RFC 7345 shows others.
var fax = crlfs(`
v=0
o=gw 20518 2 IN IP4 192.0.2.30
s=-
c=IN IP4 192.0.2.30
t=0 0
m=audio 0 RTP/AVP 8
m=image 5004 udptl t38
a=T38FaxVersion:0
a=T38MaxBitRate:14400
a=T38FaxRateManagement:transferredTCF
a=T38FaxUdpEC:t38UDPRedundancy
`)

// chat is MSRP; RFC 4975 §8.
var chat = crlfs(`
v=0
o=alice 2890844557 2890844559 IN IP4 host.example.com
s=-
c=IN IP4 host.example.com
t=0 0
m=message 7313 TCP/MSRP *
a=accept-types:text/plain
a=path:msrp://host.example.com:7313/ansp71weztas;tcp
`)

// six is IPv6; after the example of RFC 4566 §5.7 and RFC 5118 §4.6.
var six = crlfs(`
v=0
o=assistant 971731711378798081 0 IN IP6 2001:db8::20
s=Live video feed
c=IN IP6 2001:db8::20
t=3338481189 3370017201
m=audio 6000/2 RTP/AVP 2
a=rtpmap:2 G726-32/8000
m=video 6024 RTP/AVP 107
c=IN IP6 ff15::101/3
a=rtpmap:107 H263-1998/90000
`)

var samples = []string{phone, browser, fax, chat, six, head}

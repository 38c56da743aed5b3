package sipparse

import (
	"os"
	"testing"
)

// invite is 640 bytes: what a softphone sends by way of one proxy.
const invite = "INVITE sip:bob@192.0.2.20:5060;transport=udp SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK87asdks7;rport\r\n" +
	"Max-Forwards: 70\r\n" +
	"Route: <sip:192.0.2.1;lr>\r\n" +
	"From: \"Alice\" <sip:alice@example.com>;tag=9fxced76sl\r\n" +
	"To: Bob <sip:bob@example.com>\r\n" +
	"Call-ID: 3848276298220188511@192.0.2.10\r\n" +
	"CSeq: 1 INVITE\r\n" +
	"Contact: <sip:alice@192.0.2.10:5060;transport=udp>\r\n" +
	"User-Agent: Softphone 1.4\r\n" +
	"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\n" +
	"Supported: replaces, timer\r\n" +
	"Content-Type: application/sdp\r\n" +
	"Content-Length: 118\r\n" +
	"\r\n" +
	"v=0\r\no=- 20518 0 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n" +
	"m=audio 54742 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n"

func BenchmarkParse(b *testing.B) {
	torture, err := os.ReadFile("testdata/rfc4475/longreq.dat")
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		wire []byte
	}{
		{"invite", []byte(invite)},
		{"longreq", torture},
	} {
		b.Run("msg="+c.name, func(b *testing.B) {
			var m Msg
			b.SetBytes(int64(len(c.wire)))
			b.ReportAllocs()
			for b.Loop() {
				m.Parse(c.wire)
			}
		})
		b.Run("check/msg="+c.name, func(b *testing.B) {
			var m Msg
			b.SetBytes(int64(len(c.wire)))
			b.ReportAllocs()
			for b.Loop() {
				m.Parse(c.wire)
				m.Check()
			}
		})
	}
}

func BenchmarkPeekCallID(b *testing.B) {
	wire := []byte(invite)
	b.ReportAllocs()
	for b.Loop() {
		PeekCallID(wire)
	}
}

// What a proxy does to a request that it forwards; RFC 3261 §16.6.
func BenchmarkForward(b *testing.B) {
	m := parse(b, []byte(invite))
	uri, via, received := []byte("sip:bob@192.0.2.30:5060"), []byte("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK776asdhds\r\n"), []byte("192.0.2.10")
	out := make([]byte, 0, 2048)
	var message, branch Edits
	var n NameAddr
	b.ReportAllocs()
	for b.Loop() {
		message.Reset()
		branch.Reset()
		m.SetReceived(&message, received, 5060)
		message.Replace(m.MaxForwardsSpan(), []byte("69"))
		it := m.Addrs(HdrRoute)
		it.Next(&n)
		m.DeleteAddr(&message, &it, &n)
		branch.Replace(m.RequestURISpan(), uri)
		branch.Insert(m.TopViaInsertAt(), via)
		out = m.AppendEdited(out[:0], &message, &branch)
	}
}

func BenchmarkReply(b *testing.B) {
	m := parse(b, []byte(invite))
	o := ReplyOptions{Code: 100, Received: []byte("192.0.2.10"), Rport: 5060}
	out := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		out = m.AppendReply(out[:0], &o)
	}
}

package sipparse

import (
	"strings"
	"testing"
)

const fromAlice = `
INVITE sip:bob@example.com SIP/2.0
v: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2
Record-Route: <sip:p2.example.com;lr>
Record-Route: <sip:p1.example.com;lr>
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1;received=192.0.2.7
Route: <sip:p3.example.com;lr>
Max-Forwards: 12
f: "Alice" <sip:alice@example.com>;tag=1
To: Bob
  <sip:bob@example.com>
Call-ID: abc
CSeq: 0007 INVITE
Timestamp: 54
Route: <sip:p4.example.com;lr>
Content-Length: 0
`

// "The From field of the response MUST equal the From header field of the request.
// The Call-ID ... CSeq ... Via header field values in the response MUST equal the
// Via header field values in the request and MUST maintain the same ordering ... the
// UAS MUST add a tag to the To header field"; RFC 3261 §8.2.6.2
func TestReply(t *testing.T) {
	m := parse(t, crlfs(fromAlice))
	wantMessage(t, m.AppendReply(nil, &ReplyOptions{Code: 404, ToTag: []byte("xyz"), Headers: []byte("Server: fastsips\r\n")}), `
SIP/2.0 404 Not Found
v: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1;received=192.0.2.7
f: "Alice" <sip:alice@example.com>;tag=1
To: Bob
  <sip:bob@example.com>;tag=xyz
Call-ID: abc
CSeq: 0007 INVITE
Server: fastsips
Content-Length: 0
`)
}

// "Any Timestamp header field present in the request MUST be copied into this 100
// (Trying) response"; RFC 3261 §8.2.6.1
func TestTrying(t *testing.T) {
	m := parse(t, crlfs(fromAlice))
	wantMessage(t, m.AppendReply(nil, &ReplyOptions{Code: 100, Reason: []byte("Giving it a try\r\nX: injected"), RecordRoute: true}), `
SIP/2.0 100 Giving it a try
v: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1;received=192.0.2.7
f: "Alice" <sip:alice@example.com>;tag=1
To: Bob
  <sip:bob@example.com>
Call-ID: abc
CSeq: 0007 INVITE
Timestamp: 54
Content-Length: 0
`)
}

// "the UAS MUST copy all Record-Route header field values from the request into the
// response" that creates a dialog; RFC 3261 §12.1.1
func TestDialogFormingReply(t *testing.T) {
	m := parse(t, crlfs(fromAlice))
	wantMessage(t, m.AppendReply(nil, &ReplyOptions{Code: 183, ToTag: []byte("xyz"), RecordRoute: true,
		ContentType: []byte("text/plain"), Body: []byte("hello")}), `
SIP/2.0 183 Session Progress
v: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1;received=192.0.2.7
Record-Route: <sip:p2.example.com;lr>
Record-Route: <sip:p1.example.com;lr>
f: "Alice" <sip:alice@example.com>;tag=1
To: Bob
  <sip:bob@example.com>;tag=xyz
Call-ID: abc
CSeq: 0007 INVITE
Content-Type: text/plain
Content-Length: 5

hello`)
	reply := parse(t, m.AppendReply(nil, &ReplyOptions{Code: 486, RecordRoute: true}))
	if reply.Find(HdrRecordRoute, 0) >= 0 {
		t.Error("a 486 has a Record-Route")
	}
}

// "if the request contained a To tag in the request, the To header field in the
// response MUST equal that of the request"; RFC 3261 §8.2.6.2
func TestReplyKeepsToTag(t *testing.T) {
	m := parse(t, []byte(strings.Replace(string(crlfs(fromAlice)), "sip:bob@example.com>", "sip:bob@example.com>;tag=9", 1)))
	reply := parse(t, m.AppendReply(nil, &ReplyOptions{Code: 200, ToTag: []byte("xyz")}))
	wantText(t, "To tag", reply.ToTag(), "9")
	m = parse(t, []byte(strings.Replace(string(crlfs(fromAlice)), "sip:bob@example.com>", "sip:bob@example.com> ; tag= ;x", 1)))
	reply = parse(t, m.AppendReply(nil, &ReplyOptions{Code: 200, ToTag: []byte("xyz")}))
	wantText(t, "To", reply.To().Params.Of(reply.Buf()), " ; tag=xyz ;x")
}

// received and rport on the top Via only, whatever was there; RFC 3581 §4.
func TestReplyReceived(t *testing.T) {
	for _, c := range []struct {
		via, received string
		rport         int
		want          string
	}{
		{"h", "", 0, "h"},
		{"h;rport", "192.0.2.7", 40123, "h;received=192.0.2.7;rport=40123"},
		{"h;rport;branch=1", "192.0.2.7", 0, "h;rport;branch=1;received=192.0.2.7"},
		{"h;rport=1;received=1.2.3.4;branch=1", "::1", 2, "h;branch=1;received=::1;rport=2"},
		{"h ; received = 1.2.3.4 ; x ; rport", "::1", 2, "h ; x;received=::1;rport=2"},
		{"h;received=1.2.3.4", "", 2, "h;received=1.2.3.4;rport=2"},
		{"h, SIP/2.0/UDP i;rport", "::1", 2, "h;received=::1;rport=2, SIP/2.0/UDP i;rport"},
	} {
		m := parse(t, []byte(strings.Replace(string(crlfs(fromAlice)), "proxy.example.com;branch=z9hG4bK2", c.via, 1)))
		reply := parse(t, m.AppendReply(nil, &ReplyOptions{Code: 200, Received: []byte(c.received), Rport: c.rport}))
		wantText(t, c.via, reply.Header(0).Value.Of(reply.Buf()), "SIP/2.0/UDP "+c.want)
		wantText(t, "second Via", reply.Header(1).Line.Of(reply.Buf()), "Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1;received=192.0.2.7\r\n")
	}
}

// A request with a fault is answered with what there is; RFC 4475 §3.3.8: 400.
func TestReplyToBroken(t *testing.T) {
	var m Msg
	e := m.Parse(readFile(t, "testdata/rfc4475/multi01.dat"))
	if e != ErrDuplicate || !m.Replyable() {
		t.Fatal(e)
	}
	reply := parse(t, m.AppendReply(nil, &ReplyOptions{Code: e.Status(), Reason: []byte(e.Reason()), ToTag: []byte("xyz")}))
	wantText(t, "Call-ID", reply.CallID(), "multi01.98asdh@192.0.2.1")
	if reply.Status() != 400 || reply.CSeq() != 5 {
		t.Errorf("%d, CSeq %d", reply.Status(), reply.CSeq())
	}
	m.Parse(readFile(t, "testdata/rfc4475/quotbal.dat"))
	out := string(m.AppendReply(nil, &ReplyOptions{Code: 400, ToTag: []byte("xyz")}))
	if !strings.Contains(out, "\r\nTo: \"Mr. J. User <sip:j.user@example.com>\r\n") {
		t.Errorf("a broken To is changed:\n%s", out)
	}
}

// No value of a reply carries another header into it.
func TestReplyInjection(t *testing.T) {
	m := parse(t, crlfs(fromAlice))
	evil := func(s string) []byte { return []byte(s + "\r\nX: y") }
	wantMessage(t, m.AppendReply(nil, &ReplyOptions{Code: 486, Reason: evil("Busy\there"), ToTag: evil("t"), Received: evil("::1"), Rport: 5,
		ContentType: evil("text/plain"), Body: []byte("b")}), `
SIP/2.0 486 Busy	here
v: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2;received=::1;rport=5
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1;received=192.0.2.7
f: "Alice" <sip:alice@example.com>;tag=1
To: Bob
  <sip:bob@example.com>;tag=t
Call-ID: abc
CSeq: 0007 INVITE
Content-Type: text/plain
Content-Length: 1

b`)
	reply := parse(t, m.AppendReply(nil, &ReplyOptions{Code: 486, Reason: []byte("a\x00b")}))
	wantText(t, "reason", reply.Reason(), "a")
}

// A header may be folded, a Via be one of several, a Route be on several lines:
// RFC 3261 §7.3.1. ACK and CANCEL have all of it.
func TestAckAndCancelFolded(t *testing.T) {
	m := parse(t, crlfs(`
INVITE sip:bob@example.com SIP/2.0
Via:
 SIP/2.0/UDP
 p.example.com;
  branch=z9hG4bK2 ,SIP/2.0/UDP a.example.com
Route: <sip:1.example.com;lr>,
 <sip:2.example.com;lr>
From:
 "Alice"
	<sip:alice@example.com>
 ;tag=1
To: <sip:bob@example.com>
 ;x=y
route : <sip:3.example.com;lr>
Call-ID:
 abc
CSeq: 7
 INVITE
`))
	resp := parse(t, m.AppendReply(nil, &ReplyOptions{Code: 486, ToTag: []byte("xyz")}))
	for _, c := range []struct {
		wire  []byte
		cseq  string
		toTag string
	}{
		{m.AppendAck(nil, resp, nil), "7 ACK", "xyz"},
		{m.AppendCancel(nil, nil), "7 CANCEL", ""},
	} {
		r := parse(t, c.wire)
		if e := r.Check(); e != OK {
			t.Errorf("%v:\n%s", e, c.wire)
		}
		var v Via
		wantText(t, "branch", r.TopVia().Branch.Of(r.Buf()), "z9hG4bK2")
		if r.Via(1, &v) {
			t.Error("a second Via")
		}
		wantAddrs(t, r, HdrRoute, "sip:1.example.com;lr", "sip:2.example.com;lr", "sip:3.example.com;lr")
		wantText(t, "From", r.FromTag(), "1")
		wantText(t, "To", r.To().URI.Of(r.Buf()), "sip:bob@example.com")
		wantText(t, "To tag", r.ToTag(), c.toTag)
		wantText(t, "Call-ID", r.CallID(), "abc")
		wantText(t, "CSeq", r.value(HdrCSeq), c.cseq)
		if n, _, _ := r.MaxForwards(); n != 70 {
			t.Errorf("Max-Forwards %d", n)
		}
	}
}

// "The ACK ... MUST contain values for the Call-ID, From, and Request-URI that are
// equal to the values of those header fields in the request ... The To header field
// in the ACK MUST equal the To header field in the response ... MUST contain a
// single Via header field, and this MUST be equal to the top Via header field of the
// original request. The CSeq ... the same value ... but the method parameter MUST be
// equal to "ACK"", and the Route of the INVITE; RFC 3261 §17.1.1.3
func TestAck(t *testing.T) {
	m := parse(t, crlfs(fromAlice))
	resp := parse(t, m.AppendReply(nil, &ReplyOptions{Code: 486, ToTag: []byte("xyz"), Received: []byte("192.0.2.9")}))
	wantMessage(t, m.AppendAck(nil, resp, nil), `
ACK sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2
Max-Forwards: 70
Route: <sip:p3.example.com;lr>
Route: <sip:p4.example.com;lr>
f: "Alice" <sip:alice@example.com>;tag=1
Call-ID: abc
CSeq: 7 ACK
To: Bob
  <sip:bob@example.com>;tag=xyz
Content-Length: 0
`)
	var broken Msg // a response that could not be read has no To
	ack := parse(t, m.AppendAck(nil, &broken, nil))
	wantText(t, "To", ack.To().URI.Of(ack.Buf()), "sip:bob@example.com")
}

// "The Request-URI, Call-ID, To, the numeric part of CSeq, and From header fields in
// the CANCEL request MUST be identical to those in the request being cancelled,
// including tags ... MUST have only a single Via header field value matching the top
// Via value in the request being cancelled ... If the request being cancelled
// contains a Route header field, the CANCEL request MUST include that"; RFC 3261 §9.1
func TestCancel(t *testing.T) {
	m := parse(t, crlfs(strings.Replace(fromAlice, "proxy.example.com;branch=z9hG4bK2", "proxy.example.com;branch=z9hG4bK2, SIP/2.0/UDP b", 1)))
	wantMessage(t, m.AppendCancel(nil, []byte("Reason: SIP;cause=200\r\n")), `
CANCEL sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2
Max-Forwards: 70
Route: <sip:p3.example.com;lr>
Route: <sip:p4.example.com;lr>
f: "Alice" <sip:alice@example.com>;tag=1
Call-ID: abc
CSeq: 7 CANCEL
To: Bob
  <sip:bob@example.com>
Reason: SIP;cause=200
Content-Length: 0
`)
}

package sipparse

import (
	"strings"
	"testing"
)

const dialogInvite = `
INVITE sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP p2.example.com;branch=z9hG4bK2
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
Record-Route: "P2" <sip:p2.example.com;lr>;x, <sip:p1.example.com;lr;y=z>
Record-Route: <sip:p0.example.com;lr>
From: "Alice"
 <sip:alice@example.com>;x=y;tag=a
To: <sip:bob@example.com>
Call-ID: abc
CSeq: 7 INVITE
Contact: "A" <sip:alice@192.0.2.7:5062>;q=1
Max-Forwards: 68
`

const dialogOK = `
SIP/2.0 200 OK
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
Record-Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr;y=z>
Record-Route: <sip:p0.example.com;lr>
From: "Alice"
 <sip:alice@example.com>;x=y;tag=a
To: <sip:bob@example.com>;tag=b
Call-ID: abc
CSeq: 7 INVITE
Contact: <sip:bob@192.0.2.4>
`

func inDialog(method string) *RequestOptions {
	return &RequestOptions{Method: []byte(method), Vias: []byte("Via: SIP/2.0/UDP u.example.com;branch=z9hG4bK3\r\n")}
}

func wantInDialog(t *testing.T, d *Dialog, o *RequestOptions, want string) {
	t.Helper()
	got, e := d.AppendInDialog(nil, o)
	if e != OK {
		t.Fatal(e)
	}
	wantMessage(t, got, want)
}

// "The route set MUST be set to the list of URIs in the Record-Route header field
// from the response, taken in reverse order and preserving all URI parameters. ...
// The remote target MUST be set to the URI from the Contact header field of the
// response."; RFC 3261 §12.1.2
func TestDialogUAC(t *testing.T) {
	var d Dialog
	if e := d.FromResponse(parse(t, crlfs(dialogInvite)), parse(t, crlfs(dialogOK))); e != OK {
		t.Fatal(e)
	}
	// "The sequence number of the CSeq header field MUST be the same as the INVITE
	// being acknowledged"; §13.2.2.4
	wantInDialog(t, &d, inDialog("ACK"), `
ACK sip:bob@192.0.2.4 SIP/2.0
Via: SIP/2.0/UDP u.example.com;branch=z9hG4bK3
Max-Forwards: 70
Route: <sip:p0.example.com;lr>, <sip:p1.example.com;lr;y=z>, <sip:p2.example.com;lr>
From: <sip:alice@example.com>;tag=a
To: <sip:bob@example.com>;tag=b
Call-ID: abc
CSeq: 7 ACK
Content-Length: 0
`)
	// "the value of the local sequence number MUST be incremented by one"; §12.2.1.1
	info := inDialog("INFO")
	info.ContentType, info.Body, info.MaxForwards = []byte("application/dtmf-relay"), []byte("Signal=1\r\n"), 9
	wantInDialog(t, &d, info, `
INFO sip:bob@192.0.2.4 SIP/2.0
Via: SIP/2.0/UDP u.example.com;branch=z9hG4bK3
Max-Forwards: 9
Route: <sip:p0.example.com;lr>, <sip:p1.example.com;lr;y=z>, <sip:p2.example.com;lr>
From: <sip:alice@example.com>;tag=a
To: <sip:bob@example.com>;tag=b
Call-ID: abc
CSeq: 8 INFO
Content-Type: application/dtmf-relay
Content-Length: 10

Signal=1
`)
}

// "The route set MUST be set to the list of URIs in the Record-Route header field
// from the request, taken in order ... The remote target MUST be set to the URI from
// the Contact header field of the request. ... The local URI MUST be set to the URI
// in the To field, and the remote URI MUST be set to the URI in the From field.";
// RFC 3261 §12.1.1
func TestDialogUAS(t *testing.T) {
	var d Dialog
	if e := d.FromRequest(parse(t, crlfs(dialogInvite)), []byte("b")); e != OK {
		t.Fatal(e)
	}
	if d.RemoteSeq != 7 || d.LocalSeq != 0 {
		t.Errorf("CSeq %d, %d", d.RemoteSeq, d.LocalSeq)
	}
	wantInDialog(t, &d, inDialog("BYE"), `
BYE sip:alice@192.0.2.7:5062 SIP/2.0
Via: SIP/2.0/UDP u.example.com;branch=z9hG4bK3
Max-Forwards: 70
Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr;y=z>, <sip:p0.example.com;lr>
From: <sip:bob@example.com>;tag=b
To: <sip:alice@example.com>;tag=a
Call-ID: abc
CSeq: 1 BYE
Content-Length: 0
`)
}

// The ACK to a re-INVITE has the re-INVITE's number, whatever was sent since.
func TestDialogSequence(t *testing.T) {
	var d Dialog
	if e := d.FromResponse(parse(t, crlfs(dialogInvite)), parse(t, crlfs(dialogOK))); e != OK {
		t.Fatal(e)
	}
	for _, c := range []struct {
		method string
		want   string
	}{{"ACK", "7 ACK"}, {"INVITE", "8 INVITE"}, {"UPDATE", "9 UPDATE"}, {"ACK", "8 ACK"}, {"BYE", "10 BYE"}} {
		got, e := d.AppendInDialog(nil, inDialog(c.method))
		if e != OK {
			t.Fatal(e)
		}
		wantText(t, c.method, parse(t, got).value(HdrCSeq), c.want)
	}
	if _, e := d.AppendInDialog(nil, inDialog("CANCEL")); e != ErrRequestLine {
		t.Errorf("CANCEL: %v", e)
	}
	if _, e := d.AppendInDialog(nil, inDialog("B Y E")); e != ErrRequestLine || d.LocalSeq != 10 {
		t.Errorf("%v, then CSeq %d", e, d.LocalSeq)
	}
	d.LocalSeq = maxCSeq
	if _, e := d.AppendInDialog(nil, inDialog("BYE")); e != ErrCSeqRange {
		t.Errorf("CSeq too large: %v", e)
	}
}

// "When a UAC receives a 2xx response to a target refresh request, it MUST replace
// the dialog's remote target URI with the URI from the Contact header field in that
// response, if present."; RFC 3261 §12.2.1.2. The route set stays.
func TestDialogRefresh(t *testing.T) {
	var d Dialog
	invite, ok := parse(t, crlfs(dialogInvite)), parse(t, crlfs(dialogOK))
	if e := d.FromResponse(invite, ok); e != OK {
		t.Fatal(e)
	}
	routes := string(d.Routes)
	for _, c := range []struct {
		contact, want string
		err           Error
	}{
		{"Contact: <sip:bob@192.0.2.99;transport=tcp>", "sip:bob@192.0.2.99;transport=tcp", OK},
		{"m: sip:b@h;x", "sip:b@h", OK},
		{"X: y", "sip:b@h", OK},
		{"Contact: *", "sip:b@h", ErrContact},
	} {
		m := parse(t, []byte(strings.Replace(string(crlfs(dialogOK)), "Contact: <sip:bob@192.0.2.4>", c.contact, 1)))
		if e := d.Refresh(m); e != c.err {
			t.Errorf("%s: %v", c.contact, e)
		}
		wantText(t, c.contact, d.RemoteTarget, c.want)
		wantText(t, "routes", d.Routes, routes)
	}
	// Filled again, it is another dialog.
	if e := d.FromRequest(invite, []byte("x")); e != OK {
		t.Fatal(e)
	}
	wantText(t, "target", d.RemoteTarget, "sip:alice@192.0.2.7:5062")
	wantText(t, "tag", d.LocalTag, "x")
}

// A dialog is made of copies: the messages' memory is used again.
func TestDialogOutlivesMessages(t *testing.T) {
	invite, ok := crlfs(dialogInvite), crlfs(dialogOK)
	var d Dialog
	if e := d.FromResponse(parse(t, invite), parse(t, ok)); e != OK {
		t.Fatal(e)
	}
	before, _ := d.AppendInDialog(nil, inDialog("ACK"))
	clear(invite)
	clear(ok)
	after, _ := d.AppendInDialog(nil, inDialog("ACK"))
	wantText(t, "ACK", after, string(before))
}

func TestDialogRefused(t *testing.T) {
	for _, c := range []struct {
		old, new string
		want     Error
	}{
		{"SIP/2.0 200 OK", "SIP/2.0 200 OK", OK},
		{"SIP/2.0 200 OK", "SIP/2.0 183 Early", OK},
		{"SIP/2.0 200 OK", "SIP/2.0 100 Trying", ErrStatusCode},
		{"SIP/2.0 200 OK", "SIP/2.0 302 Moved", ErrStatusCode},
		{";tag=b", "", OK}, // RFC 2543
		{"To: <sip:bob@example.com>", "To: bob", ErrTo},
		{"Contact: <sip:bob@192.0.2.4>", "X: y", ErrContact},
		{"Contact: <sip:bob@192.0.2.4>", "Contact: <sip:bob@192.0.2.4:x>", ErrContact},
		{"Contact: <sip:bob@192.0.2.4>", "Contact: *", ErrContact},
		{"<sip:p0.example.com;lr>", "<sip:p0.example.com;lr>,", ErrNameAddr},
		{"<sip:p0.example.com;lr>", "<sip:p0:x>", ErrNameAddr},
	} {
		var d Dialog
		resp := parse(t, []byte(strings.Replace(string(crlfs(dialogOK)), c.old, c.new, 1)))
		if e := d.FromResponse(parse(t, crlfs(dialogInvite)), resp); e != c.want || (e == OK) != (len(d.CallID) > 0) {
			t.Errorf("%s: %v, want %v", c.new, e, c.want)
		}
	}
}

// Who can be called can be called back: of every request with a Contact, answered, a
// dialog is made in which both sides can send.
func FuzzDialog(f *testing.F) {
	addMessages(f)
	f.Add(crlfs(dialogInvite))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Msg
		m.Parse(b)
		if m.Check() != OK || !m.Replyable() {
			return
		}
		var resp Msg
		resp.Parse(m.AppendReply(nil, &ReplyOptions{Code: 200, ToTag: []byte("t"), RecordRoute: true, Headers: m.appendLines(nil, HdrContact)}))
		var uac, uas Dialog
		e, e2 := uac.FromResponse(&m, &resp), uas.FromRequest(&m, []byte("t"))
		if resp.Err() == OK && e != e2 {
			t.Fatalf("%v, %v", e, e2)
		}
		checkDialog(t, &uac, e)
		checkDialog(t, &uas, e2)
	})
}

func checkDialog(t *testing.T, d *Dialog, e Error) {
	if e != OK {
		return
	}
	o := inDialog("BYE")
	out, e := d.AppendInDialog(nil, o)
	switch e {
	case OK:
		o.CallID, o.CSeq, o.Routes = d.CallID, d.LocalSeq, d.Routes
		checkBuilt(t, out, o)
	case ErrFrom, ErrTo: // a tag of a quoted control character
	case ErrCSeqRange:
	default:
		t.Fatalf("%v: %+v", e, d)
	}
}

package tm

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

func message(t *testing.T, lines ...string) *sipparse.Msg {
	t.Helper()
	m := new(sipparse.Msg)
	text := strings.Join(append([]string{
		"INVITE sip:bob@example.com SIP/2.0",
		"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
		"From: \"Alice\"\r\n <sip:alice@example.com>;tag=a1",
		"To: <sip:bob@example.com>",
		"Call-ID: c1",
		"CSeq: 7 INVITE",
	}, lines...), "\r\n") + "\r\nContent-Length: 4\r\n\r\nv=0\n"
	if err := m.Parse([]byte(text)); err != sipparse.OK {
		t.Fatal(err)
	}
	return m
}

// The lines of a request, in their order; each header on one line whatever its sender
// folded, the body last.
func TestHandoffLines(t *testing.T) {
	m := message(t, "Contact: \"A\" <sip:alice@192.0.2.1;ob>;expires=5", "Record-Route: <sip:p1;lr>, <sip:p2;lr>")
	h := handoff{action: []byte("voicemail"), user: []byte("mailbox"), domain: []byte("example.org"), ip: []byte("192.0.2.9"), port: 5070,
		id: []byte("3:1f"), flags: 0x12, appended: []byte("UA: phone\n"), body: m.Body()}
	h.read(m, nil)
	want := []string{
		"0.3", "sip_request.voicemail", "INVITE", "mailbox", "example.org", "192.0.2.9", "5070",
		"sip:bob@example.com", "sip:alice@192.0.2.1;ob",
		`"Alice"   <sip:alice@example.com>;tag=a1`, "<sip:bob@example.com>", "c1", "a1", "", "7", "3:1f",
		"<sip:p1;lr>,<sip:p2;lr>", "sip:p1;lr",
		"P-MsgFlags: 21", "UA: phone", ".", "v=0", "", "",
	}
	if got := string(h.appendTo(nil)); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// `"." stands for what is not there`: port 5060, a route, additional lines, a body.
func TestHandoffOfLittle(t *testing.T) {
	m := message(t)
	h := handoff{action: []byte("x"), ip: []byte("::1"), port: 5060}
	h.read(m, nil)
	got := strings.Split(string(h.appendTo(nil)), "\n")
	for line, want := range map[int]string{6: ".", 8: "sip:alice@example.com", 15: ".", 16: ".", 17: ".", 18: "P-MsgFlags: 0", 19: ".", 20: ".", 21: ""} {
		if got[line] != want {
			t.Errorf("line %d is %q, want %q", line, got[line], want)
		}
	}
	if len(got) != 22 {
		t.Errorf("%d lines", len(got))
	}
}

// RFC 3261 §12.2.1.1: "If the route set is not empty, and its first URI does not contain
// the lr parameter, the UAC MUST place the first URI from the route set into the
// Request-URI … The UAC MUST then place the remote target URI into the Route header field
// as the last value."
func TestHandoffStrictRouter(t *testing.T) {
	var h handoff
	h.read(message(t, "Contact: <sip:alice@192.0.2.1>", "Record-Route: <sip:strict>", "Record-Route: <sip:p2;lr>"), nil)
	if string(h.next) != "sip:strict" || string(h.route) != "<sip:p2;lr>,<sip:alice@192.0.2.1>" || h.nextHop != nil {
		t.Errorf("next %q route %q hop %q", h.next, h.route, h.nextHop)
	}
}

// "name: title=$variable; …": titles may be left out, $rb has none, semicolons within a
// variable are its own.
func TestParseAppendix(t *testing.T) {
	a, err := parseAppendix("test: ua=$hdr(User-Agent) ;avp=$avp(x);$rb;time=$Ts; $hdr(X-One);$ci; y=$(hdr(A){s.select,0,;}); $(hdr(B)[0]{s.select,0,=})")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range a.elements {
		got = append(got, e.title+"|"+e.text)
	}
	want := "ua|$hdr(User-Agent) avp|$avp(x) time|$Ts X-One|$hdr(X-One) ci|$ci y|$(hdr(A){s.select,0,;}) B|$(hdr(B)[0]{s.select,0,=})"
	if a.name != "test" || !a.body || strings.Join(got, " ") != want {
		t.Errorf("name %q body %v\ngot  %s\nwant %s", a.name, a.body, strings.Join(got, " "), want)
	}
	for _, bad := range []string{"", "x", ":$ci", "a/b:$ci", "x:", "x:;", "x:ci", "x:a=b", "x:body=$rb", "x:=$ci"} {
		if _, err := parseAppendix(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// "action, or action/name of a tw_append"
func TestHandoffInfo(t *testing.T) {
	w := handover{appendices: []*appendix{{name: "more"}}}
	for info, want := range map[string]string{"voicemail": "voicemail ", "voicemail/more": "voicemail more", "a/less": "", "/more": "", "": "", "a/": ""} {
		got := ""
		if action, a, ok := w.find([]byte(info)); ok {
			got = string(action) + " "
			if a != nil {
				got += a.name
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", info, got, want)
		}
	}
}

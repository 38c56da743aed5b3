package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// RFC 3261 §16.6 1: "The copy MUST initially contain all of the header fields from the
// received request. Fields not detailed in the processing described below MUST NOT be
// removed. The copy SHOULD maintain the ordering of the header fields"; §16.7 3 and 9: of
// a response only the topmost Via is taken off. What the proxy does not own it does not
// touch: white space, quotes, folding, compact forms, Record-Route values of others, the
// body's every byte. Session-Expires (RFC 4028 §8) is one of these: a proxy MAY act on it,
// this one does not.
//
// checklist: C018 C044 C075 C123
func TestNothingElseIsChanged(t *testing.T) {
	t.Parallel()
	p := start(t, `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
route {
	mf_process_maxfwd_header(10);
	record_route();
	t_relay();
}`, nil)
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	odd := []string{
		"X-B:  two  spaces\t and a tab ", "x-a: 1", "X-B: ,;=<\"", "SUBJECT:folded", "  here\t", "k: timer,100rel",
		"Record-Route: <sip:far.example.com;lr>, \"Q, uoted\" <sip:near.example.com;lr;x=\"y\">",
		"Session-Expires: 1;refresher=uac", "Min-SE: 9999", "Require: never-heard-of", "Authorization: Digest realm=\"x\"",
		"Content-Type: application/octet-stream",
	}
	const body = "\x00\x01\r\n\r\nINVITE sip:x SIP/2.0\r\nVia: none\xff\xfe"
	whole := func(text string) string {
		return strings.ReplaceAll(text, "\n", "\r\n") + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	}
	sent := whole(request(alice, "INVITE", "sip:bob@"+bob.Addr(), "odd", odd...))
	alice.SendBytes(p.Addr, []byte(sent))
	invite := bob.Expect("INVITE", patience)
	if got, want := owned(string(invite.Raw)), owned(sent); got != want {
		t.Errorf("bob got\n%q\nwant\n%q", got, want)
	}
	reply := whole(response(invite, 200, "callee", odd...))
	bob.SendBytes(p.Addr, []byte(reply))
	ok := alice.AwaitFunc("200", func(m *siptest.Message) bool { return strings.HasPrefix(string(m.Raw), "SIP/2.0 200") }, patience)
	if got, want := owned(string(ok.Raw)), owned(reply); got != want {
		t.Errorf("alice got\n%q\nwant\n%q", got, want)
	}
}

// owned takes off what a proxy adds, or counts.
func owned(text string) string {
	return regexp.MustCompile(`(?m)^(Via: .*;branch=z9hG4bK.*|Max-Forwards: .*|Record-Route: <sip:127.*)\r\n`).ReplaceAllString(text, "")
}

// RFC 3261 §18.3: "If the message has bytes in the transport packet beyond the end of the
// body, these MUST be discarded. If the transport packet ends before the end of the message
// body, this is considered an error. If the message is a response, it MUST be discarded. If
// the message is a request, the element SHOULD generate a 400 (Bad Request) response."
//
// checklist: C070
func TestContentLengthAndDatagram(t *testing.T) {
	t.Parallel()
	p := start(t, "socket=udp:[proxy]\nloadmodule \"tm.so\"\nroute { t_relay(); }", nil)
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	uri := "sip:bob@" + bob.Addr()
	alice.Send(p.Addr, request(alice, "MESSAGE", uri, "long", "Content-Length: 4")+"\n\nbody and more")
	m := bob.Expect("MESSAGE", patience)
	if !strings.HasSuffix(string(m.Raw), "\r\n\r\nbody") {
		t.Errorf("bob got %q", m.Raw)
	}
	answer(bob, m, 202, "Content-Length: 40\n\nbody")
	answer(bob, m, 200, "Content-Length: 4\n\nbody and more")
	if got := await(alice, "final", "long"); got.Status() != 200 || !strings.HasSuffix(string(got.Raw), "\r\n\r\nbody") {
		t.Errorf("alice got %q", got.Raw)
	}
	alice.Send(p.Addr, request(alice, "MESSAGE", uri, "short", "Content-Length: 40")+"\n\nbody")
	if got := alice.Next(patience); got == nil || !strings.HasPrefix(string(got.Raw), "SIP/2.0 400 ") {
		t.Errorf("alice got %v, want 400", got)
	}
}

// RFC 3261 §16.7 3: "If no Via header field values remain in the response, the response
// was meant for this element and MUST NOT be forwarded." A callee that answers with
// nothing but the proxy's own Via is not heard: his next, right answer is.
//
// checklist: C034
func TestNoViaLeft(t *testing.T) {
	t.Parallel()
	p := start(t, "socket=udp:[proxy]\nloadmodule \"tm.so\"\nroute { t_relay(); }", nil)
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	for _, method := range []string{"INVITE", "OPTIONS"} {
		alice.Send(p.Addr, request(alice, method, "sip:bob@"+bob.Addr(), method))
		m := bob.Expect(method, patience)
		for _, status := range []int{180, 200, 486} {
			r := response(m, status, "callee")
			first := strings.Index(r, "Via: ")
			second := first + 1 + strings.Index(r[first+1:], "Via: ")
			bob.Send(p.Addr, r[:second]+r[strings.Index(r, "From: "):])
		}
		answer(bob, m, 480)
		if method == "INVITE" {
			bob.Expect("ACK", patience)
		}
		if got := await(alice, "final", method); got.Status() != 480 {
			t.Errorf("%s: alice got %v, want 480", method, got)
		}
	}
}

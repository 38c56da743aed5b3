package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// RFC 3261 §18.2.1: "If the host portion of the "sent-by" parameter contains a domain
// name, or if it contains an IP address that differs from the packet source address, the
// server MUST add a "received" parameter". RFC 3581 §4: with rport "the server MUST set
// the value of the parameter to the source port of the request" and add received.
// §18.2.2: the response goes to received, at the port of sent-by or rport. It is the same
// for forwarded requests, for answers with and without a transaction.
//
// checklist: C068 C099 C101
func TestReceivedAndRport(t *testing.T) {
	t.Parallel()
	p := start(t, `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "sl.so"
route {
	if ($rU == "uforced") force_rport();
	if ($rU == "ulate") { t_newtran(); force_rport(); }
	if ($rm == "OPTIONS") sl_send_reply(200, "OK");
	else if ($rm == "INFO") t_reply(200, "OK");
	else t_relay();
}`, nil)
	for i, c := range []struct {
		about, user, sentBy, params string
		want                        string // of the received Via; PORT is the source's
		lost                        bool   // the response goes to a port where nobody is
	}{
		{about: "nothing to add", sentBy: "ADDR", want: "SIP/2.0/UDP ADDR;branch=BRANCH"},
		{about: "rport", sentBy: "127.0.0.1:1", params: ";rport", want: "SIP/2.0/UDP 127.0.0.1:1;branch=BRANCH;received=127.0.0.1;rport=PORT"},
		{about: "rport in front", sentBy: "127.0.0.1:1;rport", want: "SIP/2.0/UDP 127.0.0.1:1;branch=BRANCH;received=127.0.0.1;rport=PORT"},
		{about: "rport that is set already", sentBy: "127.0.0.1:1", params: ";rport=7", want: "SIP/2.0/UDP 127.0.0.1:1;branch=BRANCH;received=127.0.0.1;rport=PORT"},
		{about: "a name", sentBy: "phone.example.com:PORT", want: "SIP/2.0/UDP phone.example.com:PORT;branch=BRANCH;received=127.0.0.1"},
		{about: "another address", sentBy: "192.0.2.77:PORT", want: "SIP/2.0/UDP 192.0.2.77:PORT;branch=BRANCH;received=127.0.0.1"},
		{about: "a false received", sentBy: "192.0.2.77:PORT", params: ";received=198.51.100.1", want: "SIP/2.0/UDP 192.0.2.77:PORT;branch=BRANCH;received=127.0.0.1"},
		{about: "maddr is not followed", sentBy: "ADDR", params: ";maddr=198.51.100.1", want: "SIP/2.0/UDP ADDR;branch=BRANCH;maddr=198.51.100.1"},
		{about: "force_rport", user: "forced", sentBy: "127.0.0.1:1", want: "SIP/2.0/UDP 127.0.0.1:1;branch=BRANCH;received=127.0.0.1;rport=PORT"},
		{about: "force_rport with a transaction", user: "late", sentBy: "127.0.0.1:1", want: "SIP/2.0/UDP 127.0.0.1:1;branch=BRANCH;received=127.0.0.1;rport=PORT"},
		{about: "another port", sentBy: "127.0.0.1:1", want: "SIP/2.0/UDP 127.0.0.1:1;branch=BRANCH", lost: true},
		{about: "no port", sentBy: "127.0.0.1", want: "SIP/2.0/UDP 127.0.0.1;branch=BRANCH", lost: true},
	} {
		for _, method := range []string{"OPTIONS", "INFO", "MESSAGE"} {
			t.Run(c.about+"/"+method, func(t *testing.T) {
				alice, bob := siptest.Listen(t), siptest.Listen(t)
				id := fmt.Sprint("via", i, method)
				_, port, _ := strings.Cut(alice.Addr(), ":")
				fill := strings.NewReplacer("ADDR", alice.Addr(), "PORT", port, "BRANCH", "z9hG4bK"+id)
				via := fill.Replace("SIP/2.0/UDP " + c.sentBy + ";branch=BRANCH" + c.params)
				alice.Send(p.Addr, request(alice, method, "sip:u"+c.user+"@"+bob.Addr(), id, "Via: "+via))
				want := fill.Replace(c.want)
				if method == "MESSAGE" {
					m := await(bob, "MESSAGE", id)
					if got := header(m, "Via"); len(got) != 2 || !sameVia(got[1], want) {
						t.Errorf("forwarded with Via %q, want %q below ours", got, want)
					}
					answer(bob, m, 200)
				}
				if c.lost {
					alice.ExpectNone(0)
					return
				}
				if got := header(await(alice, "200", id), "Via"); len(got) != 1 || !sameVia(got[0], want) {
					t.Errorf("answered with Via %q, want %q", got, want)
				}
			})
		}
	}
}

// sameVia compares without regard to the order of the parameters.
func sameVia(a, b string) bool {
	split := func(s string) map[string]bool {
		set := map[string]bool{}
		for _, p := range strings.Split(s, ";") {
			set[p] = true
		}
		return set
	}
	x, y := split(a), split(b)
	for p := range x {
		if !y[p] {
			return false
		}
	}
	return len(x) == len(y)
}

// A request without what a response needs is dropped; one that is broken is told so
// (RFC 3261 §16.3 1, §8.2), and an ACK never is (§17.2.1).
func TestBrokenRequests(t *testing.T) {
	t.Parallel()
	p := start(t, `
socket=udp:[proxy]
loadmodule "sl.so"
route { sl_send_reply(200, "OK"); }`, nil)
	alice := siptest.Listen(t)
	for i, c := range []struct {
		about, method string
		lines         []string
		want          int // 0: nothing
	}{
		{"Max-Forwards", "OPTIONS", []string{"Max-Forwards: many"}, 400},
		{"CSeq of another method", "OPTIONS", []string{"CSeq: 1 INVITE"}, 400},
		{"CSeq too large", "OPTIONS", []string{"CSeq: 4294967296 OPTIONS"}, 400},
		{"From", "OPTIONS", []string{"From: <sip:"}, 400},
		{"To", "OPTIONS", []string{"To: \"unclosed <sip:a@b>"}, 400},
		{"Content-Length beyond the datagram", "OPTIONS", []string{"Content-Length: 9999"}, 400},
		{"ACK", "ACK", []string{"Max-Forwards: many"}, 0},
		{"fine", "OPTIONS", nil, 200},
	} {
		id := fmt.Sprint("broken", i)
		alice.Send(p.Addr, request(alice, c.method, "sip:x@example.com", id, c.lines...))
		if c.want == 0 {
			continue // what came would be what the next one expects
		}
		if m := alice.Next(patience); m == nil || m.Status() != c.want && !strings.HasPrefix(string(m.Raw), fmt.Sprintf("SIP/2.0 %d ", c.want)) {
			t.Errorf("%s: got %v, want %d", c.about, m, c.want)
		}
	}
	alice.Send(p.Addr, strings.Replace(request(alice, "OPTIONS", "sip:x@example.com", "version"), " SIP/2.0\n", " SIP/7.0\n", 1))
	if m := alice.Next(patience); m == nil || m.Status() != 505 {
		t.Errorf("SIP/7.0: got %v, want 505", m)
	}
}

// RFC 3261 §16.6 8: "The proxy MUST insert a Via header field value into the copy before
// the existing Via header field values. ... the branch parameter ... must be unique" for
// each client transaction: it starts with z9hG4bK, is another one for each fork and the
// same for a retransmission.
//
// checklist: C027
func TestViaOfForks(t *testing.T) {
	t.Parallel()
	alice, bob, carol := siptest.Listen(t), siptest.Listen(t), siptest.Listen(t)
	p := start(t, `
socket=udp:[proxy]
loadmodule "tm.so"
route {
	append_msg_branch("sip:carol@[carol]");
	t_relay();
}`, map[string]string{"carol": carol.Addr()})
	seen := map[string]bool{}
	for i := range 2 {
		id := fmt.Sprint("forks", i)
		alice.Send(p.Addr, request(alice, "MESSAGE", "sip:bob@"+bob.Addr(), id))
		for _, e := range []*siptest.Endpoint{bob, carol} {
			m := await(e, "MESSAGE", id)
			via := header(m, "Via")
			if len(via) != 2 || !strings.HasPrefix(via[0], "SIP/2.0/UDP "+p.Addr+";branch=z9hG4bK") || !strings.Contains(via[1], "z9hG4bK"+id) {
				t.Errorf("Via %q, want ours above alice's", via)
			}
			if seen[via[0]] {
				t.Errorf("%s was used before", via[0])
			}
			seen[via[0]] = true
			if again := await(e, "MESSAGE", id); string(again.Raw) != string(m.Raw) {
				t.Errorf("repeated as\n%s\nfirst was\n%s", again.Raw, m.Raw)
			}
			answer(e, m, 404)
		}
		await(alice, "404", id)
	}
}

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// loose_route() by the cases of RFC 3261 §16.4, §16.6 6, §16.12 and semantics §9b 4 and 5.
// P and Q are sockets of the proxy, B is where the request must arrive.
//
// checklist: C010 C012 C013 C024 C025
func TestLooseRoute(t *testing.T) {
	t.Parallel()
	bob := siptest.Listen(t)
	p := start(t, `
socket=udp:[proxy]
socket=udp:[proxy2]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sl.so"
route {
	loose_route();
	$var(rc) = $rc;
	if ($var(rc) < 0) sl_send_reply(404, "rc $var(rc)");
	else t_relay();
}`, nil)
	fill := strings.NewReplacer("P!", p.Addrs[0], "Q!", p.Addrs[1], "B!", bob.Addr())
	alice := siptest.Listen(t)
	for i, c := range []struct {
		about     string
		newCall   bool // no To tag
		uri       string
		routes    []string
		none      bool // -1: not routed
		wantURI   string
		wantRoute []string
		by        int // socket of the proxy that it leaves by
	}{
		{about: "no Route", uri: "sip:b@B!", none: true},
		{about: "only ours", uri: "sip:b@B!", routes: []string{"<sip:P!;lr>"}, wantURI: "sip:b@B!"},
		{about: "only ours, lr=on and a user", uri: "sip:b@B!", routes: []string{"<sip:me@P!;lr=on;ftag=x>"}, wantURI: "sip:b@B!"},
		{about: "only ours, outside a dialog", newCall: true, uri: "sip:b@B!", routes: []string{"<sip:P!;lr>"}, none: true},
		{about: "ours and the next", uri: "sip:b@far.example.com", routes: []string{"<sip:P!;lr>", "<sip:B!;lr>"},
			wantURI: "sip:b@far.example.com", wantRoute: []string{"<sip:B!;lr>"}},
		{about: "ours and the next, outside a dialog", newCall: true, uri: "sip:b@far.example.com", routes: []string{"<sip:P!;lr>, <sip:B!;lr>"},
			wantURI: "sip:b@far.example.com", wantRoute: []string{"<sip:B!;lr>"}},
		{about: "one header with commas", uri: "sip:b@far.example.com", routes: []string{`<sip:P!;lr>, "a, b" <sip:B!;lr> ,<sip:c.example.com;lr>`},
			wantURI: "sip:b@far.example.com", wantRoute: []string{`"a, b" <sip:B!;lr> ,<sip:c.example.com;lr>`}},
		{about: "foreign on top", uri: "sip:b@far.example.com", routes: []string{"<sip:B!;lr>", "<sip:P!;lr>"},
			wantURI: "sip:b@far.example.com", wantRoute: []string{"<sip:B!;lr>", "<sip:P!;lr>"}},
		{about: "foreign on top, outside a dialog", newCall: true, uri: "sip:b@far.example.com", routes: []string{"<sip:B!;lr>"},
			wantURI: "sip:b@far.example.com", wantRoute: []string{"<sip:B!;lr>"}},
		{about: "both of a double Record-Route", uri: "sip:b@B!", routes: []string{"<sip:P!;lr;r2=on>", "<sip:Q!;lr;r2=on>"}, wantURI: "sip:b@B!", by: 1},
		{about: "both of a double Record-Route and the next", uri: "sip:b@far.example.com", routes: []string{"<sip:P!;lr;r2=on>,<sip:Q!;lr;r2=on>,<sip:B!;lr>"},
			wantURI: "sip:b@far.example.com", wantRoute: []string{"<sip:B!;lr>"}, by: 1},
		{about: "a spiral: ours again without r2", uri: "sip:b@far.example.com", routes: []string{"<sip:P!;lr>", "<sip:B!;lr>", "<sip:P!;lr>"},
			wantURI: "sip:b@far.example.com", wantRoute: []string{"<sip:B!;lr>", "<sip:P!;lr>"}},

		{about: "the next is a strict router", uri: "sip:b@far.example.com", routes: []string{"<sip:P!;lr>", "<sip:strict@B!>"},
			wantURI: "sip:strict@B!", wantRoute: []string{"<sip:b@far.example.com>"}},
		{about: "a strict router and more", uri: "sip:b@far.example.com", routes: []string{"<sip:P!;lr>, <sip:strict@B!>, <sip:c.example.com;lr>"},
			wantURI: "sip:strict@B!", wantRoute: []string{"<sip:c.example.com;lr>", "<sip:b@far.example.com>"}},
		{about: "a strict router on top", uri: "sip:b@far.example.com", routes: []string{"<sip:strict@B!>"},
			wantURI: "sip:strict@B!", wantRoute: []string{"<sip:b@far.example.com>"}},

		{about: "from a strict router", uri: "sip:P!;lr;ftag=x", routes: []string{"<sip:b@B!>"}, wantURI: "sip:b@B!"},
		{about: "from a strict router, one more to pass", uri: "sip:P!;lr", routes: []string{"<sip:B!;lr>", "<sip:b@far.example.com>"},
			wantURI: "sip:b@far.example.com", wantRoute: []string{"<sip:B!;lr>"}},
		{about: "from a strict router, double Record-Route", uri: "sip:P!;lr;r2=on", routes: []string{"<sip:Q!;lr;r2=on>, <sip:b@B!>"}, wantURI: "sip:b@B!", by: 1},
		{about: "from a strict router to a strict router", uri: "sip:P!;lr", routes: []string{"<sip:strict@B!>", "<sip:b@far.example.com>"},
			wantURI: "sip:strict@B!", wantRoute: []string{"<sip:b@far.example.com>"}},
		{about: "a GRUU of ours is no sign of a strict router", uri: "sip:b@P!;gr=1;lr", routes: []string{"<sip:B!;lr>"},
			wantURI: "sip:b@P!;gr=1;lr", wantRoute: []string{"<sip:B!;lr>"}},
	} {
		id := fmt.Sprint("route", i)
		lines := []string{"To: <sip:b@example.com>;tag=b"}
		if c.newCall {
			lines[0] = "To: <sip:b@example.com>"
		}
		for _, r := range c.routes {
			lines = append(lines, "Route: "+fill.Replace(r))
		}
		text := strings.Replace(request(alice, "INFO", fill.Replace(c.uri), id, lines[0]), "\nMax-", "\n"+strings.Join(append(lines[1:], "Max-"), "\n"), 1)
		alice.Send(p.Addr, text)
		if c.none {
			if m := await(alice, "final", id); m.Status() != 404 {
				t.Errorf("%s: %v, want 404", c.about, m)
			}
			continue
		}
		m := bob.Next(patience)
		if m == nil {
			t.Errorf("%s: nothing arrived; alice got %v", c.about, alice.Next(0))
			continue
		}
		answer(bob, m, 200)
		await(alice, "200", id)
		if got := uriOf(m); got != fill.Replace(c.wantURI) {
			t.Errorf("%s: Request-URI %s, want %s", c.about, got, fill.Replace(c.wantURI))
		}
		var want []string
		for _, r := range c.wantRoute {
			want = append(want, fill.Replace(r))
		}
		if got := header(m, "Route"); !slices.Equal(got, want) {
			t.Errorf("%s: Route %q, want %q", c.about, got, want)
		}
		if m.From.String() != p.Addrs[c.by] || !strings.Contains(top(m, "Via"), p.Addrs[c.by]) {
			t.Errorf("%s: left by %v with Via %s, want %s", c.about, m.From, top(m, "Via"), p.Addrs[c.by])
		}
	}
}

// RFC 5658 §6.2: a proxy between two networks puts two Record-Routes, one for each side;
// the request of either side then leaves by the socket of the other. Here IPv4 calls IPv6.
// A Record-Route is written for each branch as it leaves: a branch that stays in IPv4 has
// one.
//
// checklist: C023
func TestDoubleRecordRoute(t *testing.T) {
	t.Parallel()
	needIPv6(t)
	alice, bob, carol := siptest.Listen(t), siptest.ListenOn(t, "::1"), siptest.Listen(t)
	six := fmt.Sprintf("[::1]:%d", siptest.FreePort(t))
	p := start(t, `
socket=udp:[proxy]
socket=udp:[six]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
route {
	if (has_totag()) {
		loose_route();
		t_relay();
		exit;
	}
	record_route(";x=1");
	append_msg_branch("sip:carol@[carol]");
	t_relay();
}`, map[string]string{"six": six, "carol": carol.Addr()})
	alice.Send(p.Addr, request(alice, "INVITE", "sip:bob@"+bob.Addr(), "double"))
	invite := await(bob, "INVITE", "double")
	want := []string{"<sip:" + six + ";lr;r2=on;ftag=fromdouble;x=1>", "<sip:" + p.Addr + ";lr;r2=on;ftag=fromdouble;x=1>"}
	if got := header(invite, "Record-Route"); !slices.Equal(got, want) {
		t.Errorf("Record-Route %q, want %q", got, want)
	}
	if v := header(invite, "Via"); len(v) != 2 || !strings.HasPrefix(v[0], "SIP/2.0/UDP "+six+";branch=") {
		t.Errorf("Via %q, want %s on top", v, six)
	}
	other := await(carol, "INVITE", "double")
	if got := header(other, "Record-Route"); len(got) != 1 || got[0] != "<sip:"+p.Addr+";lr;ftag=fromdouble;x=1>" {
		t.Errorf("the branch within IPv4 has Record-Route %q", got)
	}
	answer(carol, other, 486)
	answer(bob, invite, 200, "Contact: <sip:bob@"+bob.Addr()+">")
	await(alice, "200", "double")

	// RFC 3261 §12.1.2: the caller's route set is the Record-Route in reverse.
	ack := strings.Replace(request(alice, "ACK", "sip:bob@"+bob.Addr(), "double", "To: <sip:callee@example.com>;tag=callee", "CSeq: 1 ACK"),
		"\nMax-", "\nRoute: "+want[1]+", "+want[0]+"\nMax-", 1)
	alice.Send(p.Addr, strings.Replace(ack, "z9hG4bKdouble", "z9hG4bKack", 1))
	if m := await(bob, "ACK", "double"); m.From.String() != six || len(header(m, "Route")) != 0 {
		t.Errorf("ACK from %v with Route %q, want %s and none", m.From, header(m, "Route"), six)
	}
	bye := strings.NewReplacer("phone@example.com>;tag=fromdouble", "callee@example.com>;tag=callee", "callee@example.com", "phone@example.com>;tag=fromdouble",
		"double@", "double@").Replace(request(bob, "BYE", "sip:phone@"+alice.Addr(), "double"))
	bye = strings.Replace(bye, "double@"+bob.Addr(), "double@"+alice.Addr(), 1) // the Call-ID is the caller's
	bob.Send(six, strings.Replace(bye, "\nMax-", "\nRoute: "+want[0]+"\nRoute: "+want[1]+"\nMax-", 1))
	m := await(alice, "BYE", "double")
	if m.From.String() != p.Addr || len(header(m, "Route")) != 0 || uriOf(m) != "sip:phone@"+alice.Addr() {
		t.Errorf("BYE to %s from %v with Route %q, want %s and none", uriOf(m), m.From, header(m, "Route"), p.Addr)
	}
	answer(alice, m, 200)
	await(bob, "200", "double")
}

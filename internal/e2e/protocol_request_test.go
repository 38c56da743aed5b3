package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
)

// A forced socket is the one that the request leaves by; its protocol and family have to
// fit, or another is taken (semantics §9b 5, and OpenSIPS's choice of a socket). Replies
// leave by the socket that took the request. $socket_in and $socket_out name them.
func TestForcedSocket(t *testing.T) {
	t.Parallel()
	needIPv6(t)
	alice, bob, six := siptest.Listen(t), siptest.Listen(t), siptest.ListenOn(t, "::1")
	v6 := fmt.Sprintf("[::1]:%d", siptest.FreePort(t))
	p := start(t, `
socket=udp:[proxy]
socket=udp:[proxy2] as sip.example.com:5099
socket=udp:[v6]
loadmodule "tm.so"
route {
	$var(rc) = 0;
	if ($rU == "function") { force_send_socket("udp:[proxy2]"); $var(rc) = $rc; }
	if ($rU == "variable") { $socket_out = "[proxy2]"; $var(rc) = $rc; }
	if ($rU == "old") { $fs = "UDP:[proxy2]"; $var(rc) = $rc; }
	if ($rU == "back") { force_send_socket("[proxy2]"); $socket_out = NULL; $var(rc) = $rc; }
	if ($rU == "unknown") { force_send_socket("udp:127.0.0.1:1"); $var(rc) = $rc; }
	if ($rU == "proto") { force_send_socket("tls:[proxy2]"); $var(rc) = $rc; }
	if ($rU == "bad") { force_send_socket("udp:[proxy2]x"); $var(rc) = $rc; }
	if ($rU == "family") { force_send_socket("udp:[proxy2]"); $var(rc) = $rc; }
	if ($rU == "stateless") { force_send_socket("udp:[proxy2]"); $var(rc) = $rc; }
	xlog("$rU $var(rc) in $socket_in $socket_in(ip) $socket_in(port) $socket_in(proto) $socket_in(af) out $socket_out adv $socket_out(advertised_ip):$socket_out(advertised_port)\n");
	if ($rU == "stateless") forward();
	else t_relay();
}`, map[string]string{"v6": v6})
	ip, port, _ := strings.Cut(p.Addrs[0], ":")
	in := fmt.Sprintf("in udp:%s %s %s udp INET ", p.Addrs[0], ip, port)
	forced := "out udp:" + p.Addrs[1] + " adv sip.example.com:5099"
	free := "out udp:" + p.Addrs[0] + " adv <null>:<null>"
	for _, c := range []struct {
		user string
		rc   int
		out  string
		from string // address that it leaves from
	}{
		{"plain", 0, free, p.Addrs[0]},
		{"function", 1, forced, p.Addrs[1]},
		{"variable", 1, forced, p.Addrs[1]},
		{"old", 1, forced, p.Addrs[1]},
		{"back", 1, free, p.Addrs[0]},
		{"unknown", -1, free, p.Addrs[0]},
		{"proto", -1, free, p.Addrs[0]},
		{"bad", -1, free, p.Addrs[0]},
		{"family", 1, forced, v6},
		{"stateless", 1, forced, p.Addrs[1]},
	} {
		to := bob
		if c.user == "family" {
			to = six
		}
		alice.Send(p.Addr, request(alice, "OPTIONS", "sip:"+c.user+"@"+to.Addr(), c.user))
		m := await(to, "OPTIONS", c.user)
		if m.From.String() != c.from {
			t.Errorf("%s: left by %v, want %s", c.user, m.From, c.from)
		}
		if c.from == p.Addrs[1] && !strings.HasPrefix(top(m, "Via"), "SIP/2.0/UDP sip.example.com:5099;") {
			t.Errorf("%s: Via %s", c.user, top(m, "Via"))
		}
		answer(to, m, 200)
		// Without state nobody knows any more what took the request.
		if r := await(alice, "200", c.user); r.From.String() != p.Addr && c.user != "stateless" {
			t.Errorf("%s: the reply came from %v, want %s, which took the request", c.user, r.From, p.Addr)
		}
		awaitLog(t, p, fmt.Sprintf("%s %d %s%s", c.user, c.rc, in, c.out))
	}
}

// A wildcard socket is all addresses of the machine; the script may choose among them.
// With mhomed the kernel's routing chooses among the sockets: 127.0.0.1 is reached from
// 127.0.0.1.
func TestChosenSource(t *testing.T) {
	t.Parallel()
	port := fmt.Sprint(siptest.FreePort(t))
	for _, c := range []struct{ about, script, ask, want string }{
		{"wildcard", `
socket=udp:0.0.0.0:PORT
loadmodule "tm.so"
route { force_send_socket("udp:127.0.0.9:PORT"); t_relay(); }`, "127.0.0.1", "127.0.0.9"},
		{"one of two", `
socket=udp:127.0.0.2:PORT
socket=udp:127.0.0.1:PORT
loadmodule "tm.so"
route { t_relay(); }`, "127.0.0.2", "127.0.0.2"},
		{"mhomed", `
mhomed=1
socket=udp:127.0.0.2:PORT
socket=udp:127.0.0.1:PORT
loadmodule "tm.so"
route { t_relay(); }`, "127.0.0.2", "127.0.0.1"},
		{"mhomed, forced", `
mhomed=1
socket=udp:127.0.0.2:PORT
socket=udp:127.0.0.1:PORT
loadmodule "tm.so"
route { $socket_out = $socket_in; t_relay(); }`, "127.0.0.2", "127.0.0.2"},
	} {
		t.Run(c.about, func(t *testing.T) {
			alice, bob := siptest.Listen(t), siptest.Listen(t)
			start(t, strings.ReplaceAll(c.script, "PORT", port), nil)
			alice.Send(c.ask+":"+port, request(alice, "OPTIONS", "sip:bob@"+bob.Addr(), "source"))
			m := await(bob, "OPTIONS", "source")
			if want := c.want + ":" + port; m.From.String() != want || !strings.HasPrefix(top(m, "Via"), "SIP/2.0/UDP "+want+";") {
				t.Errorf("from %v with Via %s, want %s", m.From, top(m, "Via"), want)
			}
			answer(bob, m, 200)
			if r := await(alice, "200", "source"); r.From.String() != c.ask+":"+port {
				t.Errorf("the reply came from %v, want %s", r.From, c.ask)
			}
		})
	}
}

// RFC 3261 §16.4: "If the Request-URI has a maddr parameter with a value the proxy is
// responsible for, and the request was received using the port and transport indicated
// (explicitly or by default) in the Request-URI, the proxy MUST strip the maddr and any
// non-default port or transport parameter and continue processing as if those values had
// not been present in the request."
//
// checklist: C011
func TestOwnMaddr(t *testing.T) {
	t.Parallel()
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	script := `
alias=example.org
socket=udp:[proxy]
loadmodule "tm.so"
route {
	xlog("$rm $ru of $ou\n");
	$du = "sip:[bob]";
	t_relay();
}`
	p := start(t, script, map[string]string{"bob": bob.Addr()})
	off := start(t, "strip_maddr=0\n"+script, map[string]string{"bob": bob.Addr()})
	for i, c := range []struct {
		about, uri string
		want       string // "" for the one that was sent
		off        bool
	}{
		{about: "an address", uri: "sip:b@example.com:PORT;maddr=127.0.0.1;x=1", want: "sip:b@example.com;x=1"},
		{about: "a name, and transport", uri: "sip:b@example.com:PORT;transport=UDP;x=1;MADDR=Example.org", want: "sip:b@example.com;x=1"},
		{about: "nothing else", uri: "sip:127.0.0.1:PORT;maddr=127.0.0.1", want: "sip:127.0.0.1"},
		{about: "another port", uri: "sip:b@example.com:1;maddr=127.0.0.1"},
		{about: "the default port", uri: "sip:b@example.com;maddr=example.org"},
		{about: "another transport", uri: "sip:b@example.com:PORT;maddr=127.0.0.1;transport=tcp"},
		{about: "a foreign one", uri: "sip:b@example.com:PORT;maddr=192.0.2.1"},
		{about: "switched off", uri: "sip:b@example.com:PORT;maddr=127.0.0.1", off: true},
	} {
		q := p
		if c.off {
			q = off
		}
		_, port, _ := strings.Cut(q.Addr, ":")
		id, uri := fmt.Sprint("maddr", i), strings.ReplaceAll(c.uri, "PORT", port)
		alice.Send(q.Addr, request(alice, "OPTIONS", uri, id))
		m := await(bob, "OPTIONS", id)
		if c.want == "" {
			c.want = uri
		}
		if got := uriOf(m); got != c.want {
			t.Errorf("%s: %s arrived as %s, want %s", c.about, uri, got, c.want)
		}
		answer(bob, m, 200)
		await(alice, "200", id)
	}
}

// passer is a proxy that records itself; a request outside a dialog for [domain] goes to [next].
const passer = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
modparam("rr", "append_fromtag", 0)
route {
	if (has_totag()) {
		loose_route();
		t_relay();
		exit;
	}
	record_route();
	if ($rd == "[domain]") $du = "sip:[next]";
	t_relay();
}`

// RFC 3261 §16.12.1.1, basic SIP trapezoid: U1 -> P1 -> P2 -> U2, both proxies record
// themselves; the callee's BYE goes back along them.
//
// checklist: C130 C012
func TestTrapezoid(t *testing.T) {
	t.Parallel()
	u1, u2 := siptest.Listen(t), siptest.Listen(t)
	p2 := start(t, passer, map[string]string{"next": u2.Addr(), "domain": "domain.com"})
	p1 := start(t, passer, map[string]string{"next": p2.Addr, "domain": "domain.com"})
	u1.Send(p1.Addr, request(u1, "INVITE", "sip:callee@domain.com", "trapezoid"))
	m := await(u2, "INVITE", "trapezoid")
	// "INVITE sip:callee@u2.domain.com; Record-Route: <sip:p2.domain.com;lr>, <sip:p1.example.com;lr>"
	checkRoutes(t, m, "Record-Route", "<sip:"+p2.Addr+";lr>", "<sip:"+p1.Addr+";lr>")
	answer(u2, m, 200, "Contact: <sip:callee@"+u2.Addr()+">")
	ok := await(u1, "200", "trapezoid")
	checkRoutes(t, ok, "Record-Route", "<sip:"+p2.Addr+";lr>", "<sip:"+p1.Addr+";lr>")

	// "BYE sip:caller@u1.example.com; Route: <sip:p2.domain.com;lr>,<sip:p1.example.com;lr>"
	bye := withRoutes(inDialog(u2, "BYE", "sip:caller@"+u1.Addr(), "trapezoid"), "<sip:"+p2.Addr+";lr>,<sip:"+p1.Addr+";lr>")
	u2.Send(p2.Addr, bye)
	m = await(u1, "BYE", "trapezoid")
	if uriOf(m) != "sip:caller@"+u1.Addr() || m.From.String() != p1.Addr || len(header(m, "Via")) != 3 {
		t.Errorf("BYE %s from %v with Via %q", uriOf(m), m.From, header(m, "Via"))
	}
	checkRoutes(t, m, "Route")
	answer(u1, m, 200)
	await(u2, "200", "trapezoid")
}

// RFC 3261 §16.12.1.2, traversing a strict-routing proxy: U2 -> P4 -> P3 -> P2 -> P1 -> U1,
// where P3, played here, is a strict router. Each message is the one that the RFC shows.
//
// checklist: C130 C010 C024
func TestStrictRouterBetween(t *testing.T) {
	t.Parallel()
	u1, p3, u2 := siptest.Listen(t), siptest.Listen(t), siptest.Listen(t)
	none := map[string]string{"next": "", "domain": ""}
	p1, p2, p4 := start(t, passer, none), start(t, passer, none), start(t, passer, none)
	own := func(addr string) string { return "<sip:" + addr + ";lr>" }
	caller := "sip:caller@" + u1.Addr()

	u2.Send(p4.Addr, withRoutes(inDialog(u2, "BYE", caller, "strict"), own(p4.Addr)+",<sip:"+p3.Addr()+">,"+own(p2.Addr)+","+own(p1.Addr)))
	m := await(p3, "BYE", "strict")
	if uriOf(m) != "sip:"+p3.Addr() {
		t.Errorf("P4 sent BYE %s, want sip:%s: the URI of the strict router", uriOf(m), p3.Addr())
	}
	checkRoutes(t, m, "Route", own(p2.Addr), own(p1.Addr), "<"+caller+">")

	// P3 takes the first Route into the Request-URI.
	p3.Send(p2.Addr, withRoutes(inDialog(p3, "BYE", "sip:"+p2.Addr+";lr", "strict2"), own(p1.Addr)+",<"+caller+">"))
	m = await(u1, "BYE", "strict2")
	if uriOf(m) != caller || m.From.String() != p1.Addr {
		t.Errorf("BYE %s from %v, want %s from P1", uriOf(m), m.From, caller)
	}
	checkRoutes(t, m, "Route")
	answer(u1, m, 200)
	await(p3, "200", "strict2")
	answer(p3, await(p3, "BYE", "strict"), 200) // a copy of the first one
	await(u2, "200", "strict")
}

// RFC 3261 §16.12.1.3, where the proxy stands between two name spaces and each side must
// get a URI that it can use. The RFC rewrites its Record-Route in responses; this proxy
// writes two (RFC 5658 §6.2), with the same result: requests of either side arrive.
//
// checklist: C130 C013 C023
func TestTwoNameSpaces(t *testing.T) {
	t.Parallel()
	u1, u2 := siptest.Listen(t), siptest.Listen(t)
	p := start(t, strings.Replace(strings.Replace(passer, "socket=udp:[proxy]", "socket=udp:[proxy]\nsocket=udp:[proxy2]", 1),
		"record_route();", `record_route(); $socket_out = "udp:[proxy2]";`, 1), map[string]string{"next": u2.Addr(), "domain": "rightprivatespace.com"})
	inside, outside := p.Addrs[0], p.Addrs[1]
	u1.Send(inside, request(u1, "INVITE", "sip:callee@rightprivatespace.com", "spaces"))
	m := await(u2, "INVITE", "spaces")
	routes := []string{"<sip:" + outside + ";lr;r2=on>", "<sip:" + inside + ";lr;r2=on>"}
	checkRoutes(t, m, "Record-Route", routes...)
	answer(u2, m, 200, "Contact: <sip:callee@"+u2.Addr()+">")
	await(u1, "200", "spaces")

	u1.Send(inside, withRoutes(inDialog(u1, "INFO", "sip:callee@"+u2.Addr(), "spaces1"), routes[1]+","+routes[0]+",<sip:"+u2.Addr()+";lr>"))
	m = await(u2, "INFO", "spaces1")
	checkRoutes(t, m, "Route", "<sip:"+u2.Addr()+";lr>")
	if m.From.String() != outside {
		t.Errorf("INFO came from %v, want the outer address %s", m.From, outside)
	}
	answer(u2, m, 200)
	await(u1, "200", "spaces1")

	u2.Send(outside, withRoutes(inDialog(u2, "BYE", "sip:caller@"+u1.Addr(), "spaces2"), routes[0]+","+routes[1]))
	m = await(u1, "BYE", "spaces2")
	checkRoutes(t, m, "Route")
	if m.From.String() != inside || uriOf(m) != "sip:caller@"+u1.Addr() {
		t.Errorf("BYE %s came from %v, want the inner address %s", uriOf(m), m.From, inside)
	}
	answer(u1, m, 200)
	await(u2, "200", "spaces2")
}

// RFC 5658 §6.2: also between two addresses of one wildcard socket.
func TestDoubleRecordRouteOfWildcard(t *testing.T) {
	t.Parallel()
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	port := fmt.Sprint(siptest.FreePort(t))
	start(t, strings.ReplaceAll(`
socket=udp:0.0.0.0:PORT
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
modparam("rr", "append_fromtag", 0)
route {
	if (has_totag()) { loose_route(); t_relay(); exit; }
	record_route();
	if ($rU == "out") force_send_socket("udp:127.0.0.9:PORT");
	t_relay();
}`, "PORT", port), nil)
	in, out := "127.0.0.1:"+port, "127.0.0.9:"+port
	alice.Send(in, request(alice, "SUBSCRIBE", "sip:same@"+bob.Addr(), "same"))
	m := await(bob, "SUBSCRIBE", "same")
	checkRoutes(t, m, "Record-Route", "<sip:"+in+";lr>")
	answer(bob, m, 200)
	await(alice, "200", "same")
	alice.Send(in, request(alice, "SUBSCRIBE", "sip:out@"+bob.Addr(), "out"))
	m = await(bob, "SUBSCRIBE", "out")
	routes := []string{"<sip:" + out + ";lr;r2=on>", "<sip:" + in + ";lr;r2=on>"}
	checkRoutes(t, m, "Record-Route", routes...)
	answer(bob, m, 200)
	await(alice, "200", "out")
	bob.Send(out, withRoutes(inDialog(bob, "NOTIFY", "sip:alice@"+alice.Addr(), "notify"), strings.Join(routes, ",")))
	m = await(alice, "NOTIFY", "notify")
	checkRoutes(t, m, "Route")
	if m.From.String() != in {
		t.Errorf("NOTIFY came from %v, want %s", m.From, in)
	}
	answer(alice, m, 200)
	if r := await(bob, "200", "notify"); r.From.String() != out {
		t.Errorf("its reply came from %v, want %s", r.From, out)
	}
}

// A REGISTER that changes sockets gets two Paths, the outer one on top (RFC 3327 §5.1);
// what the registrar sends back along them leaves by the inner socket.
func TestDoublePath(t *testing.T) {
	t.Parallel()
	phone, registrar := siptest.Listen(t), siptest.Listen(t)
	p := start(t, `
socket=udp:[proxy]
socket=udp:[proxy2]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "path.so"
modparam("path", "use_received", 1)
route {
	if ($rm == "REGISTER") {
		add_path_received();
		$socket_out = "udp:[proxy2]";
		$du = "sip:[registrar]";
		t_relay();
		exit;
	}
	loose_route();
	t_relay();
}`, map[string]string{"registrar": registrar.Addr()})
	phone.Send(p.Addr, request(phone, "REGISTER", "sip:example.com", "double", "Supported: path"))
	m := await(registrar, "REGISTER", "double")
	received := ";r2=on;received=sip:" + phone.Addr() + ">"
	paths := []string{"<sip:" + p.Addrs[1] + ";lr" + received, "<sip:" + p.Addrs[0] + ";lr" + received}
	checkRoutes(t, m, "Path", paths...)
	answer(registrar, m, 200)
	await(phone, "200", "double")

	registrar.Send(p.Addrs[1], withRoutes(request(registrar, "MESSAGE", "sip:phone@192.0.2.7", "back"), strings.Join(paths, ",")))
	m = await(phone, "MESSAGE", "back")
	checkRoutes(t, m, "Route")
	if m.From.String() != p.Addrs[0] || uriOf(m) != "sip:phone@192.0.2.7" {
		t.Errorf("MESSAGE %s came from %v, want %s", uriOf(m), m.From, p.Addrs[0])
	}
	answer(phone, m, 200)
	await(registrar, "200", "back")
}

// inDialog is a request with a To tag.
func inDialog(e *siptest.Endpoint, method, uri, id string) string {
	return request(e, method, uri, id, "To: <sip:callee@example.com>;tag=callee")
}

func withRoutes(message, routes string) string {
	return strings.Replace(message, "\nMax-", "\nRoute: "+routes+"\nMax-", 1)
}

// checkRoutes compares the values of a header over all lines and commas.
func checkRoutes(t *testing.T, m *siptest.Message, name string, want ...string) {
	t.Helper()
	var got []string
	for _, line := range header(m, name) {
		for v := range strings.SplitSeq(line, ",") {
			got = append(got, strings.TrimSpace(v))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v has %s %q, want %q", m, name, got, want)
	}
}

// Answers without a transaction are counted by class, and the ACKs to them, which end at
// the proxy (OpenSIPS's statistics of sl). $sig_local_totag is the tag of the answer that
// will be made, with a transaction or without.
func TestLocalReplies(t *testing.T) {
	t.Parallel()
	p := start(t, `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "signaling.so"
loadmodule "sipmsgops.so"
route {
	if ($rU == "tx") t_newtran();
	append_to_reply("X-Tag: $sig_local_totag\r\n");
	if ($rU == "tx") send_reply(480, "Here");
	if ($rU == "sl") send_reply(404, "Not Found");
	if ($rU == "ok") sl_send_reply(200, "OK");
	if ($rU == "moved") sl_send_reply(302, "Moved");
	if ($rU == "trying") sl_send_reply(199, "Early");
	if ($rU == "busy") sl_send_reply(600, "Busy");
	if ($rU == "error") sl_reply_error();
}`, nil)
	alice := siptest.Listen(t)
	for _, user := range []string{"tx", "sl", "ok", "moved", "trying", "busy", "error"} {
		alice.Send(p.Addr, request(alice, "OPTIONS", "sip:"+user+"@example.com", user))
		m := await(alice, "any", user)
		_, tag, _ := strings.Cut(top(m, "To"), ";tag=")
		if tag == "" || tag != top(m, "X-Tag") {
			t.Errorf("%s: To tag %q, $sig_local_totag was %q", user, tag, top(m, "X-Tag"))
		}
	}
	alice.Send(p.Addr, request(alice, "INVITE", "sip:sl@example.com", "ack"))
	m := await(alice, "404", "ack")
	alice.Send(p.Addr, request(alice, "ACK", "sip:sl@example.com", "ack", "To: "+top(m, "To"), "CSeq: 1 ACK"))
	alice.Send(p.Addr, request(alice, "OPTIONS", "sip:ok@example.com", "last"))
	await(alice, "200", "last") // of another Call-ID, and so perhaps on another loop: the ACK may come later
	awaitCounter(t, p, "SLAcks", 1)
	s := statistics(t, p, lastOfAll)
	for name, want := range map[string]int{"SL1xx": 1, "SL2xx": 2, "SL3xx": 1, "SL4xx": 2, "SL5xx": 1, "SL6xx": 1, "LocalReplies": 9} {
		if s[name] != want {
			t.Errorf("%s=%d, want %d", name, s[name], want)
		}
	}
}

// awaitCounter waits until a counter has a value.
func awaitCounter(t *testing.T, p *siptest.Proxy, name string, want int) {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		if statistics(t, p, lastOfAll)[name] == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s does not become %d", name, want)
		}
	}
}

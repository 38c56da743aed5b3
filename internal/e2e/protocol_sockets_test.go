package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

// A complete call over IPv6: the literals in Via, Record-Route and Route have brackets
// (RFC 3261 §25.1, IPv6reference); received has none (RFC 5118 §4.5).
func TestIPv6Call(t *testing.T) {
	t.Parallel()
	needIPv6(t)
	alice, bob := siptest.ListenOn(t, "::1"), siptest.ListenOn(t, "::1")
	own := fmt.Sprintf("[::1]:%d", siptest.FreePort(t))
	start(t, `
socket=udp:[own]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
route {
	if (has_totag()) { loose_route(); t_relay(); exit; }
	record_route();
	t_relay();
}`, map[string]string{"own": own})
	alice.Send(own, request(alice, "INVITE", "sip:bob@"+bob.Addr(), "six"))
	m := await(bob, "INVITE", "six")
	via := header(m, "Via")
	if len(via) != 2 || !strings.HasPrefix(via[0], "SIP/2.0/UDP "+own+";") || !strings.Contains(via[1], ";received=::1") {
		t.Errorf("Via %q", via)
	}
	route := top(m, "Record-Route")
	if route != "<sip:"+own+";lr;ftag=fromsix>" {
		t.Errorf("Record-Route %q", route)
	}
	answer(bob, m, 180)
	await(alice, "180", "six")
	answer(bob, m, 200, "Contact: <sip:bob@"+bob.Addr()+">")
	await(alice, "200", "six")
	ack := request(alice, "ACK", "sip:bob@"+bob.Addr(), "six", "To: <sip:callee@example.com>;tag=callee", "CSeq: 1 ACK")
	ack = strings.Replace(ack, "z9hG4bKsix", "z9hG4bKack", 1)
	alice.Send(own, strings.Replace(ack, "\nMax-", "\nRoute: "+route+"\nMax-", 1))
	if m := await(bob, "ACK", "six"); len(header(m, "Route")) != 0 {
		t.Errorf("Route %q", header(m, "Route"))
	}
}

// socket=udp:*:PORT is reached by every address of the machine, of both families; what
// answers or forwards says so by the address it was reached by, and knows itself by it.
func TestWildcardSocket(t *testing.T) {
	t.Parallel()
	needIPv6(t)
	port := fmt.Sprint(siptest.FreePort(t))
	start(t, `
socket=udp:*:[port]
loadmodule "tm.so"
loadmodule "sl.so"
route {
	if ($rm == "OPTIONS") sl_send_reply(200, "$Ri");
	else t_relay();
}`, map[string]string{"port": port})
	for _, c := range []struct{ from, to, callee, via string }{
		{from: "127.0.0.1", to: "127.0.0.1", callee: "127.0.0.1", via: "127.0.0.1"},
		{from: "127.0.0.1", to: "127.0.0.99", callee: "127.0.0.1", via: "127.0.0.99"},
		{from: "::1", to: "::1", callee: "::1", via: "[::1]"},
		{from: "127.0.0.1", to: "127.0.0.1", callee: "::1", via: "[::1]"},
		{from: "::1", to: "::1", callee: "127.0.0.1", via: "127.0.0.1"},
	} {
		t.Run(c.from+" to "+c.to+" for "+c.callee, func(t *testing.T) {
			alice, bob := siptest.ListenOn(t, c.from), siptest.ListenOn(t, c.callee)
			proxy := net.JoinHostPort(c.to, port)
			alice.Send(proxy, request(alice, "OPTIONS", "sip:x@example.com", "own"))
			m := await(alice, "200", "own")
			if m.From.String() != proxy || !strings.Contains(string(m.Raw), "200 "+c.to) {
				t.Errorf("answered from %v with %v, want %s", m.From, m, proxy)
			}
			alice.Send(proxy, request(alice, "MESSAGE", "sip:bob@"+bob.Addr(), "wild"))
			m = await(bob, "MESSAGE", "wild")
			if via := top(m, "Via"); !strings.HasPrefix(via, "SIP/2.0/UDP "+c.via+":"+port+";") {
				t.Errorf("Via %s, want %s", via, c.via)
			}
			if got := m.From.Addr().String(); got != strings.Trim(c.via, "[]") {
				t.Errorf("left from %v, want %s", got, c.via)
			}
			answer(bob, m, 200)
			if m := await(alice, "200", "wild"); m.From.String() != proxy {
				t.Errorf("the response came from %v, want %s", m.From, proxy)
			}
		})
	}
}

// Several socket= lines: a request leaves by the socket that it came to, a response by
// the one that took the request.
func TestSeveralSockets(t *testing.T) {
	t.Parallel()
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	p := start(t, `
socket=udp:[proxy]
socket=udp:[proxy2]
loadmodule "tm.so"
route { t_relay(); }`, nil, "-n", "4")
	for i, own := range p.Addrs {
		id := fmt.Sprint("socket", i)
		alice.Send(own, request(alice, "MESSAGE", "sip:bob@"+bob.Addr(), id))
		m := await(bob, "MESSAGE", id)
		if m.From.String() != own || !strings.HasPrefix(top(m, "Via"), "SIP/2.0/UDP "+own+";") {
			t.Errorf("left from %v with Via %s, want %s", m.From, top(m, "Via"), own)
		}
		answer(bob, m, 200)
		if m := await(alice, "200", id); m.From.String() != own {
			t.Errorf("answered from %v, want %s", m.From, own)
		}
	}
}

// RFC 3261 §16.9: "If the transport layer notifies a proxy of an error when it tries to
// forward a request, the proxy MUST behave as if the forwarded request received a 503
// (Service Unavailable) response." The other branch, sent in the same pass, is not to
// blame. The kernel refuses the broadcast address.
//
// checklist: C066
func TestSendErrors(t *testing.T) {
	t.Parallel()
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	p := start(t, `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "cfgutils.so"
route {
	if ($rU == "giant") {
		t_newtran();
		xlog("giant is on its way");
		usleep(100000);
		t_reply(486, "Busy Here");
		xlog("giant is answered");
		exit;
	}
	if ($rU == "fork") append_msg_branch("sip:bob@[bob]");
	if ($rU == "retry") t_on_failure("failed");
	t_relay();
	xlog("$rU $rc");
}
failure_route[failed] {
	xlog("failed $T_reply_code");
	$ru = "sip:bob@[bob]";
	t_relay();
}`, map[string]string{"bob": bob.Addr()})
	alice.Send(p.Addr, request(alice, "MESSAGE", "sip:one@255.255.255.255", "alone"))
	if m := await(alice, "final", "alone"); m.Status() != 500 {
		t.Errorf("%v, want 500: a 503 is not passed on", m)
	}
	alice.Send(p.Addr, request(alice, "MESSAGE", "sip:fork@255.255.255.255", "fork"))
	answer(bob, await(bob, "MESSAGE", "fork"), 404)
	if m := await(alice, "final", "fork"); m.Status() != 404 {
		t.Errorf("%v, want the 404 of the branch that was sent", m)
	}
	alice.Send(p.Addr, request(alice, "INVITE", "sip:retry@255.255.255.255", "retry"))
	answer(bob, await(bob, "INVITE", "retry"), 200)
	await(alice, "200", "retry")

	// An answer can fail as well: this one is too large for a datagram, since it says
	// more about the Via than the request did. It is the answer that is lost, and no more.
	giant := request(alice, "INVITE", "sip:giant@"+bob.Addr(), "giant", "From: <sip:giant@example.com>;tag=1;x=")
	via := "Via: SIP/2.0/UDP a.example.com;x=" + strings.Repeat("x", 13_000) + "\n" // a line may have 16 KiB
	giant = strings.Replace(giant, "From:", strings.Repeat(via, 4)+"From:", 1)
	giant = strings.Replace(giant, "tag=1;x=", "tag=1;x="+strings.Repeat("x", 65_507-len(giant)-len("\n\nContent-Length: 0\n")-20), 1)
	for range 3 {
		alice.Send(p.Addr, giant)
	}
	awaitLog(t, p, "giant is answered")
	awaitLog(t, p, "failed 503")
	awaitLog(t, p, "one 1") // it was queued: what comes later is no value of t_relay
	if s := statistics(t, p, lastOfAll); s["Panics"] != 0 || s["SendErrors"] < 4 {
		t.Errorf("%d panics, %d send errors", s["Panics"], s["SendErrors"])
	}
}

// Messages of up to 60 KB go over UDP in both directions, and what no datagram holds any
// more once the proxy's Via is on top is refused.
func TestLargeMessages(t *testing.T) {
	t.Parallel()
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	p := start(t, `
socket=udp:[proxy]
loadmodule "tm.so"
route { t_relay(); }`, nil, "-n", "2")
	for i, size := range []int{1500, 2000, 2100, 8000, 30_000, 60_000} {
		id := fmt.Sprint("large", i)
		body := strings.Repeat("0123456789", size/10)
		alice.Send(p.Addr, request(alice, "MESSAGE", "sip:bob@"+bob.Addr(), id)+"\n\n"+body)
		m := await(bob, "MESSAGE", id)
		if !bytes.HasSuffix(m.Raw, []byte("\r\n\r\n"+body)) {
			t.Errorf("the body of %d bytes is another: %d bytes in all", size, len(m.Raw))
		}
		bob.Send(m.From.String(), response(m, 200, "callee")+"\n\n"+body)
		if m := await(alice, "200", id); !bytes.HasSuffix(m.Raw, []byte("\r\n\r\n"+body)) {
			t.Errorf("the body of %d bytes of the response is another: %d bytes in all", size, len(m.Raw))
		}
	}
	head := request(alice, "MESSAGE", "sip:bob@"+bob.Addr(), "giant")
	alice.Send(p.Addr, head+"\n\n"+strings.Repeat("x", 65_507-len(head)-60))
	if m := await(alice, "final", "giant"); m.Status() != 500 {
		t.Errorf("%v, want 500", m)
	}
}

// "A second fastsips on the same address stops with address in use", however many loops
// share it.
func TestAddressInUse(t *testing.T) {
	for _, proto := range []string{"udp", "tcp"} {
		t.Run(proto, func(t *testing.T) {
			t.Parallel()
			checkAddressInUse(t, proto)
		})
	}
}

func checkAddressInUse(t *testing.T, proto string) {
	config := "socket=" + proto + ":[proxy]\nloadmodule \"sl.so\"\nroute { sl_send_reply(200, \"OK\"); }\n"
	p := start(t, config, nil, "-n", "2")
	file := filepath.Join(t.TempDir(), "second.cfg")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(config, "[proxy]", p.Addr)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := fastsips(t, "-f", file, "-n", "2")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() == 0 {
		t.Errorf("the second one ended with %v, want an exit status", err)
	}
	if !strings.Contains(out, "address already in use") || !strings.Contains(out, p.Addr) {
		t.Errorf("it said %q, want the address and that it is in use", out)
	}
	alice := siptest.Listen(t)
	if proto == "tcp" {
		alice.UseTCP()
	}
	alice.Send(p.Addr, request(alice, "OPTIONS", "sip:x@example.com", "still"))
	await(alice, "200", "still")
}

// fastsips runs the program to its end and returns what it wrote.
func fastsips(tb testing.TB, args ...string) (string, error) {
	tb.Helper()
	b, err := sipprun.Build("./cmd/fastsips")
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, b.Path(), args...).CombinedOutput()
	return string(out), err
}

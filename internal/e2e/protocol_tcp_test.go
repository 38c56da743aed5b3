package e2e

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
)

// A next hop that never answers the connecting: 503 on that branch after
// tcp_connect_timeout, and the failure route has the next one tried. Calls of others go on
// meanwhile.
//
// checklist: C048
func TestBlackholedTCP(t *testing.T) {
	t.Parallel()
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	p := start(t, `
socket=udp:[proxy]
socket=tcp:[proxy]
tcp_connect_timeout=300
loadmodule "tm.so"
route {
	if ($rU == "hole") { t_on_failure("next"); $du = "sip:[hole];transport=tcp"; }
	t_relay();
}
failure_route[next] {
	xlog("got $T_reply_code\n");
	$du = "sip:[bob]";
	t_relay();
}`, map[string]string{"hole": fullListener(t), "bob": bob.Addr()})
	alice.Send(p.Addr, request(alice, "INVITE", "sip:hole@example.com", "hole"))
	await(alice, "100", "hole")
	alice.Send(p.Addr, request(alice, "MESSAGE", "sip:bob@"+bob.Addr(), "other"))
	if m := bob.Next(patience); m == nil || !m.Is("MESSAGE") {
		t.Fatalf("got %v first, want the MESSAGE that need not wait", m)
	} else {
		answer(bob, m, 200)
	}
	answer(bob, await(bob, "INVITE", "hole"), 486)
	await(alice, "486", "hole")
	awaitLog(t, p, "got 503")
	if s := statistics(t, p, lastOfAll); s["ConnectTimeout"] != 1 || s["Connections"] != 0 {
		t.Errorf("%d connections timed out, %d are left; want 1, 0", s["ConnectTimeout"], s["Connections"])
	}
}

// fullListener returns an address that takes no more connections: its queue is full and
// nobody accepts.
func fullListener(t *testing.T) string {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for range 3 {
		if c, err := net.DialTimeout("tcp", addr, 100*time.Millisecond); err == nil {
			t.Cleanup(func() { c.Close() })
		}
	}
	return addr
}

// socket=tcp:*:PORT, from IPv4 to IPv6: what leaves says by which address and which
// protocol it can be answered.
func TestWildcardTCP(t *testing.T) {
	t.Parallel()
	needIPv6(t)
	port := fmt.Sprint(siptest.FreePort(t))
	start(t, "socket=tcp:*:[port]\nloadmodule \"tm.so\"\nroute { t_relay(); }\n", map[string]string{"port": port})
	alice, bob := siptest.ListenOn(t, "127.0.0.1"), siptest.ListenOn(t, "::1")
	alice.UseTCP()
	bob.UseTCP()
	alice.Send("127.0.0.1:"+port, strings.Replace(request(alice, "MESSAGE", "sip:bob@"+bob.Addr()+";transport=tcp", "six"), "/UDP", "/TCP", 1))
	m := await(bob, "MESSAGE", "six")
	if via := top(m, "Via"); !strings.HasPrefix(via, "SIP/2.0/TCP [::1]:"+port+";") {
		t.Errorf("Via %s", via)
	}
	answer(bob, m, 200)
	if m := await(alice, "200", "six"); m.From.String() != "127.0.0.1:"+port {
		t.Errorf("answered from %v", m.From)
	}
}

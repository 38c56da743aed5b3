package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// SIGTERM: new calls are refused with 503, what is under way ends as it would have, and
// then the process does, with status 0.
func TestDrain(t *testing.T) {
	t.Parallel()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", siptest.FreePort(t))
	pid := startWithLog(t, log, "socket=udp:"+addr+"\nloadmodule \"tm.so\"\nroute { t_relay(); }\n")
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	awaitProxy(t, alice, addr, bob)
	alice.Send(addr, request(alice, "INVITE", "sip:bob@"+bob.Addr(), "old"))
	ringing := await(bob, "INVITE", "old")
	answer(bob, ringing, 180)
	await(alice, "180", "old")

	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ { // until it has taken the signal, it answers as the script says
		id := fmt.Sprint("new", i)
		alice.Send(addr, request(alice, "OPTIONS", "sip:nowhere@192.0.2.1;transport=tcp", id))
		if m := await(alice, "final", id); m.Status() == 503 {
			break
		} else if m.Status() != 477 || i > 10_000 {
			t.Fatalf("answered with %v", m)
		}
	}
	alice.Send(addr, request(alice, "INFO", "sip:bob@"+bob.Addr(), "within", "To: <sip:callee@example.com>;tag=callee"))
	answer(bob, await(bob, "INFO", "within"), 200)
	await(alice, "200", "within")
	answer(bob, ringing, 200)
	await(alice, "200", "old")
}

// RFC 5626 §4.4: what keeps a NAT binding open is no message. It is counted, and neither
// answered nor taken for a broken one.
//
// checklist: C107
func TestKeepAlives(t *testing.T) {
	t.Parallel()
	p := start(t, "socket=udp:[proxy]\nloadmodule \"sl.so\"\nroute { sl_send_reply(200, \"OK\"); }\n", nil)
	alice := siptest.Listen(t)
	for _, ping := range []string{"\r\n\r\n", "\r\n", "\x00", ""} {
		alice.SendBytes(p.Addr, []byte(ping))
	}
	alice.Send(p.Addr, request(alice, "OPTIONS", "sip:x@example.com", "alive"))
	alice.Expect("200", patience)
	if s := statistics(t, p, lastOfAll); s["KeepAlives"] != 4 || s["BadMessages"] != 0 {
		t.Errorf("%d keep-alives, %d bad messages; want 4, 0", s["KeepAlives"], s["BadMessages"])
	}
}

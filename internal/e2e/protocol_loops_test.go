package e2e

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// RFC 3261 §16.3 4: a request that comes back with a Via of ours has looped if what it was
// routed on is what it was: 482. "If the request has ... spiraled" it goes on: here its
// Request-URI is another one (RFC 5393 §4.2). An element between us and us may have added
// Vias, in lines of their own or in ours. With loop_detection=0 all of it goes on.
//
// checklist: C006
func TestLoops(t *testing.T) {
	t.Parallel()
	for _, on := range []int{1, 0} {
		p := start(t, fmt.Sprintf(`
socket=udp:[proxy]
loadmodule "tm.so"
modparam("tm", "loop_detection", %d)
route { t_relay(); }`, on), nil)
		for i, c := range []struct {
			about    string
			old, new string
			behind   string // the Via that bob adds, if it is no line
			looped   bool
		}{
			{about: "unchanged", looped: true},
			{about: "Max-Forwards, Record-Route", old: "Max-Forwards: 69", new: "Max-Forwards: 66\r\nRecord-Route: <sip:x;lr>", looped: true},
			{about: "on one line", behind: ",", looped: true},
			{about: "Request-URI", old: "MESSAGE sip:bob@", new: "MESSAGE sip:carol@"},
			{about: "Proxy-Authorization", old: "Max-Forwards: 69", new: "Max-Forwards: 69\r\nProxy-Authorization: Digest realm=x"},
			{about: "CSeq", old: "CSeq: 1 ", new: "CSeq: 2 "},
			{about: "To tag", old: "To: <sip:callee@example.com>", new: "To: <sip:callee@example.com>;tag=1"},
		} {
			t.Run(fmt.Sprintf("detection=%d/%s", on, c.about), func(t *testing.T) {
				alice, bob := siptest.Listen(t), siptest.Listen(t)
				id := fmt.Sprintf("loop%dx%d", on, i)
				alice.Send(p.Addr, request(alice, "MESSAGE", "sip:bob@"+bob.Addr(), id))
				m := await(bob, "MESSAGE", id)
				back := "Via: SIP/2.0/UDP " + bob.Addr() + ";branch=z9hG4bKback" + id + cmp.Or(c.behind, "\r\nVia:")
				text := strings.Replace(string(m.Raw), "Via:", back, 1)
				if c.old != "" && !strings.Contains(text, c.old) {
					t.Fatalf("no %q in\n%s", c.old, text)
				}
				bob.Send(p.Addr, strings.Replace(text, c.old, c.new, 1))
				if c.looped && on == 1 {
					await(bob, "482", id)
				} else {
					again := await(bob, "MESSAGE", id)
					if n := strings.Count(string(again.Raw), "SIP/2.0/UDP"); n != 4 {
						t.Errorf("%d Vias", n)
					}
					answer(bob, again, 200)
					await(bob, "200", id)
				}
				answer(bob, m, 200)
				await(alice, "200", id)
			})
		}
	}
}

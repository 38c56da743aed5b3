package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/dnstest"
	"github.com/fastsips/fastsips/internal/siptest"
)

// RFC 3263 §4.2: "a stateless proxy … MUST" send retransmissions "to the same" target,
// though it is chosen by weight; so goes the CANCEL (RFC 3261 §16.10).
// checklist: C096
func TestStatelessProxyKeepsToItsTarget(t *testing.T) {
	t.Parallel()
	sinks := []*siptest.Endpoint{siptest.Listen(t), siptest.Listen(t)}
	zone := "host.test A 127.0.0.1\n"
	for _, s := range sinks {
		_, port, _ := net.SplitHostPort(s.Addr())
		zone += fmt.Sprintf("_sip._udp.example.test SRV 10 50 %s host.test\n", port)
	}
	p := start(t, "socket=udp:[proxy]\ndns_servers=\"[dns]\"\nroute { forward(); }\n",
		map[string]string{"dns": dnstest.Start(t, zone).Addr().String()}, "-n", "2")
	alice := siptest.Listen(t)
	const calls = 40
	for i := range calls {
		text := func(method string) string {
			return strings.Join([]string{
				method + " sip:bob@example.test SIP/2.0",
				fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bKcall%d", alice.Addr(), i),
				"Max-Forwards: 70", "From: <sip:alice@test>;tag=1", "To: <sip:bob@example.test>",
				fmt.Sprintf("Call-ID: call%d", i), "CSeq: 1 " + method, "", "",
			}, "\n")
		}
		for _, method := range []string{"INVITE", "INVITE", "CANCEL"} {
			alice.Send(p.Addr, text(method))
		}
	}
	where, used := map[string]int{}, [2]int{}
	deadline := time.Now().Add(patience)
	for got := 0; got < 3*calls && time.Now().Before(deadline); {
		for i, s := range sinks {
			m := s.Next(time.Millisecond)
			if m == nil {
				continue
			}
			got++
			used[i]++
			id := m.Header("Call-ID")[0]
			if at, known := where[id]; known && at != i {
				t.Errorf("%s went both ways", id)
			}
			where[id] = i
		}
	}
	if used[0]+used[1] != 3*calls || used[0] == 0 || used[1] == 0 {
		t.Errorf("%d of %d requests came, %v by target", used[0]+used[1], 3*calls, used)
	}
}

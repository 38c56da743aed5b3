package proxy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/invariants"
	"github.com/fastsips/fastsips/loop"
)

// registrarRoute registers, and looks for who is registered.
const registrarRoute = `
socket=udp:127.0.0.1:5060
log_level=2
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "signaling.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "working_mode_preset", "single-instance-no-db")
route {
	if ($rm == "REGISTER") {
		save("location");
		exit;
	}
	lookup("location", "method-filtering");
	exit;
}
`

// registerText is a REGISTER of a user; n is its CSeq.
func registerText(user string, n int) []byte {
	return fmt.Appendf(nil, "REGISTER sip:example.com SIP/2.0\r\n"+
		"Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK776asdhds%08d;rport\r\nMax-Forwards: 70\r\n"+
		"To: <sip:%s@example.com>\r\nFrom: <sip:%s@example.com>;tag=1928301774\r\n"+
		"Call-ID: %s-a84b4c76e66710@pc33\r\nCSeq: %08d REGISTER\r\nContact: <sip:%s@192.0.2.1:5062>, <sip:%s@192.0.2.2:5062>;q=0.5\r\n"+
		"Expires: 3600\r\nUser-Agent: phone/1.0\r\nContent-Length: 0\r\n\r\n", n, user, user, user, n, user, user)
}

// lookup() allocates nothing. save() allocates the new record, which is kept, and what
// becomes of the old one is the collector's.
func TestRegistrarAllocations(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	p, g := start(t, registrarRoute)
	call := []byte(invite)
	g.Do(0, func(l *loop.Loop) {
		cseq := 1
		p.RunRequest(l, registerText("4021", cseq), false)
		if n := testing.AllocsPerRun(1000, func() { p.RunRequest(l, call, false) }); n != 0 {
			t.Errorf("%v allocations for a lookup", n)
		}
		list := make([][]byte, 1002)
		for i := range list {
			list[i] = registerText("4021", i+2)
		}
		if n := testing.AllocsPerRun(1000, func() { p.RunRequest(l, list[cseq-1], false); cseq++ }); n > 2 {
			t.Errorf("%v allocations for a registration", n)
		}
	})
}

// BenchmarkLookup and BenchmarkSave: a request less "parse" of BenchmarkTypicalRequestRoute
// is the route, which for a lookup is two statements. The users are many, so that what is
// looked for is not in the processor's cache.
func BenchmarkLookup(b *testing.B) {
	const users = 100_000
	p, g := start(b, registrarRoute)
	g.Do(0, func(l *loop.Loop) {
		for i := range users {
			p.RunRequest(l, registerText(fmt.Sprintf("%06d", i), 1), false)
		}
	})
	calls := make([][]byte, 4096)
	for i := range calls {
		calls[i] = []byte(strings.Replace(invite, "sip:4021@", fmt.Sprintf("sip:%06d@", i*7919%users), 1))
	}
	for _, bare := range []bool{true, false} {
		b.Run(map[bool]string{true: "parse", false: "lookup"}[bare], func(b *testing.B) {
			b.ReportAllocs()
			g.Do(0, func(l *loop.Loop) {
				before, i := cpu(), 0
				for b.Loop() {
					p.RunRequest(l, calls[i&4095], bare)
					i++
				}
				b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
			})
		})
	}
}

func BenchmarkSave(b *testing.B) {
	p, g := start(b, registrarRoute)
	text := registerText("4021", 1)
	at := strings.Index(string(text), "CSeq: ") + len("CSeq: ")
	b.ReportAllocs()
	g.Do(0, func(l *loop.Loop) {
		before, i := cpu(), 0
		for b.Loop() {
			i++
			copy(text[at:], fmt.Sprintf("%08d", i))
			p.RunRequest(l, text, false)
		}
		b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
	})
}

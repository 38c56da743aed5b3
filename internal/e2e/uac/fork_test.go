package uac

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

// "all 2xx responses ... MUST be passed" (RFC 6026 §7.2), when the transaction is over as
// well, and of another fork downstream: each has the caller's own From, To and CSeq.
func TestAnotherForks2xx(t *testing.T) {
	p := siptest.StartProxyConfig(t, sipprun.ProxyConfig{Config: script, Vars: map[string]string{"password": "secret"}})
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	alice.Send(p.Addr, `INVITE sip:bob@`+bob.Addr()+` SIP/2.0
Via: SIP/2.0/UDP `+alice.Addr()+`;branch=z9hG4bKforks
Max-Forwards: 70
From: Alice <sip:alice@home.test>;tag=a
To: <sip:bob@home.test>
Call-ID: forks
CSeq: 1 INVITE
Contact: <sip:alice@`+alice.Addr()+`>
`)
	first := bob.Await("INVITE", patience)
	bob.Send(p.Addr, answer(first, "401 Unauthorized", "c")+"WWW-Authenticate: Digest realm=\"carrier.test\", nonce=\"n\"\n")
	invite := bob.AwaitFunc("an INVITE with an answer", func(m *siptest.Message) bool { return m.Is("INVITE") && m.Header("Authorization") != nil }, patience)
	for _, tag := range []string{"one", "two", "one"} {
		bob.Send(p.Addr, answer(invite, "200 OK", tag))
		ok := alice.Await("200", patience)
		for name, want := range map[string]string{"From": "Alice <sip:alice@home.test>;tag=a", "To": "<sip:bob@home.test>;tag=" + tag, "CSeq": "1 INVITE"} {
			if got := scenario.RawValue(ok.Raw, name); got != want {
				t.Errorf("2xx of %s: %s %s, want %s", tag, name, got, want)
			}
		}
	}
}

// answer is a response to m, all but the last empty line.
func answer(m *siptest.Message, status, tag string) string {
	b := "SIP/2.0 " + status + "\n"
	for _, name := range []string{"Via", "Record-Route", "From", "Call-ID", "CSeq"} {
		for _, v := range scenario.RawValues(m.Raw, name) {
			b += name + ": " + v + "\n"
		}
	}
	to, _, _ := strings.Cut(scenario.RawValue(m.Raw, "To"), ";tag=")
	return b + "To: " + to + ";tag=" + tag + "\n"
}

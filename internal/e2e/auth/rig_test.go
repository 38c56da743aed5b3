// Package auth_test has Digest authentication tried from outside, with real databases and
// over real sockets.
package auth_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/digest"
	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/sipparse"
)

// patience bounds a wait for something that must happen.
const patience = 20 * time.Second

// A phone sends requests of one request line and knows how to log in.
type phone struct {
	t     testing.TB
	at    *siptest.Endpoint
	proxy string
	start string // "REGISTER sip:example.com"
	n     int
}

func newPhone(t testing.TB, proxy, start string) *phone {
	return &phone{t: t, at: siptest.Listen(t), proxy: proxy, start: start}
}

// send sends the request with header lines, each as a call of its own, and returns the
// answer.
func (p *phone) send(headers ...string) *siptest.Message {
	p.t.Helper()
	p.n++
	return p.sendAs("call-"+strconv.Itoa(p.n), headers...)
}

// sendAs is send with a Call-ID: it says which loop gets the request.
func (p *phone) sendAs(callID string, headers ...string) *siptest.Message {
	p.t.Helper()
	p.n++
	method, _, _ := strings.Cut(p.start, " ")
	lines := []string{p.start + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%d;rport", p.at.Addr(), p.n), "Max-Forwards: 70",
		"From: <sip:alice@example.com>;tag=a", "To: <sip:alice@example.com>", "Call-ID: " + callID, "CSeq: " + strconv.Itoa(p.n) + " " + method}
	p.at.Send(p.proxy, strings.Join(append(lines, headers...), "\n"))
	for {
		m := p.at.Next(patience)
		if m == nil {
			p.t.Fatalf("no answer to %s", p.start)
		}
		if m.Status() >= 200 {
			return m
		}
	}
}

// challenges returns those of an answer.
func challenges(m *siptest.Message) []string {
	return append(scenario.RawValues(m.Raw, "WWW-Authenticate"), scenario.RawValues(m.Raw, "Proxy-Authenticate")...)
}

// answered makes the header that answers challenge i of an answer; alter may change what is
// answered.
func (p *phone) answered(m *siptest.Message, i int, user, password string, alter func(*sipparse.Challenge, *digest.Answer)) string {
	p.t.Helper()
	list := challenges(m)
	if len(list) <= i {
		p.t.Fatalf("%v has %d challenges", m, len(list))
	}
	var ch sipparse.Challenge
	text := []byte(list[i])
	if err := sipparse.ParseChallenge(text, &ch); err != sipparse.OK || !digest.Usable(&ch) {
		p.t.Fatalf("%q: %v", list[i], err)
	}
	method, uri, _ := strings.Cut(p.start, " ")
	a := digest.Answer{User: []byte(user), Password: []byte(password), Method: []byte(method), URI: []byte(uri), CNonce: digest.AppendCNonce(nil), Count: 1}
	if alter != nil {
		alter(&ch, &a)
	}
	name := "Authorization: "
	if m.Status() == 407 {
		name = "Proxy-Authorization: "
	}
	return name + string(a.AppendTo(nil, text, &ch))
}

// login asks for a challenge, answers it, and returns the status and the credentials.
func (p *phone) login(user, password string) (status int, credentials string) {
	p.t.Helper()
	credentials = p.answered(p.send(), 0, user, password, nil)
	return p.send(credentials).Status(), credentials
}

// isStale reports whether an answer is a challenge because of its nonce alone.
func isStale(m *siptest.Message) bool {
	list := challenges(m)
	return len(list) > 0 && strings.Contains(list[0], "stale=true")
}

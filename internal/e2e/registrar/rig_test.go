package registrar

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
)

// The beginning of each script: modules, and contacts in memory.
const modules = `socket=udp:[proxy]
loadmodule "signaling.so"
loadmodule "sl.so"
loadmodule "sipmsgops.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "working_mode_preset", "single-instance-no-db")
`

// What the scripts do with requests that are no REGISTER.
const calls = `
route[call] {
	if (has_totag() || $rm == "ACK" || $rm == "CANCEL") {
		loose_route();
		t_relay();
		exit;
	}
	if (!lookup("location")) {
		sl_send_reply(404, "Not Found");
		exit;
	}
	t_relay();
	exit;
}
`

// saving is a script that registers everybody, with parameters and flags.
func saving(params, flags string) string {
	return modules + params + calls + `
route {
	if ($rm != "REGISTER") route(call);
	if (!save("location", "` + flags + `")) xlog("save: $rc\n");
}
`
}

// A rig is a proxy in virtual time, and the agents that talk to it.
type rig struct {
	t   *testing.T
	net *siptest.Net
	v   *siptest.Virtual
	n   int // agents
}

func newRig(t *testing.T, script string) *rig {
	t.Parallel()
	r := &rig{t: t, net: siptest.NewNet()}
	r.v = siptest.StartVirtual(t, r.net, siptest.VirtualConfig{Script: script})
	return r
}

// An agent is a user agent's socket.
type agent struct {
	r    *rig
	addr loop.Addr
	got  []*scenario.Message
	call string // Call-ID
	cseq int
	sent int
}

func (r *rig) agent() *agent {
	r.n++
	a := &agent{r: r, call: fmt.Sprintf("call-%d", r.n)}
	a.addr = r.net.Listen(func(from loop.Addr, b []byte) {
		a.got = append(a.got, scenario.ParseMessage(b, netip.AddrPort{}))
	})
	return a
}

func (a *agent) String() string { return string(a.addr.AppendTo(nil)) }

// text makes a request, which has the headers of RFC 3261 §8.1.1 that the given ones lack.
// [me] is the agent's address.
func (a *agent) text(method, uri string, headers ...string) string {
	a.sent++
	has := func(name string) bool {
		for _, h := range headers {
			if strings.HasPrefix(strings.ToLower(h), strings.ToLower(name)+":") {
				return true
			}
		}
		return false
	}
	lines := []string{method + " " + uri + " SIP/2.0",
		fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s-%d;rport", a, a.call, a.sent), "Max-Forwards: 70"}
	add := func(name, value string) {
		if !has(name) {
			lines = append(lines, name+": "+value)
		}
	}
	add("From", "<sip:bob@example.com>;tag=1")
	add("To", "<sip:bob@example.com>")
	add("Call-ID", a.call)
	if !has("CSeq") {
		a.cseq++
		add("CSeq", fmt.Sprintf("%d %s", a.cseq, method))
	}
	text := strings.Join(append(lines, headers...), "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
	return strings.ReplaceAll(text, "[me]", a.String())
}

// send sends a message to the proxy.
func (a *agent) send(text string) {
	a.r.net.Send(a.addr, a.r.v.Transport().Listeners()[0].Addr(), []byte(text))
}

// want waits for the next message.
func (a *agent) want(pattern string) *scenario.Message {
	a.r.t.Helper()
	a.r.net.Run(10*time.Second, func() bool { return len(a.got) > 0 })
	if len(a.got) == 0 {
		a.r.t.Fatalf("nothing came, where %s was to come\n%s", pattern, strings.Join(a.r.v.Log(), "\n"))
	}
	m := a.got[0]
	a.got = a.got[1:]
	if !m.Is(pattern) {
		a.r.t.Fatalf("%s came, where %s was to come\n%s", m.Raw, pattern, strings.Join(a.r.v.Log(), "\n"))
	}
	return m
}

// register sends a REGISTER and returns its answer.
func (a *agent) register(pattern string, headers ...string) *scenario.Message {
	a.r.t.Helper()
	a.send(a.text("REGISTER", "sip:example.com", headers...))
	return a.want(pattern)
}

// bindings is what the user has registered, by a REGISTER without contacts (RFC 3261
// §10.2.3).
func (r *rig) bindings(to string) []string {
	r.t.Helper()
	return r.agent().register("200", "To: <"+to+">").Header("Contact")
}

// wantBindings compares them, without what follows the URIs.
func (r *rig) wantBindings(to string, want ...string) {
	r.t.Helper()
	var got []string
	for _, c := range r.bindings(to) {
		got = append(got, scenario.URIOf(c))
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		r.t.Errorf("%s has registered %q, not %q", to, got, want)
	}
}

// has fails unless a header has a value.
func (r *rig) has(m *scenario.Message, name, value string) {
	r.t.Helper()
	for _, v := range m.Header(name) {
		if v == value {
			return
		}
	}
	r.t.Errorf("%s: %q is not among %q", name, value, m.Header(name))
}

// answer is a response to a request, with further headers.
func answer(m *scenario.Message, status int, headers ...string) string {
	lines := []string{fmt.Sprintf("SIP/2.0 %d X", status)}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for _, v := range m.Header(name) {
			if name == "To" && !strings.Contains(v, "tag=") {
				v += ";tag=t"
			}
			lines = append(lines, name+": "+v)
		}
	}
	return strings.Join(append(lines, headers...), "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

// reply answers a request.
func (a *agent) reply(m *scenario.Message, status int) {
	a.send(answer(m, status, "Contact: <sip:bob@"+a.String()+">"))
}

// loadError is what is wrong with a script.
func loadError(t *testing.T, script string) string {
	t.Helper()
	v, err := scenario.StartVirtual(siptest.NewNet(), siptest.VirtualConfig{Script: script}, t.TempDir())
	if err == nil {
		v.Stop()
		return "nothing"
	}
	return err.Error()
}

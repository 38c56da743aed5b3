package registrar

import (
	"strings"
	"testing"
	"time"
)

// RFC 3261 §10.3 step 8: "The registrar returns a 200 (OK) response. The response MUST
// contain Contact header field values enumerating all current bindings. Each Contact value
// MUST feature an 'expires' parameter indicating its expiration interval chosen by the
// registrar. The response SHOULD include a Date header field."
//
// checklist: C083
func TestC083(t *testing.T) {
	r := newRig(t, saving("", ""))
	a, b := r.agent(), r.agent()
	a.register("200", "Contact: <sip:bob@192.0.2.1>;q=0.7;expires=600")
	r.net.Run(10*time.Second, nil)
	b.register("200", "Contact: \"Bob\" <sip:bob@192.0.2.2;transport=tcp>", "Expires: 300")
	m := r.agent().register("200")
	r.has(m, "Contact", "<sip:bob@192.0.2.1>;q=0.7;expires=590")
	r.has(m, "Contact", "<sip:bob@192.0.2.2;transport=tcp>;expires=300")
	if got := m.Header("Contact"); len(got) != 2 {
		t.Errorf("%q", got)
	}
	if got := strings.Join(m.Header("Date"), ", "); !strings.HasSuffix(got, "12:00:10 GMT") {
		t.Errorf("Date: %s", got)
	}
}

func TestC078CaseBlind(t *testing.T) {
	r := newRig(t, saving(`modparam("registrar", "case_sensitive", 0)`+"\n", ""))
	r.agent().register("200", "Contact: <sip:bob@192.0.2.1>")
	r.wantBindings("sip:BOB@example.com", "sip:bob@192.0.2.1")
}

func TestNameLengths(t *testing.T) {
	r := newRig(t, saving(`modparam("registrar", "max_domain_len", 11)
modparam("registrar", "max_aor_len", 20)
modparam("registrar", "max_contact_len", 20)
`, ""))
	a := r.agent()
	a.register("200", "Contact: <sip:bob@192.0.2.123>")                                 // 17 bytes
	a.register("400", "Contact: <sip:bob@192.0.2.123:5060>")                            // 22
	a.register("500", "To: <sip:bob@example.info>", "Contact: <sip:bob@192.0.2.1>")     // 12
	a.register("500", "To: <sip:robert.bob@example.com>", "Contact: <sip:b@192.0.2.1>") // 22
}

// received_param names the parameter by which contacts say, in requests and answers, where
// they are reached.
func TestReceivedParam(t *testing.T) {
	r := newRig(t, saving(`modparam("registrar", "received_param", "rcv")`+"\n", ""))
	a, alice := r.agent(), r.agent()
	m := a.register("200", `Contact: <sip:bob@192.0.2.1>;rcv="sip:[me]"`)
	r.has(m, "Contact", `<sip:bob@192.0.2.1>;expires=3600;rcv="sip:`+a.String()+`"`)
	alice.send(alice.text("MESSAGE", bob))
	a.reply(a.want("MESSAGE"), 200)
	alice.want("200")
}

func TestPathMode(t *testing.T) {
	r := newRig(t, saving(`modparam("registrar", "path_mode", "ignore")`+"\n", ""))
	a, alice := r.agent(), r.agent()
	m := a.register("200", "Supported: path", "Path: <sip:192.0.2.8;lr>", "Contact: <sip:bob@[me]>")
	if got := m.Header("Path"); len(got) != 0 {
		t.Errorf("Path: %q", got)
	}
	alice.send(alice.text("MESSAGE", bob))
	a.reply(a.want("MESSAGE"), 200)
	alice.want("200")
}

// pn_trigger_interval: "If a binding refresh REGISTER request from a given SIP endpoint does
// not arrive within at least pn_trigger_interval seconds prior to expiration ... the
// E_UL_CONTACT_REFRESH usrloc event will be triggered". pn_pnsreg_interval is told the client.
func TestPushIntervals(t *testing.T) {
	r := newRig(t, pushing(`modparam("registrar", "pn_trigger_interval", 100)
modparam("registrar", "pn_pnsreg_interval", 200)
modparam("usrloc", "contact_refresh_timer", 1)
`))
	a := r.agent()
	m := a.register("200", "Contact: <sip:bob@192.0.2.1"+pn+">;expires=600")
	r.has(m, "Feature-Caps", `*;+sip.pns="fcm";+sip.pnsreg="200"`)
	r.net.Run(495*time.Second, nil)
	if strings.Contains(strings.Join(r.v.Log(), "\n"), "push") {
		t.Error("too early")
	}
	r.net.Run(10*time.Second, nil)
	r.logged("push reg-refresh sip:bob@192.0.2.1" + pn)
}

package registrar

import (
	"strings"
	"testing"
	"time"
)

// pushing is a script that prints which clients have to be woken up: who reads its log
// stands for the push service.
func pushing(params string) string {
	return modules + `modparam("registrar", "pn_enable", 1)
modparam("registrar", "pn_providers", "apns, fcm")
` + params + `
event_route[E_UL_CONTACT_REFRESH] {
	xlog("push $param(reason) $param(uri) $param(aor) $param(req_callid)\n");
}
route {
	if ($rm == "REGISTER") {
		save("location");
		exit;
	}
	if (has_totag() || $rm == "ACK") {
		loose_route();
		t_relay();
		exit;
	}
	lookup("location");
	$var(rc) = $rc;
	xlog("lookup $var(rc)\n");
	if ($var(rc) < 0) {
		sl_send_reply(404, "Not Found");
		exit;
	}
	if ($var(rc) == 2) exit;
	t_relay();
}
`
}

const pn = ";pn-provider=fcm;pn-prid=token;pn-param=app"

// logged waits for a line of the log.
func (r *rig) logged(text string) {
	r.t.Helper()
	if _, _, err := r.v.Wait(text, 0, time.Second); err != nil {
		r.t.Fatal(err)
	}
}

// RFC 8599 §4: the pn- parameters of the Contact URI are kept with the binding; the 2xx tells
// by Feature-Caps what is supported: "+sip.pns". They are not sent to others: the request
// that leaves does not have them, and the caller never sees them.
//
// checklist: C115
func TestC115(t *testing.T) {
	r := newRig(t, pushing(`modparam("registrar", "pn_skip_pn_interval", 60)`+"\n"))
	a, alice := r.agent(), r.agent()
	m := a.register("200", "Contact: <sip:bob@[me];x=1"+pn+">")
	r.has(m, "Feature-Caps", `*;+sip.pns="fcm";+sip.pnsreg="130"`)
	r.has(m, "Contact", "<sip:bob@"+a.String()+";x=1"+pn+">;expires=3600")
	alice.send(alice.text("INVITE", bob, "Contact: <sip:alice@[me]>"))
	alice.want("100")
	m = a.want("INVITE") // it has registered a moment ago, and is awake
	if uri := strings.Fields(string(m.Raw))[1]; uri != "sip:bob@"+a.String()+";x=1" {
		t.Errorf("R-URI: %s", uri)
	}
	if strings.Contains(string(m.Raw), "pn-") {
		t.Errorf("it leaves with them: %s", m.Raw)
	}
	a.reply(m, 200)
	if m = alice.want("200"); strings.Contains(string(m.Raw), "pn-") {
		t.Errorf("the caller sees them: %s", m.Raw)
	}
}

// RFC 8599 §4.1: what the client asks for, and what it is told.
func TestPushRegistrations(t *testing.T) {
	r := newRig(t, pushing(""))
	a := r.agent()
	feature := func(want ...string) func(headers ...string) {
		return func(headers ...string) {
			t.Helper()
			if got := a.register("200", headers...).Header("Feature-Caps"); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%q: %q, not %q", headers, got, want)
			}
		}
	}
	feature()("Contact: <sip:bob@192.0.2.1>")
	feature(`*;+sip.pns="apns"`, `*;+sip.pns="fcm"`)("Contact: <sip:bob@192.0.2.1;pn-provider>") // which are there?
	feature(`*;+sip.pns="fcm"`)("Contact: <sip:bob@192.0.2.1;pn-provider=fcm>")                  // is that one?
	feature(`*;+sip.pns="apns"`)("Contact: <sip:bob@192.0.2.1;pn-provider>", `Feature-Caps: *;+sip.pns="fcm"`)
	feature()("Contact: <sip:bob@192.0.2.1"+pn+">", `Feature-Caps: *;+sip.pns="fcm"`) // another proxy sees to it
	m := a.register("555", "Contact: <sip:bob@192.0.2.1;pn-provider=webpush;pn-prid=1;pn-param=2>")
	r.has(m, "Feature-Caps", `*;+sip.pns="apns"`)
	r.has(m, "P-Registrar-Error", "Push notification service not supported")
	a.register("555", "Contact: <sip:bob@192.0.2.1;pn-provider=fcm;pn-prid=1>") // pn-param lacks
}

// A client that has another address after it has slept is the same: it is found again by its
// push parameters.
func TestPushMatching(t *testing.T) {
	r := newRig(t, pushing(""))
	a := r.agent()
	a.register("200", "Contact: <sip:bob@192.0.2.1"+pn+">")
	a.register("200", "Contact: <sip:bob@198.51.100.1:7777"+pn+">")
	a.register("200", "Contact: <sip:bob@192.0.2.1"+strings.Replace(pn, "token", "other", 1)+">")
	r.wantBindings(bob, "sip:bob@198.51.100.1:7777"+pn, "sip:bob@192.0.2.1"+strings.Replace(pn, "token", "other", 1))
}

// RFC 8599 §5.6.2: "the proxy ... waits for the binding refresh REGISTER ... then forwards
// the SIP request".
//
// checklist: C116
func TestC116(t *testing.T) {
	r := newRig(t, pushing(""))
	a, alice := r.agent(), r.agent()
	a.register("200", "Contact: <sip:bob@192.0.2.1"+pn+">")
	r.net.Run(10*time.Second, nil)
	alice.send(alice.text("INVITE", bob, "Contact: <sip:alice@[me]>"))
	alice.want("100")
	r.logged("push ini-INVITE sip:bob@192.0.2.1" + pn + " bob@example.com " + alice.call)
	r.logged("lookup 2")
	r.net.Run(2*time.Second, nil)
	a.register("200", "To: <sip:eve@example.com>", "Contact: <sip:eve@192.0.2.1"+pn+">") // somebody else
	a.register("200", "CSeq: 30 REGISTER", "Contact: <sip:bob@[me]"+pn+">")
	m := a.want("INVITE")
	if uri := strings.Fields(string(m.Raw))[1]; uri != "sip:bob@"+a.String() {
		t.Errorf("R-URI: %s", uri)
	}
	a.reply(m, 180)
	alice.want("180")
	r.net.Run(20*time.Second, nil) // the call goes on ringing when the time to wake up is over
	a.reply(m, 200)
	alice.want("200")
}

// A client that does not come: 480 after pn_refresh_timeout.
func TestPushInVain(t *testing.T) {
	r := newRig(t, pushing(`modparam("registrar", "pn_refresh_timeout", 3)`+"\n"))
	a, alice := r.agent(), r.agent()
	a.register("200", "Contact: <sip:bob@[me]"+pn+">")
	alice.send(alice.text("INVITE", bob, "Contact: <sip:alice@[me]>"))
	alice.want("100")
	before := r.net.Now()
	alice.want("480")
	if d := time.Duration(r.net.Now() - before); d != 3*time.Second {
		t.Errorf("after %v", d)
	}
	if len(a.got) > 0 {
		t.Error("it was called")
	}
}

// One device sleeps, the other one is there: it is called at once, the first one when it
// has woken up. The first to answer has the call.
func TestPushBesideOthers(t *testing.T) {
	r := newRig(t, pushing(""))
	asleep, there, alice := r.agent(), r.agent(), r.agent()
	asleep.register("200", "Contact: <sip:bob@[me]"+pn+">")
	there.register("200", "Contact: <sip:bob@[me]>")
	alice.send(alice.text("INVITE", bob, "Contact: <sip:alice@[me]>"))
	alice.want("100")
	r.logged("lookup 1")
	m := there.want("INVITE")
	there.reply(m, 180)
	alice.want("180")
	asleep.register("200", "Contact: <sip:bob@[me]"+pn+">")
	m2 := asleep.want("INVITE")
	asleep.reply(m2, 200)
	alice.want("200")
	there.want("CANCEL")
}

// A MESSAGE waits as well.
func TestPushMessage(t *testing.T) {
	r := newRig(t, pushing(""))
	a, alice := r.agent(), r.agent()
	a.register("200", "Contact: <sip:bob@[me]"+pn+">")
	alice.send(alice.text("MESSAGE", bob))
	r.logged("push ini-MESSAGE")
	r.net.Run(2*time.Second, nil)
	a.register("200", "Contact: <sip:bob@[me]"+pn+">")
	a.reply(a.want("MESSAGE"), 200)
	alice.want("200")
}

// A client that sleeps when a request of its dialog comes: its Contact has the pn-purr that
// the 200 to its REGISTER gave it (RFC 8599 §6).
func TestPURR(t *testing.T) {
	script := pushing(`modparam("registrar", "pn_enable_purr", 1)
modparam("registrar", "pn_refresh_timeout", 5)
`)
	script = strings.Replace(script, "	if (has_totag()", `	if ($rm == "BYE") async(pn_process_purr("location"), awake);
	if (has_totag()`, 1) + `
route[awake] {
	$var(rc) = $rc;
	xlog("awake $var(rc) $avp(uri) $avp(aor)\n");
	if ($var(rc) < 0) t_reply(480, "Asleep");
	else t_relay();
}
`
	r := newRig(t, script)
	a, alice := r.agent(), r.agent()
	m := a.register("200", "Contact: <sip:bob@[me]"+pn+">")
	_, purr, ok := strings.Cut(strings.Join(m.Header("Feature-Caps"), " "), `+sip.pnspurr="`)
	if purr, _, _ = strings.Cut(purr, `"`); !ok || strings.Contains(purr, "bob") {
		t.Fatalf("Feature-Caps: %q", m.Header("Feature-Caps"))
	}
	bye := func(uri string) {
		alice.send(alice.text("BYE", uri, "To: <"+bob+">;tag=x"))
	}
	uri := "sip:bob@" + a.String() + ";pn-purr="
	bye(uri + purr)
	r.logged("push mid-BYE")
	a.register("200", "Contact: <sip:bob@[me]"+pn+">")
	r.logged("awake 1 sip:bob@" + a.String() + " bob@example.com")
	a.reply(a.want("BYE"), 200)
	alice.want("200")

	bye(uri + "of.another.proxy")
	r.logged("awake 2")
	a.reply(a.want("BYE"), 200)
	alice.want("200")

	bye(uri + purr) // it does not come
	alice.want("100")
	alice.want("480")
	r.logged("awake -2")
}

// A mistake in the parameters is told at the start.
func TestPushParametersAreChecked(t *testing.T) {
	for params, want := range map[string]string{
		`modparam("registrar", "pn_enable", 1)`: "pn_enable needs pn_providers",
		`modparam("registrar", "pn_enable", 1)
modparam("registrar", "pn_providers", "fcm")
modparam("registrar", "pn_ct_match_params", " , ")`: "pn_ct_match_params needs at least one name",
	} {
		if err := loadError(t, saving(params+"\n", "")); !strings.Contains(err, want) {
			t.Errorf("%s: %s", params, err)
		}
	}
}

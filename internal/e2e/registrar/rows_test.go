package registrar

import (
	"strings"
	"testing"
	"time"
)

const bob = "sip:bob@example.com"

// RFC 3261 §19.1.4: "Comparison of the userinfo of SIP and SIPS URIs is case-sensitive ...
// Comparison of all other components of the URI is case-insensitive unless explicitly
// defined otherwise." "A user, ttl, or method uri-parameter appearing in only one URI never
// matches" and "all other uri-parameters appearing in only one URI are ignored".
//
// checklist: C074
func TestC074(t *testing.T) {
	r := newRig(t, saving("", ""))
	a := r.agent()
	a.register("200", "Contact: <sip:bob@Phone.example.com>")
	a.register("200", "Contact: <sip:bob@phone.EXAMPLE.com>") // the same host
	a.register("200", "Contact: <sip:%62ob@phone.example.com>")
	a.register("200", "Contact: <sip:bob@phone.example.com;line=1>")
	r.wantBindings(bob, "sip:bob@phone.example.com;line=1")
	a.register("200", "Contact: <sip:Bob@phone.example.com>") // another user
	a.register("200", "Contact: <sip:bob@phone.example.com;user=phone>")
	a.register("200", "Contact: <sip:bob@phone.example.com;transport=tcp>")
	a.register("200", "Contact: <sip:bob@phone.example.com:5060>")
	r.wantBindings(bob, "sip:bob@phone.example.com;line=1", "sip:Bob@phone.example.com", "sip:bob@phone.example.com;user=phone",
		"sip:bob@phone.example.com;transport=tcp", "sip:bob@phone.example.com:5060")
}

// RFC 3261 §10.3 step 1: "If not, and if that server also acts as a proxy server, the server
// SHOULD forward the request to the addressed domain". The script decides which domains are
// its own.
//
// checklist: C076
func TestC076(t *testing.T) {
	r := newRig(t, modules+`
alias=udp:example.com:5060
route {
	if ($rm == "REGISTER" && is_myself($rd)) {
		save("location");
		exit;
	}
	if ($rm == "REGISTER") {
		sl_send_reply(403, "Not Our Domain");
		exit;
	}
}
`)
	a := r.agent()
	a.register("200", "Contact: <sip:bob@[me]>")
	a.send(a.text("REGISTER", "sip:example.net", "To: <sip:bob@example.net>", "Contact: <sip:bob@[me]>"))
	a.want("403")
	r.wantBindings("sip:bob@example.net")
}

// RFC 3261 §10.3 step 2: "To guarantee that the registrar supports any necessary extensions,
// the registrar MUST process the Require header field values as described for UASs": §8.2.2.3,
// "the UAS MUST respond by generating a response with status code 420 ... and in it include
// those options it does not understand in the Unsupported header field".
//
// checklist: C077
func TestC077(t *testing.T) {
	r := newRig(t, saving("", ""))
	m := r.agent().register("420", "Require: foo, path, bar", "Contact: <sip:bob@[me]>")
	r.has(m, "Unsupported", "foo")
	r.has(m, "Unsupported", "bar")
	if got := m.Header("Unsupported"); len(got) != 2 {
		t.Errorf("Unsupported: %q", got)
	}
	r.wantBindings(bob)
}

// RFC 3261 §10.3 step 5: "The URI MUST then be converted to a canonical form. To do that, all
// URI parameters MUST be removed (including the user-param), and any escaped characters MUST
// be converted to their unescaped form. The result serves as an index into the list of
// bindings."
//
// checklist: C078
func TestC078(t *testing.T) {
	r := newRig(t, saving(`modparam("registrar", "realm_prefix", "sip.")`+"\n", ""))
	r.agent().register("200", "To: <sip:b%6fb:secret@EXAMPLE.com:5070;x=1;user=phone>", "Contact: <sip:bob@192.0.2.1>")
	r.wantBindings(bob, "sip:bob@192.0.2.1")
	r.wantBindings("sip:bob@sip.example.com", "sip:bob@192.0.2.1") // realm_prefix
	r.wantBindings("sip:Bob@example.com")                          // users are case-sensitive
	r.wantBindings("sip:bob@example.net")

	m := r.agent().register("400", "To: <tel:12;x=1>", "Contact: <sip:bob@[me]>")
	r.has(m, "P-Registrar-Error", "Error while parsing AOR")
	m = r.agent().register("500", "To: <sip:"+strings.Repeat("b", 65)+"@example.com>", "Contact: <sip:bob@[me]>")
	r.has(m, "P-Registrar-Error", "Address Of Record too long")
}

// RFC 3261 §10.3 step 6: "If the Contact header field contains a '*' ... If the request has
// additional Contact fields or an expiration time other than zero, the request is invalid,
// and the server MUST return a 400 (Invalid Request) and skip the remaining steps. If not,
// the registrar checks whether the Call-ID agrees with the value stored for each binding. If
// not, it MUST remove the binding. If it does agree, it MUST remove the binding only if the
// CSeq in the request is higher than the value stored for that binding."
//
// checklist: C079
func TestC079(t *testing.T) {
	r := newRig(t, saving("", ""))
	a, b := r.agent(), r.agent()
	a.register("200", "Contact: <sip:bob@192.0.2.1>")
	b.register("200", "Contact: <sip:bob@192.0.2.2>")
	for _, bad := range [][]string{
		{"Contact: *"},
		{"Contact: *", "Expires: 60"},
		{"Contact: *;expires=0"},
		{"Contact: *, <sip:bob@192.0.2.1>", "Expires: 0"},
		{"Contact: <sip:bob@192.0.2.1>, *", "Expires: 0"},
		{"Contact: <sip:bob@192.0.2.1>", "Contact: *", "Expires: 0"},
		{"Contact: *", "Contact: <sip:bob@192.0.2.1>", "Expires: 0"},
		{"Contact: <*>", "Expires: 0"},
		{"Contact: *@example.com", "Expires: 0"},
	} {
		a.register("400", bad...)
	}
	m := a.register("400", "Contact: *", "Expires: 60")
	r.has(m, "P-Registrar-Error", "* used in contact and expires is not zero")
	a.register("400", "Contact: *", "Expires: 0", "CSeq: 1 REGISTER") // the binding has 1 already
	r.wantBindings(bob, "sip:bob@192.0.2.1", "sip:bob@192.0.2.2")
	m = a.register("200", "Contact: *", "Expires: 0")
	if got := m.Header("Contact"); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	r.wantBindings(bob)
}

// RFC 3261 §10.3 step 7: "the registrar determines the expiration interval: if the field
// value has an 'expires' parameter, that value MUST be taken as the requested expiration. If
// there is no such parameter, but the request has an Expires header field, that value MUST be
// taken ... If there is neither, a locally-configured default value MUST be taken" and "If
// and only if the requested expiration interval is greater than zero AND smaller than one
// hour AND less than a registrar-configured minimum, the registrar MAY reject the
// registration with a response of 423 (Interval Too Brief). This response MUST contain a
// Min-Expires header field".
//
// checklist: C080
func TestC080(t *testing.T) {
	r := newRig(t, saving(`modparam("registrar", "default_expires", 1800)
modparam("registrar", "max_expires", 7200)
`, ""))
	a := r.agent()
	r.has(a.register("200", "Contact: <sip:bob@192.0.2.1>;expires=600", "Expires: 700"), "Contact", "<sip:bob@192.0.2.1>;expires=600")
	r.has(a.register("200", "Contact: <sip:bob@192.0.2.1>", "Expires: 700"), "Contact", "<sip:bob@192.0.2.1>;expires=700")
	r.has(a.register("200", "Contact: <sip:bob@192.0.2.1>"), "Contact", "<sip:bob@192.0.2.1>;expires=1800")
	r.has(a.register("200", "Contact: <sip:bob@192.0.2.1>;expires=90000"), "Contact", "<sip:bob@192.0.2.1>;expires=7200")
	r.has(a.register("200", "Contact: <sip:bob@192.0.2.1>;expires=garbage"), "Contact", "<sip:bob@192.0.2.1>;expires=3600")
	m := a.register("423", "Contact: <sip:bob@192.0.2.9>;expires=1")
	r.has(m, "Min-Expires", "60")
	r.has(a.register("200", "Contact: <sip:bob@192.0.2.1>;expires=60"), "Contact", "<sip:bob@192.0.2.1>;expires=60")
	a.register("200", "Contact: <sip:bob@192.0.2.1>;expires=0")
	r.wantBindings(bob)
}

// OpenSIPS raises what is too little: raise_min_expires=1. An hour or more is never refused.
func TestC080OpenSIPS(t *testing.T) {
	r := newRig(t, saving(`modparam("registrar", "raise_min_expires", 1)`+"\n", ""))
	r.has(r.agent().register("200", "Contact: <sip:bob@192.0.2.1>;expires=1"), "Contact", "<sip:bob@192.0.2.1>;expires=60")
}

func TestC080AnHour(t *testing.T) {
	r := newRig(t, saving("", "min-expires=7200,max-expires=8000"))
	a := r.agent()
	r.has(a.register("423", "Contact: <sip:bob@192.0.2.1>;expires=3599"), "Min-Expires", "7200")
	r.has(a.register("200", "Contact: <sip:bob@192.0.2.1>;expires=3600"), "Contact", "<sip:bob@192.0.2.1>;expires=7200")
	r.has(a.register("200", "Contact: <sip:bob@192.0.2.1>;expires=9000"), "Contact", "<sip:bob@192.0.2.1>;expires=8000")
}

// RFC 3261 §10.3 step 7: "If the binding does exist, the registrar checks the Call-ID value.
// If the Call-ID value in the existing binding differs from the Call-ID value in the request,
// the binding MUST be removed if the expiration time is zero and updated otherwise. If they
// are the same, the registrar compares the CSeq value. If the value is higher than that of
// the existing binding, it MUST update or remove the binding as above. If not, the update
// MUST be aborted and the request fails."
//
// checklist: C081
func TestC081(t *testing.T) {
	r := newRig(t, saving("", ""))
	a, b := r.agent(), r.agent()
	a.register("200", "CSeq: 2 REGISTER", "Contact: <sip:bob@192.0.2.1>;expires=600")
	m := a.register("400", "CSeq: 1 REGISTER", "Contact: <sip:bob@192.0.2.1>;expires=900")
	r.has(m, "P-Registrar-Error", "Invalid CSeq number")
	a.register("400", "CSeq: 1 REGISTER", "Contact: <sip:bob@192.0.2.1>;expires=0")
	if got := r.bindings(bob); len(got) != 1 || !strings.HasSuffix(got[0], ";expires=600") {
		t.Errorf("after two that are too old: %q", got)
	}
	b.register("200", "CSeq: 1 REGISTER", "Contact: <sip:bob@192.0.2.1>;expires=700")
	if got := r.bindings(bob); len(got) != 1 || !strings.HasSuffix(got[0], ";expires=700") {
		t.Errorf("after one with another Call-ID: %q", got)
	}
}

// A copy of a request is no new one: it is answered as it was, also where no transaction
// recognises it.
func TestC081Copy(t *testing.T) {
	r := newRig(t, saving(`modparam("registrar", "allow_dup_cseq", 0)`+"\n", ""))
	a := r.agent()
	a.register("200", "CSeq: 2 REGISTER", "Contact: <sip:bob@192.0.2.1>;expires=600")
	a.register("400", "CSeq: 2 REGISTER", "Contact: <sip:bob@192.0.2.1>;expires=700")
	r.wantBindings(bob, "sip:bob@192.0.2.1")
}

// Some clients never change their CSeq: with allow_dup_cseq, OpenSIPS's default, such a request
// is a copy for a while (cseq_delay), which changes nothing, and counts after that.
func TestC081Duplicate(t *testing.T) {
	r := newRig(t, saving("", ""))
	a := r.agent()
	a.register("200", "CSeq: 2 REGISTER", "Contact: <sip:bob@192.0.2.1>;expires=600")
	r.has(a.register("200", "CSeq: 2 REGISTER", "Contact: <sip:bob@192.0.2.1>;expires=700"), "Contact", "<sip:bob@192.0.2.1>;expires=600")
	r.net.Run(30*time.Second, nil)
	r.has(a.register("200", "CSeq: 2 REGISTER", "Contact: <sip:bob@192.0.2.1>;expires=700"), "Contact", "<sip:bob@192.0.2.1>;expires=700")
}

// RFC 3261 §10.3 step 7: "The binding updates MUST be committed (that is, made visible to the
// proxy or redirect server) if and only if all binding updates and additions succeed."
//
// checklist: C082
func TestC082(t *testing.T) {
	r := newRig(t, saving("", "max-contacts=2"))
	a := r.agent()
	a.register("423", "Contact: <sip:bob@192.0.2.1>, <sip:bob@192.0.2.2>;expires=1")
	a.register("400", "Contact: <sip:bob@192.0.2.1>, <bob@192.0.2.2>")
	a.register("400", "Contact: <sip:bob@192.0.2.1>, <sip:bob@192.0.2.2>;q=2")
	a.register("400", "Contact: <sip:bob@192.0.2.1>, <sip:"+strings.Repeat("b", 250)+"@192.0.2.2>")
	m := a.register("503", "Contact: <sip:bob@192.0.2.1>, <sip:bob@192.0.2.2>, <sip:bob@192.0.2.3>")
	r.has(m, "P-Registrar-Error", "Too many registered contacts")
	r.wantBindings(bob)
	a.register("200", "Contact: <sip:bob@192.0.2.1>, <sip:bob@192.0.2.2>")
	a.register("503", "Contact: <sip:bob@192.0.2.1>;expires=0, <sip:bob@192.0.2.3>, <sip:bob@192.0.2.4>")
	r.wantBindings(bob, "sip:bob@192.0.2.1", "sip:bob@192.0.2.2")
	a.register("200", "Contact: <sip:bob@192.0.2.1>;expires=0, <sip:bob@192.0.2.3>")
	r.wantBindings(bob, "sip:bob@192.0.2.2", "sip:bob@192.0.2.3")
}

// RFC 3261 §10.3: "q" orders the targets; §16.5, §16.6: they are tried one group after the
// other.
//
// checklist: C084
func TestC084(t *testing.T) {
	r := newRig(t, modules+`
route {
	if ($rm == "REGISTER") {
		save("location");
		exit;
	}
	if ($rm == "ACK") exit;
	lookup("location");
	serialize_branches(1);
	next_branches();
	t_on_failure("next");
	t_relay();
}
failure_route[next] {
	if (next_branches()) {
		t_on_failure("next");
		t_relay();
	}
}
`)
	low, high, alice := r.agent(), r.agent(), r.agent()
	low.register("200", "Contact: <sip:bob@[me]>;q=0.5")
	high.register("200", "Contact: <sip:bob@[me]>;q=0.9")
	got := r.bindings(bob)
	if len(got) != 2 || !strings.Contains(got[0], ";q=0.9") || !strings.Contains(got[1], ";q=0.5") {
		t.Errorf("listed: %q", got)
	}
	alice.send(alice.text("INVITE", bob))
	alice.want("100")
	m := high.want("INVITE")
	if len(low.got) > 0 {
		t.Error("both were called at once")
	}
	high.reply(m, 486)
	high.want("ACK")
	m = low.want("INVITE")
	low.reply(m, 486)
	low.want("ACK")
	alice.want("486")
}

// RFC 5626 §6: "the registrar ... if there is a binding with the same instance-id and reg-id
// ... replaces it" and "the registrar MUST include the 'outbound' option-tag in a Require
// header field value in its response".
//
// checklist: C104
func TestC104(t *testing.T) {
	r := newRig(t, saving("", ""))
	first, second, other := r.agent(), r.agent(), r.agent()
	const flow = `;reg-id=1;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"`
	m := first.register("200", "Supported: path, outbound", "Contact: <sip:bob@[me]>"+flow)
	r.has(m, "Require", "outbound")
	m = second.register("200", "Supported: path, outbound", "Contact: <sip:bob@[me]>"+flow)
	r.has(m, "Require", "outbound")
	r.wantBindings(bob, "sip:bob@"+second.String())
	other.register("200", "Supported: path, outbound", "Contact: <sip:bob@[me]>"+strings.Replace(flow, "id=1", "id=2", 1))
	r.wantBindings(bob, "sip:bob@"+second.String(), "sip:bob@"+other.String())

	// without outbound a reg-id has no meaning
	m = first.register("200", "Contact: <sip:bob@192.0.2.1>"+flow)
	if got := m.Header("Require"); len(got) != 0 {
		t.Errorf("Require: %q", got)
	}
}

// RFC 5626 §7: "the proxy MUST NOT populate the target set with more than one contact with
// the same AOR and instance-id at a time."
func TestOutboundUsesOneFlow(t *testing.T) {
	r := newRig(t, saving("", ""))
	one, two, alice := r.agent(), r.agent(), r.agent()
	const flow = `;+sip.instance="<urn:uuid:1>";reg-id=`
	one.register("200", "Supported: outbound", "Contact: <sip:bob@[me]>"+flow+"1")
	r.net.Run(2e9, nil)
	two.register("200", "Supported: outbound", "Contact: <sip:bob@[me]>"+flow+"2")
	alice.send(alice.text("MESSAGE", bob))
	two.reply(two.want("MESSAGE"), 200)
	alice.want("200")
	if len(one.got) > 0 {
		t.Errorf("both flows were used")
	}
}

// RFC 3327 §5.3: "The registrar then stores this path vector in association with that contact
// ... The registrar copies the Path header field values into a Path header field in the
// successful (200 OK) REGISTER response." And where there is "no indication of support for
// the extension in the UA ... The recommended policy is for the registrar to reject the
// request with a 420 (Bad Extension) response".
//
// checklist: C111
func TestC111(t *testing.T) {
	const path1, path2 = "<sip:192.0.2.8;lr>", "<sip:192.0.2.9;lr>"
	request := []string{"Path: " + path1, "Path: " + path2, "Contact: <sip:bob@192.0.2.1>"}
	for _, c := range []struct {
		flags, supported string
		status           string
		shown            bool
	}{
		{"", "path", "200", true},
		{"", "", "200", false},
		{"path-off", "path", "200", false},
		{"path-lazy", "path", "200", true},
		{"path-lazy", "", "200", false},
		{"path-strict", "path", "200", true},
		{"path-strict", "", "420", true},
		{"p2", "", "420", true},
	} {
		t.Run(c.flags+"_"+c.supported, func(t *testing.T) {
			r := newRig(t, saving("", c.flags))
			m := r.agent().register(c.status, append([]string{"Supported: " + c.supported}, request...)...)
			var want []string
			if c.shown {
				want = []string{path1, path2}
			}
			if got := m.Header("Path"); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("Path: %q, not %q", got, want)
			}
			if c.status == "420" {
				r.has(m, "Unsupported", "path")
				r.wantBindings(bob)
			}
		})
	}
}

// RFC 3327 §5.3: "the home proxy ... constructs a route ... copies the contents of the path
// vector into the Route": requests to the contact go along it, in order.
//
// checklist: C112
func TestC112(t *testing.T) {
	r := newRig(t, saving("", "path-lazy"))
	edge, alice := r.agent(), r.agent()
	first := "<sip:" + edge.String() + ";lr>"
	edge.register("200", "Supported: path", "Path: "+first, "Path: <sip:192.0.2.9;lr>", "Contact: <sip:bob@192.0.2.1>")
	alice.send(alice.text("MESSAGE", bob))
	m := edge.want("MESSAGE")
	if got := strings.Join(m.Header("Route"), " "); got != first+" <sip:192.0.2.9;lr>" {
		t.Errorf("Route: %s", got)
	}
	if uri := strings.Fields(string(m.Raw))[1]; uri != "sip:bob@192.0.2.1" {
		t.Errorf("R-URI: %s", uri)
	}
	edge.reply(m, 200)
	alice.want("200")
}

// RFC 3608 §6.3: "the registrar returns a Service-Route header field ... in the response to
// the REGISTER request".
//
// checklist: C114
func TestC114(t *testing.T) {
	const route = "<sip:P2.HOME.EXAMPLE.COM;lr>"
	r := newRig(t, saving(`modparam("registrar", "service_route", "`+route+`")`+"\n", ""))
	r.has(r.agent().register("200", "Contact: <sip:bob@[me]>"), "Service-Route", route)
}

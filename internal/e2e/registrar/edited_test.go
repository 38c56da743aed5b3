package registrar

import (
	"strings"
	"testing"
)

// editing is a script that changes a REGISTER before it keeps it.
func editing(edits string) string {
	return modules + `
loadmodule "nathelper.so"
loadmodule "path.so"
` + calls + `
route {
	if ($rm == "REGISTER") {
		if ($hdr(X-Ask) == NULL) {` + edits + `}
		if (!save("location")) xlog("save: $rc\n");
		exit;
	}
	if ($rU == "asked") {
		fix_nated_contact();
		if (is_contact_registered("location", "sip:bob@example.com")) sl_send_reply(200, "yes");
		else sl_send_reply(404, "no");
		exit;
	}
	route(call);
}
`
}

// asked is a list that changes nothing.
func (r *rig) asked() []string {
	r.t.Helper()
	return r.agent().register("200", "X-Ask: 1").Header("Contact")
}

// fix_nated_contact(): "Rewrites the URI Contact HF to contain request's source
// address:port". Then save() keeps that one, answers with it, and lookup() leads there.
func TestFixedContactIsKept(t *testing.T) {
	script := editing(`fix_nated_contact(, "preserve-uri");`)
	t.Run("at once", func(t *testing.T) { fixedContactIsKept(newRig(t, script)) })
	t.Run("after a wait", func(t *testing.T) {
		r, _ := slowRig(t, script)
		fixedContactIsKept(r)
	})
}

func fixedContactIsKept(r *rig) {
	r.t.Helper()
	a, alice := r.agent(), r.agent()
	want := "<sip:bob@" + a.String() + ";org=MTAuMC4wLjE6NTA2MA>"
	m := a.register("200", "Contact: <sip:bob@10.0.0.1:5060>", "Expires: 600")
	r.has(m, "Contact", want+";expires=600")
	alice.send(alice.text("MESSAGE", bob))
	got := a.want("MESSAGE")
	if !strings.HasPrefix(string(got.Raw), "MESSAGE "+want[1:len(want)-1]+" SIP/2.0\r\n") {
		r.t.Errorf("the phone gets %.60q", got.Raw)
	}
	a.reply(got, 200)
	alice.want("200")

	a.register("200", "Contact: <sip:bob@10.0.0.1:5060>", "Expires: 600")
	if got := r.asked(); len(got) != 1 {
		r.t.Errorf("after a refresh: %q", got)
	}
	a.register("200", "Contact: <sip:bob@10.0.0.1:5060>;expires=0")
	if got := r.asked(); len(got) != 0 {
		r.t.Errorf("after the end: %q", got)
	}
}

func TestFixedContactIsAsked(t *testing.T) {
	r := newRig(t, editing(`fix_nated_contact();`))
	a, b := r.agent(), r.agent()
	a.register("200", "Contact: <sip:bob@10.0.0.1:5060>")
	a.send(a.text("OPTIONS", "sip:asked@example.com", "Contact: <sip:bob@10.0.0.1:5060>"))
	a.want("200")
	b.send(b.text("OPTIONS", "sip:asked@example.com", "Contact: <sip:bob@10.0.0.1:5060>"))
	b.want("404")
}

// add_rcv_param() is for another registrar, but this one reads it just as well.
func TestAddedReceivedIsKept(t *testing.T) {
	r := newRig(t, editing(`add_rcv_param();`))
	a, alice := r.agent(), r.agent()
	m := a.register("200", "Contact: <sip:bob@10.0.0.1:5060>")
	r.has(m, "Contact", `<sip:bob@10.0.0.1:5060>;expires=3600;received="sip:`+a.String()+`"`)
	alice.send(alice.text("MESSAGE", bob))
	a.reply(a.want("MESSAGE"), 200)
	alice.want("200")
}

// A Path that the script writes counts like one that came (RFC 3327 §5.3). What add_path()
// asks for goes with what is sent on: our own address is no way to the contact.
func TestAddedPathIsKept(t *testing.T) {
	r := newRig(t, editing(`add_path(); append_hf("Path: <sip:edge@$si:$sp;lr>\r\n");`))
	a, alice := r.agent(), r.agent()
	m := a.register("200", "Supported: path", "Contact: <sip:bob@10.0.0.1:5060>")
	path := "<sip:edge@" + a.String() + ";lr>"
	if got := m.Header("Path"); len(got) != 1 || got[0] != path {
		t.Errorf("Path: %q", got)
	}
	alice.send(alice.text("MESSAGE", bob))
	got := a.want("MESSAGE")
	r.has(got, "Route", path)
	a.reply(got, 200)
	alice.want("200")
}

// What the script takes away or writes anew is not what the phone has sent.
func TestOtherEditsCount(t *testing.T) {
	r := newRig(t, editing(`remove_hf("Expires"); append_hf("Expires: 120\r\n"); remove_hf("Require");`))
	a := r.agent()
	m := a.register("200", "Contact: <sip:bob@192.0.2.1>", "Expires: 600", "Require: teleport")
	r.has(m, "Contact", "<sip:bob@192.0.2.1>;expires=120")
}

// An edit that breaks a Contact is refused like one that came so, and nothing is kept.
func TestBrokenEditsAreRefused(t *testing.T) {
	r := newRig(t, editing(`remove_hf("Contact"); append_hf("Contact: <sip:bob@\r\n");`))
	a := r.agent()
	a.register("400", "Contact: <sip:bob@192.0.2.1>")
	if got := r.asked(); len(got) != 0 {
		t.Errorf("kept: %q", got)
	}
}

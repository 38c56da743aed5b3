package registrar

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/scenario"
)

const gruus = `modparam("registrar", "disable_gruu", 0)
modparam("registrar", "gruu_secret", "s3cret")
`

// gruuScript answers a request for a device that is not there as RFC 5627 §5.1 wants it.
const gruuScript = modules + gruus + `
route {
	if ($rm == "REGISTER") {
		save("location");
		exit;
	}
	if (!lookup("location")) {
		if (is_registered("location", $ru)) {
			sl_send_reply(480, "Temporarily Unavailable");
		} else {
			sl_send_reply(404, "Not Found");
		}
		exit;
	}
	t_relay();
}
`

// params are those of the contact of an answer that has a URI.
func params(t *testing.T, m *scenario.Message, uri string) map[string]string {
	t.Helper()
	for _, c := range m.Header("Contact") {
		if scenario.URIOf(c) != uri {
			continue
		}
		p := map[string]string{}
		_, rest, _ := strings.Cut(c, ">")
		inQuotes := false
		for _, s := range strings.FieldsFunc(rest, func(c rune) bool {
			if c == '"' {
				inQuotes = !inQuotes
			}
			return c == ';' && !inQuotes
		}) {
			name, value, _ := strings.Cut(s, "=")
			p[name] = strings.Trim(value, `"`)
		}
		return p
	}
	t.Fatalf("%s is not among %q", uri, m.Header("Contact"))
	return nil
}

// RFC 5627 §5.3: "the registrar ... MUST generate a public GRUU ... and a temporary GRUU" for
// a contact with an instance, where the REGISTER says Supported: gruu. §6.1: "the proxy ...
// MUST ... route the request to the contact with that instance". A public one contains the
// AOR, a temporary one does not show it.
func TestGRUU(t *testing.T) {
	r := newRig(t, gruuScript)
	desk, mobile, alice := r.agent(), r.agent(), r.agent()
	m := desk.register("200", "Supported: gruu", `Contact: <sip:bob@[me]>;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"`)
	mobile.register("200", "Supported: gruu", `Contact: <sip:bob@[me]>;+sip.instance="<urn:uuid:2>"`)
	p := params(t, m, "sip:bob@"+desk.String())
	if want := "sip:bob@example.com;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"; p["pub-gruu"] != want {
		t.Errorf("public: %q", p["pub-gruu"])
	}
	if want := "<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"; p["+sip.instance"] != want {
		t.Errorf("instance: %q", p["+sip.instance"])
	}
	temp := p["temp-gruu"]
	if !strings.HasPrefix(temp, "sip:tgruu.") || !strings.HasSuffix(temp, "@example.com;gr") || strings.Contains(temp, "bob") || strings.Contains(temp, "f81d4fae") {
		t.Errorf("temporary: %q", temp)
	}
	for _, uri := range []string{p["pub-gruu"], temp, p["pub-gruu"] + ";x=1"} {
		alice.send(alice.text("MESSAGE", uri, "To: <"+uri+">"))
		desk.reply(desk.want("MESSAGE"), 200)
		alice.want("200")
	}
	if len(mobile.got) > 0 {
		t.Error("the other device was called")
	}

	// each REGISTER gives another temporary one, and those before it hold
	m = desk.register("200", "Supported: gruu", `Contact: <sip:bob@[me]>;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"`)
	if again := params(t, m, "sip:bob@"+desk.String())["temp-gruu"]; again == temp {
		t.Error("the same one twice")
	}
	call := func(uri, status string) {
		t.Helper()
		alice.send(alice.text("MESSAGE", uri, "To: <"+uri+">"))
		if status == "200" {
			desk.reply(desk.want("MESSAGE"), 200)
		}
		alice.want(status)
	}
	call(temp, "200")

	// a text that somebody has made up leads nowhere, nor does one that was changed
	call("sip:tgruu.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA@example.com;gr", "404")
	call(strings.Replace(temp, "tgruu.", "tgruu.A", 1), "404")
	call("sip:bob@example.com;gr=urn:uuid:nobody", "480")
	call("sip:eve@example.com;gr=urn:uuid:2", "404")

	// another Call-ID ends the temporary ones, and not the public one
	desk.register("200", "Call-ID: after-restart", "Supported: gruu", `Contact: <sip:bob@[me]>;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"`)
	call(temp, "404")
	call(p["pub-gruu"], "200")
	desk.register("200", "Call-ID: after-restart-2", "Contact: <sip:bob@[me]>;expires=0")
	call(p["pub-gruu"], "480")
}

// Who does not support GRUU, or where disable_gruu is not 0, gets none.
func TestNoGRUU(t *testing.T) {
	r := newRig(t, gruuScript)
	m := r.agent().register("200", `Contact: <sip:bob@192.0.2.1>;+sip.instance="<urn:uuid:1>"`)
	if p := params(t, m, "sip:bob@192.0.2.1"); p["pub-gruu"] != "" || p["temp-gruu"] != "" {
		t.Errorf("without Supported: %v", p)
	}
	m = r.agent().register("200", "Require: gruu", `Contact: <sip:bob@192.0.2.2>;+sip.instance="<urn:uuid:2>"`)
	if p := params(t, m, "sip:bob@192.0.2.2"); p["pub-gruu"] == "" {
		t.Errorf("with Require: %v", p)
	}
}

func TestDisabledGRUU(t *testing.T) {
	r := newRig(t, saving("", ""))
	a := r.agent()
	m := a.register("200", "Supported: gruu", `Contact: <sip:bob@192.0.2.1>;+sip.instance="<urn:uuid:1>"`)
	if p := params(t, m, "sip:bob@192.0.2.1"); p["pub-gruu"] != "" {
		t.Errorf("%v", p)
	}
	a.register("420", "Require: gruu", "Contact: <sip:bob@192.0.2.1>")
}

// Without use_domain an address of record has no domain: GRUUs have that of the socket.
func TestGRUUWithoutDomain(t *testing.T) {
	r := newRig(t, gruuScript+`modparam("usrloc", "use_domain", 0)`+"\n")
	a, alice := r.agent(), r.agent()
	m := a.register("200", "Supported: gruu", `Contact: <sip:bob@[me]>;+sip.instance="<urn:uuid:1>"`)
	p := params(t, m, "sip:bob@"+a.String())
	host := string(r.v.Transport().Listeners()[0].Addr().AppendTo(nil))
	if p["pub-gruu"] != "sip:bob@"+host+";gr=urn:uuid:1" || !strings.HasSuffix(p["temp-gruu"], "@"+host+";gr") {
		t.Errorf("%v", p)
	}
	for _, uri := range []string{p["pub-gruu"], p["temp-gruu"]} {
		alice.send(alice.text("MESSAGE", uri, "To: <"+uri+">"))
		a.reply(a.want("MESSAGE"), 200)
		alice.want("200")
	}
}

package registrar

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// registering is the part of a script that registers, with flags of save().
func registering(flags string) string {
	return `
	if ($rm == "REGISTER") {
		save("location", "` + flags + `");
		exit;
	}
`
}

// remove(domain, AOR, contact, next_hop, sip_instance, bflag): the contacts that are like
// all that is given; all of the user's, if nothing is.
func TestRemove(t *testing.T) {
	for _, c := range []struct {
		args string
		left []string
	}{
		{`"sip:bob@example.com"`, nil},
		{`"sip:nobody@example.com"`, []string{"1", "2", "3"}},
		{`"sip:bob@example.com", "sip:bob@192.0.2.2"`, []string{"1", "3"}},
		{`"sip:bob@example.com", "sip:bob@192.0.2.9"`, []string{"1", "2", "3"}},
		{`"sip:bob@example.com", , "192.0.2.3"`, []string{"1", "2"}},
		{`"sip:bob@example.com", , , "<urn:uuid:1>"`, []string{"2", "3"}},
		{`"sip:bob@example.com", "sip:bob@192.0.2.1", "192.0.2.2"`, []string{"1", "2", "3"}},
		{`"sip:bob@example.com", , , , "MARKED"`, []string{"1", "3"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			r := newRig(t, modules+`
route {
	if ($rU == "remove") {
		remove("location", `+c.args+`);
		sl_send_reply(200, "$rc");
		exit;
	}
	if ($ct.fields(uri) =~ "192.0.2.2") setbflag("MARKED");
	save("location");
}
`)
			a := r.agent()
			a.register("200", `Contact: <sip:bob@192.0.2.1>;+sip.instance="<urn:uuid:1>"`)
			a.register("200", "Contact: <sip:bob@192.0.2.2>")
			a.register("200", "Contact: <sip:bob@192.0.2.3>")
			a.send(a.text("OPTIONS", "sip:remove@example.com"))
			if m := a.want("200"); !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 1\r\n") {
				t.Errorf("remove gave %.20q", m.Raw)
			}
			var want []string
			for _, n := range c.left {
				want = append(want, "sip:bob@192.0.2."+n)
			}
			r.wantBindings(bob, want...)
		})
	}
}

// remove_ip_port(ip, port, domain, [AOR]): of one user, or of all. What counts is where the
// contact is reached: Path, received, or its URI.
func TestRemoveIPPort(t *testing.T) {
	r := newRig(t, modules+`
modparam("registrar", "received_avp", "$avp(from)")
route {
	if ($rU == "one") {
		remove_ip_port("192.0.2.1", 5060, "location", "sip:bob@example.com");
		sl_send_reply(200, "OK");
		exit;
	}
	if ($rU == "all") {
		remove_ip_port("192.0.2.7", 7000, "location");
		sl_send_reply(200, "OK");
		exit;
	}
	if ($hdr(X-From) != NULL) $avp(from) = $hdr(X-From);
	save("location", "p1");
}
`)
	a := r.agent()
	a.register("200", "Contact: <sip:bob@192.0.2.1>, <sip:bob@192.0.2.1:5070>")
	a.register("200", "To: <sip:eve@example.com>", "Contact: <sip:eve@192.0.2.1>, <sip:eve@192.0.2.7:7000>")
	for n := range 300 {
		a.register("200", fmt.Sprintf("To: <sip:u%d@example.com>", n), "X-From: sip:192.0.2.7:7000", "Contact: <sip:u@10.0.0.1>")
	}
	a.send(a.text("OPTIONS", "sip:one@example.com"))
	a.want("200")
	r.wantBindings(bob, "sip:bob@192.0.2.1:5070")
	r.wantBindings("sip:eve@example.com", "sip:eve@192.0.2.1", "sip:eve@192.0.2.7:7000")
	a.send(a.text("OPTIONS", "sip:all@example.com"))
	a.want("200")
	r.wantBindings("sip:eve@example.com", "sip:eve@192.0.2.1")
	for _, n := range []int{0, 150, 299} {
		r.wantBindings(fmt.Sprintf("sip:u%d@example.com", n))
	}
}

// is_registered, is_contact_registered, is_ip_registered.
func TestRegistered(t *testing.T) {
	r := newRig(t, modules+`
modparam("registrar", "received_avp", "$avp(from)")
modparam("registrar", "attr_avp", "$avp(attr)")
route {
	if ($rm == "REGISTER") {
		$avp(from) = "sip:198.51.100.7:4444";
		$avp(attr) = "kept";
		save("location");
		exit;
	}
	is_registered("location");
	$var(r) = "$rc";
	is_registered("location", "sip:bob@example.com");
	$var(r) = "$var(r) $rc$avp(attr)";
	is_registered("location", "sip:eve@example.com");
	$var(r) = "$var(r) $rc";
	is_contact_registered("location", "sip:bob@example.com", "sip:bob@192.0.2.1");
	$var(r) = "$var(r) / $rc";
	is_contact_registered("location", "sip:bob@example.com", "sip:bob@192.0.2.2");
	$var(r) = "$var(r) $rc";
	is_contact_registered("location", "sip:bob@example.com", , "call-1");
	$var(r) = "$var(r) $rc";
	is_contact_registered("location", "sip:bob@example.com", "sip:bob@192.0.2.1", "call-2");
	$var(r) = "$var(r) $rc";
	is_contact_registered("location", "sip:bob@example.com");
	$var(r) = "$var(r) $rc";
	$avp(ip) = "198.51.100.7";
	$avp(ip) = "192.0.2.1";
	is_ip_registered("location", "sip:bob@example.com", $avp(ip));
	$var(r) = "$var(r) / $rc";
	$var(ip) = "192.0.2.1";
	is_ip_registered("location", "sip:bob@example.com", $var(ip));
	$var(r) = "$var(r) $rc";
	$var(ip) = "198.51.100.7";
	$var(port) = 4444;
	is_ip_registered("location", "sip:bob@example.com", $var(ip), $var(port));
	$var(r) = "$var(r) $rc";
	$var(port) = 4445;
	is_ip_registered("location", "sip:bob@example.com", $var(ip), $var(port));
	sl_send_reply(200, "$var(r) $rc");
}
`)
	a := r.agent()
	a.register("200", "Contact: <sip:bob@192.0.2.1>")
	a.send(a.text("OPTIONS", "sip:ask@example.com", "Contact: <sip:bob@192.0.2.1>"))
	want := "1 1kept -1 / 1 -1 1 -1 1 / 1 -1 1 -1"
	if m := a.want("200"); !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 "+want+"\r\n") {
		t.Errorf("got %.60q\nwant %q", m.Raw, want)
	}
}

// add_sock_hdr writes, and save() with socket-header reads which socket the client came to.
func TestSocketHeader(t *testing.T) {
	r := newRig(t, `socket=udp:[proxy2]
`+modules+`
modparam("registrar", "sock_hdr_name", "X-Socket")
route {
	if ($rU == "add") {
		add_sock_hdr("X-Socket");
		$ru = "sip:edge@$si:$sp";
		t_relay();
		exit;
	}
	`+registering("s")+`
	lookup("location");
	xlog("by $socket_out\n");
	sl_send_reply(200, "$socket_out");
}
`)
	a := r.agent()
	second := string(r.v.Transport().Listeners()[1].Addr().AppendTo(nil))
	a.register("200", "X-Socket: udp:"+second, "Contact: <sip:bob@192.0.2.1>")
	a.send(a.text("OPTIONS", bob))
	if m := a.want("200"); !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 udp:"+second+"\r\n") {
		t.Errorf("got %.60q", m.Raw)
	}
	a.send(a.text("OPTIONS", "sip:add@example.com"))
	m := a.want("OPTIONS")
	r.has(m, "X-Socket", "udp:"+string(r.v.Transport().Listeners()[0].Addr().AppendTo(nil)))
	a.reply(m, 200)
	a.want("200")
}

// lookup()'s flags, in both forms: they choose among the contacts. The answer lists the
// R-URI and the branches.
func TestLookupFlags(t *testing.T) {
	for _, c := range []struct{ flags, want string }{
		{"", "1 one two three"},
		{"no-branches", "1 one"},
		{"b", "1 one"},
		{"to-branches-only", "1 bob one two three"},
		{"B", "1 bob one two three"},
		{"method-filtering", "1 one three"},
		{"m", "1 one three"},
		{"ua-filtering=/phone/", "1 one"},
		{"ua-filtering=/PHONE/i", "1 one"},
		{"ua-filtering=/PHONE/, case-insensitive", "1 one"},
		{"u/^Soft/", "1 two"},
		{"u/nothing/", "-1 bob"},
		{"ibu/phone/m", "1 one"},
		{"max-ping-latency=5", "1 one two three"},
		{"sort-by-latency, global", "1 one two three"},
	} {
		t.Run(c.flags, func(t *testing.T) {
			r := newRig(t, modules+`
route {`+registering("")+`
	lookup("location", "`+c.flags+`");
	$var(l) = "$rc $(ru{uri.user})";
	$var(i) = 0;
	while ($(branch(uri)[$var(i)]) != NULL) {
		$var(l) = "$var(l) $(branch(uri)[$var(i)]{uri.user})";
		$var(i) = $var(i) + 1;
	}
	sl_send_reply(200, "$var(l)");
}
`)
			a := r.agent()
			a.register("200", "User-Agent: Deskphone", "Contact: <sip:one@192.0.2.1>")
			a.register("200", "User-Agent: Softie", "Allow: INVITE, ACK", "Contact: <sip:two@192.0.2.2>")
			a.register("200", `Contact: <sip:three@192.0.2.3>;methods="INVITE, OPTIONS"`)
			a.send(a.text("OPTIONS", bob))
			if m := a.want("200"); !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 "+c.want+"\r\n") {
				t.Errorf("got %.60q, want %q", m.Raw, c.want)
			}
		})
	}
}

// -2: "contacts found, but method not supported".
func TestLookupMethodUnsupported(t *testing.T) {
	r := newRig(t, modules+`
route {`+registering("")+`
	lookup("location", "m");
	sl_send_reply(200, "$rc");
}
`)
	a := r.agent()
	a.register("200", "Allow: INVITE", "Contact: <sip:one@192.0.2.1>")
	a.send(a.text("OPTIONS", bob))
	if m := a.want("200"); !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 -2\r\n") {
		t.Errorf("got %.60q", m.Raw)
	}
	a.send(a.text("OPTIONS", "sip:eve@example.com"))
	if m := a.want("200"); !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 -1\r\n") {
		t.Errorf("got %.60q", m.Raw)
	}
}

// With the flag branch the branches are users too: their contacts take their places.
func TestLookupBranches(t *testing.T) {
	r := newRig(t, modules+`
route {`+registering("")+`
	append_msg_branch("sip:eve@example.com");
	append_msg_branch("sip:nobody@example.com");
	lookup("location", "branch");
	sl_send_reply(200, "$rc $ru $(branch(uri)[0]) $(branch(uri)[1]) $(branch(uri)[2])");
}
`)
	a := r.agent()
	a.register("200", "Contact: <sip:one@192.0.2.1>")
	a.register("200", "To: <sip:eve@example.com>", "Contact: <sip:two@192.0.2.2>, <sip:three@192.0.2.3>")
	a.send(a.text("OPTIONS", bob))
	want := "1 sip:one@192.0.2.1 sip:two@192.0.2.2 sip:three@192.0.2.3 <null>"
	if m := a.want("200"); !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 "+want+"\r\n") {
		t.Errorf("got %.100q", m.Raw)
	}
}

// What comes with a contact: $du, q, branch flags, attributes.
func TestLookupCompanions(t *testing.T) {
	r := newRig(t, modules+`
modparam("registrar", "received_avp", "$avp(from)")
modparam("registrar", "attr_avp", "$avp(attr)")
modparam("registrar", "default_q", 250)
modparam("usrloc", "nat_bflag", "NAT")
route {
	if ($rm == "REGISTER") {
		$avp(from) = "sip:198.51.100.7:4444";
		$avp(attr) = $ct.fields(uri);
		setbflag("NAT");
		save("location");
		exit;
	}
	lookup("location");
	$var(f) = isbflagset("NAT");
	isbflagset("NAT", 1);
	sl_send_reply(200, "$du $(branch(duri)[0]) $ru_q $(branch(q)[0]) $(avp(attr)[0]) $(avp(attr)[1]) $rc");
}
`)
	a := r.agent()
	m := a.register("200", "Contact: <sip:one@192.0.2.1>;q=0.3")
	r.has(m, "Contact", `<sip:one@192.0.2.1>;q=0.3;expires=3600;received="sip:198.51.100.7:4444"`)
	a.register("200", "Contact: <sip:two@192.0.2.2>")
	a.send(a.text("OPTIONS", bob))
	want := "sip:198.51.100.7:4444 sip:198.51.100.7:4444 300 250 sip:one@192.0.2.1 sip:two@192.0.2.2 1"
	if m := a.want("200"); !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 "+want+"\r\n") {
		t.Errorf("got %.150q", m.Raw)
	}
}

// save()'s flags, in both forms.
func TestSaveFlags(t *testing.T) {
	for _, c := range []struct {
		flags string
		left  []string // after 1, 2 and 3, each of which has rinstance=1
		shown int      // contacts of the last answer; -1: there is none
	}{
		{"", []string{"1", "2", "3"}, 3},
		{"max-contacts=2,force-registration", []string{"2", "3"}, 2},
		{"c2f", []string{"2", "3"}, 2},
		{"c2", []string{"1", "2"}, 0},
		{"matching-mode=<rinstance>", []string{"3"}, 1},
		{"M<rinstance>", []string{"3"}, 1},
		{"matching-mode=0", []string{"1", "2", "3"}, 3},
		{"only-request-contacts", []string{"1", "2", "3"}, 1},
		{"o", []string{"1", "2", "3"}, 1},
		{"no-reply", []string{"1", "2", "3"}, -1},
		{"mr", []string{"1", "2", "3"}, -1},
	} {
		t.Run(c.flags, func(t *testing.T) {
			r := newRig(t, modules+`
route {
	if ($hdr(X-Ask) != NULL) {
		save("location");
		exit;
	}
	save("location", "`+c.flags+`");
	xlog("saved\n");
}
`)
			a := r.agent()
			shown := -1
			for n := 1; n <= 3; n++ {
				r.net.Run(2*time.Second, nil)
				a.send(a.text("REGISTER", "sip:example.com", fmt.Sprintf("Contact: <sip:bob@192.0.2.%d;rinstance=1>", n)))
				r.net.Run(time.Second, nil)
				if len(a.got) > 0 {
					shown = len(a.got[0].Header("Contact"))
					a.got = nil
				}
			}
			if shown != c.shown {
				t.Errorf("%d contacts are shown, not %d", shown, c.shown)
			}
			var want []string
			for _, n := range c.left {
				want = append(want, "sip:bob@192.0.2."+n+";rinstance=1")
			}
			b := r.agent()
			var got []string
			for _, v := range b.register("200", "X-Ask: 1").Header("Contact") {
				got = append(got, strings.Trim(strings.Split(v, ">")[0], "<"))
			}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("left: %q, not %q", got, want)
			}
		})
	}
}

// A mistake in flags is told when the script is loaded, with what may be written. Letters
// and words do not mix.
func TestFlagsAreChecked(t *testing.T) {
	for flags, want := range map[string]string{
		"force-registraton": `'f'`,
		"max-contacts=many": `no number`,
		"max-contacts":      "needs a value",
		"no-reply=1":        "takes no value",
		"matching-mode=2":   "matching-mode is",
		"p3":                "p is followed by 0, 1 or 2",
		"z":                 `'z'`,
	} {
		if flags == "force-registraton" {
			want = "is no flag"
		}
		err := loadError(t, saving("", flags))
		if !strings.Contains(err, want) {
			t.Errorf("%s: %s", flags, err)
		}
	}
}

// aor: another URI than To. path-received: where an edge proxy says that the client is.
func TestSaveArguments(t *testing.T) {
	r := newRig(t, modules+`
modparam("usrloc", "nat_bflag", "NAT")
route {
	if ($rm == "REGISTER" && $hdr(X-AOR) != NULL) {
		save("location", "p1v", $hdr(X-AOR), "vip");
		exit;
	}
	if ($rm == "REGISTER") {
		save("location");
		exit;
	}
	lookup("location", "", "sip:carol@example.com");
	isbflagset("NAT");
	sl_send_reply(200, "$rc");
}
`)
	a := r.agent()
	m := a.register("200", "X-AOR: sip:carol@example.com", "Path: <sip:192.0.2.8;lr;received=sip%3a198.51.100.9%3a7777>", "Contact: <sip:bob@192.0.2.1>")
	r.has(m, "Contact", `<sip:bob@192.0.2.1>;expires=3600;received="sip:198.51.100.9:7777"`)
	r.wantBindings(bob)
	r.wantBindings("sip:carol@example.com", "sip:bob@192.0.2.1")
	a.send(a.text("OPTIONS", bob))
	if m := a.want("200"); !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 1\r\n") {
		t.Errorf("nat_bflag: %.20q", m.Raw)
	}
}

// In a reply route save() keeps what another registrar has accepted, with the time that it
// gives; the contact that was sent to it, which mcontact_avp names, becomes the client's own.
func TestSaveInReplyRoute(t *testing.T) {
	r := newRig(t, modules+`
loadmodule "textops.so"
modparam("registrar", "mcontact_avp", "$avp(sent)")
route {
	if ($rm == "REGISTER" && $hdr(X-Ask) == NULL) {
		$avp(sent) = "sip:bob@proxy.example.com";
		$du = "sip:$hdr(X-Main)";
		t_on_reply("accepted");
		t_relay();
		exit;
	}
	save("location");
}
onreply_route[accepted] {
	if ($rs == 200) save("location");
}
modparam("tm", "onreply_avp_mode", 1)
`)
	a, main := r.agent(), r.agent()
	a.send(a.text("REGISTER", "sip:example.com", "X-Main: "+main.String(), "Contact: <sip:bob@[me]>;expires=3600"))
	m := main.want("REGISTER")
	main.send(answer(m, 200, "Contact: <sip:bob@elsewhere.example.com>;expires=30, <sip:bob@proxy.example.com>;expires=120"))
	got := a.want("200")
	if c := strings.Join(got.Header("Contact"), " "); !strings.Contains(c, "<sip:bob@"+a.String()+">;expires=120") {
		t.Errorf("the client sees %s", c)
	}
	c := r.agent().register("200", "X-Ask: 1").Header("Contact")
	if len(c) != 1 || c[0] != "<sip:bob@"+a.String()+">;expires=120" {
		t.Errorf("kept: %q", c)
	}
}

// retry_after is in 5xx answers, max_contacts counts without a flag.
func TestTooManyContacts(t *testing.T) {
	r := newRig(t, saving(`modparam("registrar", "max_contacts", 2)
modparam("registrar", "retry_after", 30)
`, ""))
	a := r.agent()
	a.register("200", "Contact: <sip:bob@192.0.2.1>, <sip:bob@192.0.2.2>")
	r.has(a.register("503", "Contact: <sip:bob@192.0.2.3>"), "Retry-After", "30")
	a.register("200", "Contact: <sip:bob@192.0.2.2>") // one that is there already is refreshed
	r.wantBindings(bob, "sip:bob@192.0.2.1", "sip:bob@192.0.2.2")
}

// expires_max_deviation: "add a random +/- deviation up to and including the given value".
func TestExpiresDeviate(t *testing.T) {
	r := newRig(t, saving(`modparam("registrar", "expires_max_deviation", 100)`+"\n", ""))
	a := r.agent()
	seen := map[string]bool{}
	for range 40 {
		c := a.register("200", "Contact: <sip:bob@192.0.2.1>;expires=1800").Header("Contact")[0]
		var n int
		if _, err := fmt.Sscanf(c, "<sip:bob@192.0.2.1>;expires=%d", &n); err != nil || n < 1700 || n > 1900 {
			t.Fatalf("%s: %v", c, err)
		}
		seen[c] = true
	}
	if len(seen) < 10 {
		t.Errorf("only %d different times", len(seen))
	}
}

// A contact ends by itself.
func TestContactsEnd(t *testing.T) {
	r := newRig(t, saving("", ""))
	r.agent().register("200", "Contact: <sip:bob@192.0.2.1>;expires=100, <sip:bob@192.0.2.2>;expires=200")
	r.net.Run(150*time.Second, nil)
	r.wantBindings(bob, "sip:bob@192.0.2.2")
	r.net.Run(100*time.Second, nil)
	r.wantBindings(bob)
}

// Whatever a client writes, it gets its answer, and nothing of it is kept.
func TestOddContacts(t *testing.T) {
	r := newRig(t, saving("", ""))
	long := strings.Repeat("x", 300)
	for _, headers := range [][]string{
		{"Contact: <sip:" + long + "@192.0.2.1>"},
		{"Contact: <sip:bob@192.0.2.1>;received=\"sip:" + long + "\""},
		{"Contact: <sip:bob@192.0.2.1>;+sip.instance=\"<" + long + ">\""},
		{"Contact: <mailto:bob@example.com>"},
		{"Contact: <tel:+15550100>"},
		{"Contact: <sip:>"},
		{"Contact: <sip:bob@>"},
		{"Contact: <sip:bob@192.0.2.1>;q=1.1"},
		{"Contact: <sip:bob@192.0.2.1"},
		{"Contact: sip:bob@192.0.2.1?x=y"},
		{"Contact: ,"},
		{"Contact: <sip:bob@192.0.2.1>;expires=5;expires=6"},
		{"Contact: <sip:bob@192.0.2.1>", "Call-ID: " + long},
		{"Contact: <sip:bob@192.0.2.1>", "Expires: 1", "Expires: 2"},
		{"Contact: <sip:bob@192.0.2.1>", "Supported: path", "Path: <sip:" + long + ";lr>"},
		{"Contact: <sip:bob@192.0.2.1>", "Supported: path", "Path: <sip:192.0.2.2>"},
		{"Contact: <sip:bob@192.0.2.1>", "Supported: path", "Path: rubbish"},
	} {
		m := r.agent().register("4xx", headers...)
		if m.Status() != 400 && m.Status() != 420 && m.Status() != 423 {
			t.Errorf("%.80q: %d", headers, m.Status())
		}
	}
	r.wantBindings(bob)
}

// Ten thousand contacts of one user, in one request or one after the other: what is too
// much is refused, and what was there stays.
func TestManyContacts(t *testing.T) {
	r := newRig(t, saving("", ""))
	a := r.agent()
	var list []string
	for n := range 4000 {
		list = append(list, fmt.Sprintf("<sip:%d@h>", n))
	}
	var headers []string
	for len(list) > 0 {
		n := min(len(list), 500)
		headers = append(headers, "Contact: "+strings.Join(list[:n], ","))
		list = list[n:]
	}
	m := a.register("503", headers...)
	r.has(m, "P-Registrar-Error", "Too many registered contacts")
	r.wantBindings(bob)

	refused := 0
	for n := range 10_000 {
		a.send(a.text("REGISTER", "sip:example.com", fmt.Sprintf("Contact: <sip:%d@192.0.2.1>", n)))
		if m := a.want("any"); m.Status() == 503 {
			refused++
		}
	}
	if got := len(r.bindings(bob)); refused != 10_000-512 || got != 512 {
		t.Errorf("%d are refused, %d registered", refused, got)
	}
}

// The statistics of the module.
func TestStatistics(t *testing.T) {
	r := newRig(t, modules+`
loadmodule "statistics.so"
route {`+registering("")+`
	sl_send_reply(200, "$stat(registrar:accepted_regs) $stat(registrar:rejected_regs) $stat(registrar:max_expires) $stat(registrar:max_contacts) $stat(registrar:default_expire)");
}
`)
	a := r.agent()
	a.register("200", "Contact: <sip:bob@192.0.2.1>")
	a.register("200")
	a.register("400", "Contact: *")
	a.send(a.text("OPTIONS", bob))
	if m := a.want("200"); !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 2 1 0 0 3600\r\n") {
		t.Errorf("got %.60q", m.Raw)
	}
}

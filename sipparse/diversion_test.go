package sipparse

import "testing"

// Diversion = "Diversion" ":" 1# (name-addr *( ";" diversion_params )); RFC 5806 §7
func TestDiversions(t *testing.T) {
	m := parse(t, request(`
Diversion: "C" <sip:c@d;x>;reason=user-busy;counter=2;privacy=off
Diversion: <sip:b@d>;Reason="no-answer", <tel:+1>;counter="1"
`[1:]))
	b := m.Buf()
	it := m.Diversions()
	var d Diversion
	for _, want := range []struct {
		uri, reason string
		counter     int
	}{{"sip:c@d;x", "user-busy", 2}, {"sip:b@d", `"no-answer"`, -1}, {"tel:+1", "", 1}} {
		if !it.Next(&d) || d.Counter != want.counter {
			t.Errorf("%s: %v %+v", want.uri, it.Err(), d)
		}
		wantText(t, "URI", d.URI.Of(b), want.uri)
		wantText(t, "reason", d.Reason.Of(b), want.reason)
	}
	if it.Next(&d) || it.Err() != OK {
		t.Error(it.Err())
	}
	for _, s := range []string{"", "<sip:a", "<sip:a>;counter=x", "<sip:a>;counter", "<sip:a>;counter=1;counter=1", "<sip:a>;reason=a;reason=b", "<sip:a>,<sip:b>"} {
		if e := ParseDiversion([]byte(s), &d); e != ErrNameAddr {
			t.Errorf("%q: %v", s, e)
		}
	}
	if ParseDiversion([]byte("sip:a;reason=x"), &d) != OK {
		t.Error("bare")
	}
}

// "History-Info: <sip:bob@example.com>;index=1.1;rc=1"; RFC 7044 §4: an address with
// parameters.
func TestHistoryInfo(t *testing.T) {
	m := parse(t, request("History-Info: <sip:a@b>;index=1,<sip:c@d?Reason=SIP%3Bcause%3D302>;index=1.1;mp=1\n"))
	it := m.Addrs(HdrHistoryInfo)
	var n NameAddr
	for _, want := range []string{"1", "1.1"} {
		if !it.Next(&n) {
			t.Fatal(it.Err())
		}
		v, _ := n.Param(m.Buf(), "index")
		wantText(t, "index", v, want)
	}
}

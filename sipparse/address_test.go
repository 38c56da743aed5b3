package sipparse

import "testing"

// RFC 3515 §2.4.2: a REFER with other than one Refer-To is answered 400. Lists give
// their first.
func TestAddress(t *testing.T) {
	for _, c := range []struct {
		typ        HdrType
		lines, uri string
		there      bool
		err        Error
	}{
		{HdrReferTo, "", "", false, OK},
		{HdrReferTo, "r: <sip:c@d?Replaces=a%3Bto-tag%3D1>;x", "sip:c@d?Replaces=a%3Bto-tag%3D1", true, OK},
		{HdrReferTo, "Refer-To: sip:c@d;method=INVITE", "sip:c@d", true, OK},
		{HdrReferTo, "Refer-To: <sip:c>, <sip:d>", "", true, ErrNameAddr},
		{HdrReferTo, "Refer-To: <sip:c>\nr: <sip:d>", "", true, ErrNameAddr},
		{HdrReferTo, "Refer-To: sip:c?Replaces=a", "", true, ErrNameAddr},
		{HdrReferTo, "Refer-To:", "", true, ErrNameAddr},
		{HdrReferredBy, `b: "A" <sip:a@b>;cid="1@a"`, "sip:a@b", true, OK},
		{HdrPAssertedIdentity, "P-Asserted-Identity: <sip:a@b>, <tel:+1>", "sip:a@b", true, OK},
		{HdrPAssertedIdentity, "P-Asserted-Identity: <sip:a@b>\nP-Asserted-Identity: <tel:+1>", "sip:a@b", true, OK},
		{HdrRoute, "Route: <sip:p;lr>,<sip:q;lr>", "sip:p;lr", true, OK},
	} {
		m := parse(t, request(c.lines+"\n"))
		var n NameAddr
		there, err := m.Address(c.typ, &n)
		if there != c.there || err != c.err {
			t.Errorf("%q: %v %v", c.lines, there, err)
		}
		if err == OK {
			wantText(t, c.lines, n.URI.Of(m.Buf()), c.uri)
		}
	}
}

// The headers of a Refer-To URI, where Replaces is embedded, are URI.Headers.
func TestReferToReplaces(t *testing.T) {
	m := parse(t, request("Refer-To: <sips:alice@atlanta.example.com?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>\n"))
	var n NameAddr
	var u URI
	if ok, e := m.Address(HdrReferTo, &n); !ok || e != OK || parseURI(m.Buf(), n.URI, &u) != OK {
		t.Fatal(e)
	}
	wantText(t, "headers", u.Headers.Of(m.Buf()), "Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994")
}

// "If there are two values, one value MUST be a sip or sips URI and the other MUST be
// a tel URI"; RFC 3325 §9.1
func TestIdentities(t *testing.T) {
	for _, c := range []struct {
		lines, sip, tel string
		err             Error
	}{
		{"", "", "", OK},
		{`P-Asserted-Identity: "Cullen Jennings" <sip:fluffy@cisco.com>` + "\nP-Asserted-Identity: tel:+14085264000", "sip:fluffy@cisco.com", "tel:+14085264000", OK},
		{"P-Asserted-Identity: <TEL:+1>, <SIPS:a@b>", "SIPS:a@b", "TEL:+1", OK},
		{"P-Asserted-Identity: <urn:x:y>, <sip:a>, <sip:b>, <tel:+1>, <tel:+2>", "sip:a", "tel:+1", OK},
		{"P-Asserted-Identity: <sip:a>, <sip:b", "", "", ErrNameAddr},
		{"P-Asserted-Identity: *", "", "", OK},
	} {
		m := parse(t, request(c.lines+"\n"))
		var sip, tel NameAddr
		if err := m.Identities(HdrPAssertedIdentity, &sip, &tel); err != c.err {
			t.Errorf("%q: %v", c.lines, err)
		}
		wantText(t, c.lines, sip.URI.Of(m.Buf()), c.sip)
		wantText(t, c.lines, tel.URI.Of(m.Buf()), c.tel)
	}
}

package sipparse

import (
	"strings"
	"testing"
)

func TestContact(t *testing.T) {
	b := []byte(`"A, B" <sip:a@b;ob>;q=0.7;expires=60;+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>";reg-id=3` +
		`;pub-gruu="sip:a@b;gr=1";temp-gruu="sip:tgruu@b;gr"`)
	var x Contact
	if e := ParseContact(b, &x); e != OK {
		t.Fatal(e)
	}
	wantText(t, "URI", x.URI.Of(b), "sip:a@b;ob")
	wantText(t, "instance", x.Instance(b), "urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF")
	wantText(t, "public", x.PubGRUU(b), "sip:a@b;gr=1")
	wantText(t, "temporary", x.TempGRUU(b), "sip:tgruu@b;gr")
	if x.Q != 700 || x.Expires != 60 || !x.HasExpires || x.RegID(b) != 3 || x.Star || x.Whole.Len() != len(b) {
		t.Errorf("%+v", x)
	}
	b = []byte("sip:a@b")
	ParseContact(b, &x)
	if x.Q != -1 || x.HasExpires || x.RegID(b) != 0 || x.Instance(b) != nil || x.PubGRUU(b) != nil {
		t.Errorf("%+v", x)
	}
}

// "The expires parameter ... Malformed values SHOULD be treated as equivalent to
// 3600"; RFC 3261 §10.2. What decides and is there twice is refused.
func TestContactParams(t *testing.T) {
	for _, c := range []struct {
		params  string
		q       int
		expires int
		err     Error
	}{
		{";q=1;expires=0", 1000, 0, OK},
		{";Q=0.1 ; EXPIRES = 5", 100, 5, OK},
		{`;expires="5"`, -1, 5, OK},
		{";expires=4294967296", -1, 3600, OK},
		{";expires=-1", -1, 3600, OK},
		{";expires", -1, 3600, OK},
		{";x;y=z", -1, -1, OK},
		{";q=2", 0, 0, ErrContact},
		{";q", 0, 0, ErrContact},
		{";q=0.5;q=0.5", 0, 0, ErrContact},
		{";expires=1;expires=2", 0, 0, ErrContact},
		{";x;", 0, 0, ErrContact},
		{" x", 0, 0, ErrContact},
		{",<sip:c>", 0, 0, ErrContact}, // one value is to be read
	} {
		var x Contact
		err := ParseContact([]byte("<sip:a>"+c.params), &x)
		if !x.HasExpires {
			x.Expires = ^uint32(0)
		}
		if err != c.err || err == OK && (x.Q != c.q || int32(x.Expires) != int32(c.expires)) {
			t.Errorf("%q: %v, %+v", c.params, err, x)
		}
	}
}

// "The REGISTER-specific Contact header field value of "*" applies to all
// registrations, but it MUST NOT be used unless the Expires header field is present
// with a value of "0""; RFC 3261 §10.2.2.  Contact = STAR / (contact-param *(COMMA ...))
func TestContacts(t *testing.T) {
	for _, c := range []struct {
		lines, want string
		err         Error
	}{
		{"", "", OK},
		{"Contact: *\nExpires: 0", "*", OK},
		{"m: sip:a, <sip:b>;x\nContact: <sip:c>", "sip:a sip:b sip:c", OK},
		{"Contact: *,<sip:b>", "", ErrContact},
		{"Contact: <sip:b>,*", "sip:b", ErrContact},
		{"Contact: <sip:b>\nContact: *", "sip:b", ErrContact},
		{"Contact: *\nContact: <sip:b>", "", ErrContact},
		{"Contact: *\nContact: *", "", ErrContact},
		{"Contact: *;expires=0", "", ErrContact},
		{"Contact: <*>", "", ErrContact},
		{"Contact:", "", ErrContact},
		{"Contact: <sip:b>,", "", ErrContact},
	} {
		m := parse(t, request(c.lines+"\n"))
		var got []string
		it := m.Contacts()
		for x := (Contact{}); it.Next(&x); {
			got = append(got, string(x.URI.Of(m.Buf())))
			if x.Star != (string(x.URI.Of(m.Buf())) == "*") {
				t.Errorf("%q: star %v", c.lines, x.Star)
			}
		}
		if strings.Join(got, " ") != c.want || it.Err() != c.err {
			t.Errorf("%q: %q, %v", c.lines, got, it.Err())
		}
	}
}

// "If the URI is not enclosed in angle brackets, any semicolon-delimited parameters
// are header-parameters, not URI parameters"; RFC 3261 §20.
func TestContactsOfRFC4475(t *testing.T) {
	for _, c := range []struct {
		file, uri, params string
		err               Error
	}{
		{"regbadct.dat", "", "", ErrContact}, // 3.1.2.13: "?" without < >
		{"cparam01.dat", "sip:+19725552222@gw1.example.net", ";unknownparam", OK},
		{"cparam02.dat", "sip:+19725552222@gw1.example.net;unknownparam", "", OK},
		{"regescrt.dat", "sip:user@example.com?Route=%3Csip:sip.example.com%3E", "", OK},
	} {
		m := parse(t, readFile(t, "testdata/rfc4475", c.file))
		var x Contact
		it := m.Contacts()
		if it.Next(&x) != (c.err == OK) || it.Err() != c.err {
			t.Errorf("%s: %v", c.file, it.Err())
		}
		if c.err == OK {
			wantText(t, c.file, x.URI.Of(m.Buf()), c.uri)
			wantText(t, c.file, x.Params.Of(m.Buf()), c.params)
		}
	}
}

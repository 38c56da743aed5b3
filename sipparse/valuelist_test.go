package sipparse

import "testing"

func TestParseValue(t *testing.T) {
	for _, c := range []struct {
		text, value, uri, params string
		err                      Error
	}{
		{"*;audio;require", "*", "", ";audio;require", OK},                                           // RFC 3841
		{"<http://a/b,c;d>;purpose=icon", "<http://a/b,c;d>", "http://a/b,c;d", ";purpose=icon", OK}, // §20.9
		{`"A, B" <sip:a> ;x`, `"A, B" <sip:a>`, "sip:a", ";x", OK},
		{"Bob<sip:a>", "Bob<sip:a>", "sip:a", "", OK},
		{"3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=2344", "3GPP-E-UTRAN-FDD", "", "; utran-cell-id-3gpp=2344", OK}, // RFC 7315
		{`icid-value="a;b,c";orig-ioi=x`, `icid-value="a;b,c"`, "", ";orig-ioi=x", OK},
		{"info=alert-autoanswer", "info=alert-autoanswer", "", "", OK},
		{";info=ring", "", "", ";info=ring", OK},
		{"a  b\r\n c ; d = e", "a  b\r\n c", "", "; d = e", OK},
		{"", "", "", "", ErrValue},
		{";", "", "", "", ErrValue},
		{"<sip:a", "", "", "", ErrValue},
		{"<>", "", "", "", ErrValue},
		{`"a`, "", "", "", ErrValue},
		{"a,b", "", "", "", ErrValue},
		{"a\x00", "", "", "", ErrValue},
	} {
		b := []byte(c.text)
		var v Value
		if err := ParseValue(b, &v); err != c.err {
			t.Errorf("%q: %v, want %v", c.text, err, c.err)
		} else if err == OK {
			wantText(t, c.text, v.Value.Of(b), c.value)
			wantText(t, c.text, v.URI.Of(b), c.uri)
			wantText(t, c.text, v.Params.Of(b), c.params)
			wantText(t, c.text, v.Whole.Of(b), c.text)
		}
	}
}

func TestValueWhole(t *testing.T) {
	for text, want := range map[string]string{" a ": "a", "\t<x:y>\r\n ;z ": "<x:y>\r\n ;z", "a ,": "a"} {
		b := []byte(text)
		var v Value
		if e := ParseValue(b, &v); e != OK {
			t.Errorf("%q: %v", text, e)
		}
		wantText(t, text, v.Whole.Of(b), want)
	}
}

func TestValues(t *testing.T) {
	m := parse(t, request("Accept-Contact: *;audio,, *;x=\"1,2\"\na: ,*;explicit\n"))
	it := m.Values(HdrAcceptContact)
	var v Value
	for _, want := range [...]string{"*;audio", `*;x="1,2"`, "*;explicit"} {
		if !it.Next(&v) {
			t.Fatal(it.Err())
		}
		wantText(t, "value", v.Whole.Of(m.Buf()), want)
	}
	if it.Next(&v) || it.Err() != OK {
		t.Error(it.Err())
	}
	if x, ok := v.Param(m.Buf(), "EXPLICIT"); !ok || x != nil {
		t.Error("no explicit")
	}
}

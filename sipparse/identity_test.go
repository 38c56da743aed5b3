package sipparse

import "testing"

// Identity = "Identity" HCOLON signed-identity-digest SEMI ident-info *( SEMI
// ident-info-params ); RFC 8224 §4.1
func TestIdentity(t *testing.T) {
	for _, c := range []struct {
		text, header, payload, signature, info, alg, ppt string
		err                                              Error
	}{
		{"eyJh.eyJk.-_w;info=<https://biloxi.example.org/biloxi.cer>;alg=ES256", "eyJh", "eyJk", "-_w", "https://biloxi.example.org/biloxi.cer", "ES256", "", OK},
		{`a.b.c ;ppt="shaken"; info = <https://x/y;z,w>`, "a", "b", "c", "https://x/y;z,w", "", "shaken", OK},
		{"..sig;info=<x:y>;ppt=shaken", "", "", "sig", "x:y", "", "shaken", OK}, // compact form
		{`"ZYNBbHC00VMZr2kZt6VmCvPonWJMGvQTBDqghoWeLxJ="`, "", "", "", "", "", "", OK},
		{"a.b;info=<x:y>", "", "", "", "x:y", "", "", OK},
		{"a.b.c.d", "", "", "", "", "", "", OK},
		{"a.b.c;info=<x:y>;info=<x:z>", "", "", "", "", "", "", ErrValue},
		{"a.b.c;alg=none;alg=ES256", "", "", "", "", "", "", ErrValue},
		{"a.b.c;ppt=a;ppt=b", "", "", "", "", "", "", ErrValue},
		{"a.b.c;info=<x:y", "", "", "", "", "", "", ErrValue},
		{"a.b.c;info=<>", "", "", "", "", "", "", ErrValue},
		{"a.b.c;info", "", "", "", "", "", "", ErrValue},
		{"a.b.c;", "", "", "", "", "", "", ErrValue},
		{"a.b.c d", "", "", "", "", "", "", ErrValue},
		{"a.b.c,d.e.f", "", "", "", "", "", "", ErrValue},
		{"", "", "", "", "", "", "", ErrValue},
	} {
		b := []byte(c.text)
		var x Identity
		if err := ParseIdentity(b, &x); err != c.err {
			t.Errorf("%q: %v, want %v", c.text, err, c.err)
		} else if err == OK {
			for want, s := range map[*string]Span{&c.header: x.Header, &c.payload: x.Payload, &c.signature: x.Signature, &c.info: x.Info, &c.alg: x.Alg, &c.ppt: x.PPT} {
				wantText(t, c.text, s.Of(b), *want)
			}
		}
	}
	b := []byte(`"YQ==" `)
	var x Identity
	ParseIdentity(b, &x)
	wantText(t, "old form", x.Token.Of(b), "YQ==")
}

// RFC 8224 §4.1: several Identity headers, one for each PASSporT.
func TestIdentityList(t *testing.T) {
	m := parse(t, request("y: a.b.c;info=<x:1>\nIdentity: ..d;info=<x:2>, ..e;info=<x:3>\n"))
	it := m.Identity()
	var x Identity
	for _, want := range []string{"x:1", "x:2", "x:3"} {
		if !it.Next(&x) {
			t.Fatal(it.Err())
		}
		wantText(t, "info", x.Info.Of(m.Buf()), want)
	}
	if it.Next(&x) || it.Err() != OK {
		t.Error(it.Err())
	}
}

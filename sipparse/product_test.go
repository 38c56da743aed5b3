package sipparse

import (
	"bytes"
	"strings"
	"testing"
)

// Server = "Server" HCOLON server-val *(LWS server-val)
// server-val = product / comment; product = token [SLASH product-version]
func TestProducts(t *testing.T) {
	for _, c := range []struct {
		text, want string
		err        Error
	}{
		{"HomeServer v2", "HomeServer: v2:", OK},
		{"Softphone Beta1.5 (a (nested \\) one)) x/2.0", "Softphone: Beta1.5: (a (nested \\) one)) x:2.0", OK},
		{"a / b", "a:b", OK},
		{"FPBX-14.0.1(13.18.5)", "FPBX-14.0.1: (13.18.5)", OK},
		{"Cisco-SIPGateway/IOS-12.x/1", "Cisco-SIPGateway:IOS-12.x/1", OK},
		{"Größe: [x] a@b,c;d", "Größe:: [x]: a@b,c;d:", OK},
		{"a/", "a:", OK},
		{"a / (x)", "a: (x)", OK},
		{"a\n  b", "a: b:", OK},
		{"", "", OK},
		{"a (b", "a:", ErrValue},
		{"/1", "", ErrValue},
	} {
		m := parse(t, request("User-Agent: "+c.text+"\n"))
		b := m.Buf()
		var got []string
		it := m.Products(HdrUserAgent)
		for p := (Product{}); it.Next(&p); {
			if whole := p.Whole.Of(b); len(bytes.TrimSpace(whole)) < len(whole) {
				t.Errorf("%q has white space around it", whole)
			}
			if p.Comment.IsZero() {
				got = append(got, string(p.Name.Of(b))+":"+string(p.Version.Of(b)))
			} else {
				got = append(got, string(p.Comment.Of(b)))
			}
		}
		if strings.Join(got, " ") != c.want || it.Err() != c.err {
			t.Errorf("%q: %q, %v", c.text, got, it.Err())
		}
	}
	var p Product
	for _, s := range []string{"", "a b", "(a)b", "(\x00", "\x01"} {
		if ParseProduct([]byte(s), &p) != ErrValue {
			t.Errorf("%q is accepted", s)
		}
	}
	// However deep comments nest, no stack is needed.
	deep := strings.Repeat("(", 1<<20) + strings.Repeat(")", 1<<20)
	if ParseProduct([]byte(deep), &p) != OK || p.Comment.Len() != len(deep) {
		t.Error("deep comment")
	}
}

package digest

import (
	"bytes"
	"io"
	"strings"
	"testing"

	oracle "github.com/icholy/digest"

	"github.com/fastsips/fastsips/sipparse"
)

// "Mufasa", RFC 7616 §3.9.1, and the one of RFC 2617 §3.5.
func TestRFCExamples(t *testing.T) {
	get := Params{QOP: sipparse.QOPAuth, Nonce: []byte("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"), CNonce: []byte("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"),
		NC: []byte("00000001"), Method: []byte("GET"), URI: []byte("/dir/index.html")}
	for a, want := range map[sipparse.Algorithm]string{
		sipparse.MD5:    "8ca523f5e9506fed4657c9700eebdbec",
		sipparse.SHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		p := get
		p.Algorithm = a
		ha1 := AppendHA1(nil, a, []byte("Mufasa"), []byte("http-auth@example.org"), []byte("Circle of Life"))
		if got := AppendResponse(nil, ha1, &p); string(got) != want {
			t.Errorf("%s: %s, want %s", a, got, want)
		}
	}
	p := Params{QOP: sipparse.QOPAuth, Nonce: []byte("dcd98b7102dd2f0e8b11d0f600bfb0c093"), CNonce: []byte("0a4f113b"), NC: []byte("00000001"),
		Method: []byte("GET"), URI: []byte("/dir/index.html")}
	ha1 := AppendHA1(nil, sipparse.MD5, []byte("Mufasa"), []byte("testrealm@host.com"), []byte("Circle Of Life"))
	if got := AppendResponse(nil, ha1, &p); string(got) != "6629fae49393a05397450978507c4ef1" {
		t.Errorf("RFC 2617: %s", got)
	}
}

// What is answered here is what icholy/digest answers, for every algorithm and qop that
// it knows, and Verify agrees.
func TestAnswersLikeOthers(t *testing.T) {
	for _, algorithm := range []string{"", "MD5", "SHA-256", "SHA-512-256"} {
		for _, qop := range []string{"", "auth", "auth-int", "auth,auth-int"} {
			text := `Digest realm="example.com", nonce="a/b==", opaque="xyz"`
			if algorithm != "" {
				text += ", algorithm=" + algorithm
			}
			if qop != "" {
				text += `, qop="` + qop + `"`
			}
			compare(t, text)
		}
	}
}

func compare(t *testing.T, text string) {
	t.Helper()
	var ch sipparse.Challenge
	if err := sipparse.ParseChallenge([]byte(text), &ch); err != sipparse.OK || !Usable(&ch) {
		t.Fatalf("%s: %v", text, err)
	}
	a := Answer{User: []byte("alice"), Password: []byte("wonderland"), Method: []byte("INVITE"), URI: []byte("sip:bob@example.com"), Body: []byte("v=0\r\n"), CNonce: []byte("c0ffee"), Count: 7}
	got := a.AppendTo(nil, []byte(text), &ch)
	cred := parse(t, got)
	theirs, err := oracle.ParseChallenge(text)
	if err != nil {
		t.Fatal(err)
	}
	want, err := oracle.Digest(theirs, oracle.Options{Method: "INVITE", URI: "sip:bob@example.com", GetBody: body("v=0\r\n"), Count: 7,
		Username: "alice", Password: "wonderland", Cnonce: "c0ffee"})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if response := string(cred.Response.Of(got)); response != want.Response {
		t.Errorf("%s:\n%s\nthe other has %s", text, got, want)
	}
	if string(cred.Opaque.Of(got)) != "xyz" || cred.Algorithm != ch.Algorithm || cred.QOP != chosen(ch.QOP) || !cred.Complete() {
		t.Errorf("%s: %s", text, got)
	}
}

// body is how the other implementation reads a body.
func body(text string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
}

func parse(t *testing.T, b []byte) *sipparse.Credentials {
	t.Helper()
	c := new(sipparse.Credentials)
	if err := sipparse.ParseCredentials(b, c); err != sipparse.OK {
		t.Fatalf("%s: %v", b, err)
	}
	return c
}

// The two sides of this package agree, in every combination and with odd names; a
// response with anything else changed does not fit.
func TestBothSides(t *testing.T) {
	for a := sipparse.MD5; a < sipparse.AlgorithmOther; a++ {
		for _, qop := range []string{"", `, qop="auth"`, `, qop="auth-int"`} {
			text := []byte(`Digest realm="a \"b\" c", nonce="n", algorithm=` + a.String() + qop)
			var ch sipparse.Challenge
			if err := sipparse.ParseChallenge(text, &ch); err != sipparse.OK {
				t.Fatal(err)
			}
			answer := Answer{User: []byte(`al"i\ce`), Password: []byte("pw"), Method: []byte("REGISTER"), URI: []byte("sip:example.com"), Body: []byte("b"),
				CNonce: AppendCNonce(nil), Count: 1}
			b := answer.AppendTo([]byte("X: "), text, &ch)[3:]
			c := parse(t, b)
			ha1 := AppendHA1(nil, a, c.Username.Of(b), c.Realm.Of(b), []byte("pw"))
			p := Params{Algorithm: c.Algorithm, QOP: c.QOP, Nonce: c.Nonce.Of(b), CNonce: c.CNonce.Of(b), NC: c.NC.Of(b), Method: []byte("REGISTER"), URI: c.URI.Of(b), Body: []byte("b")}
			right := func(ha1 []byte, p Params) bool { return Verify(c.Response.Of(b), ha1, &p) }
			if !right(ha1, p) || !right(bytes.ToUpper(ha1), p) {
				t.Errorf("%s does not fit %s", b, text)
			}
			for what, change := range map[string]func(*Params){
				"nonce": func(p *Params) { p.Nonce = []byte("m") }, "method": func(p *Params) { p.Method = []byte("INVITE") }, "uri": func(p *Params) { p.URI = []byte("sip:x") },
				"cnonce": func(p *Params) { p.CNonce = []byte("x") }, "nc": func(p *Params) { p.NC = []byte("00000002") }, "body": func(p *Params) { p.Body = nil },
			} {
				q := p
				change(&q)
				plays := map[string]bool{"nonce": true, "method": true, "uri": true, "cnonce": p.QOP != 0 || IsSession(a), "nc": p.QOP != 0, "body": p.QOP == sipparse.QOPAuthInt}
				if right(ha1, q) == plays[what] {
					t.Errorf("%s %s: another %s: fits is %v", a, qop, what, !plays[what])
				}
			}
		}
	}
}

// A password that is not known fits nothing: not the response that is computed of its
// emptiness, either.
func TestNoSecret(t *testing.T) {
	p := Params{Nonce: []byte("n"), Method: []byte("REGISTER"), URI: []byte("sip:x")}
	for _, ha1 := range []string{"", "0", strings.Repeat("x", 32), strings.Repeat("0", 64), strings.Repeat("0", 31)} {
		if Verify(AppendResponse(nil, []byte(ha1), &p), []byte(ha1), &p) {
			t.Errorf("%q is a secret", ha1)
		}
	}
	p.Algorithm = sipparse.AlgorithmOther
	if Verify(nil, nil, &p) || Verify([]byte{}, []byte{}, &p) {
		t.Error("an algorithm that nobody knows")
	}
}

// What cannot be answered is said before.
func TestUsable(t *testing.T) {
	for text, want := range map[string]bool{
		`Digest realm="r", nonce="n"`: true, `Digest realm="r", nonce="n", algorithm=AKAv1-MD5`: false, `Digest realm="r", nonce="n", qop="x"`: false,
		`Digest realm="r", nonce="n", qop="x,auth-int"`: true, `Basic realm="r"`: false, `Digest realm="r"`: false, `Digest nonce="n"`: false,
	} {
		var ch sipparse.Challenge
		if err := sipparse.ParseChallenge([]byte(text), &ch); err != sipparse.OK || Usable(&ch) != want {
			t.Errorf("%s: %v, %v", text, Usable(&ch), err)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	text := []byte(`Digest realm="example.com", nonce="a/b==", qop="auth"`)
	var ch sipparse.Challenge
	sipparse.ParseChallenge(text, &ch)
	a := Answer{User: []byte("alice"), Password: []byte("wonderland"), Method: []byte("REGISTER"), URI: []byte("sip:example.com"), Count: 1}
	dst, cnonce := make([]byte, 0, 512), make([]byte, 0, 16)
	for _, alg := range []sipparse.Algorithm{sipparse.MD5, sipparse.SHA256Sess, sipparse.SHA512256} {
		ch.Algorithm = alg
		ha1 := AppendHA1(nil, alg, a.User, []byte("example.com"), a.Password)
		if n := testing.AllocsPerRun(100, func() {
			a.CNonce = AppendCNonce(cnonce)
			dst = a.AppendTo(dst[:0], text, &ch)
			p := Params{Algorithm: alg, QOP: sipparse.QOPAuth, Nonce: []byte("a/b=="), CNonce: a.CNonce, NC: []byte("00000001"), Method: a.Method, URI: a.URI}
			Verify(dst[:HexLen(alg)], ha1, &p)
		}); n != 0 {
			t.Errorf("%s: %v allocations", alg, n)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for a := sipparse.MD5; a < sipparse.AlgorithmOther; a++ {
		b.Run(a.String(), func(b *testing.B) {
			p := Params{Algorithm: a, QOP: sipparse.QOPAuth, Nonce: make([]byte, 43), CNonce: []byte("0a4f113b"), NC: []byte("00000001"), Method: []byte("REGISTER"), URI: []byte("sip:example.com")}
			ha1 := AppendHA1(nil, a, []byte("alice"), []byte("example.com"), []byte("wonderland"))
			response := AppendResponse(nil, ha1, &p)
			b.ReportAllocs()
			for b.Loop() {
				if !Verify(response, ha1, &p) {
					b.Fatal("it does not fit")
				}
			}
		})
	}
}

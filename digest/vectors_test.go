package digest

import (
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

// RFC 7616 §3.9.2, as erratum 4897 corrects it: what is printed there was computed with
// SHA-512, cut to 256 bits, which is not SHA-512/256. RFC 8760 §2.1 takes the algorithm
// from there.
func TestSHA512256OfTheRFC(t *testing.T) {
	challenge := []byte(`Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", ` +
		`opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true`)
	var ch sipparse.Challenge
	if err := sipparse.ParseChallenge(challenge, &ch); err != sipparse.OK || !Usable(&ch) {
		t.Fatal(err)
	}
	a := Answer{User: []byte("Jäsøn Doe"), Password: []byte("Secret, or not?"), Method: []byte("GET"), URI: []byte("/doe.json"),
		CNonce: []byte("NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"), Count: 1}
	text := a.AppendTo(nil, challenge, &ch)
	c := parse(t, text)
	const want, printed = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5", "ae66e67d6b427bd3f120414a82e4acff38e8ecd9101d6c861229025f607a79dd"
	if got := string(c.Response.Of(text)); got != want {
		t.Errorf("%s, want %s; the RFC prints %s", got, want, printed)
	}
}

// An HA1 answers like the password that it is made of (RFC 7616 §3.4.2), for an algorithm
// and its -sess variant alike.
func TestHA1InsteadOfPassword(t *testing.T) {
	for alg := sipparse.MD5; alg < sipparse.AlgorithmOther; alg++ {
		challenge := []byte(`Digest realm="r", nonce="n", qop="auth", algorithm=` + alg.String())
		var ch sipparse.Challenge
		if err := sipparse.ParseChallenge(challenge, &ch); err != sipparse.OK {
			t.Fatal(err)
		}
		a := Answer{User: []byte("alice"), Password: []byte("secret"), Method: []byte("INVITE"), URI: []byte("sip:bob@b"), CNonce: []byte("c"), Count: 1}
		want := string(a.AppendTo(nil, challenge, &ch))
		a.HA1, a.Password = AppendHA1(nil, alg, a.User, []byte("r"), a.Password), nil
		if got := string(a.AppendTo(nil, challenge, &ch)); got != want {
			t.Errorf("%s: %s, want %s", alg, got, want)
		}
	}
}

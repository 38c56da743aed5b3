package sipparse

import (
	"bytes"
	"strings"
	"testing"
)

// RFC 7616 §3.9.1, on several lines.
const mufasa = `Digest username="Mufasa",
    realm="http-auth@example.org",
    uri="/dir/index.html",
    algorithm=SHA-256,
    nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    nc=00000001,
    cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    qop=auth,
    response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`

func TestCredentials(t *testing.T) {
	m := parse(t, request("Authorization: "+mufasa+"\n"))
	b := m.Buf()
	var x Credentials
	if ok, e := m.CredentialsFor(HdrAuthorization, []byte("http-auth@example.org"), &x); !ok || e != OK {
		t.Fatal(ok, e)
	}
	for want, s := range map[string]Span{
		"Digest": x.Scheme, "Mufasa": x.Username, "http-auth@example.org": x.Realm, "/dir/index.html": x.URI, "SHA-256": x.AlgorithmSpan,
		"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v": x.Nonce, "00000001": x.NC, "auth": x.QOPSpan,
		"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ":                     x.CNonce,
		"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1": x.Response,
		"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS":                     x.Opaque,
	} {
		wantText(t, want, s.Of(b), want)
	}
	if x.Algorithm != SHA256 || x.QOP != QOPAuth || x.Count != 1 || !x.IsDigest || !x.Complete() || x.Stale || x.Userhash {
		t.Errorf("%+v", x)
	}
	v, ok := x.Param(b, "NONCE")
	if wantText(t, "nonce with quotes", v, `"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"`); !ok {
		t.Error("no nonce")
	}
	if _, ok := x.Param(b, "nonc"); ok {
		t.Error("nonc")
	}
}

// What decides and is there twice would be read differently by the next element.
func TestCredentialsRefused(t *testing.T) {
	for _, c := range []struct {
		text string
		err  Error
	}{
		{`Digest username="a", realm="b"`, OK},
		{`Digest username=a,realm=b`, OK}, // without quotes, with those of token: phones do both
		{`Digest qop="auth",algorithm="MD5",nc="00000001"`, OK},
		{`digest ,, a = b ,,c=d,`, OK},
		{`Digest nonce="",response=""`, OK}, // of the first REGISTER in IMS
		{`Digest`, ErrCredentials},
		{`Digest ,`, ErrCredentials},
		{`Digest username`, ErrCredentials},
		{`Digest username=`, ErrCredentials},
		{`Digest username="a`, ErrCredentials},
		{`Digest username="a\"`, ErrCredentials},
		{`Digest username="a" realm="b"`, ErrCredentials},
		{`Digest username="a";realm="b"`, ErrCredentials},
		{`Digest="a"`, ErrCredentials},
		{`Digest realm="a", Digest realm="b"`, ErrCredentials}, // never combined; §7.3.1
		{`Digest username="a",username="a"`, ErrCredentials},
		{`Digest username="a",USERNAME=b`, ErrCredentials},
		{`Digest realm=a,realm=b`, ErrCredentials},
		{`Digest nonce=a,nonce=b`, ErrCredentials},
		{`Digest response=a,response=b`, ErrCredentials},
		{`Digest uri=a,uri=b`, ErrCredentials},
		{`Digest algorithm=MD5,algorithm=MD5`, ErrCredentials},
		{`Digest x=a,x=b`, OK}, // decides nothing
		{`Digest username="a",username*=UTF-8''b`, ErrCredentials},
		{`Digest username*=UTF-8''J%C3%A4s%C3%B8n`, OK},
		{`Digest qop="auth,auth-int"`, ErrCredentials}, // "message-qop = "qop" EQUAL qop-value"
		{`Digest nc=1`, ErrCredentials},                // nc-value = 8LHEX
		{`Digest nc=000000001`, ErrCredentials},
		{`Digest nc=0000000g`, ErrCredentials},
		{`Digest nc=0000000F`, OK},
		{``, ErrCredentials},
		{`,`, ErrCredentials},
		{"Basic\x01x", ErrCredentials},
	} {
		var x Credentials
		if err := ParseCredentials([]byte(c.text), &x); err != c.err {
			t.Errorf("%q: %v, want %v", c.text, err, c.err)
		}
	}
}

// RFC 4475 §3.3.7: a request with an unknown scheme is well formed. Basic and Bearer
// are no lists of parameters.
func TestOtherSchemes(t *testing.T) {
	for _, c := range []struct{ text, scheme, params, data string }{
		{"NoOneKnowsThisScheme opaque-data=here", "NoOneKnowsThisScheme", "opaque-data=here", "here"},
		{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ""},
		{"Bearer  a.b-c_d~/+= ", "Bearer", "a.b-c_d~/+=", ""},
		{`Bearer x="y", opaque-data="z"`, "Bearer", `x="y", opaque-data="z"`, `"z"`},
		{"Negotiate", "Negotiate", "", ""},
		{"Odd , \"", "Odd", ", \"", ""},
	} {
		b := []byte(c.text)
		var x Credentials
		if e := ParseCredentials(b, &x); e != OK || x.IsDigest || x.Complete() {
			t.Errorf("%q: %v", c.text, e)
		}
		wantText(t, c.text, x.Scheme.Of(b), c.scheme)
		wantText(t, c.text, x.Params.Of(b), c.params)
		v, _ := x.Param(b, "opaque-data")
		wantText(t, c.text, v, c.data)
	}
	m := parse(t, readFile(t, "testdata/rfc4475/regaut01.dat"))
	var x Credentials
	it := m.Credentials(HdrAuthorization)
	if !it.Next(&x) || it.Next(&x) || it.Err() != OK {
		t.Error(it.Err())
	}
}

// CVE-2023-28098: a digest that is cut within a parameter's name was read on behind
// the header's end. Here another header stands there, which would complete it.
func TestDigestDoesNotReadOn(t *testing.T) {
	const whole = `Digest username="a", realm="b", nonce="c", uri="sip:d", response="e", qop=auth, nc=00000001, cnonce="f"`
	for n := range len(whole) {
		m := parse(t, request("Authorization: "+whole[:n]+"\nX: "+whole[n:]+"\n"))
		f := m.firstField(HdrAuthorization)
		var x Credentials
		it := m.Credentials(HdrAuthorization)
		if it.Next(&x) && x.Complete() && n < strings.Index(whole, ", qop") {
			t.Errorf("%q is complete", whole[:n])
		}
		spansOf("", &x, func(what string, s Span) {
			if s.Off > s.End || s.End > f.valEnd {
				t.Errorf("%q: %s ends at %d, the header at %d", whole[:n], what, s.End, f.valEnd)
			}
		})
		var alone Credentials // and with nothing behind it at all
		text := bytes.Clone([]byte(whole[:n]))
		ParseCredentials(text[:n:n], &alone)
		alone.Param(text[:n:n], "cnonce")
	}
}

// RFC 3261 §22.3: a request may have credentials for several realms, a header line each.
func TestCredentialsFor(t *testing.T) {
	m := parse(t, request(`
Proxy-Authorization: Basic YTpi
Proxy-Authorization: Digest username="1", realm="a"
Proxy-Authorization: Digest username="2", realm="b"
Proxy-Authorization: Digest username="3", realm="b"
Proxy-Authorization: Digest username=""
Proxy-Authorization: Digest username=
Proxy-Authorization: Digest username="4", realm="c"
`[1:]))
	for _, c := range []struct {
		realm, username string
		err             Error
	}{
		{"a", "1", OK}, {"b", "2", OK}, {"B", "", ErrCredentials}, {"", "", ErrCredentials}, {"c", "", ErrCredentials},
	} {
		var x Credentials
		if ok, e := m.CredentialsFor(HdrProxyAuthorization, []byte(c.realm), &x); ok != (c.username != "") || e != c.err {
			t.Errorf("%q: %v %v", c.realm, ok, e)
		}
		wantText(t, c.realm, x.Username.Of(m.Buf()), c.username)
	}
	var x Credentials
	if ok, e := m.CredentialsFor(HdrAuthorization, nil, &x); ok || e != OK {
		t.Error(ok, e)
	}
}

// RFC 8760 §2.4: one challenge for each algorithm, the topmost is preferred.
func TestChallenges(t *testing.T) {
	m := parse(t, request(`
WWW-Authenticate: Digest
    realm="http-auth@example.org",
    qop="auth, auth-int",
    algorithm=SHA-512-256-sess,
    nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
    opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS",
    charset=UTF-8, userhash=true, domain="sip:a sip:b"
WWW-Authenticate: Digest realm="x", qop="auth-conf", stale=TRUE, algorithm=AKAv1-MD5
WWW-Authenticate: Digest realm="y", stale="false"
WWW-Authenticate: NoOneKnowsThisScheme x
WWW-Authenticate: Digest realm="z", nonce=a, nonce=b
`[1:]))
	var x Challenge
	it := m.Challenges(HdrWWWAuthenticate)
	if !it.Next(&x) || x.Algorithm != SHA512256Sess || x.QOP != QOPAuth|QOPAuthInt || x.Stale || !x.Userhash {
		t.Errorf("%v %+v", it.Err(), x)
	}
	wantText(t, "domain", x.Domain.Of(m.Buf()), "sip:a sip:b")
	wantText(t, "charset", x.Charset.Of(m.Buf()), "UTF-8")
	if !it.Next(&x) || x.Algorithm != AlgorithmOther || x.QOP != QOPOther || !x.Stale {
		t.Errorf("%v %+v", it.Err(), x)
	}
	if !it.Next(&x) || x.Algorithm != MD5 || x.QOP != 0 || x.Stale || x.Userhash {
		t.Errorf("%v %+v", it.Err(), x)
	}
	if !it.Next(&x) || x.IsDigest {
		t.Errorf("%v %+v", it.Err(), x)
	}
	if it.Next(&x) || it.Err() != ErrChallenge {
		t.Error(it.Err())
	}
	if ParseChallenge([]byte(`Digest realm="x"`), &x) != OK || ParseChallenge([]byte(`Digest realm="x`), &x) != ErrChallenge {
		t.Error("alone")
	}
}

func TestAlgorithms(t *testing.T) {
	for a := MD5; a < AlgorithmOther; a++ {
		if a.String() == "" || algorithmOf(bytes.ToLower([]byte(a.String()))) != a {
			t.Errorf("%v is not itself", a)
		}
	}
	if algorithmOf([]byte("SHA-1")) != AlgorithmOther || algorithmOf(nil) != AlgorithmOther {
		t.Error("SHA-1")
	}
}

func TestComplete(t *testing.T) {
	const base = `Digest username=a,realm=b,nonce="",uri=c`
	for text, want := range map[string]bool{
		base: false, base + `,response=""`: true, base + ",response=d,qop=auth": false, base + ",response=d,qop=auth,nc=00000001": false,
		base + ",response=d,qop=auth,nc=00000001,cnonce=x": true,
	} {
		var x Credentials
		if e := ParseCredentials([]byte(text), &x); e != OK || x.Complete() != want {
			t.Errorf("%q: %v %v", text, e, x.Complete())
		}
	}
}

func TestHasEscapes(t *testing.T) {
	b := []byte(`Digest username="a\"b", realm="c", opaque=d\e`)
	var x Credentials
	if e := ParseCredentials(b, &x); e != OK || !HasEscapes(b, x.Username) || HasEscapes(b, x.Realm) || HasEscapes(b, x.Opaque) || HasEscapes(b, x.Nonce) {
		t.Error(e)
	}
	wantText(t, "username", AppendUnquoted(nil, Span{x.Username.Off - 1, x.Username.End + 1}.Of(b)), `a"b`)
}

// RFC 3261 §20.6: Authentication-Info: nextnonce="47364c23432d2e131a5fb210812c"
func TestAuthenticationInfo(t *testing.T) {
	m := parse(t, request(`Authentication-Info: nextnonce="47364c23432d2e131a5fb210812c", qop=auth, rspauth="00",cnonce="x",nc=000000fF`+"\n"))
	var x AuthInfo
	if there, e := m.AuthenticationInfo(&x); !there || e != OK || x.QOP != QOPAuth || x.Count != 255 {
		t.Errorf("%v %v %+v", there, e, x)
	}
	wantText(t, "nextnonce", x.NextNonce.Of(m.Buf()), "47364c23432d2e131a5fb210812c")
	wantText(t, "rspauth", x.RspAuth.Of(m.Buf()), "00")
	wantText(t, "cnonce", x.CNonce.Of(m.Buf()), "x")
	for _, s := range []string{"", ",", "nextnonce", "nextnonce=a,nextnonce=b", "nc=1", "a=b c=d"} {
		if ParseAuthInfo([]byte(s), &x) != ErrValue {
			t.Errorf("%q is accepted", s)
		}
	}
	if b := []byte(" qop=auth "); ParseAuthInfo(b, &x) != OK || string(x.Whole.Of(b)) != "qop=auth" {
		t.Errorf("%q", x.Whole.Of(b))
	}
	if there, e := parse(t, request("")).AuthenticationInfo(&x); there || e != OK || x != (AuthInfo{}) {
		t.Error("there is one")
	}
}

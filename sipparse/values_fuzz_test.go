package sipparse

import (
	"bytes"
	"reflect"
	"testing"
)

// A reader reads one value on its own.
type reader struct {
	name string
	read func(b []byte) (x any, err Error)
}

func readerOf[T any](name string, parse func([]byte, *T) Error) reader {
	return reader{name, func(b []byte) (any, Error) {
		x := new(T)
		err := parse(b, x)
		return x, err
	}}
}

var readers = []reader{
	readerOf("Contact", ParseContact),
	readerOf("Value", ParseValue),
	readerOf("ContentType", ParseContentType),
	readerOf("Disposition", ParseDisposition),
	readerOf("MediaRange", ParseMediaRange),
	readerOf("Preference", ParsePreference),
	readerOf("Credentials", ParseCredentials),
	readerOf("Challenge", ParseChallenge),
	readerOf("AuthInfo", ParseAuthInfo),
	readerOf("Event", ParseEvent),
	readerOf("SubscriptionState", ParseSubscriptionState),
	readerOf("DialogID", ParseDialogID),
	readerOf("SessionExpires", ParseSessionExpires),
	readerOf("RAck", ParseRAck),
	readerOf("ReasonValue", ParseReasonValue),
	readerOf("Diversion", ParseDiversion),
	readerOf("Identity", ParseIdentity),
	readerOf("Timestamp", ParseTimestamp),
	readerOf("Warning", ParseWarning),
	readerOf("RetryAfter", ParseRetryAfter),
	readerOf("Product", ParseProduct),
}

// valueSeeds are values that some reader takes, and some that are nearly that.
var valueSeeds = []string{
	`"A" <sip:a@b;x>;q=0.5;expires=60;+sip.instance="<urn:uuid:1>";reg-id=1`, `*`, `<sip:a>;q=.5 ; expires = "7"`, `sip:a?b=c`,
	`*;+g.3gpp.icsi-ref="urn%3Aurn"`, `<http://a.b/c,d;e>;purpose=icon`, `;info=ring`, `icid-value="a;b";orig-ioi=c`,
	`multipart/mixed ; boundary="a b"`, `application/sdp`, `session;handling=optional`, `*/*;q=0`, `text/*;level=1;q=1.000`, `en-gb;q=0.8`,
	`Digest username="Mufasa",realm="a\"b", nonce="",uri="sip:b", response="",qop=auth,nc=0000000f,cnonce="x",algorithm=SHA-256`,
	`Digest realm="x",qop="auth,auth-int",nonce="n",stale=TRUE,,`, `Basic QWxhZGRpbg==`, `NoOneKnowsThisScheme opaque-data=here`,
	`nextnonce="47364c23432d2e131a5fb210812c", qop=auth, nc=00000001, rspauth="00"`, `presence.winfo;id=7`, `active;expires=60`,
	`terminated;reason=noresource;retry-after=5`, `98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff;early-only`,
	`1800;refresher=uas`, `776656 1 INVITE`, `SIP ;cause=200 ;text="Call completed elsewhere"`, `Q.850;cause=16;location=LN`,
	`<sip:bob@example.com>;reason=user-busy;counter="2"`, `a.b.c;info=<https://x/y;z>;alg=ES256;ppt="shaken"`, `"YQ=="`, `..sig;info=<x:y>`,
	`54.22 1.5`, `307 isi.edu "Session parameter 'foo' not understood"`, `18000 (in \) a (nested) meeting);duration=3600`,
	`HomeServer/v2`, `(a (b \) c) d)`, `a / b`, "a\r\n ;x\r\n =\r\n y", `x;`, `"\`, `(`, "a;\x00", `,`, ``,
}

// What is read on its own is within the bytes given, whatever they are; and Whole,
// read again, says the same.
func FuzzValues(f *testing.F) {
	for i := range readers {
		for _, s := range valueSeeds {
			f.Add(uint8(i), []byte(s))
		}
	}
	for typ := HdrVia; typ < numHdrTypes; typ++ {
		f.Add(uint8(typ-HdrVia), []byte("a;x=y,\"b\" <sip:c>;q=1,,*"))
	}
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		r := readers[int(which)%len(readers)]
		x, err := r.read(b)
		spansOf(r.name, x, func(what string, s Span) {
			if s.Off > s.End || int(s.End) > len(b) {
				t.Fatalf("%s is %+v of %d", what, s, len(b))
			}
		})
		if err == OK {
			checkWhole(t, r, b, x)
		}
		checkQuoting(t, b)
		checkNumbers(t, b)
		checkInMessage(t, HdrVia+HdrType(which)%(numHdrTypes-HdrVia), b)
	})
}

// requestWith is request with one more line, of bytes as they are.
func requestWith(name string, value []byte) []byte {
	b := bytes.TrimSuffix(request(""), []byte(crlf))
	return append(append(append(b, name...), value...), crlf+crlf...)
}

// checkInMessage reads a header of type typ by all that reads headers.
func checkInMessage(t *testing.T, typ HdrType, value []byte) {
	t.Helper()
	var m Msg
	if m.Parse(requestWith(typ.String()+": ", value)) != OK {
		return
	}
	visitValues(&m, func(what string, s Span) {
		if !s.IsZero() && !inAValue(&m, s) {
			t.Fatalf("%s: %+v is in no header's value of\n%q", what, s, m.Buf())
		}
	})
	checkWalks(t, &m, typ)
}

// checkWalks reads each value of a list again, on its own.
func checkWalks(t *testing.T, m *Msg, typ HdrType) {
	t.Helper()
	values, preferences, products := m.Values(typ), m.Preferences(typ), m.Products(typ)
	credentials, challenges := m.Credentials(typ), m.Challenges(typ)
	contacts, ranges, reasons := m.Contacts(), m.MediaRanges(), m.Reasons()
	diversions, identities, warnings := m.Diversions(), m.Identity(), m.Warnings()
	checkWalk(t, m, values.Next, ParseValue)
	checkWalk(t, m, preferences.Next, ParsePreference)
	checkWalk(t, m, products.Next, ParseProduct)
	checkWalk(t, m, credentials.Next, ParseCredentials)
	checkWalk(t, m, challenges.Next, ParseChallenge)
	checkWalk(t, m, contacts.Next, ParseContact)
	checkWalk(t, m, ranges.Next, ParseMediaRange)
	checkWalk(t, m, reasons.Next, ParseReasonValue)
	checkWalk(t, m, diversions.Next, ParseDiversion)
	checkWalk(t, m, identities.Next, ParseIdentity)
	checkWalk(t, m, warnings.Next, ParseWarning)
}

func checkWalk[T any](t *testing.T, m *Msg, next func(*T) bool, parse func([]byte, *T) Error) {
	t.Helper()
	var x T
	for next(&x) {
		checkWhole(t, readerOf("a list's value", parse), m.Buf(), &x)
	}
}

func checkWhole(t *testing.T, r reader, b []byte, x any) {
	t.Helper()
	whole := reflect.ValueOf(x).Elem().FieldByName("Whole").Interface().(Span)
	spansOf(r.name, x, func(what string, s Span) {
		if s.Len() > 0 && (s.Off < whole.Off || s.End > whole.End) {
			t.Fatalf("%s is %q, outside of %q", what, s.Of(b), whole.Of(b))
		}
	})
	text := bytes.Clone(whole.Of(b))
	again, err := r.read(text)
	if err != OK || textOf(text, again) != textOf(b, x) {
		t.Fatalf("%s of %q is\n%s\n%q again is %v\n%s", r.name, b, textOf(b, x), text, err, textOf(text, again))
	}
}

// Text in quotes is the same without them, but for CR and LF, and can stand in a header.
func checkQuoting(t *testing.T, text []byte) {
	t.Helper()
	quoted := AppendQuoted(nil, text)
	want := bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r"), nil), []byte("\n"), nil)
	if got := AppendUnquoted(nil, quoted); !bytes.Equal(got, want) {
		t.Fatalf("%q in quotes is %q, without them %q", text, quoted, got)
	}
	c := cursor{b: quoted}
	if s := c.quoted(); s.Len() != len(quoted) {
		t.Fatalf("%q is no quoted-string", quoted)
	}
	var m Msg
	if e := m.Parse(requestWith("Subject: ", quoted)); e != OK || !bytes.Equal(m.value(HdrSubject), quoted) {
		t.Fatalf("%v for Subject: %q", e, quoted)
	}
	if got := AppendUnquoted(nil, text); bytes.ContainsAny(got, "\r\n") && len(text) > 0 && text[0] == '"' && text[len(text)-1] == '"' && len(text) > 1 {
		t.Fatalf("%q without quotes has a line end: %q", text, got)
	}
}

func checkNumbers(t *testing.T, b []byte) {
	t.Helper()
	if q, ok := ParseQ(b); ok && (q < 0 || q > 1000) {
		t.Fatalf("q %q is %d", b, q)
	}
	unix, err := ParseDate(b)
	if again, e := ParseDate(AppendDate(nil, unix)); err == OK && (again != unix || e != OK) {
		t.Fatalf("%q is %d, written and read %d, %v", b, unix, again, e)
	}
}

// Digest credentials written from what was read are read the same; every cut of
// them is refused or within its bounds; and they are found by their realm.
func FuzzCredentials(f *testing.F) {
	for _, s := range append(valueSeeds, "Digest nc=1", "Digest nc=000000001", "Digest nc=0000000a \t") {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var x Credentials
		if ParseCredentials(b, &x) != OK {
			return
		}
		if rest := bytes.Trim(b[x.Scheme.End:], " \t\r\n"); !bytes.Equal(x.Params.Of(b), rest) {
			t.Fatalf("the parameters of %q are %q", b, x.Params.Of(b))
		}
		if !x.NC.IsZero() && x.NC.Len() != 8 {
			t.Fatalf("nc=%s", x.NC.Of(b))
		}
		for n := range min(len(b), 200) {
			var cut Credentials
			ParseCredentials(b[:n], &cut)
			spansOf("cut", &cut, func(what string, s Span) { s.Of(b[:n]) })
		}
		if !x.IsDigest {
			if x.Digest != (Digest{}) {
				t.Fatalf("%q has %+v", b, x.Digest)
			}
			return
		}
		var again Credentials
		text := writeCredentials(b, &x)
		if e := ParseCredentials(text, &again); e != OK || textOf(text, &again.Digest) != textOf(b, &x.Digest) {
			t.Fatalf("%q: %v, written %q:\n%s\n%s", b, e, text, textOf(b, &x.Digest), textOf(text, &again.Digest))
		}
		var m Msg
		if m.Parse(requestWith("Authorization: x y\r\nAuthorization: ", text)) != OK || x.Realm.IsZero() {
			return
		}
		if ok, e := m.CredentialsFor(HdrAuthorization, x.Realm.Of(b), &again); !ok || e != OK || textOf(m.Buf(), &again.Digest) != textOf(b, &x.Digest) {
			t.Fatalf("%v %v: not found for realm %q in\n%s", ok, e, x.Realm.Of(b), m.Buf())
		}
	})
}

// writeCredentials writes what is known of x, in quotes.
func writeCredentials(b []byte, x *Credentials) []byte {
	out := []byte("Digest x=y")
	for _, p := range [...]struct {
		name string
		s    Span
	}{
		{"username", x.Username}, {"username*", x.UsernameExt}, {"uri", x.URI}, {"response", x.Response}, {"cnonce", x.CNonce}, {"nc", x.NC},
		{"domain", x.Domain}, {"charset", x.Charset}, {"realm", x.Realm}, {"nonce", x.Nonce}, {"opaque", x.Opaque}, {"algorithm", x.AlgorithmSpan},
		{"qop", x.QOPSpan}, {"nextnonce", x.NextNonce}, {"rspauth", x.RspAuth}, {"stale", x.stale}, {"userhash", x.userhash},
	} {
		if p.s.IsZero() {
			continue
		}
		quote := []byte{'"'}
		if bytes.HasSuffix(p.s.Of(b), []byte{'\\'}) && !HasEscapes(b, p.s) {
			quote = nil // a token that ends with a backslash
		}
		out = append(append(append(append(append(append(out, ", "...), p.name...), '='), quote...), p.s.Of(b)...), quote...)
	}
	return out
}

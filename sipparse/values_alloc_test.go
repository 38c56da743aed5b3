package sipparse

import (
	"strings"
	"testing"
)

// everyHeader has a good value of each kind.
var everyHeader = request(`
Contact: "A" <sip:a@b;x>;q=0.5;expires=60;+sip.instance="<urn:uuid:1>";reg-id=1, <sip:c>
Expires: 60
Supported: 100rel, timer
Require: path
Allow: INVITE, ACK
Accept: application/sdp;q=0.5, */*
Accept-Language: en-gb;q=0.8, en
Accept-Contact: *;audio;require
Content-Type: multipart/mixed;boundary="x y"
Content-Disposition: session;handling=optional
Authorization: NoOneKnowsThisScheme opaque-data=here
Authorization: Digest username="a",realm="example.com",nonce="n",uri="sip:b",response="r",qop=auth,nc=0000000f,cnonce="x",algorithm=SHA-256
WWW-Authenticate: Digest realm="x",qop="auth,auth-int",nonce="n",stale=TRUE
Authentication-Info: nextnonce="47364c23432d2e131a5fb210812c", qop=auth, nc=00000001, rspauth="00"
Event: presence.winfo;id=7
Subscription-State: active;expires=60
Replaces: a@b;to-tag=1;from-tag=2;early-only
Session-Expires: 1800;refresher=uas
RAck: 776656 1 INVITE
Reason: SIP ;cause=200 ;text="Call completed elsewhere", Q.850;cause=16
Privacy: id;critical
Diversion: <sip:bob@example.com>;reason=user-busy;counter=2
P-Asserted-Identity: <sip:a@b>, <tel:+1>
Refer-To: <sip:a@b>
Identity: a.b.c;info=<https://x/y;z>;alg=ES256;ppt="shaken"
Date: Sat, 13 Nov 2010 23:29:00 GMT
Timestamp: 54.2 1
Warning: 307 isi.edu "Session parameter 'foo' not understood"
Retry-After: 18000 (in a meeting);duration=3600
User-Agent: a/1 (b (c)) d
SIP-ETag: x
`[1:])

func TestNoAllocationsInValues(t *testing.T) {
	var m Msg
	m.Parse(everyHeader)
	wantNoAllocs(t, "single values", func() { readSingles(&m) })
	wantNoAllocs(t, "lists", func() { readLists(&m) })
	wantNoAllocs(t, "typed lists", func() { readTypedLists(&m) })
	wantNoAllocs(t, "credentials", func() { readAuth(&m) })
	deep := []byte(strings.Repeat("(", 10000) + strings.Repeat(")", 10000))
	dst := make([]byte, 0, 64)
	text, quoted := []byte("a \"b\"\r\n"), []byte(`"a \"b\""`)
	wantNoAllocs(t, "on their own", func() {
		var p Product
		ParseProduct(deep, &p)
		ParseDate(AppendDate(dst[:0], 1e9))
		dst = AppendQuoted(dst[:0], text)
		dst = AppendUnquoted(dst[:0], quoted)
	})
}

func readSingles(m *Msg) {
	var (
		ct    ContentType
		cd    Disposition
		event Event
		sub   SubscriptionState
		id    DialogID
		se    SessionExpires
		rack  RAck
		ts    Timestamp
		ra    RetryAfter
		n, n2 NameAddr
		s     Span
	)
	b := m.Buf()
	m.ContentType(&ct)
	ct.Is(b, "application", "sdp")
	ct.Param(b, "boundary")
	m.ContentDisposition(&cd)
	m.Event(&event)
	m.SubscriptionState(&sub)
	m.DialogID(HdrReplaces, &id)
	m.SessionExpires(&se)
	m.RAck(&rack)
	m.Timestamp(&ts)
	m.RetryAfter(&ra)
	m.Expires()
	m.Date()
	m.Privacy()
	m.Address(HdrReferTo, &n)
	m.Identities(HdrPAssertedIdentity, &n, &n2)
	m.Token(HdrSIPETag, &s)
	m.HasToken(HdrSupported, "timer")
	m.Allows(Ack)
	m.Accepts("text", "plain")
}

func readLists(m *Msg) {
	var (
		s  Span
		v  Value
		r  MediaRange
		l  Preference
		pr Product
		p  Param
	)
	for it := m.Tokens(HdrSupported); it.Next(&s); {
	}
	for it := m.Values(HdrAcceptContact); it.Next(&v); {
		v.Param(m.Buf(), "require")
		for ps := ParamsIn(m.Buf(), v.Params); ps.Next(&p); {
		}
	}
	for it := m.MediaRanges(); it.Next(&r); {
	}
	for it := m.Preferences(HdrAcceptLanguage); it.Next(&l); {
	}
	for it := m.Products(HdrUserAgent); it.Next(&pr); {
	}
}

func readTypedLists(m *Msg) {
	var (
		c Contact
		r ReasonValue
		d Diversion
		i Identity
		w Warning
	)
	for it := m.Contacts(); it.Next(&c); {
		c.Instance(m.Buf())
		c.RegID(m.Buf())
	}
	for it := m.Reasons(); it.Next(&r); {
	}
	for it := m.Diversions(); it.Next(&d); {
	}
	for it := m.Identity(); it.Next(&i); {
	}
	for it := m.Warnings(); it.Next(&w); {
	}
}

func readAuth(m *Msg) {
	var x Credentials
	var ch Challenge
	var info AuthInfo
	realm := [...]byte{'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'c', 'o', 'm'}
	m.CredentialsFor(HdrAuthorization, realm[:], &x)
	x.Param(m.Buf(), "cnonce")
	HasEscapes(m.Buf(), x.Realm)
	for it := m.Challenges(HdrWWWAuthenticate); it.Next(&ch); {
	}
	m.AuthenticationInfo(&info)
}

// In this message all is good: what is not found would not be measured above.
func TestEveryHeaderIsRead(t *testing.T) {
	m := parse(t, everyHeader)
	found := map[string]bool{}
	visitValues(m, func(what string, s Span) { found[what] = s.Len() > 0 })
	for _, what := range [...]string{"Contacts 1.NameAddr.URI", "MediaRanges 1.Type", "Reasons 1.Protocol", "Diversions 0.Reason", "Identity 0.Info",
		"Warnings 0.Text", "ContentType.Boundary", "ContentDisposition.Handling", "AuthenticationInfo.Digest.RspAuth", "Event.ID",
		"SubscriptionState.Params", "SessionExpires.Whole", "RAck.MethodName", "Timestamp.Delay", "RetryAfter.Comment", "Supported Tokens 1",
		"Accept-Contact Values 0.Params", "Accept-Language Preferences 1.Value", "User-Agent Products 2.Name", "Replaces DialogID.ToTag",
		"Authorization Credentials 1.Auth.Digest.Response", "Authorization CredentialsFor.Auth.Digest.CNonce", "WWW-Authenticate Challenges 0.Auth.Digest.QOPSpan",
		"Refer-To Address.URI", "P-Asserted-Identity Identities tel.URI", "SIP-ETag Token"} {
		if !found[what] {
			t.Errorf("%s is not read", what)
		}
	}
}

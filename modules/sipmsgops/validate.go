package sipmsgops

import (
	"fmt"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/sipparse/sdp"
)

func (m *Module) validateFuncs() []*script.Func {
	return []*script.Func{
		script.Func2("sipmsg_validate", "Whether the message is well built. The flags check more: s the session descriptions, h the format of the headers, "+
			"r f t the URI of the request, From and To, c Contact; m leaves Max-Forwards out. A negative value says what is wrong.",
			script.R|script.F|script.O|script.B,
			script.Opt(script.Str("flags", `letters: "sh"`)), script.Opt(script.Out("reason", "variable for a text that says so")), m.validate),
	}
}

// A verdict is what is wrong with a message: OpenSIPS's code, and a text. What Parse
// refuses never comes to a script: -1, -3 and -7 to -10 cannot happen.
type verdict struct {
	code   script.Ret
	reason string
}

// The verdicts.
var (
	badHeaders     = verdict{-2, "failed to parse headers"}
	noLength       = verdict{-4, "no Content-Length header over a stream"}
	badLength      = verdict{-5, "Content-Length is not that of the body"}
	badSDP         = verdict{-6, "failed to parse SDP message"}
	badRURI        = verdict{-11, "failed to parse R-URI"}
	badRURIHost    = verdict{-12, "invalid domain for R-URI"}
	noMaxForwards  = verdict{-13, "no Max-Forwards header"}
	noContact      = verdict{-14, "no Contact header"}
	strayPath      = verdict{-15, "Path header in another request than REGISTER"}
	noAllow        = verdict{-16, "no Allow header in a 405"}
	noMinExpires   = verdict{-17, "no Min-Expires header in a 423"}
	noProxyAuth    = verdict{-18, "no Proxy-Authenticate header in a 407"}
	noUnsupported  = verdict{-19, "no Unsupported header in a 420"}
	noWWWAuth      = verdict{-20, "no WWW-Authenticate header in a 401"}
	noContentType  = verdict{-21, "no Content-Type header"}
	badTo          = verdict{-22, "failed to parse 'To' header"}
	badToHost      = verdict{-23, "invalid domain for 'To' header"}
	badFrom        = verdict{-24, "failed to parse 'From' header"}
	badFromHost    = verdict{-25, "invalid domain for 'From' header"}
	badContact     = verdict{-26, "failed to parse 'Contact' header"}
	badRURIUser    = verdict{-27, "invalid username for R-URI"}
	badFromUser    = verdict{-28, "invalid username for 'From' header"}
	badToUser      = verdict{-29, "invalid username for 'To' header"}
	badStarContact = verdict{-30, "Contact is * without REGISTER and Expires: 0"}
)

// A validation is one call. The checks stand in the order of OpenSIPS's, which says
// which code a message with two faults gets.
type validation struct {
	x       *proxy.Context
	m       *sipparse.Msg
	flags   validateFlags
	verdict verdict
}

type validateFlags uint8

const (
	checkSDP validateFlags = 1 << iota
	checkHeaders
	skipMaxForwards
	checkRURI
	checkTo
	checkFrom
	checkContact
)

func flagsOf(text []byte) (f validateFlags) {
	for _, c := range text {
		switch lower(c) {
		case 's':
			f |= checkSDP
		case 'h':
			f |= checkHeaders
		case 'm':
			f |= skipMaxForwards
		case 'r':
			f |= checkRURI
		case 't':
			f |= checkTo
		case 'f':
			f |= checkFrom
		case 'c':
			f |= checkContact
		}
	}
	return f
}

func (m *Module) validate(c *script.Ctx, flags []byte, reason script.VarRef) script.Ret {
	x := proxy.From(c)
	v := validation{x: x, m: x.Msg(), flags: flagsOf(flags)}
	if v.length() && v.sdp(m) && v.parties() && v.message() && v.contentType() && v.headers() {
		return 1
	}
	if reason.Valid() && !reason.Set(c, script.StrValue([]byte(v.verdict.reason))) {
		return -255
	}
	return v.verdict.code
}

// need notes what is wrong unless ok.
func (v *validation) need(ok bool, otherwise verdict) bool {
	if !ok {
		v.verdict = otherwise
	}
	return ok
}

func (v *validation) has(t sipparse.HdrType) bool { return v.m.Find(t, 0) >= 0 }

func (v *validation) isCancel() bool { return v.m.CSeqMethod() == sipparse.Cancel }

// length compares the Content-Length with what has come; a longer one has been refused.
func (v *validation) length() bool {
	stream := v.x.Source().Proto.Reliable()
	if v.isCancel() && v.m.IsRequest() {
		return v.need(!stream || v.has(sipparse.HdrContentLength), noLength)
	}
	said, _ := v.m.ContentLength()
	came := len(v.m.Buf()) - int(v.m.BodySpan().Off)
	if !v.need(!stream || v.has(sipparse.HdrContentLength), noLength) {
		return false
	}
	if said == came {
		return true
	}
	v.verdict = verdict{badLength.code, fmt.Sprintf("invalid body - content length %d different than actual body %d", said, came)}
	return false
}

func (v *validation) sdp(m *Module) bool {
	if v.flags&checkSDP == 0 || v.m.BodySpan().Len() == 0 {
		return true
	}
	w := m.scratch.On(v.x.Loop())
	return v.need(w.wellFormed(v.m), badSDP)
}

// wellFormed reports whether all session descriptions of m are sound.
func (w *scratch) wellFormed(m *sipparse.Msg) bool {
	if sdpType.ofBody(m) {
		return w.soundSDP(m, m.BodySpan())
	}
	var p sipparse.Part
	for it, ok := m.Parts(); ok && it.Next(&p); {
		if sdpType.ofPart(&it, &p) && !w.soundSDP(m, p.Body) {
			return false
		}
	}
	return true
}

// soundSDP asks for what RFC 8866 §5 requires: v=, o=, good m= lines, and a c= line that
// holds for each media that is used.
func (w *scratch) soundSDP(m *sipparse.Msg, body sipparse.Span) bool {
	s := &w.session
	defer s.Reset()
	var o sdp.Origin
	if s.Parse(m.Buf(), body) != sipparse.OK || !s.Origin(&o) {
		return false
	}
	for i := range s.NMedia() {
		var x sdp.Media
		var c sdp.Connection
		if !s.Media(i, &x) || x.Port != 0 && !s.ConnectionOf(i, &c) {
			return false
		}
	}
	return true
}

// parties checks the URIs of To and From.
func (v *validation) parties() bool {
	if v.flags&checkTo != 0 && !v.address(v.m.To(), badTo, badToHost, badToUser) {
		return false
	}
	return v.flags&checkFrom == 0 || v.address(v.m.From(), badFrom, badFromHost, badFromUser)
}

func (v *validation) address(n *sipparse.NameAddr, broken, host, user verdict) bool {
	if !v.need(n != nil, broken) {
		return false
	}
	return v.uri(n.URI.Of(v.m.Buf()), broken, host, user)
}

func (v *validation) uri(b []byte, broken, host, user verdict) bool {
	var u sipparse.URI
	if !v.need(sipparse.ParseURI(b, &u) == sipparse.OK, broken) {
		return false
	}
	tel := u.Scheme != sipparse.SchemeSIP && u.Scheme != sipparse.SchemeSIPS // has no host
	return v.need(tel || isHostname(u.Host.Of(b)), host) && v.need(isUsername(u.User.Of(b)), user)
}

// message checks what depends on the method or the status.
func (v *validation) message() bool {
	if v.m.IsRequest() {
		return v.request()
	}
	if !v.isCancel() && !v.answer() {
		return false
	}
	status := v.m.Status()
	return v.flags&checkContact == 0 || status < 200 || status >= 400 || v.contact()
}

func (v *validation) request() bool {
	m := v.m
	return (v.flags&checkRURI == 0 || v.uri(v.x.WorkingURI(), badRURI, badRURIHost, badRURIUser)) &&
		(v.flags&skipMaxForwards != 0 || v.need(v.has(sipparse.HdrMaxForwards), noMaxForwards)) &&
		(v.flags&checkContact == 0 || v.contact()) &&
		v.need(m.Method() == sipparse.Register || !v.has(sipparse.HdrPath), strayPath)
}

// answer checks that a refusal says what RFC 3261 §21.4 wants it to say.
func (v *validation) answer() bool {
	switch v.m.Status() {
	case 401:
		return v.need(v.has(sipparse.HdrWWWAuthenticate), noWWWAuth)
	case 405:
		return v.need(v.has(sipparse.HdrAllow), noAllow)
	case 407:
		return v.need(v.has(sipparse.HdrProxyAuthenticate), noProxyAuth)
	case 420:
		return v.need(v.has(sipparse.HdrUnsupported), noUnsupported)
	case 423:
		return v.need(v.m.CSeqMethod() != sipparse.Register || v.has(sipparse.HdrMinExpires), noMinExpires)
	}
	return true
}

// contact checks the Contacts of methods that must have one.
func (v *validation) contact() bool {
	switch v.m.CSeqMethod() {
	case sipparse.Invite, sipparse.Register, sipparse.Update, sipparse.Subscribe, sipparse.Refer:
	default:
		return true
	}
	if !v.need(v.has(sipparse.HdrContact), noContact) {
		return false
	}
	it := v.m.Contacts()
	for c := (sipparse.Contact{}); it.Next(&c); {
		var u sipparse.URI
		if c.Star && !v.starContact() ||
			!c.Star && !v.need(sipparse.ParseURI(c.URI.Of(v.m.Buf()), &u) == sipparse.OK, badContact) {
			return false
		}
	}
	return v.need(it.Err() == sipparse.OK, badContact)
}

func (v *validation) starContact() bool {
	seconds, present, err := v.m.Expires()
	return v.need(v.m.IsRequest() && v.m.Method() == sipparse.Register && present && err == sipparse.OK && seconds == 0, badStarContact)
}

func (v *validation) contentType() bool {
	return v.need(v.isCancel() || v.m.BodySpan().Len() == 0 || v.has(sipparse.HdrContentType), noContentType)
}

func (v *validation) headers() bool {
	return v.flags&checkHeaders == 0 || v.need(goodHeaders(v.m), badHeaders)
}

// isHostname: letters, digits, "-", ":", single dots; the first and the last no "-".
func isHostname(b []byte) bool {
	if len(b) == 0 || !isAlnum(b[0]) && b[0] != '[' {
		return false
	}
	for i := 1; i < len(b)-1; i++ {
		if c := b[i]; !isAlnum(c) && c != '-' && c != ':' && (c != '.' || b[i-1] == '.') {
			return false
		}
	}
	last := b[len(b)-1]
	return isAlnum(last) || last == '.' || last == ']'
}

// isUsername: unreserved, escaped and user-unreserved; RFC 3261 §25.1. None is fine.
func isUsername(b []byte) bool {
	for _, c := range b {
		if !isAlnum(c) && !in(c, "-_.!~*'()&=+$,;?/%") {
			return false
		}
	}
	return sipparse.WellEscaped(b)
}

func in(c byte, set string) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= lower(c) && lower(c) <= 'z'
}

func lower(c byte) byte {
	if c-'A' <= 'Z'-'A' {
		c += 'a' - 'A'
	}
	return c
}

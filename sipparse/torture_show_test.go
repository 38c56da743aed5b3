package sipparse

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wantReply shows that a request is refused with that status, and that there is
// all it takes to send it.
func wantReply(status int) func(t *testing.T, m *Msg) {
	return func(t *testing.T, m *Msg) {
		t.Helper()
		e := m.Check()
		if e.Status() != status || !m.Replyable() {
			t.Fatalf("%s: %d, replyable %v", errName(e), e.Status(), m.Replyable())
		}
		reply := parseReply(t, m, e)
		if reply.Status() != status || string(reply.Reason()) != e.Reason() {
			t.Errorf("%d %s", reply.Status(), reply.Reason())
		}
		wantText(t, "Call-ID of the reply", reply.CallID(), string(m.CallID()))
	}
}

func parseReply(t *testing.T, m *Msg, e Error) *Msg {
	t.Helper()
	var reply Msg
	out := m.AppendReply(nil, &ReplyOptions{Code: e.Status(), Reason: []byte(e.Reason()), ToTag: []byte("t")})
	if got := reply.Parse(out); got != OK && got != e { // what is broken is copied as it came
		t.Fatalf("%s in the reply:\n%s", errName(got), out)
	}
	return &reply
}

// wantNoReply shows that a message is refused, and that it is not known what with.
func wantNoReply(t *testing.T, m *Msg) {
	t.Helper()
	if e := m.Check(); e == OK || m.Replyable() {
		t.Errorf("%s, replyable %v", errName(e), m.Replyable())
	}
}

// wantDropped shows that a response is refused, and not answered.
func wantDropped(t *testing.T, m *Msg) {
	t.Helper()
	if e := m.Check(); e == OK || m.IsRequest() || m.Replyable() {
		t.Errorf("%s, a request: %v, replyable: %v", errName(e), m.IsRequest(), m.Replyable())
	}
}

// wantForwarded shows that m is forwarded with our Via and one Max-Forwards less,
// and all else as it came.
func wantForwarded(t *testing.T, m *Msg) {
	t.Helper()
	var e Edits
	e.Insert(m.TopViaInsertAt(), []byte("Via: SIP/2.0/UDP p.example.com;branch=z9hG4bK2\r\n"))
	if n, present, _ := m.MaxForwards(); present {
		e.Replace(m.MaxForwardsSpan(), AppendUint(nil, uint64(n-1)))
	}
	out := new(Msg)
	if got := out.Parse(m.AppendEdited(nil, &e, nil)); got != OK || out.Check() != OK {
		t.Fatalf("%s:\n%s", errName(out.Check()), out.Buf())
	}
	added := out.Find(HdrVia, 0)
	for i := range m.NHeaders() {
		j := i
		if i >= added {
			j++
		}
		was, is := m.Header(i), out.Header(j)
		if was.Type != HdrMaxForwards && !bytes.Equal(was.Line.Of(m.Buf()), is.Line.Of(out.Buf())) {
			t.Errorf("%q is forwarded as %q", was.Line.Of(m.Buf()), is.Line.Of(out.Buf()))
		}
	}
	if !bytes.Equal(out.RequestURI(), m.RequestURI()) || !bytes.Equal(out.MethodName(), m.MethodName()) || !bytes.Equal(out.Body(), m.Body()) {
		t.Errorf("it is forwarded as\n%s", out.Buf())
	}
	if n, present, _ := m.MaxForwards(); present {
		if got, _, _ := out.MaxForwards(); got != n-1 {
			t.Errorf("Max-Forwards %d, was %d", got, n)
		}
	}
}

// header returns the value of the n-th header of that name, as it is.
func header(t *testing.T, m *Msg, name string, n int) string {
	t.Helper()
	i := m.FindName([]byte(name), 0)
	for ; n > 0 && i >= 0; n-- {
		i = m.FindName([]byte(name), i+1)
	}
	if i < 0 {
		t.Fatalf("no %s", name)
	}
	return string(m.Header(i).Value.Of(m.Buf()))
}

func wantHeader(t *testing.T, m *Msg, name, want string) {
	t.Helper()
	wantText(t, name, []byte(header(t, m, name, 0)), want)
}

// addr returns the n-th address of the headers of type typ, and its URI if that is
// good.
func addr(t *testing.T, m *Msg, typ HdrType, n int) (a NameAddr, u *URI) {
	t.Helper()
	it := m.Addrs(typ)
	for i := 0; it.Next(&a); i++ {
		if i < n {
			continue
		}
		u = new(URI)
		if parseURI(m.Buf(), a.URI, u) != OK {
			u = nil
		}
		return a, u
	}
	t.Fatalf("no %v %d: %s", typ, n, errName(it.Err()))
	return a, nil
}

func wantVias(t *testing.T, m *Msg, want ...string) {
	t.Helper()
	var got []string
	var v Via
	for i := 0; m.Via(i, &v); i++ {
		got = append(got, string(v.Transport.Of(m.Buf()))+" "+string(v.Host.Of(m.Buf())))
	}
	if !slices.Equal(got, want) {
		t.Errorf("Via %q, want %q", got, want)
	}
}

// Folded lines, escapes in quotes, an empty Subject, white space around every
// separator, lists over lines and commas, short and long names, unknown headers with
// odd values: all is forwarded as it is.
func showWsinv(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantText(t, "CSeq method", m.CSeqMethodName(), "INVITE")
	if m.CSeq() != 9 {
		t.Errorf("CSeq %d, want 9", m.CSeq())
	}
	if n, _, e := m.MaxForwards(); n != 68 || e != OK {
		t.Errorf("Max-Forwards %d, %v, want 68", n, e)
	}
	wantText(t, "From tag", m.FromTag(), "98asjd8")
	wantText(t, "To tag", m.ToTag(), "1918181833n")
	wantText(t, "display name", m.From().Display.Of(m.Buf()), `"J Rosenberg \\\""`)
	wantVias(t, m, "UDP 192.0.2.2", "TCP spindle.example.com", "UDP 192.168.255.111")
	var v Via
	m.Via(2, &v)
	wantText(t, "branch of the last Via", v.Branch.Of(m.Buf()), "z9hG4bK30239")
	wantAddrs(t, m, HdrRoute, "sip:services.example.com;lr;unknownwith=value;unknown-no-value")
	wantHeader(t, m, "Subject", "")
	wantHeader(t, m, "newfangledheader", "newfangled value\r\n continued newfangled value")
	wantHeader(t, m, "UnknownHeaderWithUnusualValue", ";;,,;;,;")
	contact, _ := addr(t, m, HdrContact, 0)
	wantText(t, "display name of Contact", contact.Display.Of(m.Buf()), `"Quoted string \"\""`)
	if q, _ := contact.Param(m.Buf(), "q"); string(q) != "0.33" {
		t.Errorf("q=%s", q)
	}
}

// A method, a user and a password of all the characters that there may be, escaped
// control characters in quotes: an unknown method is forwarded.
func showIntmeth(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	if m.Method() != MethodOther || m.CSeqMethod() != MethodOther {
		t.Errorf("methods %v, %v", m.Method(), m.CSeqMethod())
	}
	wantText(t, "method", m.MethodName(), "!interesting-Method0123456789_*+`.%indeed'~")
	wantText(t, "user", m.URI().User.Of(m.Buf()), "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
	wantText(t, "password", m.URI().Password.Of(m.Buf()), "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
	wantText(t, "To", m.To().Display.Of(m.Buf()), "\"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7F\"")
}

// Escaped characters separate nothing, and nothing is unescaped.
func showEsc01(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantText(t, "user", m.URI().User.Of(m.Buf()), "sips%3Auser%40example.com")
	wantText(t, "host", m.URI().Host.Of(m.Buf()), "example.net")
	_, u := addr(t, m, HdrTo, 0)
	wantText(t, "user of To", u.User.Of(m.Buf()), "%75se%72")
	_, u = addr(t, m, HdrContact, 0)
	wantText(t, "parameters of Contact", u.Params.Of(m.Buf()), "%6C%72;n%61me=v%61lue%25%34%31")
	if !URIEqual([]byte("sip:%75se%72@example.com"), []byte("sip:user@example.com")) ||
		URIEqual([]byte("sip:sips%3Auser%40example.com@example.net"), []byte("sip:sips:user@example.net")) {
		t.Error("escapes count where they should not, or do not where they should")
	}
}

// %00 ends nothing: the users of the two Contacts are different, and To is an
// address like any other.
func showEscnull(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	_, to := addr(t, m, HdrTo, 0)
	wantText(t, "user of To", to.User.Of(m.Buf()), "null-%00-null")
	_, one := addr(t, m, HdrContact, 0)
	wantText(t, "user of the first Contact", one.User.Of(m.Buf()), "%00")
	_, two := addr(t, m, HdrContact, 1)
	wantText(t, "user of the second Contact", two.User.Of(m.Buf()), "%00%00")
	if one.Equal(m.Buf(), two, m.Buf()) {
		t.Error("%00 ends a user")
	}
	aor, _ := AppendAoR(nil, m.Buf(), to, AoROptions{Domain: true, CaseSensitive: true})
	wantText(t, "address of record", aor, "null-%00-null@example.com")
}

// "%" does not escape in a token: the method is not REGISTER, C%6Fntact not Contact.
func showEsc02(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	if m.Method() != MethodOther {
		t.Errorf("method %v", m.Method())
	}
	wantText(t, "method", m.MethodName(), "RE%47IST%45R")
	wantAddrs(t, m, HdrContact, "sip:alias1@host1.example.com", "sip:alias3@host3.example.com")
	wantHeader(t, m, "C%6Fntact", "<sip:alias2@host2.example.com>")
}

// There is no white space between the display name and "<".
func showLwsdisp(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantText(t, "display name", m.From().Display.Of(m.Buf()), "caller")
	wantText(t, "From tag", m.FromTag(), "323")
}

// Long values, many Vias: nothing is cut.
func showLongreq(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	var vias []string
	for i := 33; i > 0; i-- {
		vias = append(vias, "TCP sip"+strconv.Itoa(i)+".example.com")
	}
	wantVias(t, m, append(vias, "TCP host.example.com")...)
	if from, id := m.From().URI.Len(), len(m.CallID()); from != 131 || id != 141 {
		t.Errorf("a From URI of %d bytes, a Call-ID of %d", from, id)
	}
}

// A REGISTER with a Content-Length of 0, and an INVITE behind it: only the first is
// the datagram's message.
func showDblreq(t *testing.T, m *Msg) {
	if m.Method() != Register || len(m.Body()) != 0 {
		t.Errorf("%v with a body of %d bytes", m.Method(), len(m.Body()))
	}
	out := m.AppendEdited(nil, nil, nil)
	if string(out) != string(m.Wire()) || len(out) >= len(m.Buf()) {
		t.Errorf("%d of %d bytes are written", len(out), len(m.Buf()))
	}
	var next Msg
	if e := next.Parse(m.Buf()[len(out):]); e != OK || next.Method() != Invite {
		t.Errorf("behind it is %s", errName(e))
	}
	wantFrames(t, frames(Limits{}, string(m.Buf()))[:3], "300", "skip 2", "443") // on a stream there are two
}

// The semicolon is of the user part.
func showSemiuri(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantText(t, "user", m.URI().User.Of(m.Buf()), "user;par=u%40example.net")
	if !m.URI().Params.IsZero() {
		t.Error("there are URI parameters")
	}
}

// Vias with all transports, and an unknown one: the order is kept.
func showTransports(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantVias(t, m, "UDP t1.example.com", "SCTP t2.example.com", "TLS t3.example.com", "UNKNOWN t4.example.com", "TCP t5.example.com")
}

// The body, with NUL, LF alone and what looks like an end of headers, is forwarded
// byte for byte.
func showMpart01(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	if n, ok := m.ContentLength(); !ok || n != len(m.Body()) || n != 553 {
		t.Errorf("Content-Length %d, body of %d", n, len(m.Body()))
	}
	var x ContentType
	if present, e := m.ContentType(&x); !present || e != OK || !x.Is(m.Buf(), "multipart", "mixed") {
		t.Errorf("Content-Type: %v, %s", present, errName(e))
	}
}

// The reason phrase is UTF-8.
func showUnreason(t *testing.T, m *Msg) {
	wantText(t, "reason", m.Reason(), "= 2**3 * 5**2 но сто девяносто девять - простое")
	if m.Status() != 200 {
		t.Errorf("status %d", m.Status())
	}
}

// The reason phrase is empty.
func showNoreason(t *testing.T, m *Msg) {
	wantText(t, "reason", m.Reason(), "")
	if m.Status() != 100 {
		t.Errorf("status %d", m.Status())
	}
}

// CSeq, Max-Forwards and expires are too large: nothing wraps.
func showScalar02(t *testing.T, m *Msg) {
	wantReply(400)(t, m)
	if m.CSeq() != 0 {
		t.Errorf("CSeq %d", m.CSeq())
	}
	if _, _, e := m.MaxForwards(); e != ErrMaxForwards {
		t.Errorf("Max-Forwards: %s", errName(e))
	}
	if n, _, e := m.Expires(); e != ErrValue {
		t.Errorf("Expires: %d, %s", n, errName(e))
	}
	var c Contact // "the same as if it were 3600"
	if it := m.Contacts(); !it.Next(&c) || c.Expires != DefaultExpires {
		t.Errorf("expires of Contact: %d, %s", c.Expires, errName(it.Err()))
	}
}

// An open quote does not reach into the next header.
func showQuotbal(t *testing.T, m *Msg) {
	wantReply(400)(t, m)
	wantHeader(t, m, "From", "sip:caller@example.net;tag=93334")
	if m.To() != nil {
		t.Errorf("To: %q", m.To().Whole.Of(m.Buf()))
	}
}

// Who does not use Date forwards it.
func showBaddate(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantHeader(t, m, "Date", "Fri, 01 Jan 2010 16:00:00 EST")
	if _, present, e := m.Date(); !present || e != ErrValue {
		t.Errorf("Date: %v, %s", present, errName(e))
	}
}

// A bare URI with "?": a registrar gets no address of it, not half of one.
func showRegbadct(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	it := m.Contacts()
	var c Contact
	if it.Next(&c) || it.Err() != ErrContact || it.Err().Status() != 400 {
		t.Errorf("Contact %q, %s", c.URI.Of(m.Buf()), errName(it.Err()))
	}
}

// The status is not 4294967301 modulo 2**32, which is 5.
func showBigcode(t *testing.T, m *Msg) {
	wantDropped(t, m)
	if m.Status() != 0 {
		t.Errorf("status %d", m.Status())
	}
}

// The branch is the cookie and nothing else: what matches transactions by branch
// sees that it identifies none.
func showBadbranch(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantText(t, "branch", m.TopVia().Branch.Of(m.Buf()), "z9hG4bK")
}

// Without Call-ID, From and To: "Ideally, it will respond with a 400 Bad Request error."
func showInsuf(t *testing.T, m *Msg) {
	wantReply(400)(t, m)
	if m.From() != nil || m.To() != nil || m.CallID() != nil || m.FromTag() != nil {
		t.Error("something is there that is not")
	}
}

// Well-formed, to be answered 416 by who routes.
func showUnkscm(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	if m.URI().Scheme != SchemeOther {
		t.Errorf("scheme %d", m.URI().Scheme)
	}
	wantText(t, "scheme", m.URI().SchemeSpan.Of(m.Buf()), "nobodyKnowsThisScheme")
}

// As above, with a scheme that is known, but is not SIP.
func showNovelsc(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	if m.URI().Scheme != SchemeOther {
		t.Errorf("scheme %d", m.URI().Scheme)
	}
	wantText(t, "opaque part", m.URI().Opaque.Of(m.Buf()), "//192.0.2.103:3002")
}

// Unknown schemes in To, From and Contact are no fault of the message.
func showUnksm2(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	_, to := addr(t, m, HdrTo, 0)
	wantText(t, "scheme of To", to.SchemeSpan.Of(m.Buf()), "isbn")
	_, contact := addr(t, m, HdrContact, 0)
	wantText(t, "Contact", contact.Opaque.Of(m.Buf()), "John_Smith")
	if to.Scheme != SchemeOther || contact.Scheme != SchemeOther {
		t.Errorf("schemes %v, %v", to.Scheme, contact.Scheme)
	}
}

// What a 420 lists is the value of Proxy-Require.
func showBext01(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	for _, token := range []string{"noProxiesSupportThis", "norDoAnyProxiesSupportThis"} { // for the Unsupported of the 420
		if !m.HasToken(HdrProxyRequire, token) || m.HasToken(HdrRequire, token) {
			t.Errorf("%s is not where it is", token)
		}
	}
}

// An unknown body is forwarded.
func showInvut(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantHeader(t, m, "Content-Type", "application/unknownformat")
	if !strings.HasPrefix(string(m.Body()), "<audio>") || len(m.Body()) != 40 {
		t.Errorf("body %q", m.Body())
	}
}

// An unknown scheme of authorization is forwarded.
func showRegaut01(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	var x Credentials
	if it := m.Credentials(HdrAuthorization); !it.Next(&x) || x.IsDigest {
		t.Error(errName(it.Err()))
	}
	wantText(t, "scheme", x.Scheme.Of(m.Buf()), "NoOneKnowsThisScheme")
	data, _ := x.Param(m.Buf(), "opaque-data")
	wantText(t, "opaque-data", data, "here")
}

// Two values where one may be: 400; what is read of them is the first.
func showMulti01(t *testing.T, m *Msg) {
	wantReply(400)(t, m)
	wantText(t, "Call-ID", m.CallID(), "multi01.98asdh@192.0.2.1")
	if m.CSeq() != 5 {
		t.Errorf("CSeq %d", m.CSeq())
	}
}

// Behind ours, a Via with the broadcast address: who forwards can see it.
func showBcast(t *testing.T, m *Msg) {
	wantVias(t, m, "UDP 192.0.2.198", "UDP 255.255.255.255")
	if m.Status() != 200 {
		t.Errorf("status %d", m.Status())
	}
}

// Max-Forwards is there, and 0: 483.
func showZeromf(t *testing.T, m *Msg) {
	if n, present, e := m.MaxForwards(); n != 0 || !present || e != OK {
		t.Errorf("Max-Forwards %d, %v, %s", n, present, errName(e))
	}
}

// A parameter behind a URI without <> is the header's, one within <> the URI's.
func showCparam(header, uri bool) func(t *testing.T, m *Msg) {
	return func(t *testing.T, m *Msg) {
		wantForwarded(t, m)
		n, u := addr(t, m, HdrContact, 0)
		_, ofHeader := n.Param(m.Buf(), "unknownparam")
		_, ofURI := u.Param(m.Buf(), "unknownparam")
		if ofHeader != header || ofURI != uri {
			t.Errorf("of the header: %v, of the URI: %v", ofHeader, ofURI)
		}
	}
}

// A Route in the Contact's URI is part of the URI, and stays escaped.
func showRegescrt(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	_, u := addr(t, m, HdrContact, 0)
	wantText(t, "headers of the URI", u.Headers.Of(m.Buf()), "Route=%3Csip:sip.example.com%3E")
	if m.Find(HdrRoute, 0) >= 0 {
		t.Error("there is a Route")
	}
	var p URIPair
	if it := u.HeaderPairs(m.Buf()); !it.Next(&p) {
		t.Error("no headers in the URI")
	}
	wantText(t, "Route in the URI", AppendUnescaped(nil, p.Value.Of(m.Buf())), "<sip:sip.example.com>")
}

// What the user agents accept is not the proxy's affair.
func showSdp01(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantHeader(t, m, "Accept", "text/nobodyKnowsThis")
	if m.Accepts("application", "sdp") {
		t.Error("SDP is accepted")
	}
}

// An RFC 2543 request has no branch, no tags, no Max-Forwards.
func showInv2543(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	_, present, e := m.MaxForwards()
	if !m.TopVia().Branch.IsZero() || m.FromTag() != nil || m.ToTag() != nil || present || e != OK {
		t.Error("something is there that is not")
	}
	if !m.MaxForwardsSpan().IsZero() {
		t.Error("Max-Forwards has a place")
	}
}

// Brackets in the Request-URI, Via and Contact.
func showIPv6Good(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantText(t, "host", m.URI().Host.Of(m.Buf()), "[2001:db8::10]")
	wantVias(t, m, "UDP [2001:db8::9:1]")
	_, u := addr(t, m, HdrContact, 0)
	wantText(t, "host of Contact", u.Host.Of(m.Buf()), "[2001:db8::1]")
}

// The port is what follows the brackets; RFC 5118 §4.3, §4.4.
func showPort(host, ip string, port int) func(t *testing.T, m *Msg) {
	return func(t *testing.T, m *Msg) {
		wantForwarded(t, m)
		wantText(t, "host", m.URI().Host.Of(m.Buf()), host)
		wantIP(t, m.URI().Host.Of(m.Buf()), ip)
		if m.URI().Port != port {
			t.Errorf("port %d, want %d", m.URI().Port, port)
		}
	}
}

// received with and without brackets; RFC 5118 §4.5.
func showReceived(want string) func(t *testing.T, m *Msg) {
	return func(t *testing.T, m *Msg) {
		wantForwarded(t, m)
		wantText(t, "received", m.TopVia().Received.Of(m.Buf()), want)
	}
}

// Vias of both families, and received of the other one.
func showMultIPInHeader(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantVias(t, m, "UDP [2001:db8::9:1]", "UDP 192.0.2.1", "TCP [2001:db8::9:255]")
	if m.TopVia().Port != 6050 {
		t.Errorf("port %d", m.TopVia().Port)
	}
	var v Via
	m.Via(2, &v)
	wantText(t, "received", v.Received.Of(m.Buf()), "192.0.2.200")
}

// IPv4-mapped addresses in Via and Contact.
func showIPv4Mapped(t *testing.T, m *Msg) {
	wantForwarded(t, m)
	wantVias(t, m, "UDP [::ffff:192.0.2.10]", "UDP [::ffff:192.0.2.2]")
	_, u := addr(t, m, HdrContact, 0)
	wantText(t, "host of Contact", u.Host.Of(m.Buf()), "[::ffff:192.0.2.2]")
	wantIP(t, u.Host.Of(m.Buf()), "192.0.2.2")
}

func wantIP(t *testing.T, host []byte, want string) {
	t.Helper()
	if a, ok := HostAddr(host); !ok || a.String() != want {
		t.Errorf("%q is %v, want %s", host, a, want)
	}
}

// wantClosed: over a stream the framing is lost: the peer is answered, and the
// connection closed.
func wantClosed(want Error) func(t *testing.T, m *Msg) {
	return func(t *testing.T, m *Msg) {
		wantReply(400)(t, m)
		got := frames(Limits{}, string(m.Buf()))
		if last := got[len(got)-1]; !strings.HasSuffix(last, ": "+want.Reason()) || !want.FramingLost() {
			t.Errorf("on a stream: %q, want %v", got, want)
		}
	}
}

// "A proxy ... over TCP: more bytes are awaited"; RFC 4475 §3.1.2.2.
func showClerr(t *testing.T, m *Msg) {
	wantReply(400)(t, m)
	wantFrames(t, frames(Limits{}, string(m.Buf())))
}

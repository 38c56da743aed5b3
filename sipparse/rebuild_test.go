package sipparse

import (
	"bytes"
	"regexp"
	"testing"
)

// What may stand between two parts of a message; RFC 3261 §25.1.
const lws = `(?:[ \t]|\r\n[ \t])*`

var (
	nothing   = regexp.MustCompile(`^$`)
	emptyLine = regexp.MustCompile(`^[\r\n]*$`)
	oneSpace  = regexp.MustCompile(`^ $`)
	versionRE = regexp.MustCompile(`^ (?i:SIP)/2\.0\r\n$`)
	statusRE  = regexp.MustCompile(`^(?i:SIP)/2\.0 $`)
	hcolon    = regexp.MustCompile(`^[ \t]*:` + lws + `$`)
	lineEnd   = regexp.MustCompile(`^` + lws + `\r\n$`)
	crlfRE    = regexp.MustCompile(`^\r\n$`)
	comma     = regexp.MustCompile(`^` + lws + `,` + lws + `$`)
	slash     = regexp.MustCompile(`^` + lws + `/` + lws + `$`)
	space     = regexp.MustCompile(`^(?:[ \t]|\r\n[ \t])+$`)
	laquot    = regexp.MustCompile(`^` + lws + `<$`)
	raquot    = regexp.MustCompile(`^>?$`)
	viaRest   = regexp.MustCompile(`(?s)^(?:` + lws + `:` + lws + `[0-9]+)?(?:` + lws + `;.*)?$`)
)

// A tiler lays the parts of a message one behind the other: each begins where the
// one before and what may stand between them end.
type tiler struct {
	t   *testing.T
	b   []byte
	at  uint32
	out []byte
}

func (x *tiler) part(what string, s Span) {
	x.t.Helper()
	if s.Off != x.at || s.End < s.Off {
		x.t.Fatalf("%s is at %+v, not at %d: %q", what, s, x.at, x.b[min(int(x.at), len(x.b)):])
	}
	x.out = append(x.out, s.Of(x.b)...)
	x.at = s.End
}

// gap takes what stands before offset to, which must be what re says.
func (x *tiler) gap(what string, to uint32, re *regexp.Regexp) {
	x.t.Helper()
	if to < x.at || !re.Match(x.b[x.at:to]) {
		x.t.Fatalf("%s: %d to %d is %q, want %v", what, x.at, to, x.b[min(x.at, to):to], re)
	}
	x.out = append(x.out, x.b[x.at:to]...)
	x.at = to
}

// text takes what stands before offset to, which must be want.
func (x *tiler) text(want string, to uint32) {
	x.t.Helper()
	if to < x.at || string(x.b[x.at:to]) != want {
		x.t.Fatalf("%d to %d is %q, want %q", x.at, to, x.b[min(x.at, to):to], want)
	}
	x.out = append(x.out, want...)
	x.at = to
}

// checkRebuilt writes m from its parts, which must lie without gap or overlap, and
// compares it with what was received.
func checkRebuilt(t *testing.T, m *Msg) {
	t.Helper()
	x := &tiler{t: t, b: m.Buf()}
	start := uint32(offset(m.Buf(), m.Wire()))
	x.gap("before the start line", start, emptyLine)
	x.out = x.out[:0]
	x.startLine(m)
	for i := range m.NHeaders() {
		h := m.Header(i)
		if h.Line.Off != x.at {
			t.Fatalf("header %d begins at %d, not at %d", i, h.Line.Off, x.at)
		}
		x.part("name", h.Name)
		x.gap("HCOLON", h.Value.Off, hcolon)
		x.part("value", h.Value)
		x.gap("end of line", h.Line.End, lineEnd)
	}
	x.gap("headers", m.HeadersEnd(), nothing)
	x.gap("blank line", m.BodySpan().Off, crlfRE)
	x.part("body", m.BodySpan())
	if !bytes.Equal(x.out, m.Wire()) {
		t.Fatalf("rebuilt:\n%q\nwant:\n%q", x.out, m.Wire())
	}
	checkValues(t, m)
}

func (x *tiler) startLine(m *Msg) {
	x.t.Helper()
	if m.IsRequest() {
		at := offset(x.b, m.MethodName())
		x.part("method", span(at, at+len(m.MethodName())))
		x.gap("SP", m.RequestURISpan().Off, oneSpace)
		x.part("Request-URI", m.RequestURISpan())
		x.gap("version", x.at+uint32(len(" SIP/2.0\r\n")), versionRE)
		if u := m.URI(); u != nil {
			checkURIParts(x.t, x.b, u)
		}
		return
	}
	x.gap("version", m.StatusSpan().Off, statusRE)
	x.part("status", m.StatusSpan())
	if phrase := m.Reason(); len(phrase) > 0 {
		at := offset(x.b, phrase)
		x.gap("SP", uint32(at), oneSpace)
		x.part("reason", span(at, at+len(phrase)))
	} else if x.b[x.at] == ' ' {
		x.gap("SP", x.at+1, oneSpace)
	}
	x.gap("CRLF", x.at+2, crlfRE)
}

// checkValues tiles the values of the lists, up to a broken one.
func checkValues(t *testing.T, m *Msg) {
	t.Helper()
	for _, typ := range [...]HdrType{HdrFrom, HdrTo, HdrContact, HdrRoute, HdrRecordRoute} {
		lists := listTiler{m: m, x: &tiler{t: t, b: m.Buf()}, header: -1}
		it := m.Addrs(typ)
		for n := (NameAddr{}); it.Next(&n); {
			lists.next(it.Header(), n.Whole)
			checkAddrParts(t, m.Buf(), &n)
		}
		if it.Err() == OK {
			lists.close()
		}
	}
	lists := listTiler{m: m, x: &tiler{t: t, b: m.Buf()}, header: -1}
	var v Via
	i := 0
	for ; m.Via(i, &v); i++ {
		lists.next(headerAt(m, v.Whole.Off), v.Whole)
		checkViaParts(t, m.Buf(), &v)
	}
	if m.Find(HdrVia, lists.header+1) < 0 && lists.done() {
		lists.close()
	}
}

// headerAt returns the index of the header whose value holds offset at.
func headerAt(m *Msg, at uint32) int {
	for i := range m.NHeaders() {
		if v := m.Header(i).Value; v.Off <= at && at < v.End {
			return i
		}
	}
	return -1
}

// A listTiler lays the values of a list over its header lines.
type listTiler struct {
	m      *Msg
	x      *tiler
	header int
}

func (l *listTiler) next(header int, whole Span) {
	l.x.t.Helper()
	if header != l.header {
		l.close()
		l.header, l.x.at = header, l.m.Header(header).Value.Off
	} else {
		l.x.gap("between values", whole.Off, comma)
	}
	l.x.part("value of a list", whole)
}

func (l *listTiler) done() bool {
	return l.header >= 0 && l.x.at == l.m.Header(l.header).Value.End
}

// close checks that the line is used up.
func (l *listTiler) close() {
	l.x.t.Helper()
	if l.header >= 0 && !l.done() {
		l.x.t.Fatalf("%q is left of header %d", l.x.b[l.x.at:l.m.Header(l.header).Value.End], l.header)
	}
}

func checkAddrParts(t *testing.T, b []byte, n *NameAddr) {
	t.Helper()
	x := &tiler{t: t, b: b, at: n.Whole.Off}
	if !n.Display.IsZero() {
		x.part("display name", n.Display)
	}
	if n.URI.Off != x.at {
		x.gap("LAQUOT", n.URI.Off, laquot)
	}
	x.part("URI", n.URI)
	if !n.Params.IsZero() {
		x.gap("RAQUOT", n.Params.Off, raquot)
		x.part("parameters", n.Params)
	}
	x.gap("end of address", n.Whole.End, raquot)
	var u URI
	if parseURI(b, n.URI, &u) == OK {
		checkURIParts(t, b, &u)
	}
}

func checkViaParts(t *testing.T, b []byte, v *Via) {
	t.Helper()
	x := &tiler{t: t, b: b, at: v.Whole.Off}
	x.part("sent-protocol", v.Protocol)
	x.gap("SLASH", v.Transport.Off, slash)
	x.part("transport", v.Transport)
	x.gap("LWS", v.Host.Off, space)
	x.part("host", v.Host)
	x.gap("port and parameters", v.ParamsEnd, viaRest)
	x.gap("end of Via", v.Whole.End, nothing)
}

// checkURIParts tiles scheme ":" [ user [ ":" password ] "@" ] host [ ":" port ]
// [ ";" parameters ] [ "?" headers ].
func checkURIParts(t *testing.T, b []byte, u *URI) {
	t.Helper()
	x := &tiler{t: t, b: b, at: u.Whole.Off}
	x.part("scheme", u.SchemeSpan)
	before := ":"
	for _, p := range [...]struct {
		what  string
		s     Span
		intro string
	}{
		{"opaque part", u.Opaque, ""}, {"user", u.User, ""}, {"password", u.Password, ":"}, {"host", u.Host, "@"},
		{"port", u.PortSpan, ":"}, {"parameters", u.Params, ";"}, {"headers", u.Headers, "?"},
	} {
		if p.s.IsZero() {
			continue
		}
		intro := p.intro
		if before != "" {
			intro, before = before, ""
		}
		x.text(intro, p.s.Off)
		x.part(p.what, p.s)
	}
	x.gap("end of URI", u.Whole.End, nothing)
}

package sipparse

import "bytes"

// A Scheme is a URI scheme that this program knows by name.
type Scheme uint8

// The schemes of RFC 3261 §19.1, RFC 3966 and RFC 8141.
const (
	SchemeOther Scheme = iota
	SchemeSIP
	SchemeSIPS
	SchemeTel
	SchemeURN
)

// A URI is a URI in parts. Spans are into the buffer it was read from. Absent
// parts are zero. Nothing is unescaped.
type URI struct {
	Whole      Span
	Scheme     Scheme
	SchemeSpan Span // without ":"
	User       Span // of a tel URI: the number
	Password   Span
	Host       Span // an IPv6 address with its brackets
	PortSpan   Span
	Port       int  // 0 if there is none
	Params     Span // without the first ";"
	Headers    Span // without "?"
	Opaque     Span // of a URI that is neither sip, sips nor tel: what follows the scheme and ":"
}

// ParseURI reads b, a URI without < >. It returns ErrURI if it is broken.
//
//	SIP-URI = "sip:" [ userinfo ] hostport uri-parameters [ headers ] ; RFC 3261 §25.1
//
// The user part may contain ";" and "?"; "@" can only stand before the host.
func ParseURI(b []byte, u *URI) Error { return parseURI(b, span(0, len(b)), u) }

func parseURI(b []byte, s Span, u *URI) Error {
	*u = URI{Whole: s}
	c := cursor{b: b[:s.End], pos: int(s.Off)}
	n := schemeLen(s.Of(b))
	if n == 0 || uriEnd(c.b, c.pos) < len(c.b) {
		return ErrURI
	}
	u.SchemeSpan = span(c.pos, c.pos+n)
	u.Scheme = schemeOf(u.SchemeSpan.Of(b))
	c.pos += n + 1
	switch u.Scheme {
	case SchemeSIP, SchemeSIPS:
		c.sipURI(u)
	case SchemeTel:
		c.telURI(u)
	default:
		u.Opaque = span(c.pos, len(c.b))
		if u.Opaque.Len() == 0 {
			c.fail()
		}
	}
	if c.bad {
		return ErrURI
	}
	return OK
}

// Param returns the value of the first URI parameter of that name, in any case,
// escaped or not; b is what u was parsed from. A parameter without a value, such as
// ;lr, is there with a nil value.
func (u *URI) Param(b []byte, name string) (value []byte, ok bool) {
	var p URIPair
	if !u.ParamPairs(b).findName(name, &p) {
		return nil, false
	}
	if p.Value.Len() == 0 {
		return nil, true
	}
	return p.Value.Of(b), true
}

// schemeLen returns the length of the scheme before ":" that b begins with, 0 if
// there is none; scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ).
func schemeLen(b []byte) int {
	if len(b) == 0 || !isAlpha(b[0]) {
		return 0
	}
	if n := schemeChars.end(b, 0); n < len(b) && b[n] == ':' {
		return n
	}
	return 0
}

func schemeOf(b []byte) Scheme {
	switch {
	case EqualFoldString(b, "sip"):
		return SchemeSIP
	case EqualFoldString(b, "sips"):
		return SchemeSIPS
	case EqualFoldString(b, "tel"):
		return SchemeTel
	case EqualFoldString(b, "urn"):
		return SchemeURN
	}
	return SchemeOther
}

func (c *cursor) sipURI(u *URI) {
	if at := bytes.IndexByte(c.b[c.pos:], '@'); at >= 0 {
		c.userinfo(u, c.pos+at)
	}
	u.Host = c.host()
	if c.eat(':') {
		from := c.pos
		u.Port = c.port()
		u.PortSpan = span(from, c.pos)
	}
	if c.eat(';') {
		u.Params = c.until('?')
	}
	if c.eat('?') {
		u.Headers = span(c.pos, len(c.b))
		c.pos = len(c.b)
	}
	if c.pos < len(c.b) {
		c.fail()
	}
}

// userinfo = ( user / telephone-subscriber ) [ ":" password ] "@"
func (c *cursor) userinfo(u *URI, at int) {
	user := at
	if colon := bytes.IndexByte(c.b[c.pos:at], ':'); colon >= 0 {
		user = c.pos + colon
		u.Password = span(user+1, at)
	}
	u.User = span(c.pos, user)
	if u.User.Len() == 0 || bytes.IndexByte(c.b[at+1:], '@') >= 0 {
		c.fail()
		return
	}
	c.pos = at + 1
}

func (c *cursor) telURI(u *URI) {
	u.User = c.until(';')
	if u.User.Len() == 0 {
		c.fail()
		return
	}
	if c.eat(';') {
		u.Params = c.until(0)
	}
}

// until takes everything up to x or the end.
func (c *cursor) until(x byte) Span {
	from := c.pos
	n := bytes.IndexByte(c.b[from:], x)
	if n < 0 {
		n = len(c.b) - from
	}
	c.pos = from + n
	return span(from, c.pos)
}

package sipparse

import "bytes"

// An Identity is the value of an Identity header:
//
//	signed-identity-digest SEMI ident-info *( SEMI ident-info-params ) ; RFC 8224 §4.1
//
// Or one of RFC 4474, a quoted signature alone; Header and Payload are zero then,
// and the Identity-Info header has the rest. Nothing is decoded. Spans are into the
// buffer it was read from.
type Identity struct {
	Whole     Span
	Token     Span // the PASSporT; without quotes if it has them
	Header    Span // of the token header.payload.signature; empty in the compact form
	Payload   Span // empty in the compact form
	Signature Span // zero if the token is no PASSporT
	Info      Span // URI of info, without < >
	Alg       Span // value of alg, without quotes; ES256 if there is none
	PPT       Span // value of ppt, without quotes
	Params    Span // from the first ";"
}

// ParseIdentity reads b, one value. It returns ErrValue if it is broken, or has
// info, alg or ppt twice: they say how the signature is verified.
func ParseIdentity(b []byte, x *Identity) Error {
	c := alone(b)
	if c.identity(x) {
		c.fail()
	}
	return c.finish(ErrValue)
}

// An IdentityList walks the values of all Identity headers, of which there may be
// one for each PASSporT (RFC 8224 §4.1).
type IdentityList struct{ lines }

// Identity returns a walk over the values of the Identity headers.
func (m *Msg) Identity() IdentityList { return IdentityList{m.lines(HdrIdentity)} }

// Next stores the next value in *x, spans into m.Buf(). It returns false at the
// end, and at a broken value: Err is ErrValue then.
func (it *IdentityList) Next(x *Identity) bool {
	return it.begin() && it.end(it.c.identity(x), ErrValue)
}

func (c *cursor) identity(x *Identity) (more bool) {
	*x = Identity{}
	from := c.pos
	x.Token = unquote(c.b, c.value())
	x.split(c.b)
	params := c.pos
	for p := (param{}); c.identityParam(&p); {
		switch name := p.name.Of(c.b); {
		case EqualFoldString(name, "info"):
			c.once(&x.Info, p.value)
		case EqualFoldString(name, "alg"):
			c.once(&x.Alg, unquote(c.b, p.value))
		case EqualFoldString(name, "ppt"):
			c.once(&x.PPT, unquote(c.b, p.value))
		}
	}
	x.Params = c.paramsSince(params)
	x.Whole = span(from, c.pos)
	return c.next()
}

// split finds the parts of a token with two dots.
func (x *Identity) split(b []byte) {
	text := x.Token.Of(b)
	one := bytes.IndexByte(text, '.')
	two := bytes.LastIndexByte(text, '.')
	if one == two || bytes.Count(text, []byte{'.'}) != 2 {
		return
	}
	at := int(x.Token.Off)
	x.Header = span(at, at+one)
	x.Payload = span(at+one+1, at+two)
	x.Signature = span(at+two+1, int(x.Token.End))
}

// identityParam is param, but for ident-info = "info" EQUAL LAQUOT URI RAQUOT: the
// URI may contain ";" and ",".
func (c *cursor) identityParam(p *param) bool {
	at := c.pos
	if !c.sep(';') {
		return false
	}
	p.name = c.token()
	if !c.sep('=') || c.peek() != '<' {
		c.restart(at)
		return c.param(p)
	}
	c.pos++
	p.value = c.uri()
	if !c.eat('>') {
		c.fail()
	}
	return !c.bad
}

// restart goes back to at, unless something has failed since.
func (c *cursor) restart(at int) {
	if !c.bad {
		c.pos = at
	}
}

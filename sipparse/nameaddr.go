package sipparse

// A NameAddr is the value of a From, To, Contact, Route, Record-Route, ... header:
//
//	( name-addr / addr-spec ) *( SEMI generic-param ) ; RFC 3261 §20.10, §25.1
//
// Spans are into the buffer it was read from. Absent parts are zero.
type NameAddr struct {
	Whole   Span // from the display name to the last parameter
	Display Span // display name as it was sent, with its quotes
	URI     Span // without < >; "*" for Contact: *
	Params  Span // header parameters, from the first ";"
	Tag     Span // value of the parameter tag; zero also for "tag="
	TagSpan Span // "tag=1", to be replaced
}

// ParseNameAddr reads b, one value. It returns ErrNameAddr if it is broken.
//
// Parameters behind a URI without < > are the header's (§20). Such a URI cannot
// contain "?": who wrote a bare URI with headers meant something else.
func ParseNameAddr(b []byte, n *NameAddr) Error {
	c := alone(b)
	return c.nameAddrAlone(n)
}

func parseNameAddr(b []byte, s Span, n *NameAddr) Error {
	c := cursor{b: b[:s.End], pos: int(s.Off)}
	return c.nameAddrAlone(n)
}

func (c *cursor) nameAddrAlone(n *NameAddr) Error {
	if c.nameAddr(n) || c.bad {
		return ErrNameAddr
	}
	return OK
}

// Param returns the value of the header parameter of that name, in any case; b is
// what n was parsed from. A parameter without a value is there with a nil value;
// a quoted value keeps its quotes.
func (n *NameAddr) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(n.Params.Of(b), name)
}

// nameAddr takes one value and the comma behind it, if any.
func (c *cursor) nameAddr(n *NameAddr) (more bool) {
	*n = NameAddr{}
	from := c.pos
	c.address(n)
	params := c.pos
	var p param
	for c.param(&p) {
		if EqualFoldString(p.name.Of(c.b), "tag") {
			c.once(&n.TagSpan, p.whole)
			n.Tag = p.value
		}
	}
	if c.pos > params {
		n.Params = span(params, c.pos)
	}
	n.Whole = span(from, c.pos)
	return c.next()
}

// address takes name-addr or addr-spec. A display name is a quoted-string, or what
// stands before "<": tokens says the RFC, anything unambiguous say the phones.
func (c *cursor) address(n *NameAddr) {
	from := c.pos
	if c.peek() == '"' {
		n.Display = c.quoted()
		c.lws()
		if c.peek() != '<' {
			c.fail()
			return
		}
	}
	c.pos = displayChars.end(c.b, c.pos)
	switch c.peek() {
	case '<':
		if n.Display.IsZero() {
			n.Display = trimmed(c.b, from, c.pos)
		}
		c.angled(n)
	case '"', '>', '?':
		c.fail()
	default:
		c.bare(n, from)
	}
}

func trimmed(b []byte, from, end int) Span {
	if end = trimLWS(b, from, end); end == from {
		return Span{}
	}
	return span(from, end)
}

// angled takes LAQUOT addr-spec RAQUOT, without white space inside.
func (c *cursor) angled(n *NameAddr) {
	c.pos++
	n.URI = c.uri()
	if !c.eat('>') || schemeLen(n.URI.Of(c.b)) == 0 {
		c.fail()
	}
}

// bare ends an addr-spec without < > at the cursor, or at the white space before it.
func (c *cursor) bare(n *NameAddr, from int) {
	end := trimLWS(c.b, from, c.pos)
	c.pos = end
	n.URI = span(from, end)
	text := c.b[from:end]
	if uriEnd(text, 0) < len(text) || schemeLen(text) == 0 && string(text) != "*" {
		c.fail()
	}
}

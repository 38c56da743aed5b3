package sipparse

// A cursor reads a header value left to right. The first failure sticks, so the
// rules below read as the RFC writes them, and only the caller at the top looks.
type cursor struct {
	b   []byte // ends where the value ends
	pos int
	bad bool
}

func (c *cursor) fail() {
	c.bad = true
	c.pos = len(c.b)
}

// peek returns the next byte, 0 at the end.
func (c *cursor) peek() byte {
	if c.pos < len(c.b) {
		return c.b[c.pos]
	}
	return 0
}

func (c *cursor) lws() {
	if c.peek() <= ' ' {
		c.skipLWS()
	}
}

// skipLWS is rarely called: apart from lws, so that lws is inlined.
//
//go:noinline
func (c *cursor) skipLWS() { c.pos = skipLWS(c.b, c.pos) }

// eat takes x if it is next.
func (c *cursor) eat(x byte) bool {
	if c.pos < len(c.b) && c.b[c.pos] == x {
		c.pos++
		return true
	}
	return false
}

// sep takes x with white space around it: SEMI, COMMA, SLASH, EQUAL, COLON of §25.1.
// Without x, it takes nothing.
func (c *cursor) sep(x byte) bool {
	at := c.pos
	if at == len(c.b) {
		return false
	}
	if c.b[at] <= ' ' {
		c.lws()
	}
	if !c.eat(x) {
		c.pos = at
		return false
	}
	c.lws()
	return true
}

// need is sep of something that must be there.
func (c *cursor) need(x byte) {
	if !c.sep(x) {
		c.fail()
	}
}

// while takes 1*x.
func (c *cursor) while(x class) Span { return c.upTo(x.end(c.b, c.pos)) }

// upTo takes what is left of offset end; it may not be nothing.
func (c *cursor) upTo(end int) Span {
	from := c.pos
	if c.pos = end; end == from {
		c.fail()
		return Span{}
	}
	return span(from, end)
}

func (c *cursor) token() Span { return c.while(tokenChars) }

// visible takes visible characters without , ; "
func (c *cursor) visible() Span { return c.upTo(valueEnd(c.b, c.pos)) }

// uri takes visible characters without < > "
func (c *cursor) uri() Span { return c.upTo(uriEnd(c.b, c.pos)) }

// port takes 1*DIGIT up to 65535.
func (c *cursor) port() int { return int(c.digits(65535)) }

// digits takes 1*DIGIT of at most max.
func (c *cursor) digits(max uint32) uint32 {
	from := c.pos
	for c.pos < len(c.b) && isDigit(c.b[c.pos]) {
		c.pos++
	}
	n, ok := number(c.b[from:c.pos], uint64(max))
	if !ok {
		c.fail()
	}
	return uint32(n)
}

// host takes hostname / IPv4address / IPv6reference, the last with its brackets.
func (c *cursor) host() Span {
	if c.peek() != '[' {
		return c.while(hostChars)
	}
	from := c.pos
	c.pos++
	c.while(ip6Chars)
	if !c.eat(']') {
		c.fail()
		return Span{}
	}
	return span(from, c.pos)
}

// quoted takes a quoted-string, with its quotes.
func (c *cursor) quoted() Span {
	from := c.pos
	for c.pos++; c.pos < len(c.b); c.pos++ {
		switch c.b[c.pos] {
		case '\\':
			c.pos++
		case '"':
			c.pos++
			return span(from, c.pos)
		}
	}
	c.fail()
	return Span{}
}

// value takes a gen-value: a quoted-string with its quotes, or anything up to
// white space, "," or ";".
func (c *cursor) value() Span {
	if c.peek() == '"' {
		return c.quoted()
	}
	return c.visible()
}

// A param is one parameter: whole is name and value; value is zero if there is none.
// "name=" has none either: phones write "rport=" and "tag=".
type param struct{ whole, name, value Span }

// param takes the next ";" and generic-param = token [ EQUAL gen-value ]; false if
// there is none.
func (c *cursor) param(p *param) bool {
	if !c.sep(';') {
		return false
	}
	p.name = c.token()
	p.value = Span{}
	end := c.pos
	if c.sep('=') {
		if x := c.peek(); x == 0 || x == ';' || x == ',' {
			c.pos = trimLWS(c.b, end, c.pos)
		} else {
			p.value = c.value()
		}
	}
	p.whole = Span{p.name.Off, uint32(c.pos)}
	return !c.bad
}

// once stores s in *dst, which must be empty: a parameter that decides where a
// message goes may not be there twice.
func (c *cursor) once(dst *Span, s Span) {
	if s.IsZero() || !dst.IsZero() {
		c.fail()
		return
	}
	*dst = s
}

// next takes the comma between two values of a list; without one, the header must end.
func (c *cursor) next() (more bool) {
	if c.bad {
		return false
	}
	more = c.sep(',')
	c.lws()
	if more != (c.pos < len(c.b)) {
		c.fail()
	}
	return more && !c.bad
}

// looseParam takes the next of a list of ";name=value" whose first ";" may be
// missing and whose names may be anything: what is found here has been judged by
// who took it. False at the end, and at what no parameter begins with.
func (c *cursor) looseParam(p *param) bool {
	for c.lws(); c.sep(';'); {
	}
	from := c.pos
	for c.pos < len(c.b) && c.b[c.pos] > ' ' && c.b[c.pos] != '=' && c.b[c.pos] != ';' {
		c.pos++
	}
	*p = param{name: span(from, c.pos)}
	end := c.pos
	if c.sep('=') {
		if c.pos < len(c.b) && c.peek() != ';' {
			p.value = c.value()
		} else {
			c.pos = trimLWS(c.b, end, c.pos)
		}
	}
	p.whole = span(from, c.pos)
	return c.pos > from
}

// findParam returns the value of the parameter of that name in b, a list for
// looseParam. Quoted values keep their quotes.
func findParam(b []byte, name string) (value []byte, ok bool) {
	c := cursor{b: b}
	for p := (param{}); c.looseParam(&p); {
		if EqualFoldString(p.name.Of(b), name) {
			return p.value.Of(b), true
		}
	}
	return nil, false
}

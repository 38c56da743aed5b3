package sipparse

// A Product is one word of User-Agent or Server, or a comment there:
//
//	server-val *( LWS server-val ) ; RFC 3261 §20.35, §20.41, §25.1
//	server-val = product / comment
//	product = token [ SLASH product-version ]
//
// Spans are into the buffer it was read from.
type Product struct {
	Whole   Span
	Name    Span // zero if it is a comment
	Version Span // zero if there is none
	Comment Span // with its parentheses; others may nest in it
}

// ParseProduct reads b, one product or comment. It returns ErrValue if it is broken.
// Names and versions may consist of anything visible but "(": phones put colons,
// brackets and letters beyond ASCII there.
func ParseProduct(b []byte, p *Product) Error {
	c := alone(b)
	if c.product(p) {
		c.fail()
	}
	return c.finish(ErrValue)
}

// A ProductList walks the products and comments of a header.
type ProductList struct{ lines }

// Products returns a walk over the headers of type t, HdrUserAgent or HdrServer.
func (m *Msg) Products(t HdrType) ProductList { return ProductList{m.lines(t)} }

// Next stores the next product or comment in *p, spans into m.Buf(). It returns
// false at the end, and at a broken one: Err is ErrValue then.
func (it *ProductList) Next(p *Product) bool {
	for it.begin() {
		if it.c.pos < len(it.c.b) {
			return it.end(it.c.product(p), ErrValue)
		}
	}
	return false
}

func (c *cursor) product(p *Product) (more bool) {
	*p = Product{}
	from := c.pos
	if c.peek() == '(' {
		p.Comment = c.comment()
	} else {
		c.nameVersion(p)
	}
	p.Whole = span(from, c.pos)
	c.lws()
	return c.pos < len(c.b)
}

func (c *cursor) nameVersion(p *Product) {
	if p.Name = c.productWord('/'); p.Name.IsZero() {
		c.fail()
	}
	end := c.pos
	if !c.sep('/') {
		return
	}
	if p.Version = c.productWord('('); p.Version.IsZero() {
		c.restart(trimLWS(c.b, end, c.pos))
	}
}

// productWord takes what is visible up to "(" or x; zero if there is nothing.
func (c *cursor) productWord(x byte) Span {
	from := c.pos
	for c.pos < len(c.b) && c.b[c.pos] > ' ' && c.b[c.pos] != '(' && c.b[c.pos] != x {
		c.pos++
	}
	if c.pos == from {
		return Span{}
	}
	return span(from, c.pos)
}

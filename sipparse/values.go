package sipparse

// A Value is one value of the form that most headers have:
//
//	value *( SEMI generic-param )
//
// Accept-Contact, Alert-Info, Call-Info, Error-Info, Feature-Caps, Geolocation,
// P-Access-Network-Info, P-Charging-Vector, Security-Client ... Spans are into the
// buffer it was read from.
type Value struct {
	Whole  Span
	Value  Span // as it was sent: words, quoted strings, < >; zero if there are only parameters
	URI    Span // what is between < >; zero if there is nothing such
	Params Span // from the first ";"
}

// ParseValue reads b, one value. It returns ErrValue if it is broken.
func ParseValue(b []byte, v *Value) Error {
	c := alone(b)
	if c.valueParams(v) {
		c.fail()
	}
	return c.finish(ErrValue)
}

// Param returns the value of the parameter of that name, in any case; b is what v
// was parsed from. The first parameter of a header that is nothing else, such as
// P-Charging-Vector, is v.Value: walk over ParamsIn(b, v.Whole) there.
func (v *Value) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(v.Params.Of(b), name)
}

// A ValueList walks the values of headers of one type, over lines and commas.
// Empty ones are passed over.
type ValueList struct{ lines }

// Values returns a walk over the values in the headers of type t.
func (m *Msg) Values(t HdrType) ValueList { return ValueList{m.lines(t)} }

// Next stores the next value in *v, spans into m.Buf(). It returns false at the
// end, and at a broken value: Err is ErrValue then.
func (it *ValueList) Next(v *Value) bool {
	return it.beginFilled() && it.end(it.c.valueParams(v), ErrValue)
}

// valueParams takes one value and the commas behind it, if any. Without a value
// there must be parameters: "Alert-Info: ;info=ring" is sent.
func (c *cursor) valueParams(v *Value) (more bool) {
	*v = Value{}
	from := c.pos
	for c.valuePart(v) {
		v.Value = span(from, c.pos)
		c.lws()
	}
	if !v.Value.IsZero() {
		c.pos = int(v.Value.End)
	}
	v.Params = c.params()
	if v.Whole = span(from, c.pos); v.Whole.Len() == 0 {
		c.fail()
	}
	return c.nextFilled()
}

// valuePart takes a quoted-string, < >, or anything else up to white space and what
// ends a value; false if nothing such is next.
func (c *cursor) valuePart(v *Value) bool {
	if c.pos == len(c.b) {
		return false
	}
	switch c.peek() {
	case ',', ';':
		return false
	case '"':
		c.quoted()
	case '<':
		c.pos++
		uri := c.uri()
		if !c.eat('>') {
			c.fail()
		}
		if v.URI.IsZero() {
			v.URI = uri
		}
	default:
		c.upTo(wordEnd(c.b, c.pos))
	}
	return !c.bad
}

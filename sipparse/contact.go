package sipparse

import "math"

// A Contact is one value of a Contact header; RFC 3261 §20.10.
type Contact struct {
	NameAddr
	Star       bool   // "*": all bindings (§10.2.2); URI is "*" then
	Q          int    // thousandths; -1 if there is none
	Expires    uint32 // seconds; valid if HasExpires
	HasExpires bool
}

// DefaultExpires, in seconds, is what a malformed expires is taken for: RFC 3261
// §10.2, and RFC 4475 §3.1.2.4 for one above 2**32-1.
const DefaultExpires = 3600

// ParseContact reads b, one value. It returns ErrContact if it is broken, or has q
// or expires twice. A malformed expires is DefaultExpires.
//
// Parameters behind a URI without < > are the header's; a bare URI with "?" is
// refused (RFC 3261 §20, RFC 4475 §3.1.2.13).
func ParseContact(b []byte, x *Contact) Error {
	c := alone(b)
	if c.contact(x) {
		c.fail()
	}
	return c.finish(ErrContact)
}

// Instance returns the URN in +sip.instance (RFC 5626 §4.1), without quotes and
// < >; nil if there is none. b is what x was parsed from.
func (x *Contact) Instance(b []byte) []byte {
	v := x.text(b, "+sip.instance")
	if n := len(v); n >= 2 && v[0] == '<' && v[n-1] == '>' {
		return v[1 : n-1 : n-1]
	}
	return v
}

// RegID returns the reg-id, 1 to 2**31-1 (RFC 5626 §4.2); 0 if it is absent or no
// such number.
func (x *Contact) RegID(b []byte) uint32 {
	n, _ := number(x.text(b, "reg-id"), math.MaxInt32)
	return uint32(n)
}

// PubGRUU returns the public GRUU (RFC 5627 §4.2) without quotes, nil if there is none.
func (x *Contact) PubGRUU(b []byte) []byte { return x.text(b, "pub-gruu") }

// TempGRUU returns the temporary GRUU without quotes, nil if there is none.
func (x *Contact) TempGRUU(b []byte) []byte { return x.text(b, "temp-gruu") }

// text returns a parameter without its quotes.
func (x *Contact) text(b []byte, name string) []byte {
	v, _ := x.Param(b, name)
	if len(v) == 0 {
		return nil
	}
	return unquote(v, span(0, len(v))).Of(v)
}

// contact takes one value and the comma behind it, if any:
//
//	Contact = ( "Contact" / "m" ) HCOLON ( STAR / (contact-param *(COMMA contact-param)) )
//	contact-param = (name-addr / addr-spec) *(SEMI contact-params)
func (c *cursor) contact(x *Contact) (more bool) {
	*x = Contact{Q: -1}
	more = c.nameAddr(&x.NameAddr)
	x.Star = string(x.URI.Of(c.b)) == "*"
	if x.Star && (more || !x.Params.IsZero()) {
		c.fail()
	}
	var q, expires Span
	it := ParamsIn(c.b, x.Params)
	for p := (Param{}); it.Next(&p); {
		switch name := p.Name.Of(c.b); {
		case EqualFoldString(name, "q"):
			c.once(&q, p.Whole)
			x.Q = c.q(unquote(c.b, p.Value))
		case EqualFoldString(name, "expires"):
			c.once(&expires, p.Whole)
			x.HasExpires = true
			x.Expires = expiresOf(unquote(c.b, p.Value).Of(c.b))
		}
	}
	return more && !c.bad
}

func expiresOf(b []byte) uint32 {
	n, ok := number(b, math.MaxUint32)
	if !ok {
		return DefaultExpires
	}
	return uint32(n)
}

// A ContactList walks all Contact values of a message.
type ContactList struct {
	lines
	any bool // a value has been read
}

// Contacts returns a walk over the values of the Contact headers.
func (m *Msg) Contacts() ContactList { return ContactList{lines: m.lines(HdrContact)} }

// Next stores the next value in *x, spans into m.Buf(). It returns false at the end
// and at a broken value; Err is ErrContact then, also where "*" is not the only
// value of the message (RFC 3261 §10.2.2).
func (it *ContactList) Next(x *Contact) bool {
	if !it.begin() {
		return false
	}
	more := it.c.contact(x)
	if x.Star && (it.any || it.m.Find(it.typ, it.at+1) >= 0) {
		it.c.fail()
	}
	it.any = true
	return it.end(more, ErrContact)
}

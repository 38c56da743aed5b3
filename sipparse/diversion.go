package sipparse

import "math"

// A Diversion is one value of Diversion (RFC 5806 §7): who diverted the call, and why.
type Diversion struct {
	NameAddr
	Reason  Span // "unknown", "user-busy" ...; a quoted one with its quotes
	Counter int  // how many diversions this one stands for; -1 if it is not said
}

// ParseDiversion reads b, one value. It returns ErrNameAddr if it is broken, or has
// reason or counter twice.
func ParseDiversion(b []byte, d *Diversion) Error {
	c := alone(b)
	if c.diversion(d) {
		c.fail()
	}
	return c.finish(ErrNameAddr)
}

// A DiversionList walks the values of all Diversion headers: the latest comes first.
type DiversionList struct{ lines }

// Diversions returns a walk over the values of the Diversion headers.
func (m *Msg) Diversions() DiversionList { return DiversionList{m.lines(HdrDiversion)} }

// Next stores the next value in *d, spans into m.Buf(). It returns false at the
// end, and at a broken value: Err is ErrNameAddr then.
func (it *DiversionList) Next(d *Diversion) bool {
	return it.begin() && it.end(it.c.diversion(d), ErrNameAddr)
}

func (c *cursor) diversion(d *Diversion) (more bool) {
	*d = Diversion{Counter: -1}
	more = c.nameAddr(&d.NameAddr)
	var counter Span
	it := ParamsIn(c.b, d.Params)
	for p := (Param{}); it.Next(&p); {
		switch name := p.Name.Of(c.b); {
		case EqualFoldString(name, "reason"):
			c.once(&d.Reason, p.Value)
		case EqualFoldString(name, "counter"):
			c.once(&counter, p.Value)
			d.Counter = int(c.number(unquote(c.b, p.Value), math.MaxInt32))
		}
	}
	return more && !c.bad
}

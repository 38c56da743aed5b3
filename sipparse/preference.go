package sipparse

// A Preference is one value of Accept-Encoding or Accept-Language: a coding or
// language, "*" for any, and how much it is wanted. RFC 3261 §20.2, §20.3.
type Preference struct {
	Whole, Value Span
	Params       Span // from the first ";", with q
	Q            int  // thousandths; 1000 if there is none
}

// ParsePreference reads b, one value. It returns ErrValue if it is broken or has q twice.
func ParsePreference(b []byte, x *Preference) Error {
	c := alone(b)
	if c.preference(x) {
		c.fail()
	}
	return c.finish(ErrValue)
}

// A PreferenceList walks the values of headers of one type. Empty ones are passed over.
type PreferenceList struct{ lines }

// Preferences returns a walk over the values in the headers of type t.
func (m *Msg) Preferences(t HdrType) PreferenceList { return PreferenceList{m.lines(t)} }

// Next stores the next value in *x, spans into m.Buf(). It returns false at the
// end, and at a broken value: Err is ErrValue then.
func (it *PreferenceList) Next(x *Preference) bool {
	return it.beginFilled() && it.end(it.c.preference(x), ErrValue)
}

func (c *cursor) preference(x *Preference) (more bool) {
	*x = Preference{}
	from := c.pos
	x.Value = c.token()
	x.Params, x.Q = c.paramsQ()
	x.Whole = span(from, c.pos)
	return c.nextFilled()
}

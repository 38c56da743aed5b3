package sipparse

// A TelURI is a telephone number in parts (RFC 3966 §3). Spans are into the buffer
// that it was read from. Absent parts are zero. Nothing is unescaped.
//
//	telephone-subscriber = global-number / local-number
//	global-number        = "+" digits *par
//	local-number         = digits *par context *par
type TelURI struct {
	Number       Span // with its "+" and visual separators
	Global       bool // begins with "+"
	PhoneContext Span // domain name, or global number; a local number must have it
	Ext          Span // extension
	Isub         Span // ISDN subaddress
}

// Tel reads the number of a tel URI, or that in the user part of a sip URI with
// user=phone (RFC 3261 §19.1.6); false if u is neither. B is what u was parsed from.
// A local number without a phone-context is let through.
func (u *URI) Tel(b []byte, t *TelURI) bool {
	*t = TelURI{}
	var it URIPairs
	switch {
	case u.Scheme == SchemeTel:
		t.Number, it = u.User, u.ParamPairs(b)
	case u.isPhone(b):
		c := cursor{b: b[:u.User.End], pos: int(u.User.Off)}
		t.Number = c.until(';')
		it = URIPairs{b: c.b, pos: c.pos, sep: ';'}
	default:
		return false
	}
	t.Global = t.Number.Len() > 0 && b[t.Number.Off] == '+'
	for _, x := range [...]struct {
		name string
		dst  *Span
	}{{"phone-context", &t.PhoneContext}, {"ext", &t.Ext}, {"isub", &t.Isub}} {
		var p URIPair
		if it.findName(x.name, &p) {
			*x.dst = p.Value
		}
	}
	return true
}

// isPhone: user=phone says that the user part is a telephone-subscriber.
func (u *URI) isPhone(b []byte) bool {
	var p URIPair
	return !u.User.IsZero() && !u.Params.IsZero() &&
		u.ParamPairs(b).findName("user", &p) && equalText(p.Value.Of(b), []byte("phone"), folded)
}

// AppendDigits appends a number, or an extension, without its visual separators
// "-" / "." / "(" / ")": RFC 3966 §5.1.1.
func AppendDigits(dst, number []byte) []byte {
	for _, c := range number {
		if plains[c]&separator == 0 {
			dst = append(dst, c)
		}
	}
	return dst
}

package sipparse

import "bytes"

// Limits of what is compared part by part. Parameters are looked up one by one, so
// the work grows with the number of one times the length of the other; who sends
// more than this gets bytes compared.
const (
	maxURIPairs     = 32   // parameters, and headers
	maxURIPairsText = 1024 // bytes of them together
)

// URIEqual reports whether two URIs, without < >, are equal by the rules of their
// scheme: see Equal. If one of them is broken, they must be the same bytes.
func URIEqual(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var u, v URI
	return ParseURI(a, &u) == OK && ParseURI(b, &v) == OK && u.Equal(a, &v, b)
}

// Equal reports whether u, parsed from b, equals v, parsed from vb. It is symmetric
// and reflexive, but not transitive (RFC 3261 §19.1.4: two URIs may each equal a
// third that lacks the parameter in which they differ). Escapes are equal to their
// characters unless these are reserved: ; / ? : @ & = + $ ,
//
// A sip URI equals no sips URI. User and password are compared by case, the rest is
// not; the port by number, an IPv6 address by value (RFC 5954 §4.2), an IPv4 address
// or a name as text. Parameters that both have must be equal; user, ttl, method,
// maddr and transport must be in both or in neither, others do not matter. Headers
// must be the same, in any order: the name in any case, long or compact, the value
// by case.
//
// Two tel URIs are equal by RFC 3966 §4: numbers, phone-context and ext without
// visual separators, all parameters in both, any case.
//
// Of other URIs all but the scheme must be the same bytes; also of those with over
// 32 parameters or headers, or 1,024 bytes of them. A parameter that is there twice
// with two values equals nothing but the same bytes.
func (u *URI) Equal(b []byte, v *URI, vb []byte) bool {
	x, y := sideOf(b, u), sideOf(vb, v)
	switch {
	case bytes.Equal(u.Whole.Of(b), v.Whole.Of(vb)):
		return true
	case u.Scheme != v.Scheme || !x.small() || !y.small():
		return false
	case u.Scheme == SchemeSIP || u.Scheme == SchemeSIPS:
		return x.equalSIP(&y)
	case u.Scheme == SchemeTel:
		return equalText(x.user, y.user, digits) && x.agrees(&y) && y.agrees(&x)
	}
	return EqualFold(u.SchemeSpan.Of(b), v.SchemeSpan.Of(vb)) && bytes.Equal(u.Opaque.Of(b), v.Opaque.Of(vb))
}

// A uriSide is one of two URIs that are compared.
type uriSide struct {
	u          *URI
	b          []byte
	user, host []byte
}

func sideOf(b []byte, u *URI) uriSide { return uriSide{u, b, u.User.Of(b), u.Host.Of(b)} }

// small reports whether the URI is within the limits.
func (x *uriSide) small() bool {
	params, headers := x.u.Params.Of(x.b), x.u.Headers.Of(x.b)
	return len(params)+len(headers) <= maxURIPairsText &&
		bytes.Count(params, []byte{';'}) < maxURIPairs &&
		bytes.Count(headers, []byte{'&'}) < maxURIPairs
}

func (x *uriSide) equalSIP(y *uriSide) bool {
	u, v := x.u, y.u
	return equalHost(x.host, y.host) &&
		u.Port == v.Port && u.PortSpan.IsZero() == v.PortSpan.IsZero() &&
		u.User.IsZero() == v.User.IsZero() && equalText(x.user, y.user, exact) &&
		u.Password.IsZero() == v.Password.IsZero() && equalText(u.Password.Of(x.b), v.Password.Of(y.b), exact) &&
		x.agrees(y) && y.agrees(x) && x.equalHeaders(y)
}

// agrees reports whether y has all parameters of x that count, with the same values.
func (x *uriSide) agrees(y *uriSide) bool {
	tel := x.u.Scheme == SchemeTel
	var p, q URIPair
	for it := x.u.ParamPairs(x.b); it.Next(&p); {
		name := p.Name.Of(x.b)
		switch {
		case !y.u.ParamPairs(y.b).find(name, &q):
			if tel || decisive(name) {
				return false
			}
		case !equalParam(name, p.Value.Of(x.b), q.Value.Of(y.b), tel):
			return false
		}
	}
	return true
}

// decisive: "A user, ttl, or method uri-parameter appearing in only one URI never
// matches", nor does maddr, nor transport, which is in the list of components with
// a default and in the examples.
func decisive(name []byte) bool {
	for _, s := range [...]string{"transport", "user", "ttl", "method", "maddr"} {
		if equalText(name, []byte(s), folded) {
			return true
		}
	}
	return false
}

func equalParam(name, a, b []byte, tel bool) bool {
	is := func(s string) bool { return equalText(name, []byte(s), folded) }
	switch {
	case tel && is("ext"):
		return equalText(a, b, digits)
	case tel && is("phone-context"):
		return equalText(a, b, contextRule(a)) && equalText(b, a, contextRule(b))
	case !tel && is("maddr"):
		return equalHost(a, b)
	case !tel && is("method"): // INVITEm = %x49.4E.56.49.54.45 ; INVITE in caps
		return equalText(a, b, exact)
	}
	return equalText(a, b, folded)
}

// contextRule: a phone-context is a domainname or global-number-digits.
func contextRule(b []byte) textRule {
	if len(b) > 0 {
		if c, _ := unescape(b, 0); c == '+' {
			return digits
		}
	}
	return folded
}

// equalHost compares names and IPv4 addresses as text, IPv6 references by value.
func equalHost(a, b []byte) bool {
	if equalText(a, b, folded) {
		return true
	}
	if len(a) == 0 || len(b) == 0 || a[0] != '[' || b[0] != '[' {
		return false
	}
	x, ok := HostAddr(a)
	y, ok2 := HostAddr(b)
	return ok && ok2 && x == y
}

// equalHeaders: "Any present header component MUST be present in both URIs and match
// for the URIs to match." One may be there more than once.
func (x *uriSide) equalHeaders(y *uriSide) bool {
	if x.u.Headers.IsZero() && y.u.Headers.IsZero() {
		return true
	}
	var p URIPair
	n := 0
	for it := x.u.HeaderPairs(x.b); it.Next(&p); n++ {
		if x.countHeader(x, &p) != y.countHeader(x, &p) {
			return false
		}
	}
	for it := y.u.HeaderPairs(y.b); it.Next(&p); n-- {
	}
	return n == 0
}

// countHeader returns how many headers of x equal p, one of y's.
func (x *uriSide) countHeader(y *uriSide, p *URIPair) (n int) {
	var q URIPair
	for it := x.u.HeaderPairs(x.b); it.Next(&q); {
		if equalHeaderName(q.Name.Of(x.b), p.Name.Of(y.b)) && equalText(q.Value.Of(x.b), p.Value.Of(y.b), exact) {
			n++
		}
	}
	return n
}

func equalHeaderName(a, b []byte) bool {
	if equalText(a, b, folded) {
		return true
	}
	t := escapedHdrType(a)
	return t != HdrOther && t == escapedHdrType(b)
}

// escapedHdrType is HdrTypeOf for a name that may contain escapes.
func escapedHdrType(name []byte) HdrType {
	var text [escapeLen * maxHdrName]byte
	if len(name) > len(text) {
		return HdrOther
	}
	return HdrTypeOf(AppendUnescaped(text[:0], name))
}

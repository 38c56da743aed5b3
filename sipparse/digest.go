package sipparse

import "bytes"

// A Digest is the parameters of the scheme Digest; RFC 3261 §22.4, RFC 7616, RFC
// 8760. Values are without their quotes, and not unescaped: see HasEscapes. Absent
// ones are zero; an empty one that is there, such as nonce="", is not.
type Digest struct {
	// In credentials.
	Username    Span
	UsernameExt Span // username*, such as UTF-8''J%C3%A4ger; RFC 7616 §3.4
	URI         Span
	Response    Span
	CNonce      Span
	NC          Span   // eight hexadecimal digits
	Count       uint32 // value of NC

	// In challenges.
	Domain  Span
	Charset Span
	Stale   bool

	// In both.
	Realm         Span
	Nonce         Span
	Opaque        Span
	Algorithm     Algorithm // MD5 if there is none
	AlgorithmSpan Span
	QOP           QOP // all that are named
	QOPSpan       Span
	Userhash      bool // Username is a hash; RFC 7616 §3.4.4

	// In Authentication-Info.
	NextNonce Span
	RspAuth   Span

	stale, userhash Span
}

// An Algorithm is one of RFC 7616 §6.1.
type Algorithm uint8

// The algorithms. What is none of them is AlgorithmOther.
const (
	MD5 Algorithm = iota
	MD5Sess
	SHA256
	SHA256Sess
	SHA512256
	SHA512256Sess
	AlgorithmOther
)

var algorithmNames = [...]string{
	MD5: "MD5", MD5Sess: "MD5-sess", SHA256: "SHA-256", SHA256Sess: "SHA-256-sess",
	SHA512256: "SHA-512-256", SHA512256Sess: "SHA-512-256-sess", AlgorithmOther: "",
}

// String returns the name as it is written in the algorithm parameter; "" for
// AlgorithmOther, whose name only the message knows.
func (a Algorithm) String() string { return algorithmNames[a] }

// A QOP is a set of qualities of protection.
type QOP uint8

// The qualities of RFC 7616 §3.3.
const (
	QOPAuth QOP = 1 << iota
	QOPAuthInt
	QOPOther
)

// Complete reports whether d has what credentials must have: a user name, realm,
// nonce, uri and response, and with qop also cnonce and nc (RFC 7616 §3.4). Some may
// be empty: the first REGISTER of an IMS phone is sent with nonce="" and response="".
func (d *Digest) Complete() bool {
	switch {
	case d.Username.IsZero() && d.UsernameExt.IsZero(), d.Realm.IsZero(), d.Nonce.IsZero(), d.URI.IsZero(), d.Response.IsZero():
		return false
	}
	return d.QOP == 0 || !d.CNonce.IsZero() && !d.NC.IsZero()
}

// HasEscapes reports whether s, a value without its quotes, was quoted and contains
// a quoted-pair: what it means is not what it says then. AppendUnquoted of the value
// with its quotes, one byte more on each side, tells.
func HasEscapes(b []byte, s Span) bool {
	return s.Off > 0 && b[s.Off-1] == '"' && bytes.IndexByte(s.Of(b), '\\') >= 0
}

// digest takes all parameters, one at least.
func (c *cursor) digest(d *Digest) {
	p := param{}
	for c.authParam(&p) {
		if dst := d.param(p.name.Of(c.b)); dst != nil {
			c.once(dst, unquote(c.b, p.value))
		}
	}
	if p.name.IsZero() {
		c.fail()
	}
	if !d.AlgorithmSpan.IsZero() {
		d.Algorithm = algorithmOf(d.AlgorithmSpan.Of(c.b))
	}
	if !d.QOPSpan.IsZero() {
		d.QOP = qopOf(d.QOPSpan.Of(c.b))
	}
	if !d.NC.IsZero() {
		d.Count = c.hex8(d.NC)
	}
	d.Stale = EqualFoldString(d.stale.Of(c.b), "true")
	d.Userhash = EqualFoldString(d.userhash.Of(c.b), "true")
}

// param returns where the value of the parameter of that name goes, nil if it is
// not known here.
func (d *Digest) param(name []byte) *Span {
	var low [len("username*")]byte // no name is longer
	if len(name) > len(low) {
		return nil
	}
	for i, c := range name {
		low[i] = lower(c)
	}
	switch string(low[:len(name)]) {
	case "username":
		return &d.Username
	case "username*":
		return &d.UsernameExt
	case "realm":
		return &d.Realm
	case "nonce":
		return &d.Nonce
	case "uri":
		return &d.URI
	case "response":
		return &d.Response
	case "algorithm":
		return &d.AlgorithmSpan
	case "cnonce":
		return &d.CNonce
	case "opaque":
		return &d.Opaque
	case "qop":
		return &d.QOPSpan
	case "nc":
		return &d.NC
	case "stale":
		return &d.stale
	case "domain":
		return &d.Domain
	case "charset":
		return &d.Charset
	case "userhash":
		return &d.userhash
	case "nextnonce":
		return &d.NextNonce
	case "rspauth":
		return &d.RspAuth
	}
	return nil
}

func algorithmOf(b []byte) Algorithm {
	for a, name := range algorithmNames[:AlgorithmOther] {
		if EqualFoldString(b, name) {
			return Algorithm(a)
		}
	}
	return AlgorithmOther
}

// qopOf reads a list of qop-value = "auth" / "auth-int" / token.
func qopOf(b []byte) (q QOP) {
	c := cursor{b: b}
	for c.lws(); c.pos < len(b); {
		from := c.pos
		for c.pos < len(b) && b[c.pos] > ' ' && b[c.pos] != ',' {
			c.pos++
		}
		switch x := b[from:c.pos]; {
		case EqualFoldString(x, "auth"):
			q |= QOPAuth
		case EqualFoldString(x, "auth-int"):
			q |= QOPAuthInt
		case len(x) > 0:
			q |= QOPOther
		}
		if !c.sep(',') && c.pos < len(b) {
			c.pos++
		}
	}
	return q
}

// hex8 reads s as nc-value = 8LHEX; RFC 3261 §25.1. Capital letters will do.
func (c *cursor) hex8(s Span) (n uint32) {
	for _, x := range s.Of(c.b) {
		d := lower(x)
		switch {
		case isDigit(d):
			d -= '0'
		case 'a' <= d && d <= 'f':
			d -= 'a' - 10
		default:
			c.fail()
		}
		n = n<<4 | uint32(d&15)
	}
	if s.Len() != 8 {
		c.fail()
	}
	return n
}

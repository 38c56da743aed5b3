package digest

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/fastsips/fastsips/sipparse"
)

// An Answer is what a client answers a challenge with.
type Answer struct {
	User     []byte
	Password []byte
	HA1      []byte // instead of the password: H(user:realm:password) by the challenge's algorithm
	Method   []byte // of the request that the credentials go into
	URI      []byte // its Request-URI
	Body     []byte // its body, which auth-int protects
	CNonce   []byte // of the client's making, see AppendCNonce
	Count    uint32 // requests with this nonce so far, this one included: 1, 2, ...
}

// Usable reports whether a challenge can be answered: Digest, with an algorithm and a qop
// that are known here. Of several for one realm the first usable one is to be answered
// (RFC 8760 §2.4).
func Usable(ch *sipparse.Challenge) bool {
	return ch.IsDigest && HexLen(ch.Algorithm) > 0 && !ch.Realm.IsZero() && !ch.Nonce.IsZero() &&
		(ch.QOPSpan.IsZero() || chosen(ch.QOP) != 0)
}

// chosen is the qop to be used of those that are offered: auth rather than auth-int, which
// does not survive proxies that change the body.
func chosen(offered sipparse.QOP) sipparse.QOP {
	switch {
	case offered&sipparse.QOPAuth != 0:
		return sipparse.QOPAuth
	case offered&sipparse.QOPAuthInt != 0:
		return sipparse.QOPAuthInt
	}
	return 0
}

// AppendCNonce appends a client's nonce.
func AppendCNonce(dst []byte) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64())
	return appendHex(dst, b[:])
}

// AppendTo appends the value of an Authorization or Proxy-Authorization header that
// answers ch, which is Usable and was parsed from b.
func (a *Answer) AppendTo(dst, b []byte, ch *sipparse.Challenge) []byte {
	var count [8]byte
	p := Params{Algorithm: ch.Algorithm, QOP: chosen(ch.QOP), Nonce: ch.Nonce.Of(b), CNonce: a.CNonce,
		NC: appendCount(count[:0], a.Count), Method: a.Method, Body: a.Body}
	dst, user := quoted(append(dst, "Digest username="...), a.User)
	dst = asWritten(append(dst, ", realm="...), ch.Realm.Of(b))
	dst = asWritten(append(dst, ", nonce="...), p.Nonce)
	dst, uri := quoted(append(dst, ", uri="...), a.URI)
	p.URI = uri.Of(dst)
	var secret [MaxHex]byte
	ha1 := a.HA1
	if ha1 == nil {
		ha1 = AppendHA1(secret[:0], p.Algorithm, user.Of(dst), ch.Realm.Of(b), a.Password)
	}
	var hash [MaxHex]byte
	dst = asWritten(append(dst, ", response="...), AppendResponse(hash[:0], ha1, &p))
	return p.appendRest(dst, b, ch)
}

// appendRest appends the parameters that not every challenge has.
func (p *Params) appendRest(dst, b []byte, ch *sipparse.Challenge) []byte {
	if !ch.AlgorithmSpan.IsZero() {
		dst = append(append(dst, ", algorithm="...), p.Algorithm.String()...)
	}
	if p.QOP != 0 || IsSession(p.Algorithm) {
		dst = asWritten(append(dst, ", cnonce="...), p.CNonce)
	}
	if !ch.Opaque.IsZero() {
		dst = asWritten(append(dst, ", opaque="...), ch.Opaque.Of(b))
	}
	if p.QOP != 0 {
		dst = append(append(dst, ", qop="...), qopName(p.QOP)...)
		dst = append(append(dst, ", nc="...), p.NC...)
	}
	return dst
}

// quoted appends text as a quoted-string, and tells what is between its quotes.
func quoted(dst, text []byte) ([]byte, sipparse.Span) {
	from := len(dst) + 1
	dst = sipparse.AppendQuoted(dst, text)
	return dst, sipparse.Span{Off: uint32(from), End: uint32(len(dst) - 1)}
}

// asWritten appends what stood between quotes, and its quotes.
func asWritten(dst, b []byte) []byte { return append(append(append(dst, '"'), b...), '"') }

// appendCount appends nc-value = 8LHEX.
func appendCount(dst []byte, n uint32) []byte {
	return appendHex(dst, []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// Package digest computes Digest authentication (RFC 7616 and 8760, RFC 2069 without
// qop), for those who ask for it and those who are asked: MD5, SHA-256 and SHA-512-256
// with their -sess variants, qop auth and auth-int.
//
// Nothing here allocates as long as what is hashed is of a usual length. User names,
// realms and nonces are hashed as they stand between their quotes, like everybody does
// it: unq() of RFC 7616 §3.4.2 takes the quotes off and nothing else. The package keeps no
// state: which nonces are good, and who has which password, others know.
package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"

	"github.com/fastsips/fastsips/sipparse"
)

// MaxHex is the length of the longest hash in hexadecimal digits.
const MaxHex = 2 * sha256.Size

// HexLen is how many hexadecimal digits a hash of algorithm a has; 0: it is not known.
func HexLen(a sipparse.Algorithm) int {
	switch a {
	case sipparse.MD5, sipparse.MD5Sess:
		return 2 * md5.Size
	case sipparse.SHA256, sipparse.SHA256Sess, sipparse.SHA512256, sipparse.SHA512256Sess:
		return MaxHex
	}
	return 0
}

// IsSession reports whether a is one of the -sess variants, whose secret also depends on
// the nonces (RFC 7616 §3.4.2).
func IsSession(a sipparse.Algorithm) bool {
	return a == sipparse.MD5Sess || a == sipparse.SHA256Sess || a == sipparse.SHA512256Sess
}

// Params is what a response is computed of, beside the secret.
type Params struct {
	Algorithm sipparse.Algorithm
	QOP       sipparse.QOP // one, or 0: as in RFC 2069
	Nonce     []byte
	CNonce    []byte // with a qop or a -sess algorithm
	NC        []byte // with a qop: eight hexadecimal digits
	Method    []byte
	URI       []byte
	Body      []byte // with QOPAuthInt
}

// AppendHA1 appends H(user:realm:password), what a server keeps of a password. It is that
// of an algorithm and of its -sess variant alike.
func AppendHA1(dst []byte, a sipparse.Algorithm, user, realm, password []byte) []byte {
	var room [scratch]byte
	b := colon(append(room[:0], user...), realm)
	return appendHash(dst, a, colon(b, password))
}

// AppendResponse appends the response to a challenge. Ha1 is what AppendHA1 gives.
func AppendResponse(dst, ha1 []byte, p *Params) []byte {
	var room [scratch]byte
	var secret [MaxHex]byte
	if IsSession(p.Algorithm) {
		b := colon(append(room[:0], ha1...), p.Nonce)
		ha1 = appendHash(secret[:0], p.Algorithm, colon(b, p.CNonce))
	}
	var hash [MaxHex]byte
	ha2 := appendHA2(hash[:0], p)
	b := colon(append(room[:0], ha1...), p.Nonce)
	if p.QOP != 0 {
		b = colon(colon(colon(b, p.NC), p.CNonce), qopName(p.QOP))
	}
	return appendHash(dst, p.Algorithm, colon(b, ha2))
}

// appendHA2 appends H(method:uri), with auth-int H(method:uri:H(body)).
func appendHA2(dst []byte, p *Params) []byte {
	var room [scratch]byte
	b := colon(append(room[:0], p.Method...), p.URI)
	if p.QOP == sipparse.QOPAuthInt {
		b = appendHash(append(b, ':'), p.Algorithm, p.Body)
	}
	return appendHash(dst, p.Algorithm, b)
}

// Verify reports whether response is the one to a challenge. Ha1 may be in capital
// letters, as some databases have it; what is no hash, such as an empty one, fits nothing.
// How long it takes does not depend on what is wrong with the response.
func Verify(response, ha1 []byte, p *Params) bool {
	var secret, right [MaxHex]byte
	low, ok := lowerHex(secret[:0], ha1, HexLen(p.Algorithm))
	if !ok {
		return false
	}
	return subtle.ConstantTimeCompare(AppendResponse(right[:0], low, p), response) == 1
}

// lowerHex appends b, which is to be n hexadecimal digits, in small letters.
func lowerHex(dst, b []byte, n int) (low []byte, ok bool) {
	if n == 0 || len(b) != n {
		return dst, false
	}
	for _, c := range b {
		if c >= 'A' && c <= 'F' {
			c += 'a' - 'A'
		}
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return dst, false
		}
		dst = append(dst, c)
	}
	return dst, true
}

// scratch is what is hashed without allocating; a URI may be longer.
const scratch = 512

func colon(b, next []byte) []byte { return append(append(b, ':'), next...) }

var qopAuth, qopAuthInt = []byte("auth"), []byte("auth-int")

func qopName(q sipparse.QOP) []byte {
	if q == sipparse.QOPAuthInt {
		return qopAuthInt
	}
	return qopAuth
}

// appendHash appends the hash of b in hexadecimal digits; nothing if a is not known.
func appendHash(dst []byte, a sipparse.Algorithm, b []byte) []byte {
	switch a {
	case sipparse.MD5, sipparse.MD5Sess:
		h := md5.Sum(b)
		return appendHex(dst, h[:])
	case sipparse.SHA256, sipparse.SHA256Sess:
		h := sha256.Sum256(b)
		return appendHex(dst, h[:])
	case sipparse.SHA512256, sipparse.SHA512256Sess:
		h := sha512.Sum512_256(b)
		return appendHex(dst, h[:])
	}
	return dst
}

func appendHex(dst, b []byte) []byte {
	const digits = "0123456789abcdef"
	for _, c := range b {
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}

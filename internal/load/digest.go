package load

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
)

// A challenge is what is looked at of a WWW-Authenticate (RFC 7616 §3.3).
type challenge struct {
	realm, nonce, opaque []byte // without their quotation marks
	auth                 bool   // qop has it; without qop the response is that of RFC 2069
}

var digestScheme = []byte("Digest ")

// parseChallenge reads one; ok is false unless MD5 answers it.
func parseChallenge(v []byte) (c challenge, ok bool) {
	if len(v) < len(digestScheme) || !bytes.EqualFold(v[:len(digestScheme)], digestScheme) {
		return c, false
	}
	ok = true
	for v = v[len(digestScheme):]; len(v) > 0; {
		var name, value []byte
		name, value, v = param(v)
		switch string(name) {
		case "realm":
			c.realm = value
		case "nonce":
			c.nonce = value
		case "opaque":
			c.opaque = value
		case "algorithm":
			ok = ok && bytes.EqualFold(bytes.Trim(value, "\""), []byte("MD5"))
		case "qop":
			c.auth = hasToken(value, "auth")
			ok = ok && c.auth
		}
	}
	return c, ok && c.nonce != nil
}

// param takes one name=value, or name="value", and the comma behind it.
func param(v []byte) (name, value, rest []byte) {
	name, rest, _ = bytes.Cut(v, []byte("="))
	name = bytes.TrimSpace(name)
	if rest = bytes.TrimLeft(rest, " \t"); len(rest) > 0 && rest[0] == '"' {
		value, rest, _ = bytes.Cut(rest[1:], []byte(`"`))
		_, rest, _ = bytes.Cut(rest, []byte(","))
		return name, value, rest
	}
	value, rest, _ = bytes.Cut(rest, []byte(","))
	return name, bytes.TrimSpace(value), rest
}

// hasToken reports whether a list has a token.
func hasToken(list []byte, token string) bool {
	for len(list) > 0 {
		var one []byte
		one, list, _ = bytes.Cut(list, []byte(","))
		if string(bytes.TrimSpace(one)) == token {
			return true
		}
	}
	return false
}

// Each nonce is used once, so the count of its uses stays 1.
var (
	nonceCount = []byte("00000001")
	cnonce     = []byte("0a4f113b")
	qopAuth    = []byte("auth")
)

// credentials appends an Authorization that answers the challenge to a request with this
// method and URI (RFC 7616 §3.4; without qop, RFC 2069).
func (w *writer) credentials(b []byte, c *challenge, user, password, method, uri []byte) []byte {
	a1, a2 := w.sum(user, c.realm, password), w.sum(method, uri)
	var response [2 * md5.Size]byte
	if c.auth {
		response = w.sum(a1[:], c.nonce, nonceCount, cnonce, qopAuth, a2[:])
	} else {
		response = w.sum(a1[:], c.nonce, a2[:])
	}
	b = quoted(b, "Authorization: Digest username", user)
	b = quoted(b, ", realm", c.realm)
	b = quoted(b, ", nonce", c.nonce)
	b = quoted(b, ", uri", uri)
	b = quoted(b, ", response", response[:])
	b = append(b, ", algorithm=MD5"...)
	if c.opaque != nil {
		b = quoted(b, ", opaque", c.opaque)
	}
	if c.auth {
		b = quoted(b, ", cnonce", cnonce)
		b = append(b, ", qop=auth, nc="...)
		b = append(b, nonceCount...)
	}
	return append(b, crlf...)
}

// sum is the MD5 of the parts with colons between them, in hexadecimal.
func (w *writer) sum(parts ...[]byte) (h [2 * md5.Size]byte) {
	w.scratch = append(w.scratch[:0], parts[0]...)
	for _, p := range parts[1:] {
		w.scratch = append(w.scratch, ':')
		w.scratch = append(w.scratch, p...)
	}
	sum := md5.Sum(w.scratch)
	hex.Encode(h[:], sum[:])
	return h
}

func quoted(b []byte, name string, value []byte) []byte {
	b = append(b, name...)
	b = append(b, `="`...)
	b = append(b, value...)
	return append(b, '"')
}

package registrar

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/fnv"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

// A GRUU is a URI that leads to one device of a user (RFC 5627). The public one is the
// address of record with the instance: sip:alice@example.com;gr=urn:uuid:... A temporary
// one shows neither: its user part is "tgruu." and a text that only those who have the key
// can read or make. It holds for as long as the device registers with the same Call-ID
// (§3.1).

// temporary begins the user part of a temporary GRUU.
const temporary = "tgruu."

// gruus makes and reads temporary ones.
type gruus struct{ key cipher.AEAD }

// start makes the key of a secret; an empty one is a key that nobody has.
func (g *gruus) start(secret string) error {
	key := sha256.Sum256([]byte(secret))
	if secret == "" {
		if _, err := rand.Read(key[:]); err != nil {
			return err
		}
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return fmt.Errorf("gruu_secret: %w", err)
	}
	g.key, err = cipher.NewGCM(block)
	return err
}

// A device is whom a GRUU leads to.
type device struct {
	aor      []byte
	instance []byte // of a public one, without < >
	sums     []byte // of a temporary one: of its instance and Call-ID
}

// sumLen is the length of device.sums.
const sumLen = 16

func sumsOf(dst, instance, callID []byte) []byte {
	h := fnv.New64a()
	h.Write(instance)
	dst = h.Sum(dst)
	h.Reset()
	h.Write(callID)
	return h.Sum(dst)
}

// is reports whether a contact is the device's.
func (d *device) is(k *usrloc.Contact) bool {
	if d.sums != nil {
		var sums [sumLen]byte
		return bytes.Equal(d.sums, sumsOf(sums[:0], k.Instance, k.CallID))
	}
	return bytes.Equal(d.instance, withoutBrackets(k.Instance))
}

func withoutBrackets(b []byte) []byte {
	if n := len(b); n >= 2 && b[0] == '<' && b[n-1] == '>' {
		return b[1 : n-1]
	}
	return b
}

// appendUser appends the user part of a temporary GRUU of a contact.
func (g *gruus) appendUser(c *script.Ctx, dst, aor []byte, k *usrloc.Contact) []byte {
	return g.seal(c, append(dst, temporary...), sumsOf(c.Alloc(sumLen)[:0], k.Instance, k.CallID), aor)
}

// seal appends a text that has what, of sumLen bytes, and an address of record in it. It is
// another one each time.
func (g *gruus) seal(c *script.Ctx, dst, what, aor []byte) []byte {
	n := g.key.NonceSize()
	buf := c.Alloc(n + sumLen + len(aor) + g.key.Overhead())[:n]
	if _, err := rand.Read(buf); err != nil {
		return dst
	}
	plain := append(append(c.Alloc(sumLen + len(aor))[:0], what...), aor...)
	return base64.RawURLEncoding.AppendEncode(dst, g.key.Seal(buf, buf, plain, nil))
}

// unseal reads what seal has made; false for anything else.
func (g *gruus) unseal(c *script.Ctx, text []byte) (what, aor []byte, ok bool) {
	sealed, err := base64.RawURLEncoding.AppendDecode(c.Alloc(len(text))[:0], text)
	n := g.key.NonceSize()
	if err != nil || len(sealed) < n+sumLen+g.key.Overhead() {
		return nil, nil, false
	}
	plain, err := g.key.Open(c.Alloc(len(sealed))[:0], sealed[:n], sealed[n:], nil)
	if err != nil || len(plain) <= sumLen {
		return nil, nil, false
	}
	return plain[:sumLen], plain[sumLen:], true
}

// read finds out whom the user part of a temporary GRUU leads to; false: it is none, or
// was made with another key.
func (g *gruus) read(c *script.Ctx, user []byte) (d device, ok bool) {
	text, ok := bytes.CutPrefix(user, []byte(temporary))
	if !ok {
		return d, false
	}
	d.sums, d.aor, ok = g.unseal(c, text)
	return d, ok
}

// appendGRUUs appends the pub-gruu and temp-gruu parameters of a contact (RFC 5627 §5.3).
func (r *registration) appendGRUUs(dst, aor []byte, k *usrloc.Contact) []byte {
	dst = append(append(dst, `;pub-gruu="sip:`...), aor...)
	if !r.m.aor.Domain {
		dst = r.appendHost(append(dst, '@'))
	}
	dst = sipparse.AppendEscapedParam(append(dst, ";gr="...), withoutBrackets(k.Instance))
	dst = r.m.gruu.appendUser(r.c, append(dst, `";temp-gruu="sip:`...), aor, k)
	dst = append(dst, '@')
	if at := bytes.LastIndexByte(aor, '@'); r.m.aor.Domain && at >= 0 {
		dst = append(dst, aor[at+1:]...)
	} else {
		dst = r.appendHost(dst)
	}
	return append(dst, `;gr"`...)
}

// appendHost appends where this proxy is reached.
func (r *registration) appendHost(dst []byte) []byte {
	return r.req.Listener.AppendHostPort(dst, r.req.From.Local)
}

// deviceOf reads a URI that may be a GRUU; ok is false for what is none.
func (m *Module) deviceOf(c *script.Ctx, uri []byte, u *sipparse.URI) (d device, ok bool) {
	v, gr := u.Param(uri, "gr")
	switch {
	case m.set.gruuOff || !gr:
		return d, false
	case len(v) > 0:
		return device{instance: sipparse.AppendUnescaped(c.Alloc(len(v))[:0], v)}, true
	}
	return m.gruu.read(c, u.User.Of(uri))
}

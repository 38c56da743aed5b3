// Package nonce makes the nonces of Digest challenges, and tells fresh ones from those
// that are forged, too old or were used before.
//
// A nonce carries all there is to know of it, encrypted and with a MAC: when it was made,
// its number, and which algorithm and qop it was offered with. What has to be remembered is
// only which were used: a table of fixed size, one word for many nonces, which all loops
// read and write by atomic operations. So a nonce that was used on one loop is used on all
// of them, whatever Call-ID it comes back with.
//
// The table is written only for who knows a password. Where it is too small for the nonces
// under way, an unused one counts as used: its client is challenged once more, and nothing
// is ever accepted twice. A nonce of another process, such as this one before it was
// restarted, is stale too, as nobody here knows whether it was used; without that check
// (disable_nonce_check) it is as good as one of our own if the secret is the same.
//
// Nonces are bound to no realm, user or request: the response to one is computed of all of
// these.
package nonce

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// A Nonce is what one says.
type Nonce struct {
	Algorithm sipparse.Algorithm // that it was offered with
	QOP       sipparse.QOP       // those that it was offered with; 0: none
	issued    uint32             // Unix time
	boot      [bootLen]byte      // of the process that made it
	number    uint64
}

// A Maker makes nonces for all loops.
type Maker struct {
	life  int64 // seconds
	boot  [bootLen]byte
	last  atomic.Uint64   // number of the newest
	used  []atomic.Uint64 // nil: they may be used again
	tools loop.Local[tools]
}

const (
	bootLen = 5
	tagLen  = 12
	rawLen  = aes.BlockSize + tagLen
	slots   = 1 << 18
)

// encoding has one text for a nonce, not several that differ in bits without meaning.
var encoding = base64.RawURLEncoding.Strict()

// Len is how long a nonce is as text.
const Len = (rawLen*8 + 5) / 6

// tools are a loop's: what the standard library's ciphers work with must not be on a stack.
type tools struct {
	block     cipher.Block
	mac       hash.Hash
	raw, work [rawLen]byte
	sum       [sha256.Size]byte
}

// New returns a Maker of nonces that are good for life. Those of makers with the same
// secret are the same kind; without one they are nobody else's. Once says that what was
// used is remembered.
func New(g *loop.Group, secret []byte, life time.Duration, once bool) *Maker {
	if len(secret) == 0 {
		secret = make([]byte, sha256.Size)
		rand.Read(secret)
	}
	m := &Maker{life: int64(life / time.Second)}
	rand.Read(m.boot[:])
	m.last.Store(slots) // so that a word of the table that is zero is older than all
	if once {
		m.used = make([]atomic.Uint64, slots)
	}
	m.tools = loop.NewLocal(g, func(int) tools {
		block, err := aes.NewCipher(derive(secret, "nonce encryption"))
		if err != nil {
			panic("BUG: " + err.Error())
		}
		return tools{block: block, mac: hmac.New(sha256.New, derive(secret, "nonce authentication"))}
	})
	return m
}

// derive makes a key of the secret for one purpose.
func derive(secret []byte, purpose string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(purpose))
	return h.Sum(nil)
}

// Append appends a new nonce, which is offered with an algorithm and some qop.
func (m *Maker) Append(l *loop.Loop, dst []byte, a sipparse.Algorithm, q sipparse.QOP) []byte {
	n := Nonce{Algorithm: a, QOP: q, issued: uint32(l.Wall().Unix()), boot: m.boot, number: m.last.Add(1)}
	t := m.tools.On(l)
	n.pack(t.work[:aes.BlockSize])
	t.block.Encrypt(t.raw[:aes.BlockSize], t.work[:aes.BlockSize])
	copy(t.raw[aes.BlockSize:], t.tag())
	return encoding.AppendEncode(dst, t.raw[:])
}

// tag is the MAC of raw's encrypted part.
func (t *tools) tag() []byte {
	t.mac.Reset()
	t.mac.Write(t.raw[:aes.BlockSize])
	return t.mac.Sum(t.sum[:0])[:tagLen]
}

// Read reads a nonce of credentials. False: it is not one of ours, or its time is over, or
// it is of another process and it would have to be known whether it was used.
func (m *Maker) Read(l *loop.Loop, text []byte) (n Nonce, fresh bool) {
	if len(text) != Len {
		return n, false
	}
	t := m.tools.On(l)
	if got, err := encoding.Decode(t.raw[:], text); err != nil || got != rawLen {
		return n, false
	}
	if !hmac.Equal(t.tag(), t.raw[aes.BlockSize:]) {
		return n, false
	}
	t.block.Decrypt(t.work[:aes.BlockSize], t.raw[:aes.BlockSize])
	n.unpack(t.work[:aes.BlockSize])
	age := l.Wall().Unix() - int64(n.issued)
	if age > m.life || age < -m.life {
		return n, false
	}
	return n, m.used == nil || n.boot == m.boot
}

func (n *Nonce) pack(b []byte) {
	b[0] = byte(n.Algorithm) | byte(n.QOP)<<4
	binary.BigEndian.PutUint32(b[1:], n.issued)
	copy(b[5:], n.boot[:])
	for i := range 6 {
		b[10+i] = byte(n.number >> (40 - 8*i))
	}
}

func (n *Nonce) unpack(b []byte) {
	n.Algorithm, n.QOP = sipparse.Algorithm(b[0]&15), sipparse.QOP(b[0]>>4)
	n.issued = binary.BigEndian.Uint32(b[1:])
	copy(n.boot[:], b[5:])
	for i := range 6 {
		n.number = n.number<<8 | uint64(b[10+i])
	}
}

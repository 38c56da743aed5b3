package uac

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
)

// A Record-Route parameter holds the original URI and the new one, XORed, as OpenSIPS
// writes it: so that a dialog that one of the two began goes on through the other. Who
// knows one of them gets the other: in requests from the caller the From is the original
// one and becomes the new one, in those from the callee the To is the new one and becomes
// the original. The new one counts with its < >.

// coding is base64 with - to fill up: = would end a parameter's value.
var coding = base64.StdEncoding.WithPadding('-')

// maxURI bounds a URI, as MAX_URI_SIZE does in OpenSIPS.
const maxURI = 1024

// mask makes a parameter of the original URI and the new one.
func (m *Module) mask(was, becomes []byte) []byte {
	angled := inAngles(becomes)
	mixed := make([]byte, max(len(was), len(angled)))
	copy(mixed, was)
	xor(mixed, angled)
	m.mix(mixed)
	return coding.AppendEncode(nil, mixed)
}

// original makes of a parameter and the new URI the original one. False: what comes out is
// no URI, so that the two do not belong together. Most often it shows like that.
func (m *Module) original(param, becomes []byte) (was []byte, ok bool) {
	was, ok = m.unmask(param, inAngles(becomes))
	return was, ok && isURI(was)
}

// renewed makes of a parameter and the original URI the new one.
func (m *Module) renewed(param, was []byte) (becomes []byte, ok bool) {
	b, ok := m.unmask(param, was)
	if !ok || len(b) < 2 || b[0] != '<' || b[len(b)-1] != '>' {
		return nil, false
	}
	becomes = b[1 : len(b)-1]
	return becomes, isURI(becomes)
}

func inAngles(uri []byte) []byte {
	return append(append(append(make([]byte, 0, len(uri)+2), '<'), uri...), '>')
}

// unmask makes of a parameter and one of its texts the other one.
func (m *Module) unmask(param, one []byte) (other []byte, ok bool) {
	mixed, ok := decode(param, maxURI+2)
	if !ok || len(mixed) < len(one) {
		return nil, false
	}
	m.mix(mixed)
	xor(mixed, one)
	if len(mixed) == len(one) {
		mixed = bytes.TrimRight(mixed, "\x00")
	}
	return mixed, true
}

// mix mixes b with restore_passwd, or takes that out again.
func (m *Module) mix(b []byte) {
	if m.password == "" {
		return
	}
	for i := range b {
		b[i] ^= m.password[i%len(m.password)]
	}
}

func xor(b, with []byte) {
	for i := range min(len(b), len(with)) {
		b[i] ^= with[i]
	}
}

func decode(param []byte, most int) ([]byte, bool) {
	if len(param) > coding.EncodedLen(most) {
		return nil, false
	}
	b, err := coding.AppendDecode(nil, param)
	return b, err == nil
}

// A shown is what the callee sees of a changed header. It has a parameter of its own, which
// OpenSIPS does not have: peers are known to change their From or To in a dialog, and what
// is found by XOR then may be any URI.
type shown struct {
	uri   []byte // nil: it was not changed
	name  []byte // the display name
	named bool   // it was given
}

// encode makes the parameter: the URI and, if one was given, a zero byte and the name.
func (m *Module) encode(s *shown) []byte {
	b := append(make([]byte, 0, len(s.uri)+1+len(s.name)), s.uri...)
	if s.named {
		b = append(append(b, 0), s.name...)
	}
	m.cover(b)
	return coding.AppendEncode(nil, b)
}

// decode reads it; nothing and false for what cannot have been written here.
func (m *Module) decode(param []byte) (s shown, ok bool) {
	b, ok := decode(param, maxURI+1+maxDisplay)
	if !ok {
		return shown{}, false
	}
	m.cover(b)
	s.uri, s.name, s.named = bytes.Cut(b, []byte{0})
	if s.name, ok = displayName(s.name); !ok || !isURI(s.uri) && (len(s.uri) > 0 || !s.named) {
		return shown{}, false
	}
	return s, true
}

// cover mixes b with what follows from restore_passwd, but does not tell it: the callee
// knows what is in b.
func (m *Module) cover(b []byte) {
	if m.password == "" {
		return
	}
	for n := byte(0); len(b) > 0; n++ {
		block := sha256.Sum256(append([]byte(m.password), n))
		k := min(len(b), len(block))
		xor(b[:k], block[:])
		b = b[k:]
	}
}

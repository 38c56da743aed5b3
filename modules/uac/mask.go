package uac

import (
	"bytes"
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

// mask makes a parameter of two texts.
func (m *Module) mask(one, other []byte) []byte {
	mixed := make([]byte, max(len(one), len(other)))
	copy(mixed, one)
	xor(mixed, other)
	m.hide(mixed)
	return coding.AppendEncode(nil, mixed)
}

// unmask makes of a parameter and one of its texts the other one; false where they do not
// belong together, as far as that shows.
func (m *Module) unmask(param, one []byte) (other []byte, ok bool) {
	if len(param) > coding.EncodedLen(maxURI+2) {
		return nil, false
	}
	mixed, err := coding.AppendDecode(nil, param)
	if err != nil || len(mixed) < len(one) {
		return nil, false
	}
	m.hide(mixed)
	xor(mixed, one)
	if len(mixed) == len(one) {
		mixed = bytes.TrimRight(mixed, "\x00")
	}
	return mixed, len(mixed) > 0
}

// hide mixes b with restore_passwd, or takes that out again.
func (m *Module) hide(b []byte) {
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

package registrar

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

// methodBits are those of OpenSIPS's column methods.
var methodBits = [...]uint32{
	sipparse.MethodOther: 1 << 14,
	sipparse.Invite:      1 << 0, sipparse.Cancel: 1 << 1, sipparse.Ack: 1 << 2, sipparse.Bye: 1 << 3,
	sipparse.Info: 1 << 4, sipparse.Options: 1 << 5, sipparse.Update: 1 << 6, sipparse.Register: 1 << 7,
	sipparse.Message: 1 << 8, sipparse.Subscribe: 1 << 9, sipparse.Notify: 1 << 10, sipparse.Prack: 1 << 11,
	sipparse.Refer: 1 << 12, sipparse.Publish: 1 << 13,
}

// allowed are the methods of the Allow headers; known is false if there are none.
func allowed(m *sipparse.Msg) (bits uint32, known bool) {
	it := m.Tokens(sipparse.HdrAllow)
	for s := (sipparse.Span{}); it.Next(&s); known = true {
		bits |= methodBits[sipparse.MethodOf(s.Of(m.Buf()))]
	}
	return bits, known
}

// methodsOf reads a methods parameter: "INVITE, BYE".
func methodsOf(list []byte) (bits uint32) {
	for len(list) > 0 {
		var name []byte
		name, list, _ = bytes.Cut(list, []byte{','})
		bits |= methodBits[sipparse.MethodOf(bytes.TrimSpace(name))]
	}
	return bits
}

// takes reports whether a contact wants a method.
func takes(methods uint32, m sipparse.Method) bool {
	return methods == usrloc.AllMethods || methods&methodBits[m] != 0
}

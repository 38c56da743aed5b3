package tm

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/fastsips/fastsips/sipparse"
)

// A Key stands for what identifies a server transaction (§17.2.3): 128 bits of
// seeded hash, so that two requests with the same key are the same request, and
// nobody outside can make keys that collide. The zero Key is none.
type Key struct{ hi, lo uint64 }

// IsZero reports whether k is no key.
func (k Key) IsZero() bool { return k == Key{} }

func (k Key) hash() uint32 { return uint32(k.lo) }

// RequestKey returns the key of the server transaction that a received request
// belongs to, or would make. An ACK gives the key of its INVITE: for the ACK to a
// non-2xx that finds the transaction, the ACK to a 2xx has a branch of its own.
// False: the message has too little to be told from others.
func (s Seed) RequestKey(m *sipparse.Msg) (Key, bool) {
	if m.Method() == sipparse.Ack {
		return s.key(m, inviteName)
	}
	return s.key(m, m.MethodName())
}

// CancelKey returns the key of the INVITE server transaction that a received
// CANCEL is for (§9.2). Other requests cannot be cancelled ("a CANCEL request
// SHOULD NOT be sent to cancel a request other than INVITE", §9.1).
func (s Seed) CancelKey(m *sipparse.Msg) (Key, bool) { return s.key(m, inviteName) }

var inviteName = []byte("INVITE")

const cookie = "z9hG4bK"

// key hashes the top Via's branch and sent-by with the method. A sender from the
// time of RFC 2543, which did not make branches unique, is told by the lack of
// the cookie, or of anything after it; then the method is taken together with
// the fields that §17.2.3 lists. The To tag is left out: the ACK to a non-2xx has
// one where its INVITE had none. The Call-ID, which ACK and CANCEL repeat, is
// taken as well: it keeps phones apart whose branches are not as unique as they
// should be, and decides which loop's table is looked into anyway.
func (s *Seed) key(m *sipparse.Msg, method []byte) (Key, bool) {
	var scratch [maxKeyText]byte
	t, ok := appendIdentity(keyText(scratch[:0]), s, m)
	if !ok {
		return Key{}, false
	}
	t = t.field(s, method).field(s, m.CallID())
	return s.sum(t), true
}

func appendIdentity(t keyText, s *Seed, m *sipparse.Msg) (keyText, bool) {
	via := m.TopVia()
	if via == nil {
		return t, false
	}
	b := m.Buf()
	if t, ok := appendSender(t, s, via, b); ok {
		return t, true
	}
	from := m.From()
	if from == nil {
		return t, false
	}
	if !s.lax.via {
		t = t.field(s, via.Whole.Of(b))
	}
	if !s.lax.uri {
		t = t.field(s, m.RequestURI())
	}
	t = t.field(s, from.Tag.Of(b))
	return t.field(s, m.CallID()).number(m.CSeq()), true
}

// appendSender takes the branch and the sent-by of a Via; false if the branch is
// not unique, for want of the cookie.
func appendSender(t keyText, s *Seed, via *sipparse.Via, b []byte) (keyText, bool) {
	if via == nil {
		return t, false
	}
	branch := via.Branch.Of(b)
	if !hasCookie(branch) {
		return t, false
	}
	t = t.field(s, branch).folded(s, via.Host.Of(b))
	return t.number(sentByPort(via, b)), true
}

func hasCookie(branch []byte) bool {
	return len(branch) > len(cookie) && sipparse.EqualFoldString(branch[:len(cookie)], cookie)
}

// sentByPort is the port of sent-by, or what its absence means (§18.1.1).
func sentByPort(via *sipparse.Via, b []byte) uint32 {
	if via.Port != 0 {
		return uint32(via.Port)
	}
	if t := via.Transport.Of(b); sipparse.EqualFoldString(t, "TLS") || sipparse.EqualFoldString(t, "WSS") {
		return 5061
	}
	return 5060
}

// keyText collects what goes into a key. Fields are preceded by their lengths,
// so that no two lists of fields give the same text.
type keyText []byte

// inlineField is the longest field that is taken as it is. Longer ones, which
// are nobody's honest branch or host, are replaced by their hash: the text stays
// within a fixed buffer.
const inlineField = 256

// maxKeyText is room for the six fields and the number of the longest text.
const maxKeyText = 6*(4+inlineField) + 4

func (t keyText) number(n uint32) keyText { return binary.LittleEndian.AppendUint32(t, n) }

func (t keyText) field(s *Seed, b []byte) keyText {
	t = t.number(uint32(len(b)))
	if len(b) <= inlineField {
		return append(t, b...)
	}
	k := s.sum(b)
	t = binary.LittleEndian.AppendUint64(t, k.hi)
	return binary.LittleEndian.AppendUint64(t, k.lo)
}

// folded is field without regard to case.
func (t keyText) folded(s *Seed, b []byte) keyText {
	at := len(t)
	t = t.field(s, b)
	if len(b) <= inlineField {
		for i, c := range t[at+4:] {
			if 'A' <= c && c <= 'Z' {
				t[at+4+i] = c | 0x20
			}
		}
	}
	return t
}

func (s *Seed) sum(b []byte) Key {
	return Key{hi: maphash.Bytes(s.hi, b), lo: maphash.Bytes(s.lo, b)}
}

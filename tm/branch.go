package tm

import (
	"crypto/rand"
	"encoding/binary"
	"hash/maphash"

	"github.com/fastsips/fastsips/sipparse"
)

// A Seed makes keys and branches of one Table. It is random, so nobody can aim
// at a slot of the index or guess a branch, and branches stay unique over a
// restart (§8.1.1.7). Two tables never share a Seed: their IDs are equal, and
// only the seeds keep their branches apart.
type Seed struct {
	hi, lo maphash.Seed
	tag    sipKey // of the branches' tags
	lax    lax
}

// NewSeed returns a random seed, for one Table.
func NewSeed() Seed {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return Seed{
		hi:  maphash.MakeSeed(),
		lo:  maphash.MakeSeed(),
		tag: sipKey{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:])},
	}
}

// branchLen is that of AppendBranch: the cookie, the ID, the loop and the tag in hex.
const branchLen = len(cookie) + 16 + 8 + 16

// AppendBranch is AppendLoopBranch for a request that cannot loop.
func (s Seed) AppendBranch(dst []byte, id ID) []byte { return s.AppendLoopBranch(dst, id, 0) }

// AppendLoopBranch appends the branch for the Via of a request that the client
// transaction id sends: the cookie, id, loop, and a tag over both that only this
// Seed makes. Loop tells a request that comes back by what it was routed on: see
// [Seed.Loop]. It is 47 characters, all letters and digits.
func (s Seed) AppendLoopBranch(dst []byte, id ID, loop uint32) []byte {
	dst = append(dst, cookie...)
	dst = appendHex(dst, uint64(id), 16)
	dst = appendHex(dst, uint64(loop), 8)
	return appendHex(dst, s.tag.hash(uint64(id), uint64(loop)), 16)
}

// ParseBranch returns the client transaction that a branch of AppendBranch was
// made for. It refuses any other branch, and any that another Seed made. The
// transaction may have ended.
func (s Seed) ParseBranch(b []byte) (ID, bool) {
	id, _, ok := s.parseBranch(b)
	return id, ok
}

func (s *Seed) parseBranch(b []byte) (id ID, loop uint32, ok bool) {
	if len(b) != branchLen || string(b[:len(cookie)]) != cookie {
		return 0, 0, false
	}
	b = b[len(cookie):]
	n, ok1 := parseHex(b[:16])
	l, ok2 := parseHex(b[16:24])
	tag, ok3 := parseHex(b[24:])
	if !ok1 || !ok2 || !ok3 || tag != s.tag.hash(n, l) {
		return 0, 0, false
	}
	return ID(n), uint32(l), true
}

// AppendStatelessBranch appends the branch for a request that is forwarded
// without a transaction (§16.11): it depends on the request alone, without its
// method, so that a retransmission, a CANCEL and the ACK to a non-2xx leave with
// the branch that the request left with.
func (s Seed) AppendStatelessBranch(dst []byte, m *sipparse.Msg) []byte {
	return s.appendStateless(dst, m.TopVia(), m)
}

// IsStatelessReply reports whether a response is to a request that was forwarded
// with AppendStatelessBranch: what the branch was made from is in the response,
// below our Via. Nobody else can make such a branch, so nobody can have us send a
// response to an address of their choice.
func (s Seed) IsStatelessReply(m *sipparse.Msg) bool {
	var below sipparse.Via
	top := m.TopVia()
	if top == nil || !m.Via(1, &below) {
		return false
	}
	var text [statelessLen]byte
	return string(s.appendStateless(text[:0], &below, m)) == string(top.Branch.Of(m.Buf()))
}

// statelessLen is not the length of a transaction's branch: the one is never taken
// for the other.
const statelessLen = len(cookie) + 1 + 2*16

// appendStateless takes the sender's branch and sent-by or, where the branch is
// of RFC 2543, what else tells requests apart and is in their responses too.
func (s *Seed) appendStateless(dst []byte, via *sipparse.Via, m *sipparse.Msg) []byte {
	var scratch [maxKeyText]byte
	t, ok := appendSender(keyText(scratch[:0]), s, via, m.Buf())
	if !ok {
		t = t.field(s, m.CallID()).number(m.CSeq()).field(s, m.FromTag())
		if via != nil {
			t = t.folded(s, via.Host.Of(m.Buf())).number(sentByPort(via, m.Buf()))
		}
	}
	k := s.sum(t)
	dst = append(dst, cookie...)
	dst = append(dst, 's')
	dst = appendHex(dst, s.tag.hash(k.hi), 16)
	return appendHex(dst, s.tag.hash(k.lo), 16)
}

// MatchResponse returns the client transaction that a received response is for
// (§17.1.3): that of the branch in its top Via or, if that is an INVITE's and the CSeq
// says CANCEL, the one that SetCancel linked to it. The method of another non-INVITE is
// the user's to compare with its request. False: RFC 6026 §8.7 has the response dropped.
func (t *Table) MatchResponse(m *sipparse.Msg, s Seed) (ID, bool) {
	via := m.TopVia()
	if via == nil {
		return 0, false
	}
	id, ok := s.ParseBranch(via.Branch.Of(m.Buf()))
	if !ok {
		return 0, false
	}
	e := t.slab.alive(id)
	if e == nil || e.machine.role.IsServer() {
		return 0, false
	}
	method := m.CSeqMethod()
	if e.machine.role == InviteClient && method == sipparse.Cancel { // made here, on its INVITE's branch
		if t.slab.alive(e.cancel) == nil {
			return 0, false
		}
		return e.cancel, true
	}
	if method == sipparse.Ack || (e.machine.role == InviteClient) != (method == sipparse.Invite) {
		return 0, false
	}
	return id, true
}

const hexDigits = "0123456789abcdef"

// appendHex writes the last digits of v.
func appendHex(dst []byte, v uint64, digits int) []byte {
	var text [16]byte
	for i := digits - 1; i >= 0; i-- {
		text[i] = hexDigits[v&15]
		v >>= 4
	}
	return append(dst, text[:digits]...)
}

// hexValue is of each byte: 0 to 15, notHex for what appendHex never writes.
var hexValue = func() (value [256]byte) {
	for i := range value {
		value[i] = notHex
	}
	for i := range len(hexDigits) {
		value[hexDigits[i]] = byte(i)
	}
	return value
}()

const notHex = 0xff

// parseHex reads what appendHex wrote, and nothing else.
func parseHex(b []byte) (v uint64, ok bool) {
	seen := byte(0)
	for _, c := range b {
		d := hexValue[c]
		seen |= d
		v = v<<4 | uint64(d)
	}
	return v, seen < 16
}

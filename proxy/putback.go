package proxy

import "github.com/fastsips/fastsips/sipparse"

// A Rewrite is a part of a request that does not leave as it came, and that its responses
// have to have as it came: the client knows its transaction by it (RFC 3261 §8.2.6.2,
// §17.1.3).
type Rewrite uint8

// The parts.
const (
	RewroteFrom Rewrite = 1 << iota // display name and URI of From
	RewroteTo                       // of To
	RewroteCSeq                     // number of CSeq
)

// Rewrote says that the script has changed these parts of the request in hand, for all
// branches or one: the responses that go upstream get back what they were.
func (x *Context) Rewrote(what Rewrite) { x.Req.rewrites |= what }

// putBack makes the response m one to the request r: it gets r's values of these parts.
// R may also be another response that was made so.
func putBack(r *sipparse.Msg, what Rewrite, m *Message) {
	if what&RewroteFrom != 0 {
		putBackAddress(m, m.Msg.From(), r, r.From())
	}
	if what&RewroteTo != 0 {
		putBackAddress(m, m.Msg.To(), r, r.To())
	}
	if what&RewroteCSeq != 0 {
		if s, was := CSeqNumber(&m.Msg), CSeqNumber(r); s.Len() > 0 && was.Len() > 0 {
			m.Edits.Put(s, was.Of(r.Buf()))
		}
	}
}

func putBackAddress(m *Message, now *sipparse.NameAddr, r *sipparse.Msg, was *sipparse.NameAddr) {
	if now != nil && was != nil {
		m.Edits.Put(addressSpan(now), addressSpan(was).Of(r.Buf()))
	}
}

// addressSpan is what stands before the parameters: they, among them the tag, stay.
func addressSpan(n *sipparse.NameAddr) sipparse.Span {
	s := n.Whole
	if n.Params.Len() > 0 {
		s.End = n.Params.Off
	}
	return s
}

// CSeqNumber is where m says the number of its CSeq; zero if it does not.
func CSeqNumber(m *sipparse.Msg) sipparse.Span {
	i := m.Find(sipparse.HdrCSeq, 0)
	if i < 0 {
		return sipparse.Span{}
	}
	s := m.Header(i).Value
	for i, c := range s.Of(m.Buf()) {
		if c < '0' || c > '9' {
			s.End = s.Off + uint32(i)
			break
		}
	}
	return s
}

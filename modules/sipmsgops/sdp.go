package sipmsgops

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/sipparse/sdp"
)

// An sdpOp looks at a session description as edits have made it, or edits it. It returns
// whether it found what it looked for.
type sdpOp func(*sdp.Session, *sipparse.Edits) bool

// eachSDP does op to all session descriptions of the message. Where the body is the one
// that was received, edits are noted there: they add up with all others. Where it has
// been replaced (remove_body_part, add_body_part), the new one is edited and replaced again.
func (m *Module) eachSDP(c *script.Ctx, op sdpOp) script.Ret {
	x := proxy.From(c)
	msg := x.Msg()
	w := m.scratch.On(x.Loop())
	if msg.BodySpan().Len() > 0 && !x.Edits.Deletes(msg.BodySpan()) {
		return yes(w.eachSDP(msg, x.Edits, op))
	}
	now := x.Edited()
	if now == nil {
		return -1
	}
	w.edits.Reset()
	found := w.eachSDP(now, &w.edits, op)
	if w.edits.Len() > 0 {
		found = m.replaceBody(x, now) && found
	}
	return yes(found)
}

var sdpType = mediaType{[]byte("application"), []byte("sdp")}

func (w *scratch) eachSDP(m *sipparse.Msg, e *sipparse.Edits, op sdpOp) (found bool) {
	if m.BodySpan().Len() > 0 && sdpType.ofBody(m) {
		return w.one(m, m.BodySpan(), e, op)
	}
	var p sipparse.Part
	for it, ok := m.Parts(); ok && it.Next(&p); {
		if sdpType.ofPart(&it, &p) && w.one(m, p.Body, e, op) {
			found = true
		}
	}
	return found
}

func (w *scratch) one(m *sipparse.Msg, body sipparse.Span, e *sipparse.Edits, op sdpOp) bool {
	found := w.session.Parse(m.Buf(), body) == sipparse.OK && op(&w.session, e)
	w.session.Reset()
	return found
}

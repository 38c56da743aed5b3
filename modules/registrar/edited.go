package registrar

import (
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// asEdited is a message as the script has changed it, by fix_nated_contact() for instance:
// that is what is kept, as in OpenSIPS. The message itself where nothing was changed; nil
// where it is none any more. What it points into is the run's and outlives a wait, but the
// result is valid only until the next call on this loop: see reread.
func (m *Module) asEdited(c *script.Ctx, s *scratch, msg *sipparse.Msg, edits *sipparse.Edits) (*sipparse.Msg, []byte) {
	if edits.Len() == 0 {
		return msg, nil
	}
	text := msg.AppendEdited(c.Alloc(len(msg.Buf()) + edits.Size() + 64)[:0], edits, nil)
	return s.reread(text), text
}

// reread parses an edited message.
func (s *scratch) reread(text []byte) *sipparse.Msg {
	if s.msg.Parse(text) != sipparse.OK || s.msg.Check() != sipparse.OK {
		return nil
	}
	return &s.msg
}

// read finds the request as edited: at first, and again after a wait, in which other
// requests have used the loop's memory.
func (r *registration) read() {
	s := r.m.scratch.On(r.x.Loop())
	if r.edited != nil {
		r.msg = s.reread(r.edited)
		return
	}
	r.msg, r.edited = r.m.asEdited(r.c, s, &r.req.Msg, &r.req.Edits)
}

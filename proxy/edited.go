package proxy

import "github.com/fastsips/fastsips/sipparse"

// maxEditedKept is how much memory for an edited message a shard keeps.
const maxEditedKept = 64 << 10

// maxEdits is how many bytes a script may add to one message: no message is longer.
const maxEdits = 65535

// Edited returns the message in hand as it would leave now: with what was changed so far,
// but without what the proxy does when it sends (its Via, the new Request-URI). It is valid
// until the next call of anything here. Nil: that is no SIP message that can be sent.
func (x *Context) Edited() *sipparse.Msg {
	s, m := x.shard, x.Msg()
	a, b := x.editSets()
	if cap(s.edited) > maxEditedKept {
		s.edited = nil
	}
	s.edited = m.AppendEdited(s.edited[:0], a, b)
	if s.scratch.Parse(s.edited) != sipparse.OK || s.scratch.Check() != sipparse.OK {
		return nil
	}
	return &s.scratch
}

// editSets returns the edits of the message and, in a branch route, those of the branch.
func (x *Context) editSets() (message, branch *sipparse.Edits) {
	if x.Rpl == nil && x.Edits != &x.Req.Edits {
		return &x.Req.Edits, x.Edits
	}
	return x.Edits, nil
}

// Changed says that the script has changed the message in hand, since that mark. If it is
// no SIP message any more, or too long, the change is taken back, and the answer is false.
func (x *Context) Changed(since sipparse.EditMark) bool {
	if x.Edits.Size() <= maxEdits && x.Edited() != nil {
		return true
	}
	x.Edits.Truncate(since)
	return false
}

// Room reports whether the script may add n bytes to the message in hand.
func (x *Context) Room(n int) bool { return x.Edits.Size()+n <= maxEdits }

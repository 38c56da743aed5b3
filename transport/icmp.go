package transport

import (
	"bytes"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// unreachable takes what an ICMP error quotes of something that was sent: 8 bytes at least
// (RFC 792), commonly 500, in any case cut off. The loop that sent it is that of its Call-ID;
// if that is not in there, each loop is asked in turn. Nothing is answered, and the slots
// under way are bounded as any: a flood of such errors costs the reading.
func (t *Transport) unreachable(l *loop.Loop, s *loop.Slot) {
	b, asked := s.Bytes(), int(s.Note())
	if asked == 0 {
		t.counters[l.Index()].ICMPErrors.Inc()
	}
	if len(b) == 0 || t.recv.Unreachable(l, s.From(), b) {
		return
	}
	whole := b[:bytes.LastIndexByte(b, '\n')+1]
	id := sipparse.PeekCallID(whole)
	switch {
	case id == nil && asked+1 < l.Count():
		s.SetNote(uint16(asked + 1))
		l.HandOver(s, (l.Index()+1)%l.Count())
	case id != nil && asked == 0 && t.owner.Of(id) != l.Index():
		s.SetNote(1)
		l.HandOver(s, t.owner.Of(id))
	}
}

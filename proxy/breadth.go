package proxy

import (
	"math"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A breadth is how many branches a request may have at a time, here and further down
// (RFC 5393 §5.3): the branches under way share it, what does not fit waits for one of
// them to end.
type breadth struct {
	limit int  // Max-Breadth of the request, or what stands for it; 0: not read yet
	given bool // the request has the header
}

// maxBreadth returns what a request's Max-Breadth says, or max_breadth where it has none
// that can be read.
func (p *Proxy) maxBreadth(m *sipparse.Msg) (n int, given bool) {
	v, present, err := m.Number(sipparse.HdrMaxBreadth, math.MaxInt32)
	if !present || err != sipparse.OK {
		return p.set.MaxBreadth, false
	}
	return int(v), true
}

// tooBroad answers 440 to a request that no branch may be made of: "the request MUST be
// rejected" (RFC 5393 §5.3.3), also where t_relay would leave the answer to the script.
func (x *Context) tooBroad() bool {
	method := x.Req.Msg.Method()
	if x.p.set.MaxBreadth == 0 || method == sipparse.Ack || method == sipparse.Cancel {
		return false
	}
	n, _ := x.p.maxBreadth(&x.Req.Msg)
	return n == 0
}

func (x *Context) refuseBreadth() script.Ret {
	answered := false
	if x.Tx != nil {
		answered = x.Reply(440, reasonOf(440))
	} else {
		answered = x.StatelessReply(440, reasonOf(440))
	}
	if !answered {
		return relayNoTarget
	}
	return 1
}

// takeBreadth gives b its share, of which unsettled branches get one each, b among
// them, and writes it into the branch's Max-Breadth. False: b has to wait.
func (s *shard) takeBreadth(b *branch, unsettled int) bool {
	if s.p.set.MaxBreadth == 0 {
		return true
	}
	tx := b.tx
	w := &tx.breadth
	if w.limit == 0 {
		w.limit, w.given = s.p.maxBreadth(&tx.Req.Msg)
	}
	used := tx.breadthUsed()
	free := w.limit - used
	switch {
	case free <= 0:
		return false
	case !w.given && used == 0 && unsettled <= 1:
		// It does not fork. Where there is no header the next proxy begins anew, so
		// none is made; the other half is for branches that are added while it rings.
		b.breadth = (free + 1) / 2
	default:
		b.breadth = max(free/max(unsettled, 1), 1)
		s.writeBreadth(b)
	}
	return true
}

// breadthUsed is what the branches under way have.
func (tx *Transaction) breadthUsed() (n int) {
	for _, b := range tx.branches {
		if b.state == branchSent {
			n += b.breadth
		}
	}
	return n
}

// writeBreadth makes the last of b's edits, so that a branch that takes them over can
// do without it.
func (s *shard) writeBreadth(b *branch) {
	m := &b.tx.Req.Msg
	b.unbroadened, b.broadened = b.Edits.Mark(), true
	if i := m.Find(sipparse.HdrMaxBreadth, 0); i >= 0 {
		s.lines = sipparse.AppendUint(s.lines[:0], uint64(b.breadth))
		b.Edits.Replace(m.Header(i).Value, s.lines)
		return
	}
	s.lines = append(s.lines[:0], "Max-Breadth: "...)
	s.lines = append(sipparse.AppendUint(s.lines, uint64(b.breadth)), "\r\n"...)
	b.Edits.AppendHeader(m, s.lines)
}

// sendHeld sends the branches that were held back, as far as there is breadth again:
// that of a branch which has ended may be used again (RFC 5393 §5.3.3.1).
func (s *shard) sendHeld(l *loop.Loop, tx *Transaction) {
	held := tx.held()
	for _, b := range tx.branches {
		if b.state != branchHeld {
			continue
		}
		if !s.takeBreadth(b, held) {
			return
		}
		held--
		s.dispatch(l, b)
	}
}

func (tx *Transaction) held() (n int) {
	for _, b := range tx.branches {
		if b.state == branchHeld {
			n++
		}
	}
	return n
}

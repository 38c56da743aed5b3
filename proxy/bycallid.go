package proxy

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
)

// ReplyByCallID answers the INVITE that has this Call-ID and CSeq, if it is still being
// served (t_reply_by_callid). Another loop may own it: then the run is parked until that
// one has looked. 1: answered, -1: there is none, or it has its final response.
func (x *Context) ReplyByCallID(code int, reason, callID []byte, cseq uint32) script.Ret {
	home, owner := x.loop.Index(), x.p.tr.Owner().Of(callID)
	if owner == home {
		return answered(x.shard.replyByCallID(x.loop, code, reason, callID, cseq))
	}
	f := &farReply{p: x.p, code: code, cseq: cseq, reason: append([]byte(nil), reason...), callID: append([]byte(nil), callID...),
		owner: x.p.group.Mailbox(owner), home: x.p.group.Mailbox(home)}
	f.out.Run, f.back.Run = f.look, f.tell
	return x.run.Await(f, farReplyFinish)
}

func answered(ok bool) script.Ret {
	if ok {
		return 1
	}
	return -1
}

// A farReply is an answer that the loop of another Call-ID is asked to give. Out takes it
// there, back brings home what became of it; each loop touches it only while it has it.
type farReply struct {
	out, back   loop.Task
	owner, home loop.Mailbox
	p           *Proxy
	code        int
	cseq        uint32
	reason      []byte
	callID      []byte
	done        asyncops.Completion
	unheard     bool // nobody waits at home any more
	ok          bool
}

// Start sends it to the owner.
func (f *farReply) Start(_ *loop.Loop, c asyncops.Completion, _ int64) {
	f.done = c
	f.owner.Post(&f.out)
}

// Cancel leaves it to itself: it comes home all the same.
func (f *farReply) Cancel(*loop.Loop) { f.unheard = true }

func (f *farReply) look(l *loop.Loop) {
	f.ok = f.p.on(l).replyByCallID(l, f.code, f.reason, f.callID, f.cseq)
	f.home.Post(&f.back)
}

func (f *farReply) tell(l *loop.Loop) {
	if !f.unheard {
		f.done.Done(l, asyncops.Completed)
	}
}

func farReplyFinish(_ *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	return answered(out == asyncops.Completed && op.(*farReply).ok)
}

// calls finds INVITEs that are being served by Call-ID and CSeq. Few scripts ask, so it is
// nil, and costs nothing, until the first one does.
type calls map[uint64]tm.ID

func (s *shard) callHash(callID []byte, cseq uint32) uint64 {
	return maphash.Bytes(s.hash, callID) ^ maphash.Comparable(s.hash, cseq)
}

func (s *shard) noteCall(tx *Transaction) {
	if m := &tx.Req.Msg; s.calls != nil && m.Method() == sipparse.Invite && !tx.local {
		s.calls[s.callHash(m.CallID(), m.CSeq())] = tx.id
	}
}

func (s *shard) forgetCall(tx *Transaction) {
	if s.calls == nil {
		return
	}
	if h := s.callHash(tx.Req.Msg.CallID(), tx.Req.Msg.CSeq()); s.calls[h] == tx.id {
		delete(s.calls, h)
	}
}

func (s *shard) replyByCallID(l *loop.Loop, code int, reason, callID []byte, cseq uint32) bool {
	if s.calls == nil {
		s.calls = calls{}
		for _, tx := range s.live {
			if tx != nil {
				s.noteCall(tx)
			}
		}
	}
	id := s.calls[s.callHash(callID, cseq)]
	if !s.tm.Live(id) {
		return false
	}
	tx := s.txOf(id)
	if tx == nil || tx.finalSent || string(tx.Req.Msg.CallID()) != string(callID) {
		return false
	}
	tx.running++
	s.replyTx(l, tx, code, reason)
	tx.running--
	s.release(l, tx)
	return true
}

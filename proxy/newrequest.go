package proxy

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
)

// A NewRequest says what a request made here contains (t_new_request).
type NewRequest struct {
	Method      []byte
	URI         []byte // Request-URI, and where it goes
	From, To    []byte // values of the headers, without tags
	ContentType []byte
	Body        []byte
	AVP         int32 // number of the $avp that holds Context for the local_route
	Context     []byte
}

// A request made here has a Transaction as a received one has, but no server
// transaction: local_route runs on it, it is sent, reply and failure routes see what
// comes of it, and its responses end here. It lives on its own: who asked for it does not
// wait.

// Originate makes a request and sends it. 1: it is on its way, -1: it cannot be made or
// sent.
func (x *Context) Originate(o *NewRequest) script.Ret {
	s, l := x.shard, x.loop
	if x.why == forLocal || x.why == forShow {
		return -1 // it would run the route that asks for it, without an end
	}
	r := s.compose(l, o)
	if r == nil {
		return -1
	}
	r.depth = uint8(x.EventDepth())
	tx := s.transactions.get()
	tx.reset()
	tx.Req, tx.prog, tx.local = r, x.prog, true
	tx.avps = s.avps.get()
	if o.Context != nil {
		tx.avps.Push(o.AVP, script.StrValue(o.Context))
	}
	s.addLive(tx)
	tx.running++
	if tx.prog.local >= 0 {
		s.runLocal(l, tx)
	} else {
		s.sendLocal(l, tx)
	}
	ret := script.Ret(1)
	if len(tx.branches) > 0 && tx.branches[0].state == branchDropped {
		ret = -1
	}
	tx.running--
	s.release(l, tx)
	return ret
}

// runLocal shows the request to local_route, which may change it and where it goes.
func (s *shard) runLocal(l *loop.Loop, tx *Transaction) {
	x := s.newContext(l, tx.prog, forLocal, syntax.LocalRoute)
	x.Req, x.Tx = tx.Req, tx
	x.Target, x.Edits = &tx.Req.Target, &tx.Req.Edits
	x.useAVPs(tx.avps)
	x.start(tx.prog.local)
}

// sendLocal sends the request of tx. Nobody waits for the job.
func (s *shard) sendLocal(l *loop.Loop, tx *Transaction) {
	j := s.relays.get()
	*j = relayJob{released: true, waiting: 1}
	b := s.addBranch(tx, &tx.Req.Target)
	b.job = j
	s.resolveBranch(l, j, b)
}

// placeholderVia stands in a request until build replaces it by the real one.
const placeholderVia = "Via: SIP/2.0/UDP localhost\r\n"

// compose makes the message; nil if a value is no good for that.
func (s *shard) compose(l *loop.Loop, o *NewRequest) *Request {
	switch sipparse.MethodOf(o.Method) {
	case sipparse.Ack, sipparse.Cancel:
		return nil // belong to another request
	}
	s.local++
	tag := appendHex64(s.tagText[:0], maphash.Comparable(s.hash, s.local))
	callID := s.localCallID(l, s.lines[:0])
	m := s.newMessage(nil, s.p.tr.Listeners()[0])
	text, err := sipparse.AppendRequest(m.own[:0], &sipparse.RequestOptions{
		Method: o.Method, URI: o.URI, Vias: []byte(placeholderVia), From: o.From, To: o.To, FromTag: tag,
		CallID: callID, CSeq: 1, Headers: s.p.set.UserAgent, ContentType: o.ContentType, Body: o.Body,
	})
	s.tagText, s.lines = tag, callID
	if m.own = text; err != sipparse.OK || m.Msg.Parse(text) != sipparse.OK {
		s.endMessage(l, m)
		return nil
	}
	r := s.newRequest(m)
	r.made, r.viaFixes.known, r.hopCounted = true, true, true
	return r
}

// localCallID makes a Call-ID that this loop owns, so that the responses come to it.
func (s *shard) localCallID(l *loop.Loop, dst []byte) []byte {
	owner := s.p.tr.Owner()
	for n := uint64(0); ; n++ {
		dst = appendHex64(dst[:0], maphash.Comparable(s.hash, [2]uint64{s.local, n + 1}))
		dst = append(dst, '@')
		dst = s.p.tr.Listeners()[0].AppendHost(dst, loop.Addr{})
		if owner.Of(dst) == l.Index() {
			return dst
		}
	}
}

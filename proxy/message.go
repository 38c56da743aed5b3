package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// A Message is a received message: where it came from, what it says and what
// the script has changed. It owns the slot that holds its bytes.
type Message struct {
	Listener *transport.Listener // pointers first: the collector looks no further than the last one
	slot     *loop.Slot
	own      []byte // the bytes, where they were not received
	Edits    sipparse.Edits
	Msg      sipparse.Msg
	From     transport.Flow
	live     bool
	id       uint32
}

// ID is the number of the message: those of all loops are different, until 2**32 have
// come.
func (m *Message) ID() uint32 { return m.id }

// A Request is a Message with the working copy that a script sees.
type Request struct {
	*Message
	Target Target    // branch 0: the R-URI and its companions
	set    branchSet // the others

	key       tm.Key // server transaction that it belongs to or would make
	msgFlags  uint32
	lists     uint32 // blacklists that it avoids
	loop      uint32 // loopHash, once it was computed
	replyBody uint32 // how much at the end of replyExtra is the body
	adv       advertised
	rr        RouteLine
	rrParams  []byte     // of add_rr_param()
	path      *RouteLine // nil until a request asks for one; then it stays

	replyExtra   []byte // lines for replies made here (append_to_reply), then their body
	routed       []byte // parameters of our own Route, once loose_route() has taken it off
	cancelReason []byte // of a CANCEL: header line for those that are made of it
	moreHeaders  []byte // lines for what its transaction will send (t_add_hdrs)
	watches      *Watch // who is told what becomes of it

	keyed      bool
	hopAck     bool // an ACK to a negative final: matched, ends here
	ownAck     bool // an ACK to a 2xx made here: ends here as well
	localRport bool
	viaFixes   viaFix
	forceRport bool
	replyToVia bool
	hopCounted bool  // Max-Forwards has been written
	sent       bool  // without state: a final answer, or the request to its next hop
	made       bool  // here: its Via is a placeholder
	depth      uint8 // how many event_routes led to it, see Context.EventDepth
	authBits   uint8
	authHeader uint16 // see Authorization
	rewrites   Rewrite
}

// SetRouted notes the URI parameters, from their first semicolon on, of our own Route
// that loose_route() took off. They are the message's bytes.
func (r *Request) SetRouted(params []byte) { r.routed = params }

// Routed returns them; nil before loose_route(), or where no Route was ours.
func (r *Request) Routed() []byte { return r.routed }

// Flags are the message flags, by number.
func (r *Request) Flags() uint32 { return r.msgFlags }

// SetFlags sets the message flags.
func (r *Request) SetFlags(f uint32) { r.msgFlags = f }

// IsHopAck reports whether r is the ACK to a negative final that this proxy sent.
func (r *Request) IsHopAck() bool { return r.hopAck }

// EndsHere reports whether r is an ACK that is not to be forwarded: to a final
// response that was sent, or in the case of a 2xx made, by this proxy.
func (r *Request) EndsHere() bool { return r.hopAck || r.ownAck }

// newMessage takes s over as a message that is still to be parsed. A nil slot is
// for messages made here.
func (s *shard) newMessage(slot *loop.Slot, ls *transport.Listener) *Message {
	m := s.messages.get()
	if m.live {
		panic("BUG: message is in use")
	}
	m.live, m.slot, m.Listener = true, slot, ls
	s.lastID += s.idStep
	m.id = s.lastID
	m.Edits.Reset()
	switch {
	case slot != nil:
		slot.Retain()
		m.From = ls.FlowFrom(slot)
	case ls != nil:
		m.From = transport.Flow{Remote: ls.Addr(), Listener: ls.Index(), Proto: ls.Proto()}
	}
	return m
}

func (s *shard) endMessage(l *loop.Loop, m *Message) {
	if !m.live {
		panic("BUG: message ended twice")
	}
	m.live = false
	if m.slot != nil {
		l.Release(m.slot)
		m.slot = nil
	}
	if m.Msg.Reset(); cap(m.own) > maxOwnKept {
		m.own = nil
	}
	s.messages.put(m)
}

// maxOwnKept is how much memory for bytes a message keeps for its next life.
const maxOwnKept = 8 << 10

// newRequest makes the working copy of m, which it owns.
func (s *shard) newRequest(m *Message) *Request {
	r := s.requests.get()
	r.Message = m
	r.reset()
	r.lists = s.lists
	return r
}

func (s *shard) endRequest(l *loop.Loop, r *Request) {
	if r.watches != nil {
		r.released(l)
	}
	s.endMessage(l, r.Message)
	r.Message = nil
	s.requests.put(r)
}

func (r *Request) reset() {
	r.Target.reset()
	r.set.clear()
	r.key, r.keyed, r.msgFlags, r.hopAck, r.ownAck = tm.Key{}, false, 0, false, false
	r.authBits, r.authHeader = 0, 0
	r.rr.reset()
	if r.path != nil {
		r.path.reset()
	}
	r.rrParams, r.routed = r.rrParams[:0], nil
	r.adv, r.localRport = advertised{host: r.adv.host[:0]}, false
	r.replyExtra, r.replyBody = r.replyExtra[:0], 0
	r.cancelReason, r.moreHeaders, r.made = nil, nil, false
	r.viaFixes, r.forceRport, r.replyToVia, r.hopCounted, r.loop = viaFix{}, false, false, false, 0
	r.sent, r.depth, r.rewrites = false, 0, 0
}

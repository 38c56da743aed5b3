package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// A Transaction is a request being served statefully: its server transaction,
// the branches it was forwarded on (RFC 3261 §16.7's response context), and
// everything the script attached. It lives until a final response has been sent
// and nothing is pending; what the RFC's timers still need afterwards is in wires.
type Transaction struct {
	id       tm.ID // server transaction
	Req      *Request
	avps     *script.AVPs
	prog     *program // the version of the script that it began on
	upstream transport.Flow
	branches []*branch

	onFailure, onReply, onBranch int32 // armed routes; -1 for none

	slot       uint32 // index in shard.live
	status     int    // last status sent upstream; 0 for none
	winner     int    // branch whose response a failure route looks at; -1
	running    int    // runs in progress or parked
	firstNew   int    // branches from here on were added since the last answer
	firstOld   int    // the winner is one of the branches from here on
	finalSent  bool
	localFinal bool // the final response was made here
	local      bool // the request was made here: there is nobody upstream
	hidden     bool // made to park a run; the script has not asked for it
	cancelled  bool
	failing    bool // a failure route is in progress
	toTagged   bool
	answers    uint8          // to challenges, see CountAnswer
	toTag      [txTagLen]byte // To tag of responses made here
	timeouts   branchTimeouts
	headers    []byte // added to all requests sent: branches, ACKs, CANCELs
	awaited    int    // injected branches that end t_wait_for_new_branches; 0: none do
	noCancel   bool   // a 2xx leaves the other branches alone (RFC 3841 §9.1)
	breadth    breadth
}

func (tx *Transaction) reset() {
	b := tx.branches[:0]
	*tx = Transaction{branches: b, onFailure: -1, onReply: -1, onBranch: -1, winner: -1}
}

// Status returns the last status sent upstream, or 0.
func (tx *Transaction) Status() int { return tx.status }

// Cancelled reports whether a CANCEL came for the request.
func (tx *Transaction) Cancelled() bool { return tx.cancelled }

// Winner returns the status of the response that a failure route looks at, or 0.
func (tx *Transaction) Winner() int {
	if tx.winner < 0 {
		return 0
	}
	return tx.branches[tx.winner].status
}

// WinnerLocal reports whether the winner was made here: a timeout, a send error.
func (tx *Transaction) WinnerLocal() bool {
	return tx.winner >= 0 && tx.branches[tx.winner].final == nil
}

// NoReply reports whether no branch ever got a real reply.
func (tx *Transaction) NoReply() bool {
	for _, b := range tx.branches {
		if b.gotReply {
			return false
		}
	}
	return true
}

// LocalFinal reports whether the last final response was made here.
func (tx *Transaction) LocalFinal() bool { return tx.localFinal }

// newTransaction makes the server transaction of r, which it owns from here on.
func (s *shard) newTransaction(l *loop.Loop, r *Request, hidden bool) *Transaction {
	tx := s.transactions.get()
	tx.reset()
	role := tm.NonInviteServer
	if r.Msg.Method() == sipparse.Invite {
		role = tm.InviteServer
	}
	tx.id = s.tm.NewServer(role, r.From.Proto.Reliable(), r.key, l.Now())
	tx.Req, tx.hidden, tx.upstream = r, hidden, replyFlow(r)
	s.noteMerge(r, tx.id)
	s.addLive(tx)
	s.noteCall(tx)
	w := s.wire(tx.id)
	*w = wire{flow: tx.upstream, tx: tx.slot + 1}
	s.counters.ServerTransactions.Inc()
	for _, look := range s.p.begun {
		look(l, r)
	}
	if !hidden {
		s.reveal(l, tx)
	}
	if role == tm.NonInviteServer && s.p.set.RFC4320 {
		s.tryings.Arm(l.Now(), uint64(tx.id))
	} else if hidden && role == tm.InviteServer {
		l.After(hiddenTryingAfter, s.p.kinds.trying, uint64(tx.id))
	}
	return tx
}

// reveal makes a hidden transaction the script's own.
func (s *shard) reveal(l *loop.Loop, tx *Transaction) {
	tx.hidden = false
	if tx.Req.Msg.Method() == sipparse.Invite && s.p.set.AutoTrying && tx.status == 0 {
		s.replyTrying(l, tx)
	}
}

// trying sends the 100 of an INVITE that a plain call parked, or of another request,
// unless an answer has been sent meanwhile.
func (s *shard) trying(l *loop.Loop, ref uint64) {
	id := tm.ID(ref)
	if !s.tm.Live(id) {
		return
	}
	if tx := s.txOf(id); tx != nil && tx.status == 0 && s.p.set.AutoTrying {
		s.replyTrying(l, tx)
	}
}

func (s *shard) addLive(tx *Transaction) {
	if len(s.liveFree) == 0 {
		s.live = append(s.live, nil)
		s.liveFree = append(s.liveFree, uint32(len(s.live)-1))
	}
	tx.slot = s.liveFree[len(s.liveFree)-1]
	s.liveFree = s.liveFree[:len(s.liveFree)-1]
	s.live[tx.slot] = tx
	s.counters.InUse.Add(1)
}

// pending reports whether a branch may still bring a final response.
func (tx *Transaction) pending() bool {
	for _, b := range tx.branches {
		if b.waiting() {
			return true
		}
	}
	return false
}

// pendingMajor is pending without the minor branches, which are not waited for.
func (tx *Transaction) pendingMajor(minor uint32) bool {
	for _, b := range tx.branches {
		if b.waiting() && b.Target.flags&minor == 0 {
			return true
		}
	}
	return false
}

// release ends tx if nothing needs it any more.
func (s *shard) release(l *loop.Loop, tx *Transaction) {
	if tx.running > 0 || tx.pending() {
		return
	}
	for _, b := range tx.branches {
		if b.busy(s) {
			return
		}
	}
	if !tx.finalSent { // nobody answered and nobody will: as if it had never been
		if s.tm.Live(tx.id) {
			s.tm.Kill(tx.id)
			s.endWire(tx.id)
		}
	} else if s.tm.Live(tx.id) {
		s.wire(tx.id).tx = 0
	}
	for _, b := range tx.branches {
		s.endBranch(l, b)
	}
	tx.branches = tx.branches[:0]
	s.forgetCall(tx)
	s.live[tx.slot] = nil
	s.liveFree = append(s.liveFree, tx.slot)
	s.counters.InUse.Add(-1)
	if tx.avps != nil {
		s.putAVPs(tx.avps)
	}
	s.endRequest(l, tx.Req)
	tx.Req, tx.avps, tx.prog = nil, nil, nil
	s.transactions.put(tx)
}

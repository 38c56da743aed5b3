package proxy

import (
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// branchState says how far a branch has come.
type branchState uint8

const (
	branchRouting   branchState = iota // its branch_route runs, or waits
	branchResolving                    // its next hop is being looked up
	branchHeld                         // waiting for another one to end: Max-Breadth
	branchSent                         // waiting for a final response
	branchDone                         // has a final status, from the wire or made here
	branchDropped                      // never sent: drop in branch_route, or no way there
)

// A branch is one forwarding of a request: a client transaction and what the
// response context has heard from it.
type branch struct {
	tx       *Transaction
	index    uint16
	state    branchState
	client   tm.ID
	Target   Target
	Edits    sipparse.Edits // made by its branch_route
	rr       RouteLine      // likewise
	rrParams []byte         // likewise
	flow     transport.Flow
	named    bool        // its URI says by which protocol
	job      *relayJob   // the t_relay that added it
	route    *Context    // its branch route, until that has ended
	targets  *dns.Locate // the addresses that may be tried after this one; nil: none

	breadth     int               // its part of the transaction's, while it is branchSent
	broadened   bool              // Edits has it
	unbroadened sipparse.EditMark // Edits without it

	avps     *script.AVPs // $bavp; nil until it is used
	replica  bool         // nobody waits for its responses
	phone    bool         // to nowhere: it keeps the transaction open for others
	until    int64        // of such a one
	received int          // status of the last response that came

	status     int      // last status; for branchDone the final one
	final      *Message // the final response kept for choosing; nil when made here
	onReply    int32    // armed by t_on_reply in the branch route
	gotReply   bool     // a real response came
	ringing    bool     // a provisional response came: it may be cancelled
	wantCancel bool     // to be cancelled as soon as it rings
	why        []byte   // Reason header of that CANCEL
	cancelled  bool     // a CANCEL was sent

	reply *Context   // reply run that is parked; later replies queue behind it
	queue []*Message // in the order of arrival
	live  bool
}

// waiting reports whether the branch may still bring a final response.
func (b *branch) waiting() bool { return b.state < branchDone && !b.replica }

// busy reports whether the branch still needs its Transaction: replies in
// progress, or a client transaction that has not seen its final response.
func (b *branch) busy(s *shard) bool {
	if b.reply != nil || len(b.queue) > 0 {
		return true
	}
	if b.replica {
		return false
	}
	st, ok := s.tm.State(b.client)
	return ok && (st == tm.Calling || st == tm.Trying || st == tm.Proceeding)
}

// maxTxBranches bounds the branches of one transaction, over all serial retries.
const maxTxBranches = 256

// addBranch makes a new branch of tx towards t.
func (s *shard) addBranch(tx *Transaction, t *Target) *branch {
	b := s.branches.get()
	b.reset()
	b.tx, b.index, b.live = tx, uint16(len(tx.branches)), true
	b.Target.copyFrom(t)
	tx.branches = append(tx.branches, b)
	return b
}

func (b *branch) reset() {
	b.Edits.Reset()
	b.Target.reset()
	b.rr.reset()
	b.rrParams = b.rrParams[:0]
	b.tx, b.index, b.state, b.client = nil, 0, branchRouting, 0
	b.flow, b.named, b.job, b.route, b.targets = transport.Flow{}, false, nil, nil, nil
	b.breadth, b.broadened, b.status, b.final, b.onReply = 0, false, 0, nil, -1
	b.gotReply, b.ringing, b.wantCancel, b.cancelled, b.why = false, false, false, false, nil
	b.reply, b.queue = nil, b.queue[:0]
	b.avps, b.replica, b.phone, b.until, b.received = nil, false, false, 0, 0
}

// endBranch gives back what b holds. Its client transaction, if it lingers,
// becomes a tombstone.
func (s *shard) endBranch(l *loop.Loop, b *branch) {
	if !b.live {
		panic("BUG: branch ended twice")
	}
	b.live = false
	if s.tm.Live(b.client) {
		w := s.wire(b.client)
		w.tx = 0
		w.alone = w.alone || b.tx.local // what still comes goes nowhere
	}
	s.forgetTargets(l, b)
	if b.final != nil {
		s.endMessage(l, b.final)
		b.final = nil
	}
	if b.avps != nil {
		s.putAVPs(b.avps)
		b.avps = nil
	}
	b.tx = nil
	s.branches.put(b)
}

// answer is its final response.
func (b *branch) answer() Answer { return Answer{b.status, msgOf(b.final)} }

// fail ends a branch that was not sent or got no answer with a local status.
func (b *branch) fail(status int) {
	b.state, b.status = branchDone, status
}

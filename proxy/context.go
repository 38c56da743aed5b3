package proxy

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// purpose says what a run is for, and so what happens when it ends.
type purpose uint8

const (
	forRequest     purpose = iota // route{} on a received request
	forBranch                     // branch_route of one branch
	forFailure                    // failure_route
	forReplyGlobal                // onreply_route{}
	forReplyBranch                // onreply_route armed in the branch route
	forReplyTx                    // onreply_route armed by the transaction
	forLocal                      // local_route
	forShow                       // local_reply_route, local_request_route
	forReport                     // report route of a launch
	forStartup                    // startup_route
	forTimer                      // timer_route
	forEvent                      // event_route
	forNotify                     // route of notify_on_event
)

// A Context is one script run and what it works on. Module functions reach it by
// [From]. It is the waiter of whatever the run is parked on.
type Context struct {
	p     *Proxy
	shard *shard
	loop  *loop.Loop // while running; nil while parked
	run   *script.Ctx
	prog  *program
	why   purpose
	kind  syntax.RouteKind

	Req    *Request     // request in hand; in reply routes the transaction's, if known
	Rpl    *Message     // reply in hand, in reply routes
	aside  *Message     // the reply in hand while another message is looked at
	Tx     *Transaction // nil when there is none; see Visible
	Target *Target      // the R-URI in hand and its companions
	Edits  *sipparse.Edits
	branch *branch // in branch and reply routes

	client tm.ID          // in reply routes: the entry that the reply matched
	token  asyncops.Token // of what a parked run waits for
	avps   *script.AVPs   // of a request: moves to its transaction; nil: the run's own
	ownSet *branchSet     // of a reply route, made when it is asked for

	onFailure, onReply, onBranch int32 // armed before there is a transaction
	early                        branchTimeouts

	parkUntil int64 // when a run that was parked has to end, of Loop.Now; 0: it was not
	job       *job  // of startup, timer, event and notification routes
	raw       rawSend
	lastError int // status for the last failure of t_relay or forward; 0 for none
}

// From returns what c works on.
func From(c *script.Ctx) *Context { return c.Data().(*Context) }

// Loop returns the loop in hand.
func (x *Context) Loop() *loop.Loop { return x.loop }

// Proxy returns the proxy.
func (x *Context) Proxy() *Proxy { return x.p }

// Visible returns the transaction, if the script may know of it: one that a plain
// call made is hidden, and the global onreply_route runs before any is looked for.
func (x *Context) Visible() *Transaction {
	if x.Tx != nil && !x.Tx.hidden && x.why != forReplyGlobal {
		return x.Tx
	}
	return nil
}

// Msg returns the message in hand: the reply in reply routes, else the request.
func (x *Context) Msg() *sipparse.Msg {
	if x.Rpl != nil {
		return &x.Rpl.Msg
	}
	return &x.Req.Msg
}

// Message returns the message in hand with its edits and where it came from.
func (x *Context) Message() *Message {
	if x.Rpl != nil {
		return x.Rpl
	}
	return x.Req.Message
}

// BaseEdits returns what Edits stands on: in a branch route the message's edits, else nil.
func (x *Context) BaseEdits() *sipparse.Edits {
	if x.Rpl == nil && x.Req != nil && x.Edits != &x.Req.Edits {
		return &x.Req.Edits
	}
	return nil
}

// Source returns the flow that the message in hand came by.
func (x *Context) Source() *transport.Flow {
	if x.Rpl != nil {
		return &x.Rpl.From
	}
	return &x.Req.From
}

// Listener returns the listener that took the message in hand.
func (x *Context) Listener() *transport.Listener {
	if x.Rpl != nil {
		return x.Rpl.Listener
	}
	return x.Req.Listener
}

// HasRequest reports whether the run in hand works on a request that may still be sent:
// not in reply routes, nor where there is only the dummy one.
func (x *Context) HasRequest() bool {
	switch x.why {
	case forRequest, forBranch, forFailure, forLocal:
		return true
	}
	return false
}

// newContext begins a run for why; the caller fills in what it works on.
func (s *shard) newContext(l *loop.Loop, prog *program, why purpose, kind syntax.RouteKind) *Context {
	x := s.blankContext(l, prog, why, kind)
	x.run = s.runs.Get(prog.script, s.p.host, x)
	return x
}

func (s *shard) blankContext(l *loop.Loop, prog *program, why purpose, kind syntax.RouteKind) *Context {
	x := s.contexts.get()
	*x = Context{p: s.p, shard: s, loop: l, prog: prog, why: why, kind: kind, onFailure: -1, onReply: -1, onBranch: -1}
	return x
}

// useAVPs makes shared the run's AVP list; nil leaves it one of its own.
func (x *Context) useAVPs(shared *script.AVPs) {
	x.avps = shared
	x.run.SetAVPs(shared)
}

// start runs route from the top and sees the run through to its end or its
// first suspension. The Context may be gone afterwards.
func (x *Context) start(route int32) {
	if x.Tx != nil {
		x.Tx.running++
	}
	x.settle(x.run.Start(route, x.kind))
}

// settle parks a suspended run, or ends a finished one. An operation that is
// over as soon as it starts lets the run go on at once.
func (x *Context) settle(out script.Outcome) {
	for out == script.Suspended {
		x.keep()
		op, timeout := x.run.Pending()
		l := x.loop
		x.loop = nil
		tok, result, pending := x.shard.ops.Begin(l, op, x.parkTime(l, timeout), x)
		if pending {
			x.token = tok
			x.shard.counters.Parked.Add(1)
			x.noteParked()
			return
		}
		x.loop = l
		out = x.run.Resume(result)
	}
	x.end()
}

// Resume goes on with a parked run: the operation it waited for has ended.
func (x *Context) Resume(l *loop.Loop, _ asyncops.Op, result asyncops.Outcome) {
	x.shard.counters.Parked.Add(-1)
	x.shard.counters.Resumes.Inc()
	x.forgetParked()
	if x.why < forShow && x.p.tr.Owner().Of(x.Msg().CallID()) != l.Index() {
		x.shard.counters.ForeignResumes.Inc()
	}
	x.loop = l
	if x.outOfTime(l, result) {
		x.giveUp(result)
		return
	}
	x.settle(x.run.Resume(result))
}

// keep makes sure that what the run works on outlives the callback. For a
// request that is a transaction: it absorbs retransmissions and a CANCEL finds
// it. A plain call's is hidden from the script until the script makes one.
func (x *Context) keep() {
	if x.why == forRequest && x.Tx == nil && x.p.set.TM && x.transactional() {
		x.adopt(x.shard.newTransaction(x.loop, x.Req, true))
	}
}

// transactional reports whether the request in hand can have a transaction: an
// ACK has none.
func (x *Context) transactional() bool {
	return x.Req != nil && x.Req.keyed && x.Req.Msg.Method() != sipparse.Ack
}

// adopt gives the run its transaction, with what was armed so far.
func (x *Context) adopt(tx *Transaction) {
	x.Tx = tx
	tx.running++
	tx.prog = x.prog
	tx.onFailure, tx.onReply, tx.onBranch = x.onFailure, x.onReply, x.onBranch
	tx.avps, tx.timeouts, tx.headers = x.avps, x.early, x.Req.moreHeaders
}

// NewTransaction makes the transaction of the request in hand known to the
// script (t_newtran, and what t_relay, t_reply and async do first). It returns
// false when the script has one already, or the message cannot have one.
func (x *Context) NewTransaction() bool {
	switch {
	case x.Tx != nil && x.Tx.hidden:
		x.shard.reveal(x.loop, x.Tx)
		return true
	case x.Tx != nil, x.why != forRequest, !x.transactional():
		return false
	}
	x.adopt(x.shard.newTransaction(x.loop, x.Req, false))
	return true
}

// end finishes a run: what happens next depends on what it was for.
func (x *Context) end() {
	s, l, tx := x.shard, x.loop, x.Tx
	dropped := x.run.Dropped()
	switch x.why {
	case forRequest:
		if tx == nil {
			s.endRequest(l, x.Req)
		}
	case forBranch:
		b := x.branch
		b.route = nil
		s.endContext(x) // first: the run that waits for it may end next
		s.branchRouted(l, b, dropped)
		tx.running--
		s.release(l, tx)
		return
	case forFailure:
		s.failureDone(l, tx)
	case forLocal:
		s.sendLocal(l, tx)
	case forReplyGlobal, forReplyBranch, forReplyTx:
		if s.replyRouteDone(l, x, dropped) {
			return // the next reply route runs in the same Context
		}
	case forShow:
		s.endShow(l, x)
	case forReport:
		s.endRequest(l, x.Req)
	case forStartup, forTimer, forEvent, forNotify:
		s.endJob(l, x)
	}
	s.endContext(x)
	if tx != nil {
		tx.running--
		s.release(l, tx)
	}
}

func (s *shard) endContext(x *Context) {
	s.runs.Put(x.run)
	if x.avps != nil && (x.Tx == nil || x.Tx.avps != x.avps) {
		s.putAVPs(x.avps)
	}
	if x.ownSet != nil {
		s.sets.put(x.ownSet)
	}
	*x = Context{}
	s.contexts.put(x)
}

// again starts a further reply route for the same reply.
func (x *Context) again(why purpose, route int32) {
	x.shard.runs.Put(x.run)
	x.why, x.parkUntil = why, 0
	x.run = x.shard.runs.Get(x.prog.script, x.p.host, x)
	x.useReplyAVPs()
	x.settle(x.run.Start(route, x.kind))
}

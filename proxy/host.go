package proxy

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
)

// A host is what the script run-time knows of the proxy: one for all runs, each
// call finds its Context by the run.
type host struct{ p *Proxy }

var (
	_ script.Host        = host{}
	_ script.LogLeveler  = host{}
	_ script.CoreLeveler = host{}
	_ script.Clock       = host{}
	_ script.Viewer      = host{}
	_ asyncops.Waiter    = (*Context)(nil)
)

// LogLevel is the level above which an xlog is not even formatted.
func (h host) LogLevel() int { return h.p.XlogLevel() }

// CoreLogLevel is the level above which other lines of a run are not written.
func (h host) CoreLogLevel() int { return h.p.LogLevel() }

// Now is the time of the loop's wake-up, for $async.time.
func (h host) Now(c *script.Ctx) int64 { return From(c).loop.Now() }

// Log writes one line to the loop's log ring.
func (h host) Log(c *script.Ctx, level int, text []byte) { From(c).loop.Log(level, text) }

// BeginAsync makes the transaction that an async statement needs. A message that
// cannot have one (an ACK, a reply) is parked as it is.
func (h host) BeginAsync(c *script.Ctx) script.AsyncStart {
	From(c).NewTransaction()
	return script.AsyncGo
}

// View turns to the transaction's request, or to the reply: the one in hand, in a failure
// route the winner's, which is not there if it was made here.
func (h host) View(c *script.Ctx, context uint8) bool {
	x := From(c)
	show := x.Rpl
	if context == script.ContextRequest {
		if show != nil && x.Visible() == nil {
			return false // the transaction is not known yet
		}
		show = nil
	} else if show == nil && x.why == forFailure {
		show = x.Tx.branches[x.Tx.winner].final
	}
	if show == nil && (context == script.ContextReply || x.Req == nil) {
		return false
	}
	x.aside, x.Rpl = x.Rpl, show
	x.lookAt()
	return true
}

// lookAt makes Edits, and where a reply is in hand Target, those of the message that
// is looked at.
func (x *Context) lookAt() {
	switch {
	case x.Rpl != nil:
		x.Edits = &x.Rpl.Edits
	case x.aside != nil, x.why == forFailure:
		x.Target, x.Edits = &x.Req.Target, &x.Req.Edits
	}
}

// Unview turns back to the message in hand.
func (h host) Unview(c *script.Ctx) {
	x := From(c)
	x.Rpl, x.aside = x.aside, nil
	x.lookAt()
	if x.Rpl != nil && x.branch != nil {
		x.Target = &x.branch.Target
	}
}

// Launch starts an operation on a run of its own, which nobody waits for.
func (h host) Launch(c *script.Ctx, what script.Launched) script.Ret {
	x := From(c)
	lr := x.shard.launches.get()
	lr.x = x.reportContext(what.Param)
	lr.x.run.Expect(what)
	lr.x.loop = nil
	counters := x.shard.counters
	counters.Launched.Add(1)
	_, out, pending := x.shard.ops.Begin(x.loop, what.Op, what.Limit, lr)
	if !pending {
		lr.Resume(x.loop, what.Op, out)
	}
	return 1
}

// LaunchDone runs the report route of a function that had nothing to wait for. Its
// value is the report's, as if it had waited.
func (h host) LaunchDone(c *script.Ctx, what script.Launched, rc script.Ret) script.Ret {
	if what.Report >= 0 {
		r := From(c).reportContext(what.Param)
		r.settle(r.run.StartReport(what, rc))
	}
	return 1
}

// A launch waits for a launched operation, which holds up a shutdown as a parked run does.
type launch struct{ x *Context }

// Resume writes what the operation brought and runs the report route.
func (lr *launch) Resume(l *loop.Loop, _ asyncops.Op, out asyncops.Outcome) {
	x := lr.x
	*lr = launch{}
	x.shard.launches.put(lr)
	x.shard.counters.Launched.Add(-1)
	x.loop = l
	x.settle(x.run.Resume(out))
}

// reportContext makes the run of a report route: a dummy request, no AVPs, no
// transaction, and the launch statement's parameter.
func (x *Context) reportContext(param script.Value) *Context {
	s := x.shard
	r := s.newContext(x.loop, x.prog, forReport, syntax.RequestRoute)
	r.Req = s.dummyRequest()
	r.Req.depth = uint8(x.EventDepth())
	r.Target, r.Edits = &r.Req.Target, &r.Req.Edits
	r.useAVPs(nil)
	if param.Kind != script.NullKind {
		param.Str = r.run.Copy(param.Str)
		r.run.SetParams(param)
	}
	return r
}

// dummyMessage is what routes without a message of their own work on, as in
// OpenSIPS: method DUMMY from 127.0.0.1.
var dummyMessage = []byte("DUMMY sip:dummy@127.0.0.1 SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 127.0.0.1\r\nFrom: <sip:dummy@127.0.0.1>\r\nTo: <sip:dummy@127.0.0.1>\r\n" +
	"Call-ID: dummy@127.0.0.1\r\nCSeq: 1 DUMMY\r\nContent-Length: 0\r\n\r\n")

func (s *shard) dummyRequest() *Request {
	ls := s.p.tr.Listeners()[0]
	m := s.newMessage(nil, ls)
	if err := m.Msg.Parse(dummyMessage); err != sipparse.OK {
		panic("BUG: dummy message: " + err.Error())
	}
	return s.newRequest(m)
}

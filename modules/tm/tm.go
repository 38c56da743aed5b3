// Package tm is OpenSIPS's tm module: what scripts do with transactions. The
// machines are package tm of the project's root; forwarding is package proxy.
package tm

import (
	"fmt"
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// A Module is one loaded tm.
type Module struct {
	fr, frInv    time.Duration
	t1, t2       int
	autoTrying   bool
	onReplyAVP   bool
	restartFR    bool
	disableBlock bool
	hold6xx      bool
	minorFlag    string
	replyRoute   string
	requestRoute string
	ways         ways
	handover     handover
}

// ways are what the RFCs and OpenSIPS do in different ways: docs/conformance.md.
type ways struct {
	ruri, via1     bool
	rfcWait        bool
	wait           time.Duration
	inviteCap      bool
	challengesOnce bool
	rfc4320        bool
	forwardStray   bool
	replyOrder     int
	merged         int
	loops          bool
	breadth        int
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares parameters, functions and variables.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.SecondsFrom(&m.fr, "fr_timeout", 30*time.Second, time.Second, "seconds until the first reply of a branch")
	p.SecondsFrom(&m.frInv, "fr_inv_timeout", 120*time.Second, time.Second, "seconds from a provisional to the final reply of an INVITE")
	p.IntRange(&m.t1, "T1_timer", 500, 10, 60000, "milliseconds before the first retransmission")
	p.IntRange(&m.t2, "T2_timer", 4000, 10, 600000, "milliseconds between later retransmissions")
	p.Bool(&m.autoTrying, "auto_100trying", true, "answer an INVITE with 100 when its transaction is made")
	p.Bool(&m.onReplyAVP, "onreply_avp_mode", false, "reply routes see the transaction's AVPs")
	p.Bool(&m.restartFR, "restart_fr_on_each_reply", true, "every provisional restarts fr_inv_timeout")
	p.Bool(&m.disableBlock, "disable_6xx_block", false, "a 6xx is like any other failure: it neither ends the other branches nor forbids new ones")
	p.Bool(&m.hold6xx, "hold_6xx", false, "a 6xx goes up, and to the failure_route, when the branches that it cancelled have ended (RFC 3261 §16.7 5), not at once; not of OpenSIPS")
	p.String(&m.minorFlag, "minor_branch_flag", "", "name of the branch flag of branches that are not waited for")
	p.String(&m.replyRoute, "local_reply_route", "", "route that is shown every reply that tm makes; what it changes goes nowhere")
	p.String(&m.requestRoute, "local_request_route", "", "route that is shown every request that tm makes, after local_route")
	p.Old("fr_timeout", "fr_timer")
	p.Old("fr_inv_timeout", "fr_inv_timer")
	m.ways.declare(p)
	m.handover.declare(p)
	p.Ignored("delete_timer", "the memory of a transaction that has ended is used again at once")
	p.Ignored("pass_provisional_replies", "no FIFO application is told of replies")
	p.Ignored("syn_branch", "a branch always names its transaction")
	p.Ignored("enable_stats", "counters are always kept")
	p.Ignored("tm_replication_cluster", "there is no cluster")
	p.Ignored("cluster_param", "there is no cluster")
	p.Ignored("cluster_auto_cancel", "there is no cluster")
	p.Ignored("timer_partitions", "every loop has its own timers")
	e.Funcs = append(functions(), branchFunctions()...)
	e.Funcs = append(e.Funcs, newRequestFunction(e.Registry().AVPID("uac_ctx")))
	e.Funcs = append(e.Funcs, m.handover.functions()...)
	core, _ := e.Shared.(*proxy.Core) // nil where modules are only looked at
	e.Stats = statistics(core)
	e.Vars = append(variables(), branchVars(e.Registry())...)
}

func (w *ways) declare(p *module.Params) {
	p.Bool(&w.ruri, "ruri_matching", true, "the R-URI counts when a request of RFC 2543 (no branch) is matched")
	p.Bool(&w.via1, "via1_matching", true, "the top Via counts when a request of RFC 2543 is matched")
	p.Bool(&w.rfcWait, "rfc_wait_timers", true, "answered transactions linger as RFC 3261 and RFC 6026 say; 0: for wt_timer, and a negative final is repeated for fr_timeout")
	p.SecondsFrom(&w.wait, "wt_timer", 5*time.Second, time.Second, "seconds that an answered transaction lingers, with rfc_wait_timers=0")
	p.Bool(&w.inviteCap, "invite_retr_cap", false, "retransmissions of an INVITE are at most T2_timer apart; 0: they double without a limit (RFC 3261)")
	p.Bool(&w.challengesOnce, "challenges_once", false, "do not repeat a 401 or 407 to INVITE until its ACK; 0: repeat it (RFC 3261)")
	p.Bool(&w.rfc4320, "rfc4320", true, "no 408 and no provisional reply to a non-INVITE, but a 100 after 3.5 s; 0: 408 and provisional replies pass, no 100 is made")
	p.Bool(&w.forwardStray, "forward_stray_replies", false, "replies with our Via that match no transaction go on by their second Via (RFC 3261); 0: they are dropped (RFC 6026)")
	p.Choice(&w.replyOrder, "reply_order", "which negative final reply is the best one", "opensips", "rfc3261")
	p.Choice(&w.merged, "merged_requests", "a request that came by another path as well (RFC 3261 §8.2.2.2): go on, or 482", "accept", "reject")
	p.Bool(&w.loops, "loop_detection", true, "answer 482 to a request that comes back unchanged (RFC 5393)")
	p.IntRange(&w.breadth, "max_breadth", 60, 0, 65535, "Max-Breadth where a request has none (RFC 5393); 0: Max-Breadth is not looked at")
}

func (w *ways) apply(set *proxy.Settings) {
	set.RURIMatching, set.Via1Matching = w.ruri, w.via1
	set.RFC4320, set.ForwardStrayReplies = w.rfc4320, w.forwardStray
	set.RFC3261Order, set.RejectMerged = w.replyOrder == 1, w.merged == 1
	set.LoopDetection, set.MaxBreadth = w.loops, w.breadth
	t := &set.Timing
	t.CapInvite, t.ChallengesOnce = w.inviteCap, w.challengesOnce
	if !w.rfcWait {
		t.Wait = w.wait
	}
}

// Start turns transactions on.
func (m *Module) Start(e *module.Env) error {
	core := e.Shared.(*proxy.Core)
	set := &core.Settings
	set.TM = true
	set.AutoTrying, set.OnReplyAVP, set.Disable6xxBlock = m.autoTrying, m.onReplyAVP, m.disableBlock
	set.Hold6xx = m.hold6xx
	if m.minorFlag != "" {
		bit, err := e.Registry().BranchFlags.Bit(m.minorFlag)
		if err != nil {
			return fmt.Errorf("minor_branch_flag: %w", err)
		}
		set.MinorFlag = bit
	}
	if err := m.CheckProgram(e.Program()); err != nil {
		return err
	}
	set.LocalReplyRoute, set.LocalRequestRoute = m.replyRoute, m.requestRoute
	t := &set.Timing
	t.FR, t.FRInvite = m.fr, m.frInv
	t.T1, t.T2 = time.Duration(m.t1)*time.Millisecond, time.Duration(m.t2)*time.Millisecond
	t.RestartFROnEachReply = m.restartFR
	m.ways.apply(set)
	return m.handover.start(e, core.Group, core.Ops)
}

// Close ends what writes for t_write_req.
func (m *Module) Close() error {
	m.handover.close()
	return nil
}

func yes(b bool) script.Ret {
	if b {
		return 1
	}
	return -1
}

// CheckProgram looks for the routes that parameters name.
func (m *Module) CheckProgram(prog *script.Program) error {
	for _, name := range []string{m.replyRoute, m.requestRoute} {
		if name != "" && prog.Route(syntax.RequestRoute, name) < 0 {
			return fmt.Errorf("there is no route[%s]", name)
		}
	}
	return nil
}

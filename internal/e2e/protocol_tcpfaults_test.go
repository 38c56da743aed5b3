package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/internal/wirefault"
)

// Complete calls from one SIPp to another over TCP, and on the way to either of them
// relays that cut what passes into single bytes, stand still and reset connections. A call
// completes; or it is refused with the right answer: 500 for a hop that broke (RFC 3261
// §16.7, §16.9), 408 for one that is silent, as is one whose connection broke later; or
// its BYE gets no answer, as RFC 4320 §4.2 wants of a proxy that gets none (SIPp forgets
// its calls with their connection); or its own connection was broken. None hangs, and
// 64*T1 after the last of them no transaction is left in the proxy.
//
// The proxy has no objection to slow messages here: a busy machine is slow enough.
// Once each call has a connection of its own; once the caller has one for all of them,
// which is not reset, since SIPp does not survive that. Deep: 10,000 calls at 200 a second
// (SIPp is slow with many sockets); 60,000 at 1,000 a second; both with T1 as it is.
func TestTCPCallsOverABadNetwork(t *testing.T) {
	each := badCalls{mode: "tn", rate: 200, count: 1_000, near: wirefault.TCPConfig{Split: 0.1, Stall: 0.05, Reset: 0.03, Within: 3000}}
	one := badCalls{mode: "t1", rate: 300, count: 2_000, near: wirefault.TCPConfig{Split: 1, Stall: 1, Within: 200_000}}
	each.t1, each.fr, each.linger = 50*time.Millisecond, 6*time.Second, 5*time.Second
	if deep() {
		each.count, one.rate, one.count = 10_000, 1_000, 60_000
		each.t1 = 500 * time.Millisecond
	}
	one.t1, one.fr, one.linger = each.t1, each.fr, each.linger
	t.Run("a connection for each call", func(t *testing.T) { testBadCalls(t, each) })
	t.Run("one connection", func(t *testing.T) { testBadCalls(t, one) })
}

// badCalls says what calls to make over which network.
type badCalls struct {
	mode        string // SIPp's -t
	rate, count int
	near        wirefault.TCPConfig // between the caller and the proxy
	t1, fr      time.Duration
	linger      time.Duration // how long SIPp waits for the answer to a BYE, and for copies
}

func testBadCalls(t *testing.T, c badCalls) {
	cfg := sipprun.CallsConfig{Rate: c.rate, Count: c.count, Hold: 200 * time.Millisecond}
	cfg.Callee = fmt.Sprintf("127.0.0.1:%d", siptest.FreePort(t))
	far := badTCP(t, wirefault.TCPConfig{Target: cfg.Callee, Seed: 1, Split: 0.2, Stall: 1, Reset: 0.7, Within: 20_000 * c.rate, Spare: wirefault.Target})
	p := start(t, `
socket=tcp:[proxy]
maxbuffer=4194304
overload_wait=0
tcp_max_connections=30000
tcp_max_msg_time=60
loadmodule "proto_tcp.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
modparam("tm", "T1_timer", [T1])
modparam("tm", "fr_timeout", [FR])
modparam("tm", "fr_inv_timeout", [FR])
route {
	if (has_totag()) {
		if (loose_route()) t_relay();
		exit;
	}
	record_route();
	$ru = $ru + ";transport=tcp";
	t_relay();
}`, map[string]string{"T1": fmt.Sprint(c.t1.Milliseconds()), "FR": fmt.Sprint(c.fr.Seconds())}, "-n", "2")
	c.near.Target, c.near.Seed, c.near.Spare = p.Addr, 2, wirefault.Client
	near := badTCP(t, c.near)
	cfg.Proxy, cfg.Domain, cfg.Keys = near.Addr(), far.Addr(), map[string]string{"contact": far.Addr()}
	cfg.UAC, cfg.UAS, cfg.Linger = "uac_tcp.xml", "uas_tcp.xml", c.linger
	// The caller gives up on a message that a reset has swallowed. SIPp repeats a BYE over
	// TCP too; that is not to end the call before its time.
	wait := 2 * c.fr
	cfg.Args = []string{"-t", c.mode, "-max_retrans", "100", "-max_non_invite_retrans", "100", "-max_socket", "10000", "-default_behaviors", "none", "-watchdog_interval", "0", "-recv_timeout", fmt.Sprint(wait.Milliseconds())}
	cfg.Within = 2*time.Duration(c.count/c.rate)*time.Second + wait + c.linger + 30*time.Second
	begin := time.Now()
	res := siptest.Calls(t, cfg)
	took := time.Since(begin)
	gone, err := p.AwaitEmpty(64*c.t1 + wait + patience)
	if err != nil {
		t.Error(err)
	}
	completed, refused, unended, broken := res.UAC.Counted[0], res.UAC.Counted[1], res.UAC.Counted[2], res.UAC.Failed
	n, f, s := near.Stats(), far.Stats(), statistics(t, p, lastOfAll)
	t.Logf("%d calls at %d/s in %v: %d completed, %d refused, %d got no answer to their BYE, %d failed (%d by their connection, %d timed out, %d unexpected)",
		cfg.Count, cfg.Rate, took.Round(time.Millisecond), completed, refused, unended, broken, res.UAC.Connections, res.UAC.Timeouts, res.UAC.Unexpected)
	t.Logf("near %+v, far %+v; empty %v after the last call", n, f, gone.Round(time.Millisecond))
	// One whose connection breaks just after its last message counts twice.
	ended := completed + refused + unended + broken
	if res.UAC.Successful+broken != cfg.Count || ended < cfg.Count || ended > cfg.Count+broken || completed < cfg.Count/2 {
		t.Error("too few calls completed, or some are missing")
	}
	// SIPp repeats a BYE over TCP too, and at last counts it as a time-out: each must be one
	// that the proxy got no answer to, which RFC 4320 §4.2 has it pass on as silence.
	silent := min(res.UAC.Timeouts, int(s["Timeouts"]))
	if broken-silent > int(n.Reset) {
		t.Errorf("%d calls failed without an answer, but only %d of their connections were reset and %d BYEs not answered:\n%.3000s",
			broken, n.Reset, silent, res.UAC.Errors)
	}
	if n.Reset == 0 && c.near.Reset > 0 || f.Reset == 0 || n.Split == 0 || n.Stalled == 0 {
		t.Error("the network was good: the test shows nothing")
	}
	if s["Panics"] != 0 {
		t.Errorf("%d panics", s["Panics"])
	}
}

func badTCP(t *testing.T, cfg wirefault.TCPConfig) *wirefault.TCP {
	t.Helper()
	r, err := wirefault.NewTCP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

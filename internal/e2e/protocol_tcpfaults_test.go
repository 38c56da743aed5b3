package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/internal/wirefault"
)

// Complete calls from one SIPp to another over TCP, each with a connection of its own to
// the proxy, and on the way to either of them relays that cut what passes into single
// bytes, stand still and reset connections. A call completes; or it is refused with the
// right answer: 500 for a hop that broke (RFC 3261 §16.7, §16.9), 408 for one that is
// silent, as is one whose connection broke later; or its BYE gets no answer, as RFC 4320
// §4.2 wants of a proxy that gets none (SIPp forgets its calls with their connection); or
// its own connection was broken. None hangs, and 64*T1 after the last of them no
// transaction is left in the proxy. Deep: 60,000 calls at 1,000 a second with T1 as it is.
func TestTCPCallsOverABadNetwork(t *testing.T) {
	cfg := sipprun.CallsConfig{Rate: 200, Count: 1_500, Hold: 200 * time.Millisecond}
	t1, fr := 50*time.Millisecond, 4
	if deep() {
		cfg.Rate, cfg.Count, t1, fr = 1_000, 60_000, 500*time.Millisecond, 30
	}
	cfg.Callee = fmt.Sprintf("127.0.0.1:%d", siptest.FreePort(t))
	far := badTCP(t, wirefault.TCPConfig{Target: cfg.Callee, Seed: 1, Split: 0.2, Stall: 1, Reset: 0.7, Within: 20_000 * cfg.Rate, Spare: wirefault.Target})
	p := start(t, `
socket=tcp:[proxy]
maxbuffer=4194304
overload_wait=0
tcp_max_connections=30000
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
}`, map[string]string{"T1": fmt.Sprint(t1.Milliseconds()), "FR": fmt.Sprint(fr)}, "-n", "2")
	near := badTCP(t, wirefault.TCPConfig{Target: p.Addr, Seed: 2, Split: 0.1, Stall: 0.05, Reset: 0.02, Within: 3000, Spare: wirefault.Client})
	cfg.Proxy, cfg.Domain, cfg.Keys = near.Addr(), far.Addr(), map[string]string{"contact": far.Addr()}
	cfg.UAC, cfg.UAS, cfg.Linger = "uac_tcp.xml", "uas_tcp.xml", 5*time.Second
	// The caller gives up on a message that a reset has swallowed.
	wait := 2 * time.Duration(fr) * time.Second
	cfg.Args = []string{"-t", "tn", "-max_socket", "10000", "-default_behaviors", "none", "-watchdog_interval", "0", "-recv_timeout", fmt.Sprint(wait.Milliseconds())}
	cfg.Within = time.Duration(cfg.Count/cfg.Rate)*time.Second + wait + 30*time.Second
	begin := time.Now()
	res := siptest.Calls(t, cfg)
	took := time.Since(begin)
	gone, err := p.AwaitEmpty(64*t1 + wait + patience)
	if err != nil {
		t.Error(err)
	}
	completed, refused, unended, broken := res.UAC.Counted[0], res.UAC.Counted[1], res.UAC.Counted[2], res.UAC.Failed
	n, f, s := near.Stats(), far.Stats(), statistics(t, p, lastOfAll)
	t.Logf("%d calls at %d/s in %v: %d completed, %d refused, %d got no answer to their BYE, %d failed (%d by their connection, %d timed out, %d unexpected)",
		cfg.Count, cfg.Rate, took.Round(time.Millisecond), completed, refused, unended, broken, res.UAC.Connections, res.UAC.Timeouts, res.UAC.Unexpected)
	t.Logf("near %+v, far %+v; empty %v after the last call", n, f, gone.Round(time.Millisecond))
	if completed+refused+unended+broken != cfg.Count || completed < cfg.Count/2 {
		t.Error("too few calls completed, or some are missing")
	}
	if broken > int(n.Reset) {
		t.Errorf("%d calls failed without an answer, but only %d of their connections were reset:\n%.3000s", broken, n.Reset, res.UAC.Errors)
	}
	if n.Reset == 0 || f.Reset == 0 || n.Split == 0 || n.Stalled == 0 {
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

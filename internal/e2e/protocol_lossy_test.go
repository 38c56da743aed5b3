package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/internal/wirefault"
)

// recordScript relays calls and their requests in dialogs; [T1] is timer T1.
const recordScript = `
socket=udp:[proxy]
maxbuffer=4194304
overload_wait=0
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "sipmsgops.so"
modparam("tm", "T1_timer", [T1])
modparam("tm", "T2_timer", [T2])
route {
	if (!mf_process_maxfwd_header(10)) exit;
	if (has_totag()) {
		if (loose_route()) t_relay();
		exit;
	}
	record_route();
	t_relay();
}`

// Complete calls from one SIPp to another over UDP, and between each of them and the
// proxy a network that loses one datagram in twenty, in each direction, repeats some
// and lets some come late. RFC 3261 §17 is there for just that: all calls complete. And
// 64*T1 after the last of them (the longest that a transaction lingers, but for timer K,
// which is T4) the proxy has no transaction left, no message to repeat and no parked run.
// Deep: 60,000 calls at 1,000 a second with T1 as it is.
func TestCallsOverALossyNetwork(t *testing.T) {
	cfg := sipprun.CallsConfig{Rate: 300, Count: 2_000, Hold: 300 * time.Millisecond}
	t1 := 100 * time.Millisecond
	if deep() {
		cfg.Rate, cfg.Count, t1 = 1_000, 60_000, 500*time.Millisecond
	}
	bad := wirefault.UDPConfig{Seed: 4, Loss: 0.05, Duplicate: 0.02, Delay: 0.02, DelayMax: 30 * time.Millisecond}
	near, far := lossyRelay(t, bad), lossyRelay(t, bad)
	p := start(t, recordScript, map[string]string{"T1": fmt.Sprint(t1.Milliseconds()), "T2": fmt.Sprint(8 * t1.Milliseconds())}, "-n", "2")
	cfg.Callee = fmt.Sprintf("127.0.0.1:%d", siptest.FreePort(t))
	point(t, near, p.Addr)
	point(t, far, cfg.Callee)

	cfg.Proxy, cfg.Domain, cfg.Keys = near.Addr(), far.Addr(), map[string]string{"contact": far.Addr()}
	cfg.UAC, cfg.UAS = "uac_lossy.xml", "uas_lossy.xml"
	cfg.T1, cfg.Linger = t1, 64*t1
	// As many copies as fit into 64*T1; and what comes too late is no failure.
	cfg.Args = []string{"-max_retrans", "10", "-max_invite_retrans", "10", "-max_non_invite_retrans", "10", "-default_behaviors", "none", "-watchdog_interval", "0", "-T2", fmt.Sprint(8 * t1.Milliseconds())}
	cfg.Within = time.Duration(cfg.Count/cfg.Rate)*time.Second + 30*time.Second
	begin := time.Now()
	res := siptest.Calls(t, cfg)
	took := time.Since(begin)
	for who, end := range map[string]sipprun.Stats{"caller": res.UAC, "callee": res.UAS} {
		t.Logf("%s: %d calls succeeded, %d failed, %d messages repeated, %d late copies", who, end.Successful, end.Failed, end.Retransmissions, end.Unexpected)
		if end.Successful != cfg.Count || end.Failed != 0 {
			t.Errorf("%s: not all calls succeeded: %v", who, end.Clean(cfg.Count))
		}
	}
	gone, err := p.AwaitEmpty(max(64*t1, timerK) + patience)
	if err != nil {
		t.Error(err)
	}
	n, f, s := near.Stats(), far.Stats(), statistics(t, p, lastOfAll)
	t.Logf("%d calls at %d/s in %v; %d and %d datagrams, lost %d and %d, twice %d and %d, late %d and %d",
		cfg.Count, cfg.Rate, took.Round(time.Millisecond), n.Received, f.Received, n.Lost, f.Lost, n.Duplicated, f.Duplicated, n.Delayed, f.Delayed)
	t.Logf("the proxy repeated %d messages, absorbed %d requests and dropped %d stray replies; it was empty %v after the callee's last call",
		s["Retransmissions"], s["RequestRetransmissions"], s["StrayReplies"], gone.Round(time.Millisecond))
	if n.Lost == 0 || f.Lost == 0 || s["Retransmissions"] == 0 {
		t.Error("nothing was lost: the test shows nothing")
	}
	if s["RecvDrops"] != 0 || s["HandOverDrops"] != 0 || s["QueueDrops"] != 0 || s["Panics"] != 0 {
		t.Errorf("the proxy itself lost messages: %v", s)
	}
}

// timerK is how long a client transaction other than INVITE lingers (T4).
const timerK = 5 * time.Second

func lossyRelay(t *testing.T, cfg wirefault.UDPConfig) *wirefault.UDP {
	t.Helper()
	r, err := wirefault.NewUDP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func point(t *testing.T, r *wirefault.UDP, at string) {
	t.Helper()
	if err := r.SetTarget(at); err != nil {
		t.Fatal(err)
	}
}

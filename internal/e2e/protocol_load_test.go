package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

// Complete calls (INVITE, 180, 200, ACK, BYE, 200) from one SIPp through the proxy to
// another, with one, two and four loops: none failed, no message unexpected at either
// end. Deep: 20,000 calls at 1,000 a second, each. The sockets' buffers are large, since
// SIPp does not repeat an ACK that the kernel loses while this machine is busy otherwise.
func TestCompleteCalls(t *testing.T) {
	cfg := sipprun.CallsConfig{Rate: 300, Count: 1_000}
	if deep() {
		cfg.Rate, cfg.Count = 1_000, 20_000
	}
	for _, loops := range []string{"1", "2", "4"} {
		t.Run(loops+" loops", func(t *testing.T) { // one after the other: SIPp wants the machine
			p := start(t, `
socket=udp:[proxy]
maxbuffer=4194304
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "sipmsgops.so"
route {
	if (!mf_process_maxfwd_header(10)) exit;
	if (has_totag()) {
		if (loose_route()) t_relay();
		exit;
	}
	record_route();
	t_relay();
}`, nil, "-n", loops)
			cfg.Proxy = p.Addr
			if err := siptest.Calls(t, cfg).Clean(); err != nil {
				t.Error(err)
			}
			s := statistics(t, p, lastOfAll)
			if s["Panics"] != 0 || s["InUse"] != 0 || s["Parked"] != 0 || s["StrayReplies"] != 0 {
				t.Errorf("%d panics, %d transactions in use, %d parked runs, %d stray replies", s["Panics"], s["InUse"], s["Parked"], s["StrayReplies"])
			}
			if s["Requests"] < 3*cfg.Count {
				t.Errorf("%d requests for %d calls", s["Requests"], cfg.Count)
			}
		})
	}
}

package e2e

import (
	"strings"
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
			attempts := cleanCalls(t, cfg)
			s := statistics(t, p, lastOfAll)
			if s["Panics"] != 0 || s["Parked"] != 0 || attempts == 1 && s["InUse"] != 0 {
				t.Errorf("%d panics, %d parked runs, %d transactions in use", s["Panics"], s["Parked"], s["InUse"])
			}
			if s["Requests"] < 3*cfg.Count {
				t.Errorf("%d requests for %d calls", s["Requests"], cfg.Count)
			}
		})
	}
}

// cleanCalls makes the calls, in which nothing at all may go wrong, and returns how often
// it did. Where an end had to repeat a message, or SIPp says that it stood still, it may
// have been this machine: the calls are made again, more slowly. A proxy that loses
// messages fails every time.
func cleanCalls(t *testing.T, cfg sipprun.CallsConfig) (attempts int) {
	t.Helper()
	for {
		attempts++
		cfg.Dir = t.TempDir()
		res := siptest.Calls(t, cfg)
		err := res.Clean()
		if err == nil {
			return attempts
		}
		slow := res.UAC.Retransmissions+res.UAS.Retransmissions > 0 || strings.Contains(err.Error(), "watchdog")
		if attempts == 3 || !slow {
			t.Error(err)
			return attempts
		}
		t.Logf("attempt %d: %v", attempts, err)
		cfg.Rate /= 2
	}
}

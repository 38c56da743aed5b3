package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/internal/phones"
	"github.com/fastsips/fastsips/internal/siptest"
)

// Real user agents call each other through the proxy, over UDP and over TCP, in both
// directions: the call is set up, RTP flows between them (each has sent and received
// packets by its own count), and the BYE of whoever hangs up ends it for both. There is
// no registrar yet, so the script knows where they are. Deep: all four combinations of who
// calls and who hangs up.
func TestUserAgents(t *testing.T) {
	t.Parallel()
	phones.Need(t)
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			bare, lin := phones.Start(t, phones.Baresip), phones.Start(t, phones.Linphone)
			p := start(t, `
log_level=3
socket=[transport]:[proxy]
loadmodule "proto_udp.so"
loadmodule "proto_tcp.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "sipmsgops.so"
modparam("tm", "T1_timer", 100)
route {
	if (!mf_process_maxfwd_header(10)) exit;
	if (is_method("BYE")) xlog("BYE from $fU by $socket_in(proto)\n");
	if (has_totag()) {
		loose_route();
		t_relay();
		exit;
	}
	if (is_method("CANCEL")) {
		t_relay();
		exit;
	}
	record_route();
	switch ($rU) {
	case "baresip":
		$ru = "sip:baresip@[baresip];transport=[transport]";
		break;
	case "linphone":
		$ru = "sip:linphone@[linphone];transport=[transport]";
		break;
	}
	t_relay();
}`, map[string]string{"transport": transport, "baresip": bare.Addr, "linphone": lin.Addr}, "-n", "2")
			calls := []struct{ caller, callee, hangsUp *phones.Phone }{
				{bare, lin, lin}, {lin, bare, bare}, {lin, bare, lin}, {bare, lin, bare},
			}
			if !deep() {
				calls = calls[:2]
			}
			for _, c := range calls {
				talk(t, p, transport, bare, c.caller, c.callee, c.hangsUp)
			}
			if s := statistics(t, p, lastOfAll); s["Panics"] != 0 || s["InUse"] != 0 || s["Cancelled"] != 0 {
				t.Errorf("%d panics, %d transactions in use, %d cancelled", s["Panics"], s["InUse"], s["Cancelled"])
			}
		})
	}
}

// talk is one call. Baresip knows best when sound flows in both directions.
func talk(t *testing.T, p *siptest.Proxy, transport string, bare, caller, callee, hangsUp *phones.Phone) {
	t.Helper()
	step := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s calls %s: %s: %v\n%s:\n%s\n%s:\n%s", caller.User, callee.User, what, err, caller.User, caller.Log, callee.User, callee.Log)
		}
	}
	caller.Expect()
	callee.Expect()
	step("dial", caller.Dial("sip:"+callee.User+"@"+p.Addr+";transport="+transport))
	step("caller's set-up", caller.AwaitEstablished())
	step("callee's set-up", callee.AwaitEstablished())
	step("sound", bare.AwaitSound())
	from := len(p.Log())
	step("hang up", hangsUp.HangUp())
	step("caller's end", caller.AwaitEnded())
	step("callee's end", callee.AwaitEnded())
	if _, _, err := p.Wait("by "+transport, from, patience); err != nil {
		t.Errorf("no BYE over %s passed the proxy: %v", transport, err)
	}
	for _, a := range []*phones.Phone{caller, callee} {
		sent, received, err := a.RTP()
		step("counters", err)
		if sent == 0 || received == 0 {
			t.Errorf("%s calls %s: %s sent %d RTP packets and received %d", caller.User, callee.User, a.User, sent, received)
		}
		t.Logf("%s calls %s, %s hangs up: %s sent %d RTP packets, received %d", caller.User, callee.User, hangsUp.User, a.User, sent, received)
	}
}

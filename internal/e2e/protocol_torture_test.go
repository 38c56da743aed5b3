package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// The messages of RFC 4475 against a proxy that does with them what proxies do: count
// the hop, follow and record routes, relay, look at replies. Nobody answers what it
// relays. After each message an OPTIONS is answered; at the end no transaction is in
// progress, no run is parked, and there are as many goroutines as before. T1 and
// fr_timeout are short, so that this is not long after.
func TestTorture(t *testing.T) {
	t.Parallel()
	for _, loops := range []string{"1", "2"} {
		t.Run(loops+" loops", func(t *testing.T) {
			t.Parallel()
			p := start(t, `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "sipmsgops.so"
loadmodule "textops.so"
modparam("tm", "fr_timeout", 2)
modparam("tm", "T1_timer", 50)
route {
	if (is_method("OPTIONS") && is_myself("$rd", $rp)) {
		sl_send_reply(200, "OK");
		exit;
	}
	xlog("$rm $ru ($rU at $rd:$rp) from $fn $fu $ft to $tn $tu $tt call $ci $cs by $si:$sp contact $hdr(Contact) subject $(hdr(Subject)[*]) length $ml $cl body $rb\n");
	if (!mf_process_maxfwd_header(10) && $rc == -1) {
		sl_send_reply(483, "Too Many Hops");
		exit;
	}
	if (search("^Nothing")) exit;
	loose_route();
	append_hf("X-Tortured: $(hdr(Via)[-1])\r\n", "Call-ID");
	remove_hf("User-Agent");
	record_route();
	$du = "sip:[sink]";
	t_on_reply("reply");
	t_on_failure("failure");
	if (!t_relay()) sl_reply_error();
}
onreply_route { xlog("$rs $rr $rm\n"); }
onreply_route[reply] { xlog("$rs\n"); }
failure_route[failure] { xlog("$T_reply_code $ru\n"); }
`, map[string]string{"sink": siptest.Sink(t)}, "-n", loops)
			type snapshot struct{ InUse, Parked, Panics, Goroutines int }
			siptest.Torture(t, siptest.TortureConfig{Proxy: p.Addr, Snapshot: func() any {
				s := statistics(t, p, "statistics runtime ")
				return snapshot{s["InUse"], s["Parked"], s["Panics"], s["goroutines"]}
			}})
			if s := statistics(t, p, lastOfAll); s["InUse"] != 0 || s["Parked"] != 0 || s["Panics"] != 0 {
				t.Errorf("%d transactions, %d parked runs, %d panics", s["InUse"], s["Parked"], s["Panics"])
			}
		})
	}
}

package e2e

import (
	"strconv"
	"time"
)

// walkKinds are the users that the script of the walk knows.
var walkKinds = []string{
	"relay", "fork", "serial", "slowserial", "serialq", "mixed", "async", "parked", "parkedfork", "branch", "onreply",
	"onreplyfork", "refuse", "stateless", "own", "dropall", "ownafter",
}

// walkParams are what a walk may have besides; the promises hold with each of them.
var walkParams = []string{
	`modparam("tm", "reply_order", "rfc3261")`, `modparam("tm", "invite_retr_cap", 1)`, `modparam("tm", "merged_requests", "reject")`,
	`modparam("tm", "rfc4320", 0)`, `modparam("tm", "restart_fr_on_each_reply", 0)`, `modparam("tm", "auto_100trying", 0)`,
	`modparam("tm", "loop_detection", 0)`, `modparam("tm", "max_breadth", 2)`, `modparam("tm", "fr_inv_timeout", 60)`,
}

// walkScript forwards as the user of the Request-URI says. [pN] are the phones, [params]
// some of walkParams.
const walkScript = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sl.so"
loadmodule "maxfwd.so"
loadmodule "sipmsgops.so"
loadmodule "signaling.so"
loadmodule "cfgutils.so"
modparam("tm", "onreply_avp_mode", 1)
[params]
route {
	$avp(wait) = $(hdr(X-Wait){s.int});
	if (!mf_process_maxfwd_header(70)) { sl_send_reply(483, "Too Many Hops"); exit; }
	if (has_totag()) {
		loose_route();
		if (is_method("INFO")) async(usleep($avp(wait)), relay);
		t_relay();
		exit;
	}
	if (is_method("CANCEL|ACK")) { t_relay(); exit; }
	if (is_method("INVITE")) record_route();
	switch ($rU) {
	case "refuse":
		t_reply(486, "Busy Here");
		exit;
	case "stateless":
		sl_send_reply(404, "Not Found");
		exit;
	case "own":
		t_reply(180, "Ringing");
		t_reply(200, "OK");
		exit;
	case "ownafter":
		t_on_failure("own");
		break;
	case "fork":
	case "branch":
	case "onreplyfork":
	case "parkedfork":
		route(three);
		break;
	case "serial":
		t_on_failure("second");
		break;
	case "serialq":
		$ru_q = 500;
		append_msg_branch("sip:serialq@[p2]", "0.5");
		append_msg_branch("sip:serialq@[p3]", "0.9");
		serialize_branches(1);
		next_branches();
		t_on_failure("nextq");
		break;
	case "slowserial":
		t_on_failure("slowsecond");
		break;
	case "mixed":
		append_msg_branch("sip:mixed@[p2]");
		t_on_failure("third");
		break;
	}
	switch ($rU) {
	case "async":
		async(usleep($avp(wait)), relay);
		exit;
	case "parked":
	case "parkedfork":
		usleep($avp(wait));
		break;
	case "branch":
		t_on_branch("slow");
		break;
	case "dropall":
		t_on_branch("drop");
		break;
	case "onreply":
	case "onreplyfork":
		# A 200 waits behind each 180, and its copies for 32 s only.
		if ($avp(wait) > 2000000) $avp(wait) = 2000000;
		t_on_reply("slow");
		break;
	}
	t_relay();
}
route[three] {
	append_msg_branch("sip:three@[p2]");
	append_msg_branch("sip:three@[p3]");
}
route[relay] { t_relay(); }
branch_route[slow] {
	if ($T_branch_idx != 1) usleep($avp(wait));
}
branch_route[drop] { drop; }
onreply_route[slow] {
	if ($rs == 180) async(usleep($avp(wait)), seen);
	if ($rs == 200) usleep(20000);
}
route[seen] { append_hf("X-Seen: yes\r\n"); }
failure_route[second] {
	$ru = "sip:second@[p2]";
	t_on_failure("third");
	t_relay();
}
failure_route[nextq] {
	next_branches();
	if ($rc < 0) exit;
	t_on_failure("nextq");
	t_relay();
}
failure_route[third] {
	$ru = "sip:third@[p3]";
	t_relay();
}
failure_route[slowsecond] { async(usleep($avp(wait)), second); }
route[second] {
	$ru = "sip:second@[p2]";
	t_on_failure("slowthird");
	t_relay();
}
failure_route[slowthird] {
	usleep($avp(wait));
	$ru = "sip:third@[p3]";
	t_relay();
}
failure_route[own] { t_reply(480, "Nobody There"); }
`

// begin has phone 0 call.
func (c *walkCall) begin() {
	p := c.phones[0]
	uri := "sip:" + c.kind + "@" + c.phones[1].addr.String()
	from := "<sip:caller@example.com>;tag=" + p.tag
	p.cseq++
	if c.rng.IntN(8) == 0 { // something else than a call
		p.request("OPTIONS", uri, strconv.Itoa(p.cseq), "<"+uri+">", from, nil, nil)
		return
	}
	var r *walkRequest
	giveUp := time.Duration(-1)
	if c.rng.IntN(3) == 0 {
		giveUp = []time.Duration{0, 300 * time.Millisecond, 2 * time.Second, 20 * time.Second}[c.rng.IntN(4)]
	}
	r = p.request("INVITE", uri, strconv.Itoa(p.cseq), "<"+uri+">", from, nil, func(m *walkMsg) {
		switch {
		case m.status < 200:
			if giveUp >= 0 {
				c.after(giveUp, func() {
					if r.status == 0 {
						p.cancel(r)
					}
				})
			}
		case m.status < 300:
			p.answered(r, m)
		}
	})
}

// answered takes a 2xx: the ACK, and what the call is for. Of several dialogs only the
// first is kept.
func (p *walkPhone) answered(r *walkRequest, m *walkMsg) {
	d := p.dialogs[m.toTag]
	first := len(p.dialogs) == 0
	if d == nil {
		d = &walkDialog{local: m.from, remote: m.to, target: m.cont, routes: reversedRoutes(m.record)}
		p.dialogs[m.toTag] = d
		wait := time.Duration(p.rng.IntN(3000)) * time.Millisecond
		switch {
		case len(m.record) == 0: // the proxy's own
		case !first:
			p.after(wait, func() { p.hangUp(d) })
		default:
			p.talk(d, wait)
		}
	}
	p.request("ACK", d.target, r.cseq, d.remote, d.local, d.routes, nil)
}

// talk is what happens in a dialog.
func (p *walkPhone) talk(d *walkDialog, wait time.Duration) {
	if p.rng.IntN(3) == 0 {
		p.after(wait/2, func() { p.within(d, "INFO", nil) })
	}
	if p.rng.IntN(4) == 0 {
		p.after(wait/3, func() { p.again(d) })
	}
	p.after(wait+time.Duration(p.rng.IntN(20))*time.Second, func() { p.hangUp(d) })
}

// again is a re-INVITE.
func (p *walkPhone) again(d *walkDialog) {
	if d.ended {
		return
	}
	p.cseq++
	cseq := strconv.Itoa(p.cseq)
	p.request("INVITE", d.target, cseq, d.remote, d.local, d.routes, func(m *walkMsg) {
		if m.status/100 == 2 {
			p.request("ACK", d.target, cseq, d.remote, d.local, d.routes, nil)
		}
	})
}

func reversedRoutes(record []string) (routes []string) {
	for i := len(record) - 1; i >= 0; i-- {
		routes = append(routes, record[i])
	}
	return routes
}

// rings is what a phone does that is called.
func (p *walkPhone) rings(s *walkServed) {
	finals := []int{200, 200, 200, 200, 404, 486, 480, 503, 302, 401, 407, 603, 500}
	final := finals[p.rng.IntN(len(finals))]
	soon := func(max int) time.Duration { return time.Duration(p.rng.IntN(max)) * time.Millisecond }
	at := func(d time.Duration, status int) { p.after(d, func() { p.answer(s, status) }) }
	switch p.rng.IntN(10) {
	case 0: // nobody is there
	case 1, 2: // at once
		p.answer(s, final)
	case 3: // 180 and 200 back to back
		p.answer(s, 180)
		p.answer(s, 200)
	case 4: // shows no sign of life for a while
		at(soon(20_000), final)
	case 5: // rings for ever
		p.answer(s, 180)
		at(50*time.Second, 183)
	case 6: // rings for long
		p.answer(s, 100)
		at(soon(1000), 180)
		at(time.Duration(20+p.rng.IntN(80))*time.Second, final)
	default:
		at(soon(300), 180)
		if p.rng.IntN(2) == 0 {
			at(300*time.Millisecond+soon(500), 183)
		}
		d := 800*time.Millisecond + soon(6000)
		at(d, final)
		if final == 200 && p.rng.IntN(3) == 0 {
			p.after(d+time.Duration(1+p.rng.IntN(20))*time.Second, func() {
				if d := p.dialogs[tagOf(s.req.from)]; s.acked && d != nil && s.final == 200 {
					p.hangUp(d)
				}
			})
		}
	}
}

package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// branchesScript uses everything that makes and ends branches.
const branchesScript = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "cfgutils.so"
loadmodule "sipmsgops.so"
modparam("tm", "fr_timeout", 5)
modparam("tm", "fr_inv_timeout", 20)
modparam("tm", "minor_branch_flag", "MINOR")
route {
	if (is_method("ACK")) { t_relay(); exit; }
	if (is_method("CANCEL")) {
		if ($(ci{s.substr,0,1}) == "r")
			t_reply_by_callid(487, "Request Terminated");
		t_relay();
		exit;
	}
	$avp(plan) = $rU;
	if ($rU =~ "w") t_wait_for_new_branches();
	if ($rU =~ "l") t_wait_for_new_branches(1);
	if ($rU =~ "r") t_replicate("sip:replica@[phone]");
	$ru = "sip:one@[phone]";
	$ru_q = 900;
	append_msg_branch("sip:two@[phone]", "0.5");
	append_msg_branch("sip:three@[phone]", "0.5");
	$msg.branch.attr(class) = "three";
	if ($(avp(plan)) =~ "m") setbflag("MINOR", 2);
	if ($(avp(plan)) =~ "s") { serialize_branches(1); next_branches(); }
	if ($(avp(plan)) =~ "b") t_on_branch("slow");
	if ($(avp(plan)) =~ "n") t_new_request("INVITE", "sip:made@[phone]", "sip:me@example.com", "sip:you@example.com");
	t_on_reply("reply");
	t_on_failure("next");
	t_relay();
}
local_route {
	append_hf("Contact: <sip:me@127.0.0.1:1>\r\n");
	usleep(200000);
}
branch_route[slow] {
	$bavp(x) = "y";
	usleep(300000);
	if ($rU == "two") drop;
}
onreply_route[reply] {
	$bavp(x) = $rs;
	if ($rs == 183 && $(<request>oU) =~ "i") {
		append_msg_branch("sip:injected@[phone]");
		t_inject_branches("msg");
	} else if ($rs == 182 && $(<request>oU) =~ "c")
		t_cancel_branch("o");
	else if ($rs == 486 && $(<request>oU) =~ "w")
		t_wait_no_more_branches();
	else if ($rs == 480)
		usleep(500000);
}
failure_route[next] {
	if (t_was_cancelled()) exit;
	if (!next_branches()) {
		if (t_check_status("404")) t_reply(480, "Nobody");
		exit;
	}
	async(usleep(100000), again);
}
route[again] {
	t_on_failure("next");
	t_relay();
}
`

// A brancher is a network of phones that answer as chance has it, and of callers.
type brancher struct {
	n      *siptest.Net
	rnd    *rand.Rand
	proxy  loop.Addr
	phone  loop.Addr
	caller loop.Addr
	finals map[string]int // statuses that callers got, by Call-ID
	last   map[string][]byte
	rings  map[string][]byte // INVITEs that phones got, by branch
}

// say sends b from an address a little later.
func (w *brancher) say(from loop.Addr, after time.Duration, b []byte) {
	b = append([]byte(nil), b...)
	w.n.At(w.n.Now()+int64(after), func() { w.n.Send(from, w.proxy, b) })
}

func (w *brancher) reply(m *sipparse.Msg, code int, after time.Duration) {
	o := sipparse.ReplyOptions{Code: code, ToTag: []byte(fmt.Sprint("t", w.rnd.IntN(1e9))), Headers: []byte("Contact: <sip:x@127.0.0.1:1>\r\n")}
	w.say(w.phone, after, m.AppendReply(nil, &o))
}

// answer is a phone: nothing, provisionals, a final, late or never.
func (w *brancher) answer(_ loop.Addr, b []byte) {
	var m sipparse.Msg
	if m.Parse(append([]byte(nil), b...)) != sipparse.OK || !m.IsRequest() {
		return
	}
	switch m.Method() {
	case sipparse.Invite:
		w.rings[string(m.TopVia().Branch.Of(m.Buf()))] = append([]byte(nil), b...)
		at := time.Duration(w.rnd.IntN(400)) * time.Millisecond
		for range w.rnd.IntN(3) {
			w.reply(&m, 180+w.rnd.IntN(4), at)
			at += time.Duration(w.rnd.IntN(2000)) * time.Millisecond
		}
		if w.rnd.IntN(6) > 0 {
			w.reply(&m, []int{200, 404, 480, 486, 503, 603}[w.rnd.IntN(6)], at)
		}
	case sipparse.Cancel:
		w.reply(&m, 200, 0)
		if w.rnd.IntN(3) > 0 {
			var invite sipparse.Msg
			if invite.Parse(w.rings[string(m.TopVia().Branch.Of(m.Buf()))]) == sipparse.OK {
				w.reply(&invite, 487, time.Duration(w.rnd.IntN(300))*time.Millisecond)
			}
		}
	}
}

// hear is the caller: it acknowledges what is final.
func (w *brancher) hear(_ loop.Addr, b []byte) {
	var m sipparse.Msg
	if m.Parse(append([]byte(nil), b...)) != sipparse.OK || m.IsRequest() || m.CSeqMethod() != sipparse.Invite || m.Status() < 200 {
		return
	}
	id := string(m.CallID())
	w.finals[id]++
	var invite sipparse.Msg
	if m.Status() >= 300 && invite.Parse(w.last[id]) == sipparse.OK {
		w.say(w.caller, 0, invite.AppendAck(nil, &m, nil))
	}
}

func (w *brancher) call(id, plan string) {
	text := "INVITE sip:" + plan + "@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:7000;branch=z9hG4bK" + id + ";rport\r\nMax-Forwards: 70\r\n" +
		"From: <sip:a@example.com>;tag=" + id + "\r\nTo: <sip:b@example.com>\r\nCall-ID: " + id + "\r\nCSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:7000>\r\nContent-Length: 0\r\n\r\n"
	w.last[id] = []byte(text)
	start := time.Duration(w.rnd.IntN(2000)) * time.Millisecond
	for _, copy := range []time.Duration{0, 500, 1500, 3500} {
		w.say(w.caller, start+copy*time.Millisecond, []byte(text))
	}
	if w.rnd.IntN(3) == 0 {
		var m sipparse.Msg
		m.Parse([]byte(text))
		cancel := m.AppendCancel(nil, nil)
		at := start + time.Duration(w.rnd.IntN(4000))*time.Millisecond
		w.say(w.caller, at, cancel)
		w.say(w.caller, at+500*time.Millisecond, cancel)
	}
}

// Branches that come, wait, are injected, cancelled, replicated, dropped and made here, in
// every mixture and with every answer: each call gets a final response, and when the last
// timer has run nothing is left of anything (siptest looks at that when the proxy stops).
func TestBranchesLeaveNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		w := &brancher{n: siptest.NewNet(), rnd: rand.New(rand.NewPCG(seed, 5)), finals: map[string]int{}, last: map[string][]byte{}, rings: map[string][]byte{}}
		w.phone, w.caller = w.n.Listen(w.answer), w.n.Listen(w.hear)
		p := siptest.StartVirtual(t, w.n, siptest.VirtualConfig{Script: branchesScript, Vars: map[string]string{"phone": w.phone.String()}})
		w.proxy = p.Transport().Listeners()[0].Addr()
		for i := range 40 {
			plan := "x"
			for _, c := range "wlrmsbnic" {
				if w.rnd.IntN(3) == 0 {
					plan += string(c)
				}
			}
			w.call(fmt.Sprintf("%s%d-%d", []string{"a", "r"}[w.rnd.IntN(2)], seed, i), plan)
		}
		lossy := seed%3 == 2
		if lossy { // a final may be lost then, but nothing may be left
			w.n.Fate = func(loop.Addr, loop.Addr, []byte) []time.Duration {
				return [][]time.Duration{nil, {0, 0}, {0}, {3 * time.Millisecond}}[min(w.rnd.IntN(20), 3)]
			}
		}
		w.n.Run(10*time.Minute, nil)
		for id := range w.last {
			if w.finals[id] == 0 && !lossy {
				t.Errorf("seed %d: call %s has no final response", seed, id)
			}
		}
		p.Stop()
		if t.Failed() {
			return
		}
	}
}

// RFC 3261 §16.7 3: after the proxy's Via was removed "if no Via header field values remain
// …, the response was meant for this element and MUST NOT be forwarded".
//
// checklist: C034
func TestReplyWithoutCallersVia(t *testing.T) {
	t.Parallel()
	n := siptest.NewNet()
	var got []int
	var invite sipparse.Msg
	bob := n.Listen(func(_ loop.Addr, b []byte) { invite.Parse(b) })
	alice := n.Listen(func(_ loop.Addr, b []byte) {
		var m sipparse.Msg
		if m.Parse(b) == sipparse.OK {
			got = append(got, m.Status())
		} else {
			got = append(got, 0)
		}
	})
	p := siptest.StartVirtual(t, n, siptest.VirtualConfig{Script: "socket=udp:[proxy]\nloadmodule \"tm.so\"\nroute { t_relay(); }\n"})
	proxy := p.Transport().Listeners()[0].Addr()
	n.Send(alice, proxy, []byte("INVITE sip:b@"+bob.String()+" SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKx;rport\r\nFrom: <sip:a@a>;tag=1\r\n"+
		"To: <sip:b@b>\r\nCall-ID: v\r\nCSeq: 1 INVITE\r\nMax-Forwards: 9\r\nContent-Length: 0\r\n\r\n"))
	n.Run(time.Millisecond, nil)
	answer := func(code int, all bool) {
		text := string(invite.AppendReply(nil, &sipparse.ReplyOptions{Code: code, ToTag: []byte("2")}))
		if !all {
			head, rest, _ := strings.Cut(text, "Via: SIP/2.0/UDP 127.0.0.1:1;")
			_, rest, _ = strings.Cut(rest, "\r\n")
			text = head + rest
		}
		n.Send(bob, proxy, []byte(text))
		n.Run(time.Millisecond, nil)
	}
	for _, code := range []int{180, 486, 200} {
		answer(code, false)
	}
	answer(183, true)
	answer(200, true)
	if want := []int{100, 183, 200}; !slices.Equal(got, want) {
		t.Errorf("alice got %v, want %v", got, want)
	}
}

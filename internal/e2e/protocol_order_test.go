package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
)

// A callee that sends 180 and 200 back to back: the caller gets both, in this order. All
// of it comes from one address, so the kernel gives it to one loop, which hands most of
// it to others; the messages of a call have one loop and keep their order.
func TestOrderOfResponses(t *testing.T) {
	t.Parallel()
	calls := 2_000
	if deep() {
		calls = 20_000
	}
	p := start(t, `
socket=udp:[proxy]
maxbuffer=4194304
loadmodule "tm.so"
loadmodule "rr.so"
route {
	record_route();
	t_relay();
}`, nil, "-n", "4")
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	hurriedCallee(t, bob)
	const window = 16 // calls at a time: few enough for the sockets' buffers
	got := map[string]string{}
	send := func(i int) {
		alice.Send(p.Addr, request(alice, "INVITE", "sip:bob@"+bob.Addr(), fmt.Sprint("order", i)))
	}
	next, done := min(window, calls), 0
	for i := range next {
		send(i)
	}
	for done < calls {
		m := alice.Next(patience)
		if m == nil {
			t.Fatalf("nothing more came after %d calls", done)
		}
		if m.Status() <= 100 {
			continue
		}
		id := top(m, "Call-ID")
		got[id] += fmt.Sprint(m.Status(), " ")
		if m.Status() < 200 {
			continue
		}
		alice.Send(p.Addr, strings.Replace(request(alice, "ACK", "sip:bob@"+bob.Addr(), strings.Split(id, "@")[0], "To: "+top(m, "To"), "CSeq: 1 ACK"), ";branch=z9hG4bK", ";branch=z9hG4bKack", 1))
		if done++; next < calls {
			send(next)
			next++
		}
	}
	wrong := 0
	for id, statuses := range got {
		if statuses != "180 200 " {
			if wrong++; wrong < 5 {
				t.Errorf("call %s got %s", id, statuses)
			}
		}
	}
	if wrong > 0 || len(got) != calls {
		t.Errorf("%d of %d calls were not answered with 180, 200", wrong+calls-len(got), calls)
	}
	s := statistics(t, p, lastOfAll)
	if s["Panics"] != 0 || s["HandOverDrops"] != 0 || s["RecvDrops"] != 0 {
		t.Errorf("%d panics, %d datagrams lost between loops, %d before", s["Panics"], s["HandOverDrops"], s["RecvDrops"])
	}
	if s["HandedOver"] == 0 {
		t.Error("no datagram was handed over: the test shows nothing")
	}
}

// hurriedCallee answers each INVITE once, with 180 and 200 at once.
func hurriedCallee(tb testing.TB, e *siptest.Endpoint) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		seen := map[string]bool{}
		for {
			select {
			case <-stop:
				return
			default:
			}
			m := e.Next(50 * time.Millisecond)
			if m == nil || !m.Is("INVITE") || seen[top(m, "Call-ID")] {
				continue
			}
			seen[top(m, "Call-ID")] = true
			answer(e, m, 180)
			answer(e, m, 200, "Contact: <sip:bob@"+e.Addr()+">")
		}
	}()
	tb.Cleanup(func() { close(stop); <-stopped })
}

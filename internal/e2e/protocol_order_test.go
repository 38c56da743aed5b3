package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/internal/rawcalls"
)

// A callee that sends 180 and 200 back to back: the caller gets one of each, in this
// order, for every call. All of it comes from one address, so the kernel gives it to one
// loop, which hands most of it to others; the messages of a call have one loop and keep
// their order. Nothing repeats a lost 180: no datagram may be dropped anywhere, so the
// calls at a time are few enough for the sockets' buffers. Deep: 100,000 calls.
func TestOrderOfResponses(t *testing.T) {
	calls := 10_000
	if deep() {
		calls = 100_000
	}
	p := start(t, `
socket=udp:[proxy]
maxbuffer=4194304
overload_wait=0
steering="none"
loadmodule "tm.so"
loadmodule "rr.so"
route {
	record_route();
	t_relay();
}`, nil, "-n", "4")
	res, err := rawcalls.Run(t.Context(), rawcalls.Config{Proxy: p.Addr, Calls: calls, Window: 32, Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	s := statistics(t, p, lastOfAll)
	t.Logf("%d calls in %v: %d got 180, %d got 200, %d one of each in order; dropped by the kernel %d at the user agents, %d at the proxy",
		calls, res.Elapsed, res.Ringing, res.Answered, res.InOrder, res.Drops, s["RecvDrops"])
	if res.Ringing != calls || res.Answered != calls || res.InOrder != calls || res.Completed != calls {
		t.Errorf("%d 180s, %d 200s, %d calls in order, %d complete; want %d each", res.Ringing, res.Answered, res.InOrder, res.Completed, calls)
	}
	if s["Panics"] != 0 || s["HandOverDrops"] != 0 || s["QueueDrops"] != 0 || s["RecvDrops"] != 0 || res.Drops != 0 {
		t.Errorf("%d panics; datagrams lost: %d between loops, %d before sockets, %d at the proxy, %d at the user agents",
			s["Panics"], s["HandOverDrops"], s["QueueDrops"], s["RecvDrops"], res.Drops)
	}
	if s["HandedOver"] == 0 {
		t.Error("no datagram was handed over: the test shows nothing")
	}
}

package rawcalls

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// A wire stands in for a proxy: it forwards requests to the callee and responses to
// the caller, as edit says.
func wire(t *testing.T, edit func(m string) []string) (addr string) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadBuffer(4 << 20) // as much of it as the kernel grants: nothing may be lost here but by edit
	t.Cleanup(func() { c.Close() })
	go func() {
		var caller *net.UDPAddr
		b := make([]byte, 65536)
		for {
			n, from, err := c.ReadFromUDP(b)
			if err != nil {
				return
			}
			m := string(b[:n])
			to := caller
			if !strings.HasPrefix(m, "SIP/2.0") {
				caller = from
				_, rest, _ := strings.Cut(m, "@")
				uri, _, _ := strings.Cut(rest, " ")
				to, _ = net.ResolveUDPAddr("udp4", uri)
			}
			for _, m := range edit(m) {
				_, _ = c.WriteToUDP([]byte(m), to)
			}
		}
	}()
	return c.LocalAddr().String()
}

func TestCallsAreCounted(t *testing.T) {
	const calls = 200
	run := func(rate int, edit func(m string) []string) Result {
		t.Helper()
		res, err := Run(context.Background(), Config{Proxy: wire(t, edit), Calls: calls, Rate: rate, Patience: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	clean := Result{Completed: calls, Ringing: calls, Answered: calls, InOrder: calls}
	same := func(r Result) Result { r.Elapsed = 0; return r }

	if r := run(0, func(m string) []string { return []string{m} }); same(r) != clean {
		t.Errorf("a good wire: %+v", r)
	}
	if r := run(1000, func(m string) []string { return []string{m} }); same(r) != clean || r.Elapsed < 190*time.Millisecond {
		t.Errorf("at 1000/s: %+v", r)
	}
	// Without its 180, one call is missing from those in order; with two of them too.
	lost := func(m string) []string {
		if strings.HasPrefix(m, "SIP/2.0 180") && strings.Contains(m, "Call-ID: 7@") {
			return nil
		}
		return []string{m}
	}
	if r := run(0, lost); r.Ringing != calls-1 || r.InOrder != calls-1 || r.Completed != calls {
		t.Errorf("a lost 180: %+v", r)
	}
	twice := func(m string) []string {
		if strings.HasPrefix(m, "SIP/2.0 180") && strings.Contains(m, "Call-ID: 7@") {
			return []string{m, m}
		}
		return []string{m}
	}
	if r := run(0, twice); r.Ringing != calls+1 || r.InOrder != calls-1 {
		t.Errorf("a repeated 180: %+v", r)
	}
	ended := func(m string) []string {
		if strings.HasPrefix(m, "BYE ") && strings.Contains(m, "Call-ID: 7@") {
			return nil
		}
		return []string{m}
	}
	if r := run(0, ended); r.Completed != calls-1 || r.InOrder != calls {
		t.Errorf("a lost BYE: %+v", r)
	}
}

package load

import (
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A wire stands in for a proxy: requests go to the address in their Request-URI,
// responses to that in their Via. Edit says what becomes of each message, and is not called
// any more after end.
func wire(t *testing.T, edit func(m string) []string) (addr netip.AddrPort, end func()) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadBuffer(4 << 20) // nothing may be lost here but by edit
	done := make(chan struct{})
	end = func() { c.Close(); <-done }
	go func() {
		defer close(done)
		b := make([]byte, 65536)
		for {
			n, from, err := c.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			m := string(b[:n])
			before, until := "@", " "
			if strings.HasPrefix(m, "SIP/2.0") {
				before, until = "UDP ", ";"
			} else if !strings.Contains(strings.SplitN(m, " ", 3)[1], "@") {
				before = "sip:" // of a Contact
			}
			for _, m := range edit(m) {
				to := from
				if !strings.HasPrefix(m, "back ") {
					_, rest, _ := strings.Cut(m, before)
					addr, _, _ := strings.Cut(rest, until)
					to, _ = netip.ParseAddrPort(addr)
				}
				_, _ = c.WriteToUDPAddrPort([]byte(strings.TrimPrefix(m, "back ")), to)
			}
		}
	}()
	return c.LocalAddr().(*net.UDPAddr).AddrPort(), end
}

func same(m string) []string { return []string{m} }

func calls(t *testing.T, cfg Config, edit func(m string) []string) Result {
	t.Helper()
	proxy, end := wire(t, edit)
	defer end() // what edit notes may be looked at then
	cfg.Proxy = proxy
	if cfg.Measure == 0 {
		cfg.Measure = 300 * time.Millisecond
	}
	res, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", res)
	return res
}

// Every call that is begun is complete, in order, once for each message.
func TestCompleteCalls(t *testing.T) {
	for name, cfg := range map[string]Config{
		"closed": {InFlight: 50, Ramp: 50 * time.Millisecond, Warm: 100 * time.Millisecond},
		"open":   {Rate: 500, Warm: 100 * time.Millisecond},
		"busy":   {InFlight: 5, Busy: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := calls(t, cfg, same)
			if r.Started == 0 || r.Completed != r.Started || r.Failed+r.Disorder+r.Unexpected+r.Drops != 0 {
				t.Error("a good wire spoils calls")
			}
			if r.Invites != r.Begun+r.Repeated || r.Acks < r.Begun || r.Statuses[180] != r.Invites {
				t.Error("messages are missing")
			}
			if r.Rate <= 0 || r.Setup.P50 <= 0 || r.Setup.P99 < r.Setup.P50 || r.Setup.Max < r.Setup.P99 || r.CPU <= 0 {
				t.Error("nothing was measured")
			}
		})
	}
}

// An open loop begins as many calls as its rate says, whatever becomes of them.
func TestOpenLoopKeepsItsRate(t *testing.T) {
	r := calls(t, Config{Rate: 1000, Patience: 100 * time.Millisecond}, func(string) []string { return nil })
	if float64(r.Begun) < 298-1000*r.Behind || r.Failed != r.Started || r.Completed != 0 || r.Bad() < 1 {
		t.Error("calls are not begun, or do not fail")
	}
}

// A closed loop has no more calls in flight than it may, and all of them once the ramp is over.
func TestClosedLoopKeepsItsNumber(t *testing.T) {
	r := calls(t, Config{InFlight: 70, Ramp: 100 * time.Millisecond, Measure: 200 * time.Millisecond, Drain: time.Millisecond},
		func(string) []string { return nil })
	if r.Begun != 70 {
		t.Errorf("%d calls begun, want 70", r.Begun)
	}
}

func TestRefusedCalls(t *testing.T) {
	var acks atomic.Int64
	r := calls(t, Config{Rate: 200}, func(m string) []string {
		if strings.HasPrefix(m, "INVITE ") {
			_, rest, _ := strings.Cut(m, "\r\n")
			return []string{"back SIP/2.0 503 Service Unavailable\r\nRetry-After: 10\r\n" + rest}
		}
		acks.Add(int64(strings.Count(m, "CSeq: 1 ACK")))
		return nil
	})
	for end := time.Now().Add(10 * time.Second); acks.Load() < int64(r.Begun) && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // the wire may be behind
	}
	if r.Refused != r.Started || r.Failed != 0 || r.Statuses[503] != r.Begun || r.RetryAfter != r.Begun || r.Bad() != 1 || acks.Load() != int64(r.Begun) {
		t.Error("a 503 is not a refusal, or gets no ACK")
	}
}

// An INVITE and a BYE that get lost are sent again, and counted.
func TestRepetitions(t *testing.T) {
	seen := map[string]bool{}
	r := calls(t, Config{Rate: 100, Drain: 5 * time.Second}, func(m string) []string {
		method, rest, _ := strings.Cut(m, " ")
		_, callID, _ := strings.Cut(rest, "Call-ID: ")
		key := method + callID[:strings.Index(callID, "\r\n")]
		if (method == "INVITE" || method == "BYE") && !seen[key] {
			seen[key] = true
			return nil
		}
		return []string{m}
	})
	if r.Completed != r.Started || r.Repeated != 2*r.Started || r.Bad() != 2 {
		t.Error("want each INVITE and BYE twice")
	}
}

func TestWhatIsWrongIsCounted(t *testing.T) {
	r := calls(t, Config{Rate: 200}, func(m string) []string {
		switch {
		case strings.HasPrefix(m, "SIP/2.0 180"):
			return nil
		case strings.HasPrefix(m, "SIP/2.0 200") && strings.Contains(m, "CSeq: 2 BYE"):
			return []string{m, m, "SIP/2.0 999 What\r\n" + m} // the second comes when the call is over
		}
		return []string{m}
	})
	if r.Disorder != r.Started || r.Unexpected < r.Begun {
		t.Error("a missing 180 or a second 200 was not noticed")
	}
}

// RFC 3261 §12.1.2: the route set of a caller is "the list of URIs in the Record-Route
// header field from the response, taken in reverse order".
func TestRouteSet(t *testing.T) {
	var f fields
	f.parse([]byte("SIP/2.0 200 OK\r\nRecord-Route: <sip:c;lr>,<sip:b;lr>\r\nRecord-Route: <sip:a;lr>\r\nFrom: <sip:x>;tag=1\r\nTo: <sip:y>;tag=2\r\nContact: \"z\" <sip:z@host>\r\nCSeq: 1 INVITE\r\n\r\n"))
	w := writer{run: []byte("1@127.0.0.1")}
	m := string(w.within(nil, "BYE", "CSeq: 2 ", '3', &socket{addr: "127.0.0.1:9"}, id{1, 2}, &f))
	for _, want := range []string{"BYE sip:z@host SIP/2.0\r\n", "Route: <sip:a;lr>\r\nRoute: <sip:b;lr>\r\nRoute: <sip:c;lr>\r\n",
		"From: <sip:x>;tag=1\r\nTo: <sip:y>;tag=2\r\nCall-ID: 1-2-1@127.0.0.1\r\nCSeq: 2 BYE\r\n"} {
		if !strings.Contains(m, want) {
			t.Errorf("%q is missing in\n%s", want, m)
		}
	}
}

func TestQuantiles(t *testing.T) {
	var h histogram
	var all []int64
	for range 10000 {
		ns := int64(rand.ExpFloat64() * 50e6)
		h.add(ns)
		all = append(all, ns)
	}
	slices.Sort(all)
	for _, q := range []float64{0.01, 0.5, 0.99} {
		want := float64(all[int(q*10000)]) / 1e9
		if got := h.quantile(q); got < 0.95*want-1e-6 || got > 1.02*want+1e-6 {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	for c := range 1000 {
		if class(value(c)) != c || value(c+1) <= value(c) {
			t.Fatalf("class %d begins at %d ns, which is in class %d", c, value(c), class(value(c)))
		}
	}
}

package siptest

import (
	"strings"
	"testing"
	"time"
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	a, b := Listen(t), Listen(t)
	a.Send(b.Addr(), "OPTIONS sip:b SIP/2.0\nCSeq: 1 OPTIONS\nX-Test: one\nx-test: two")
	m := b.Expect("OPTIONS", patience)
	if m.From.String() != a.Addr() || strings.Join(m.Header("X-Test"), ",") != "one,two" || m.Status() != 0 {
		t.Errorf("from %v: %v %q", m.From, m, m.Header("X-Test"))
	}
	b.SendBytes(a.Addr(), []byte("not SIP"))
	b.Send(a.Addr(), "SIP/2.0 200 OK\nCSeq: 1 OPTIONS")
	if m := a.Await("200/OPTIONS", patience); m.IsRequest() {
		t.Errorf("%v is no response", m)
	}
	a.ExpectNone(time.Millisecond)
}

// Each expectation that is not met ends the test.
func TestEndpointFailures(t *testing.T) {
	t.Parallel()
	a, b := Listen(t), Listen(t)
	for name, c := range map[string]struct {
		do   func(e *Endpoint)
		want string
	}{
		"nothing comes":   {func(e *Endpoint) { e.Expect("200", time.Millisecond) }, "nothing came"},
		"await":           {func(e *Endpoint) { e.Await("200", time.Millisecond) }, "no %s came"},
		"bad address":     {func(e *Endpoint) { e.SendBytes("nowhere", nil) }, "sending to"},
		"wrong message":   {func(e *Endpoint) { a.Send(b.Addr(), "BYE sip:b SIP/2.0"); e.Expect("ACK", patience) }, "got %v, want %s"},
		"message at none": {func(e *Endpoint) { a.Send(b.Addr(), "BYE sip:b SIP/2.0"); e.ExpectNone(patience) }, "want nothing"},
	} {
		f := &failing{TB: t}
		e := &Endpoint{tb: f, conn: b.conn, in: b.in}
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.do(e)
		}()
		<-done
		if said := f.said.Load(); said == nil || !strings.Contains(*said, c.want) {
			t.Errorf("%s: no failure that says %q", name, c.want)
		}
	}
}

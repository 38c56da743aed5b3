package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
)

const overloadScript = `
socket=udp:[proxy]
loadmodule "sl.so"
loadmodule "sipmsgops.so"
route {
	if (has_totag())
		sl_send_reply(200, "In Dialog");
	else
		sl_send_reply(486, "Busy Here");
}
`

// A lateCaller sends requests to a proxy that comes to them late.
type lateCaller struct {
	net   *siptest.Net
	proxy *siptest.Virtual
	from  loop.Addr
	to    loop.Addr
	got   []string
	sent  int
}

func newLateCaller(t *testing.T, script string) *lateCaller {
	c := &lateCaller{net: siptest.NewNet()}
	c.from = c.net.Listen(func(_ loop.Addr, b []byte) { c.got = append(c.got, string(b)) })
	c.proxy = siptest.StartVirtual(t, c.net, siptest.VirtualConfig{Script: script, Loops: 1})
	c.to = c.proxy.Transport().Listeners()[0].Addr()
	return c
}

// ask sends a request that waits so long for its loop, and returns the response.
func (c *lateCaller) ask(method, toTag string, wait time.Duration) string {
	c.sent++
	if toTag != "" {
		toTag = ";tag=" + toTag
	}
	c.got = nil
	c.net.Send(c.from, c.to, fmt.Appendf(nil, "%s sip:bob@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\nMax-Forwards: 70\r\n"+
		"From: <sip:alice@192.0.2.2>;tag=a\r\nTo: <sip:bob@192.0.2.1>%s\r\nCall-ID: late%d\r\nCSeq: 1 %s\r\nContact: <sip:alice@%s>\r\nContent-Length: 0\r\n\r\n",
		method, c.from, c.sent, toTag, c.sent, method, c.from))
	c.net.Loops.Stall(wait)
	c.net.Run(0, nil)
	return strings.Join(c.got, "")
}

// overloaded asks until the proxy refuses, for three seconds at most.
func (c *lateCaller) overloaded(t *testing.T) (refusal string) {
	t.Helper()
	for range 50 {
		if r := c.ask("INVITE", "", 60*time.Millisecond); !strings.HasPrefix(r, "SIP/2.0 486") {
			return r
		}
	}
	t.Fatal("50 requests that waited 60 ms each: none refused")
	return ""
}

var retryAfterLine = regexp.MustCompile(`\r\nRetry-After: (\d+)\r\n`)

// RFC 3261 §21.5.4: "The server is temporarily unable to process the request due to a
// temporary overloading … The server MAY indicate when the client should retry the request
// in a Retry-After header field." Calls in progress go on.
func TestOverloadedLoopRefusesNewRequests(t *testing.T) {
	t.Parallel()
	c := newLateCaller(t, overloadScript)
	if r := c.ask("INVITE", "", 900*time.Millisecond); !strings.HasPrefix(r, "SIP/2.0 486") {
		t.Errorf("after one stall: %q", r)
	}
	refusal := c.overloaded(t)
	if !strings.HasPrefix(refusal, "SIP/2.0 503 ") {
		t.Fatalf("refused with %q", refusal)
	}
	m := retryAfterLine.FindStringSubmatch(refusal)
	if m == nil {
		t.Fatalf("no Retry-After in %q", refusal)
	}
	if n, err := strconv.Atoi(m[1]); err != nil || n < 5 || n > 25 {
		t.Errorf("Retry-After: %s", m[1])
	}
	for _, late := range []struct{ method, tag, want string }{
		{"REGISTER", "", "503"}, {"SUBSCRIBE", "", "503"}, {"BYE", "b", "200"}, {"INVITE", "b", "200"}, {"CANCEL", "", "486"}, {"ACK", "b", ""},
	} {
		if r := c.ask(late.method, late.tag, 60*time.Millisecond); late.want == "" && r != "" || !strings.HasPrefix(r, strings.TrimSpace("SIP/2.0 "+late.want)) && late.want != "" {
			t.Errorf("%s, To tag %q: want %s, got %q", late.method, late.tag, late.want, r)
		}
	}
	if r := c.ask("INVITE", "", 5*time.Millisecond); !strings.HasPrefix(r, "SIP/2.0 486") {
		t.Errorf("a request that has not waited: %q", r)
	}
	n := c.proxy.Counters(0)
	if n.Overloads.Load() != 1 || n.Overloaded.Load() != 1 || n.Shed.Load() != 3 || n.Offered.Load() != uint64(c.sent-4) {
		t.Errorf("overloads %d, now %d, refused %d of %d", n.Overloads.Load(), n.Overloaded.Load(), n.Shed.Load(), n.Offered.Load())
	}
	for range 40 {
		c.net.Run(100*time.Millisecond, nil)
		if r := c.ask("INVITE", "", 0); !strings.HasPrefix(r, "SIP/2.0 486") {
			t.Fatalf("in time: %q", r)
		}
	}
	if n.Overloads.Load() != 1 || n.Overloaded.Load() != 0 {
		t.Errorf("afterwards: overloads %d, now %d", n.Overloads.Load(), n.Overloaded.Load())
	}
	for _, line := range []string{"loop 0 is overloaded", "the overload of loop 0 is over: 3 requests"} {
		if _, _, ok := c.proxy.Lines.Find(line, 0); !ok {
			t.Errorf("the log lacks %q", line)
		}
	}
}

// When nothing comes any more the overload is over, without a request that says so: those
// over connections, of which nobody knows how long they have waited, are let in, and
// nobody is told of an overload that there is not.
func TestSilenceEndsAnOverload(t *testing.T) {
	t.Parallel()
	c := newLateCaller(t, overloadScript)
	for range 2 { // again, while the watch of the one before is there
		c.overloaded(t)
		n := c.proxy.Counters(0)
		if n.Overloaded.Load() != 1 {
			t.Fatal("no overload")
		}
		c.net.Run(3*time.Second, nil)
		if n.Overloaded.Load() != 0 {
			t.Error("three seconds later there still is one")
		}
	}
	if _, _, ok := c.proxy.Lines.Find("the overload of loop 0 is over", 0); !ok {
		t.Error("nobody is told that it is over")
	}
}

// overload_retry_after=0: no Retry-After; overload_wait=0: no overload.
func TestOverloadParameters(t *testing.T) {
	t.Parallel()
	if r := newLateCaller(t, "overload_retry_after=0\n"+overloadScript).overloaded(t); !strings.HasPrefix(r, "SIP/2.0 503 ") || retryAfterLine.MatchString(r) {
		t.Errorf("overload_retry_after=0: %q", r)
	}
	if r := newLateCaller(t, "overload_retry_after=100\n"+overloadScript).overloaded(t); !retryAfterLine.MatchString(r) || len(retryAfterLine.FindStringSubmatch(r)[1]) < 3 {
		t.Errorf("overload_retry_after=100: %q", r)
	}
	c := newLateCaller(t, "overload_wait=0\n"+overloadScript)
	for range 50 {
		if r := c.ask("INVITE", "", 60*time.Millisecond); !strings.HasPrefix(r, "SIP/2.0 486") {
			t.Fatalf("overload_wait=0: %q", r)
		}
	}
}

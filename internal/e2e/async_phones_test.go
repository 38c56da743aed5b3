package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
)

// A caller is a user agent that makes many calls at a time from one socket. It
// acknowledges what comes and repeats nothing: what it loses is a failure.
type caller struct {
	*siptest.Endpoint
	proxy string

	mu    sync.Mutex
	calls map[string]*call // by Call-ID
	n     int
}

// A call is one request of a caller and what came back.
type call struct {
	id, user string
	invite   string // as sent
	sent     time.Time
	trying   time.Time        // when a 100 came; zero for never
	final    *siptest.Message // after done
	done     chan struct{}    // closed when the final response is there
}

// newCaller returns a caller whose requests go to proxy.
func newCaller(tb testing.TB, proxy string) *caller {
	tb.Helper()
	c := &caller{Endpoint: siptest.Listen(tb), proxy: proxy, calls: map[string]*call{}}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if m := c.Next(50 * time.Millisecond); m != nil {
				c.take(m)
			}
		}
	}()
	tb.Cleanup(func() { close(stop); <-stopped })
	return c
}

// request sends a request for user@domain.
func (c *caller) request(method, user, domain string) *call {
	c.mu.Lock()
	c.n++
	k := &call{id: fmt.Sprintf("%s-%d@%s", user, c.n, c.Addr()), user: user, done: make(chan struct{})}
	c.calls[k.id] = k
	branch := fmt.Sprintf("z9hG4bK-%d", c.n)
	c.mu.Unlock()
	k.invite = strings.Join([]string{
		method + " sip:" + user + "@" + domain + " SIP/2.0",
		"Via: SIP/2.0/UDP " + c.Addr() + ";branch=" + branch,
		"Max-Forwards: 70",
		"From: <sip:caller@" + c.Addr() + ">;tag=" + branch,
		"To: <sip:" + user + "@" + domain + ">",
		"Call-ID: " + k.id,
		"CSeq: 1 " + method,
		"Contact: <sip:caller@" + c.Addr() + ">",
	}, "\n")
	k.sent = time.Now()
	c.Send(c.proxy, k.invite)
	return k
}

// invite begins a call to user.
func (c *caller) invite(user string) *call { return c.request("INVITE", user, "callee.invalid") }

func (c *caller) take(m *siptest.Message) {
	ids := m.Header("Call-ID")
	if m.Status() == 0 || len(ids) != 1 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.calls[ids[0]]
	switch {
	case k == nil || k.final != nil:
	case m.Status() < 200:
		if m.Status() == 100 && k.trying.IsZero() {
			k.trying = m.At
		}
	default:
		if m.Method() == "INVITE" {
			c.acknowledge(k, m)
		}
		k.final = m
		close(k.done)
	}
}

// acknowledge sends the ACK of a negative final hop by hop (RFC 3261 §17.1.1.3),
// that of a 2xx to the Contact: there is no route set (§13.2.2.4).
func (c *caller) acknowledge(k *call, m *siptest.Message) {
	ack := strings.ReplaceAll(k.invite, "INVITE", "ACK")
	head, rest, _ := strings.Cut(ack, "\nTo: ")
	_, rest, _ = strings.Cut(rest, "\n")
	ack = head + "\nTo: " + strings.Join(m.Header("To"), ", ") + "\n" + rest
	if m.Status() >= 300 {
		c.Send(c.proxy, ack)
		return
	}
	target := strings.Trim(strings.Join(m.Header("Contact"), ""), "<>")
	_, hostport, _ := strings.Cut(target, "@")
	ack = strings.Replace(ack, ";branch=", ";branch=z9hG4bK-ack-", 1)
	c.Send(hostport, ack)
}

// ended waits until the call has its final response, which it returns; nil if
// none comes within d.
func (k *call) ended(d time.Duration) *siptest.Message {
	select {
	case <-k.done: // also if d is over
		return k.final
	default:
	}
	select {
	case <-k.done:
		return k.final
	case <-time.After(d):
		return nil
	}
}

// took is the time from the request to its final response.
func (k *call) took() time.Duration { return k.final.At.Sub(k.sent) }

// A callee answers every request but ACK with 200, which tells in headers X-Uri
// and X-Saw what came: the Request-URI, and the values of X- headers.
func newCallee(tb testing.TB) (addr string) {
	tb.Helper()
	e := siptest.Listen(tb)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if m := e.Next(50 * time.Millisecond); m != nil && m.IsRequest() && m.Method() != "ACK" {
				e.SendBytes(m.From.String(), okTo(m, e.Addr()))
			}
		}
	}()
	tb.Cleanup(func() { close(stop); <-stopped })
	return e.Addr()
}

// okTo is the 200 to m.
func okTo(m *siptest.Message, contact string) []byte {
	lines := []string{"SIP/2.0 200 OK"}
	_, uri, _ := strings.Cut(string(m.Raw), " ")
	uri, _, _ = strings.Cut(uri, " ")
	var saw []string
	for text := range strings.Lines(string(m.Raw)) {
		text = strings.TrimSpace(text)
		name, value, _ := strings.Cut(text, ": ")
		switch name {
		case "Via", "From", "Call-ID", "CSeq", "Record-Route":
			lines = append(lines, text)
		case "To":
			lines = append(lines, text+";tag=callee")
		case "X-Kept", "X-Now":
			saw = append(saw, value)
		}
	}
	lines = append(lines, "Contact: <sip:callee@"+contact+">", "X-Uri: "+uri, "X-Saw: "+strings.Join(saw, ", "),
		"Content-Length: 0", "", "")
	return []byte(strings.Join(lines, "\r\n"))
}

package siptest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A Message is what an [Endpoint] received.
type Message struct {
	Raw  []byte
	From netip.AddrPort // who sent it
	At   time.Time
	// SIP is what sipgo's parser makes of Raw; nil if it refuses, which Err explains.
	SIP sip.Message
	Err error
}

func parseMessage(b []byte, from netip.AddrPort) *Message {
	m := &Message{Raw: b, From: from, At: time.Now()}
	m.SIP, m.Err = sip.ParseMessage(b)
	if m.Err != nil {
		m.SIP = nil
	}
	return m
}

// Request returns the message if it is a request, else nil.
func (m *Message) Request() *sip.Request {
	r, _ := m.SIP.(*sip.Request)
	return r
}

// Response returns the message if it is a response, else nil.
func (m *Message) Response() *sip.Response {
	r, _ := m.SIP.(*sip.Response)
	return r
}

// Method is the method of a request or the one that a response answers.
func (m *Message) Method() string {
	if r := m.Request(); r != nil {
		return string(r.Method)
	}
	if r := m.Response(); r != nil && r.CSeq() != nil {
		return string(r.CSeq().MethodName)
	}
	return ""
}

// Status is the status code of a response, else 0.
func (m *Message) Status() int {
	if r := m.Response(); r != nil {
		return r.StatusCode
	}
	return 0
}

// Header returns the values of a header in order; values that shared a line come
// one by one, as sipgo does for the headers it knows.
func (m *Message) Header(name string) []string {
	if m.SIP == nil {
		return nil
	}
	var values []string
	for _, h := range m.SIP.GetHeaders(name) {
		values = append(values, h.Value())
	}
	return values
}

// Is reports whether the message is what a pattern says: a method ("INVITE"), a
// status ("486"), a class ("1xx"), a status and the method it answers
// ("200/BYE", "2xx/INVITE"), or "any".
func (m *Message) Is(pattern string) bool {
	if m.SIP == nil {
		return false
	}
	what, method, both := strings.Cut(pattern, "/")
	if both && method != m.Method() {
		return false
	}
	switch {
	case pattern == "any":
		return true
	case m.Request() != nil:
		return !both && what == m.Method()
	case len(what) == 3 && strings.HasSuffix(what, "xx"):
		return strconv.Itoa(m.Status()/100) == what[:1]
	}
	return strconv.Itoa(m.Status()) == what
}

// String is the first line, for failures.
func (m *Message) String() string {
	first, _, _ := strings.Cut(string(m.Raw), "\r\n")
	if m.Err != nil {
		return fmt.Sprintf("%q (sipgo: %v)", first, m.Err)
	}
	if m.Response() != nil {
		return first + " (" + m.Method() + ")"
	}
	return first
}

// text turns what a person writes into what goes over the wire: line ends become
// CRLF, white space before the first line goes, the blank line after the headers
// is added when missing, and a Content-Length is added when there is none.
func text(s string) []byte {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.TrimLeft(s, "\n")
	head, body, found := strings.Cut(s, "\n\n")
	if !found {
		head, body = strings.TrimRight(s, "\n"), ""
	}
	head = strings.ReplaceAll(head, "\n", "\r\n")
	body = strings.ReplaceAll(body, "\n", "\r\n")
	if !hasContentLength(head) {
		head += "\r\nContent-Length: " + strconv.Itoa(len(body))
	}
	return []byte(head + "\r\n\r\n" + body)
}

func hasContentLength(head string) bool {
	for line := range strings.Lines(head) {
		name, _, _ := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "l") {
			return true
		}
	}
	return false
}

package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A Message is what a user agent of a scenario received.
type Message struct {
	Raw  []byte
	From netip.AddrPort // who sent it
	At   time.Time
	Err  error // why it is no SIP message, or not one that a user agent understands

	method string
	status int // 0 for a request
}

var errStartLine = errors.New("its first line is not that of a SIP message")

// ParseMessage reads as much of b as scenarios need to know, and keeps it.
func ParseMessage(b []byte, from netip.AddrPort) *Message {
	m := &Message{Raw: b, From: from, At: time.Now()}
	first, _, _ := strings.Cut(string(b), "\r\n")
	f := strings.SplitN(first, " ", 3)
	_, m.method, _ = strings.Cut(RawValue(b, "CSeq"), " ")
	m.method = strings.TrimSpace(m.method)
	switch {
	case len(f) == 3 && f[2] == "SIP/2.0":
		m.method = f[0]
	case len(f) >= 2 && f[0] == "SIP/2.0":
		if m.status, m.Err = strconv.Atoi(f[1]); m.Err == nil && m.method == "" {
			m.Err = errors.New("it has no CSeq")
		}
	default:
		m.Err = errStartLine
	}
	return m
}

// IsRequest reports whether it is a request.
func (m *Message) IsRequest() bool { return m.Err == nil && m.status == 0 }

// Method is the method of a request or the one that a response answers.
func (m *Message) Method() string {
	if m.Err != nil {
		return ""
	}
	return m.method
}

// Status is the status code of a response, else 0.
func (m *Message) Status() int { return m.status }

// Header returns the values of a header in order; values that shared a line come
// one by one.
func (m *Message) Header(name string) []string { return ListValues(m.Raw, name) }

// Is reports whether the message is what a pattern says: a method ("INVITE"), a
// status ("486"), a class ("1xx"), a status and the method it answers
// ("200/BYE", "2xx/INVITE"), or "any".
func (m *Message) Is(pattern string) bool {
	if m.Err != nil {
		return false
	}
	what, method, both := strings.Cut(pattern, "/")
	if both && method != m.Method() {
		return false
	}
	switch {
	case pattern == "any":
		return true
	case m.IsRequest():
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
		return fmt.Sprintf("%q (%v)", first, m.Err)
	}
	if !m.IsRequest() {
		return first + " (" + m.Method() + ")"
	}
	return first
}

// Text turns what a person writes into what goes over the wire: line ends become
// CRLF, white space before the first line goes, the blank line after the headers
// is added when missing, and a Content-Length is added when there is none.
func Text(s string) []byte {
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

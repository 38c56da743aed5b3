package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// The tests of the protocol that are not scenarios write their messages by hand,
// with these.

// request is a request of e for uri: method, Via with branch and rport, and what lines
// adds or, where they begin with the same name, replaces.
func request(e *siptest.Endpoint, method, uri, id string, lines ...string) string {
	m := []string{
		method + " " + uri + " SIP/2.0",
		"Via: SIP/2.0/UDP " + e.Addr() + ";branch=z9hG4bK" + id + ";rport",
		"Max-Forwards: 70",
		"From: <sip:phone@example.com>;tag=from" + id,
		"To: <sip:callee@example.com>",
		"Call-ID: " + id + "@" + e.Addr(),
		"CSeq: 1 " + method,
		"Contact: <sip:phone@" + e.Addr() + ">",
	}
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		i := 0
		for i < len(m) && !strings.HasPrefix(m[i], name+":") {
			i++
		}
		m = append(m[:min(i, len(m))], append([]string{line}, m[min(i+1, len(m)):]...)...)
	}
	return strings.Join(m, "\n")
}

// response is the response to m with a To tag and more lines.
func response(m *siptest.Message, status int, tag string, lines ...string) string {
	out := []string{fmt.Sprintf("SIP/2.0 %d Test", status)}
	for line := range strings.SplitSeq(string(m.Raw), "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "Via", "From", "Call-ID", "CSeq", "Record-Route":
			out = append(out, line)
		case "To":
			if !strings.Contains(line, "tag=") {
				line += ";tag=" + tag
			}
			out = append(out, line)
		}
	}
	return strings.Join(append(out, lines...), "\n")
}

// answer sends the response to m to where m came from.
func answer(e *siptest.Endpoint, m *siptest.Message, status int, lines ...string) {
	e.Send(m.From.String(), response(m, status, "callee", lines...))
}

// header returns the values of a header as they stand on the wire, one for each line.
func header(m *siptest.Message, name string) []string {
	var values []string
	for line := range strings.SplitSeq(string(m.Raw), "\r\n") {
		if n, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(n, name) {
			values = append(values, strings.TrimSpace(v))
		}
	}
	return values
}

// top returns the first value of a header, "" for none.
func top(m *siptest.Message, name string) string {
	if v := header(m, name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// uriOf returns the Request-URI of a request.
func uriOf(m *siptest.Message) string {
	_, rest, _ := strings.Cut(string(m.Raw), " ")
	uri, _, _ := strings.Cut(rest, " ")
	return uri
}

// needIPv6 skips the test on a machine whose loopback has no IPv6.
func needIPv6(tb testing.TB) {
	tb.Helper()
	c, err := net.ListenPacket("udp", "[::1]:0")
	if err != nil {
		tb.Skip("needs IPv6 on loopback:", err)
	}
	c.Close()
}

// await returns the next message of the call id that pattern describes (see
// [siptest.Message.Is]; "final" is any final response) and drops all before it.
func await(e *siptest.Endpoint, pattern, id string) *siptest.Message {
	return e.AwaitFunc(pattern+" of "+id, func(m *siptest.Message) bool {
		return strings.HasPrefix(top(m, "Call-ID"), id+"@") && (m.Is(pattern) || pattern == "final" && m.Status() >= 200)
	}, patience)
}

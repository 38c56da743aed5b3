package sipparse

import (
	"bytes"
	"strings"
	"testing"
)

// "A 513 (Message Too Large) response is generated when the server was unable to
// process the request since the message length exceeded its capabilities"; RFC 3261
// §21.5.7. What is within the limits is read, whatever it is.
func TestLimits(t *testing.T) {
	fill := func(n int) []byte { return request("X: " + strings.Repeat("x", n) + "\n") }
	folded := func(n int) []byte { return request("X: " + strings.Repeat("x\n ", n) + "\n") }
	lines := func(n int) []byte { return request(strings.Repeat("X:\n", n-5)) }
	body := func(n int) []byte {
		b := request("")
		return append(b, bytes.Repeat([]byte{0}, n-len(b))...)
	}
	for _, c := range []struct {
		what   string
		limits Limits
		wire   []byte
		want   Error
	}{
		{"64 KiB", Limits{}, body(65535), OK},
		{"more", Limits{}, body(65536), ErrTooLarge},
		{"more, allowed", Limits{Message: 1 << 20}, body(1 << 20), OK},
		{"1,024 headers", Limits{}, lines(1024), OK},
		{"more", Limits{}, lines(1025), ErrTooManyHeaders},
		{"more, allowed", Limits{Headers: 5000}, lines(5000), OK},
		{"fewer allowed", Limits{Headers: 9}, lines(10), ErrTooManyHeaders},
		{"a line of 16 KiB", Limits{}, fill(16384 - len("X: \r\n")), OK},
		{"more", Limits{}, fill(16385 - len("X: \r\n")), ErrLineTooLong},
		{"folded", Limits{Line: 60}, folded(20), ErrLineTooLong},
		{"the start line", Limits{Line: 20}, request(""), ErrLineTooLong},
	} {
		var m Msg
		if got := m.ParseLimited(c.wire, &c.limits); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
		if c.want == ErrLineTooLong && c.limits.Line != 20 && !m.Replyable() {
			t.Errorf("%s: nothing to answer", c.what)
		}
		if m.Parse(request("")) != OK {
			t.Errorf("%s: the limits stay", c.what)
		}
	}
}

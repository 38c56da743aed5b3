package sipparse

import "testing"

// What a script adds must be complete header lines: anything else would move the border
// between the headers and the body, or between headers (RFC 3261 §7.3).
func TestIsHeaderLines(t *testing.T) {
	for line, want := range map[string]bool{
		"X-A: b\r\n":                       true,
		"X-A:\r\n":                         true,
		"X-A : b\r\n":                      true,
		"X-A: b\r\nX-C: d\r\n":             true,
		"X-A: b\r\n folded\r\n\tmore\r\n":  true,
		"v: SIP/2.0/UDP a;branch=z9hG\r\n": true,
		"":                                 false,
		"X-A: b":                           false,
		"X-A: b\n":                         false,
		"X-A b\r\n":                        false,
		": b\r\n":                          false,
		"X A: b\r\n":                       false,
		"X@A: b\r\n":                       false,
		"\r\n":                             false,
		"\r\nX-A: b\r\n":                   false,
		" X-A: b\r\n":                      false,
		"X-A: b\r\n\r\n":                   false,
		"X-A: b\r\n\r\nbody: x\r\n":        false,
		"X-A: b\r\nbody\r\n":               false,
		"X-A: b\rX-C: d\r\n":               false,
		"X-A: b\nX-C: d\r\n":               false,
	} {
		if got := IsHeaderLines([]byte(line)); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

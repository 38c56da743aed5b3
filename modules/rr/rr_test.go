package rr

import "testing"

// The parameters of record_route() go into a URI within <>.
func TestURIParams(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, ";a": true, ";a=b;c=d": true, ";a=%20": true,
		"a=b": false, ";a=b>": false, ";a=b\r\nX: y": false, ";a b": false, ";a=\"b\"": false, ";a?b=c": false, ";a\x80": false,
	} {
		if got := uriParams([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

package rest

import "testing"

func TestParseTarget(t *testing.T) {
	for _, c := range []struct {
		url, host, authority, path, userinfo string
		port                                 uint16
		secure                               bool
	}{
		{url: "http://example.com", host: "example.com", authority: "example.com", port: 80},
		{url: "HTTPS://Example.com/", host: "Example.com", authority: "Example.com", path: "/", port: 443, secure: true},
		{url: "http://u:p@127.0.0.1:8080?q=1#f", host: "127.0.0.1", authority: "127.0.0.1:8080", path: "?q=1", userinfo: "u:p", port: 8080},
		{url: "http://[::1]:81/a/b", host: "::1", authority: "[::1]:81", path: "/a/b", port: 81},
		{url: "http://[::1]", host: "::1", authority: "[::1]", port: 80},
		{url: "http://h:/x", host: "h", authority: "h:", path: "/x", port: 80},
		{url: "http://a@b@h/x@y", host: "h", authority: "h", path: "/x@y", userinfo: "a@b", port: 80},
	} {
		got, ok := parseTarget([]byte(c.url))
		if !ok || string(got.host) != c.host || string(got.authority) != c.authority || string(got.path) != c.path ||
			string(got.userinfo) != c.userinfo || got.port != c.port || got.secure != c.secure {
			t.Errorf("%s: %v %+q port %d", c.url, ok, [][]byte{got.host, got.authority, got.path, got.userinfo}, got.port)
		}
	}
}

// One origin however its name is written.
func TestOriginKey(t *testing.T) {
	key := func(url string) string {
		got, ok := parseTarget([]byte(url))
		if !ok {
			t.Fatalf("%s refused", url)
		}
		return string(got.appendKey(nil))
	}
	if a, b := key("http://Example.COM/x"), key("HTTP://example.com:80?y"); a != b {
		t.Errorf("%q and %q differ", a, b)
	}
	for _, other := range []string{"https://example.com", "http://example.com:81", "http://example.co"} {
		if key(other) == key("http://example.com") {
			t.Errorf("%s is taken for http://example.com", other)
		}
	}
}

// Whatever is accepted cannot end the request line or the Host field.
func FuzzParseTarget(f *testing.F) {
	f.Add([]byte("http://u:p@host:80/path?q#f"))
	f.Add([]byte("https://[::1]:5061/x y"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := parseTarget(b)
		if !ok {
			return
		}
		for _, part := range [][]byte{got.authority, got.path, got.host} {
			for _, c := range part {
				if c <= ' ' || c == 0x7f {
					t.Fatalf("%q passes %q", b, part)
				}
			}
		}
		if len(got.host) == 0 || got.port == 0 {
			t.Fatalf("%q: host %q port %d", b, got.host, got.port)
		}
	})
}

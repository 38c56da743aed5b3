package domain

import (
	"bytes"
	"strings"
	"testing"
)

// namesIn lists what a host is looked for as.
func namesIn(host []byte) (list [][]byte) {
	names := namesOf(host)
	for _, at := range names.at[:names.n] {
		list = append(list, host[at:])
	}
	return list
}

// A host belongs to itself and to the domains above it of two labels and more; an address
// belongs to nothing else.
func TestNames(t *testing.T) {
	for host, want := range map[string]string{
		"a.b.Example.COM":               "a.b.example.com b.example.com example.com",
		"example.com.":                  "example.com",
		"com":                           "com",
		"10.0.0.1":                      "10.0.0.1",
		"[2001:db8::1]":                 "[2001:db8::1]",
		"":                              "",
		".":                             "",
		"1.2.3.4.5.6.7.8.9.example.com": "1.2.3.4.5.6.7.8.9.example.com 4.5.6.7.8.9.example.com 5.6.7.8.9.example.com 6.7.8.9.example.com 7.8.9.example.com 8.9.example.com 9.example.com example.com",
		strings.Repeat("a", 256):        "",
	} {
		if got := string(bytes.Join(namesIn(normal(nil, []byte(host))), []byte(" "))); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

// Without accept_subdomain a domain is only itself; the row of the host itself comes first,
// then that of the longest domain.
func TestFind(t *testing.T) {
	d := domains{map[string]entry{
		"example.com":      {attrs: "gold", hasAttrs: true},
		"wide.org":         {attrs: "wide", hasAttrs: true, subdomains: true},
		"narrow.wide.org":  {attrs: "narrow", hasAttrs: true},
		"wider.a.wide.org": {attrs: "wider", hasAttrs: true, subdomains: true},
	}}
	for host, want := range map[string]string{
		"example.com": "gold", "a.example.com": "", "com": "", "wide.org": "wide", "x.y.wide.org": "wide", "notwide.org": "",
		"narrow.wide.org": "narrow", "x.narrow.wide.org": "wide", "x.wider.a.wide.org": "wider",
	} {
		if e, ok := d.find([]byte(host)); ok != (want != "") || e.attrs != want {
			t.Errorf("%s: %q, %v, want %q", host, e.attrs, ok, want)
		}
	}
	m := new(Module)
	m.loaded.Store(&d)
	host := []byte("X.Y.wide.org")
	if n := testing.AllocsPerRun(100, func() { m.isAlias(host) }); n != 0 || !m.isAlias(host) {
		t.Errorf("is_myself(): %v allocations, %v", n, m.isAlias(host))
	}
}

// Whatever a caller writes as a host, it is looked for under few names, each of them an
// end of it that begins behind a dot.
func FuzzNames(f *testing.F) {
	f.Add("a.b.Example.COM.")
	f.Add("....")
	f.Fuzz(func(t *testing.T, text string) {
		host := normal(nil, []byte(text))
		names := namesIn(host)
		if len(names) > maxNames || len(host) > maxHost {
			t.Fatalf("%q: %d names", text, len(names))
		}
		for i, name := range names {
			if !bytes.HasSuffix(host, name) || i > 0 && (len(name) >= len(names[i-1]) || host[len(host)-len(name)-1] != '.' || bytes.IndexByte(name, '.') < 0) {
				t.Errorf("%q: %q", text, name)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	d := domains{map[string]entry{"wide.org": {subdomains: true}}}
	host := []byte("x.y.wide.org")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := d.find(host); !ok {
			b.Fatal("not found")
		}
	}
}

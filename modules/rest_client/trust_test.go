package rest_client

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// ssl_capath, ssl_verifypeer and ssl_verifyhost: who is believed, and for which name.
func TestTrust(t *testing.T) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	g := looptest.New(t, 1).Group
	for _, c := range []struct {
		path       string
		peer, host bool
		name       string // the server is example.com
		ok         bool
	}{
		{file, true, true, "example.com", true},
		{dir, true, true, "example.com", true},
		{file, true, true, "other.test", false},
		{file, true, false, "other.test", true},
		{"", true, false, "example.com", false},
		{"", false, true, "other.test", true},
	} {
		m := &Module{caPath: c.path, verifyPeer: c.peer, verifyHost: c.host}
		if err := m.trust.start(m, g); err != nil {
			t.Fatal(err)
		}
		cfg := m.trust.plain.Clone()
		cfg.ServerName = c.name
		conn, err := tls.Dial("tcp", s.Listener.Addr().String(), cfg)
		if err == nil {
			conn.Close()
		}
		if (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
	m := &Module{caPath: filepath.Join(dir, "none")}
	if err := m.trust.start(m, g); err == nil || !strings.Contains(err.Error(), "ssl_capath") {
		t.Errorf("no such file: %v", err)
	}
}

// fakeDomains is tls_mgm.
type fakeDomains map[string]*tls.Config

func (f fakeDomains) Domain(name string) *tls.Config { return f[name] }

// A domain's configuration is made once, and again when tls_mgm has another.
func TestDomains(t *testing.T) {
	domains := fakeDomains{"a": {MinVersion: tls.VersionTLS13}}
	m := &Module{domains: domains, verifyPeer: true, verifyHost: true}
	r := looptest.New(t, 1)
	if err := m.trust.start(m, r.Group); err != nil {
		t.Fatal(err)
	}
	r.Start()
	r.Group.Do(0, func(l *loop.Loop) {
		first := m.trust.of(m, l, "a")
		if first == nil || first.MinVersion != tls.VersionTLS13 || m.trust.of(m, l, "a") != first || m.trust.of(m, l, "b") != nil {
			t.Errorf("got %v", first)
		}
		domains["a"] = &tls.Config{}
		if m.trust.of(m, l, "a") == first {
			t.Error("a reload is not noticed")
		}
	})
}

// "All but letters, digits and -._~"; what is not escaped stays as it is.
func TestEscape(t *testing.T) {
	for plain, escaped := range map[string]string{"": "", "aZ09-._~": "aZ09-._~", "a b&c=%/é\x00": "a%20b%26c%3D%25%2F%C3%A9%00"} {
		if got := string(appendEscaped(nil, []byte(plain))); got != escaped {
			t.Errorf("escape %q: %q", plain, got)
		}
		if got := string(appendUnescaped(nil, []byte(escaped))); got != plain {
			t.Errorf("unescape %q: %q", escaped, got)
		}
	}
	if got := string(appendUnescaped(nil, []byte("%4a%4%zz%"))); got != "J%4%zz%" {
		t.Errorf("got %q", got)
	}
}

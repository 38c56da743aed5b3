package cachedb_redis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/cachedb"
)

// The forms of OpenSIPS's manual.
func TestURL(t *testing.T) {
	for text, want := range map[string]string{
		"redis:group1://localhost:6379/":                   "[localhost:6379]   0 ",
		"redis://localhost":                                "[localhost:6379]   0 ",
		"redis:g://10.0.0.1:7000,10.0.0.2,[::1]:7002/":     "[10.0.0.1:7000 10.0.0.2:6379 [::1]:7002]   0 ",
		"redis:g://:secret@host/3":                         "[host:6379]  secret 3 ",
		"redis:g://sip:p@ss:w/rd@host:1/":                  "[host:1] sip p@ss:w/rd 0 ",
		"redis:tls_group://localhost:6379/?tls_domain=dom": "[localhost:6379]   0 dom",
	} {
		u, err := cachedb.ParseURL(text)
		if err != nil {
			t.Fatal(err)
		}
		a, err := parse(u)
		if got := fmt.Sprint(a.hosts, " ", a.user, " ", a.password, " ", a.db, " ", a.tlsDomain); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
	}
}

// A mistake is said.
func TestBrokenURL(t *testing.T) {
	for text, want := range map[string]string{
		"redis:g://password@host/":   `":password@host"`,
		"redis:g:///":                "names no host",
		"redis:g://host:x/":          "is no port",
		"redis:g://host:0/":          "is no port",
		"redis:g://host:70000/":      "is no port",
		"redis:g://host/x":           "is not the number of a database",
		"redis:g://host/-1":          "is not the number of a database",
		"redis:g://h/?socket=/run/r": "not supported",
		"redis:g://h/?tls=1":         "is no option",
		"redis:g://a b/":             "names no host",
		"redis:g://[::1/":            "neither host nor host:port",
	} {
		u, err := cachedb.ParseURL(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parse(u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want ...%s...", text, err, want)
		}
	}
}

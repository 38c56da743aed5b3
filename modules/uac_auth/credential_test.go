package uac_auth

import (
	"slices"
	"strings"
	"testing"
)

func TestParseCredential(t *testing.T) {
	for text, want := range map[string]string{
		"u:r:p": "u|r|p|", " u : r : p ": "u|r|p|", "u:r:p:q": "u|r|p:q|", "u:Asterisk PBX:p": "u|Asterisk PBX|p|",
		"u:r:p @h": "u|r|p|h", "u:r:p @h  @192.0.2.1": "u|r|p|h 192.0.2.1", "u:r:0x01": "u|r|0x01|", "u:r:@p": "u|r|@p|",
	} {
		x, err := parseCredential(text)
		if got := strings.Join([]string{string(x.user), x.realm, string(x.password), strings.Join(x.hosts, " ")}, "|"); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "u", "u:r", "u:r:", "u:r: ", ":r:p", "u::p", "u:r:hidden word", "u:r:hidden @"} {
		if x, err := parseCredential(text); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%q: %v, %v", text, x, err)
		}
	}
}

// "Credentials bound to realm and host": one that names hosts counts first, and for nobody
// else; of the others the last one, as in OpenSIPS.
func TestWhichCredential(t *testing.T) {
	m := new(Module)
	for _, text := range []string{"bound:r:p @h", "old:r:p", "new:r:p", "only:s:p @h"} {
		if err := m.add(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ realm, host, want string }{
		{"r", "h", "bound"}, {"r", "x", "new"}, {"s", "h", "only"}, {"s", "x", ""}, {"R", "h", ""}, {"", "h", ""},
	} {
		user, _, ok := m.Credential(nil, []byte(c.realm), func(host string) bool { return host == c.host })
		if string(user) != c.want || ok != (c.want != "") {
			t.Errorf("%s from %s: %s, want %s", c.realm, c.host, user, c.want)
		}
	}
	if !slices.Equal(m.bound[0].hosts, []string{"h"}) {
		t.Error(m.bound)
	}
}

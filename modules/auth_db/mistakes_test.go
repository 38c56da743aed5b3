package auth_db_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// What is wrong with a script, or with parameters, is said with its place when it is
// loaded, and with what to write instead.
func TestMistakes(t *testing.T) {
	const head = "socket=udp:127.0.0.1:5060\nloadmodule \"tm.so\"\nloadmodule \"auth.so\"\nloadmodule \"db_sqlite.so\"\nloadmodule \"auth_db.so\"\n"
	for text, want := range map[string]string{
		`route { www_challenge("r", "auth,conf"); }`:                                                           `:1:28: error: www_challenge: qop: "conf" is no qop|there are "auth", "auth-int" and "auth,auth-int"`,
		`route { proxy_challenge("r", "auth", "MD5,SHA-1"); }`:                                                 `:1:38: error: proxy_challenge: algorithms: "SHA-1" is no algorithm|there are MD5, SHA-256, SHA-512-256, and each with -sess`,
		`route { pv_www_authorize("r"); }`:                                                                     `:1:9: error: pv_www_authorize cannot be used: it needs modparam("auth", "username_spec", "$avp(username)")`,
		`route { www_authorize("r", "sub scriber"); }`:                                                         `:1:28: error: www_authorize: table must be right: "sub scriber" is no name of a table`,
		`route { www_authorize("r"); }`:                                                                        `:1:9: error: www_authorize takes 2 arguments, not 1`,
		`route { route(a); } route[a] { db_does_uri_exist("$ru", ""); }`:                                       `"" is no name of a table`,
		"modparam(\"auth\", \"username_spec\", \"user\")\nroute { }":                                           `:1:35: error: auth username_spec: "user" is not one variable, such as "$avp(x)"`,
		"modparam(\"auth\", \"secret\", \"\")\nroute { }":                                                      `:1:28: error: auth secret: nonces of an empty secret are anybody's`,
		"modparam(\"auth\", \"nonce_expire\", 0)\nroute { }":                                                   `:1:34: error: auth nonce_expire: must be at least 1, not 0`,
		"modparam(\"auth\", \"rpid_avp\", \"$var(x)\")\nroute { }":                                             `:1:30: error: auth rpid_avp: "$var(x)" is no $avp: write "$avp(rpid)"`,
		"modparam(\"auth_db\", \"load_credentials\", \"$var(x)=y\")\nroute { }":                                `:1:41: error: auth_db load_credentials: "$var(x)=y" is not "$avp(name)=column", nor a column`,
		"modparam(\"auth_db\", \"password_column\", \"a b\")\nroute { www_authorize(\"r\", \"subscriber\"); }": `"a b" is no`,
	} {
		var d syntax.Diags
		all.Load(all.ParseText(all.Options{File: "a.cfg"}, []byte(head+text+"\n"), &d), &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
		var b bytes.Buffer
		d.Render(&b)
		got := strings.ReplaceAll(b.String(), "a.cfg:6:", "a.cfg:1:")
		for _, part := range strings.Split(want, "|") {
			if !strings.Contains(got, part) {
				t.Errorf("%s\ngot  %s\nwant %s", text, got, part)
			}
		}
	}
}

// Without module auth there is nothing to judge by.
func TestNeedsAuth(t *testing.T) {
	var d syntax.Diags
	all.Load(all.ParseText(all.Options{File: "a.cfg"}, []byte("socket=udp:127.0.0.1:5060\nloadmodule \"auth_db.so\"\nroute { }\n"), &d), &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
	var b bytes.Buffer
	d.Render(&b)
	if want := `a.cfg:2:12: error: module auth_db needs auth to challenge and to judge credentials`; !strings.Contains(b.String(), want) {
		t.Errorf("%s\nwant %s", &b, want)
	}
}

package syntax

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var fullVar = regexp.MustCompile(`\$\((\w+(?:\(\w+\))?)\)`)

// Words of OpenSIPS 1.x in conditions mean what is written with variables today, each with
// a deprecation.
func TestOldConditions(t *testing.T) {
	for text, want := range map[string]string{
		`method=="INVITE"`:                      `(== $rm "INVITE")`,
		`uri=~"^sip:1"`:                         `(=~ $ru "^sip:1")`,
		`uri==myself`:                           `(is_myself "$rd")`,
		`uri!=myself && method!="ACK"`:          `(&& (! (is_myself "$rd")) (!= $rm "ACK"))`,
		`from_uri==myself or to_uri==myself`:    `(|| (is_myself "$fd") (is_myself "$td"))`,
		`src_ip==10.0.0.0/8 && src_port==5060`:  `(&& (== $si 10.0.0.0/8) (== $sp 5060))`,
		`dst_ip==myself`:                        `(is_myself "$socket_in(ip)")`,
		`dst_port==5060`:                        `(== $socket_in(port) 5060)`,
		`proto==UDP || af==INET6`:               `(|| (== $socket_in(proto) "UDP") (== $socket_in(af) "INET6"))`,
		`msg:len >= 2048`:                       `(>= $ml 2048)`,
		`msg:len > max_len`:                     `(> $ml 65535)`,
		`status=~"[45].."`:                      `(=~ $rs "[45]..")`,
		`retcode < 0`:                           `(< $rc 0)`,
		`!(method=="A") && (uri==myself)`:       `(&& (! (== $rm "A")) (is_myself "$rd"))`,
		`method("x") && uri() && proto($ru)`:    `(&& (&& (method "x") (uri)) (proto $ru))`, // functions of that name
		`$rm == "INVITE" && is_myself("$rd:1")`: `(&& (== $rm "INVITE") (is_myself "$rd:1"))`,
	} {
		var d Diags
		cfg := Parse("t.cfg", []byte("route { if ("+text+") g(); }"), nil, &d)
		got := dump(cfg.Routes[0].Body.Stmts[0].(*If).Cond)
		got = fullVar.ReplaceAllString(got, "$$$1")
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		if d.Errors() > 0 || strings.HasPrefix(text, "$") != (len(d.List) == 0) && !strings.Contains(text, "(") {
			t.Errorf("%s: %+v", text, d.List)
		}
	}
	d := Diags{Strict: true}
	Parse("t.cfg", []byte("route { if (method==\"INVITE\" && uri==myself && proto==UDP) g(); }"), nil, &d)
	if d.Errors() != 4 {
		t.Error(render(t, &d))
	}
}

// "At most 100 routes per type", "max route params = 8".
func TestLimits(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "route[r%d] { }\nfailure_route[r%d] { }\n", i, i)
		}
		return b.String()
	}
	for text, want := range map[string]string{
		many(100): "",
		many(101): "there are more than 100 routes of type route, there are more than 100 routes of type failure_route",
		`route { route(a, 1, 2, 3, 4, 5, 6, 7, 8); }`:    "",
		`route { route(a, 1, 2, 3, 4, 5, 6, 7, 8, 9); }`: "a route takes up to 8 arguments, not 9",
	} {
		var d Diags
		Parse("t.cfg", []byte(text), nil, &d)
		var got []string
		for _, g := range d.List {
			got = append(got, g.Msg)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%.60s: %v", text, got)
		}
	}
}

// Flags had no quotes in OpenSIPS 1.9 to 3.0: setflag(NAT).
func TestOldFlags(t *testing.T) {
	for text, want := range map[string]string{
		`route { setflag(NAT); resetbflag(NAT, 1); if (isbflagset(NAT)) g(); }`: "the flag NAT has no quotes, the flag NAT has no quotes, the flag NAT has no quotes",
		`route { setflag("NAT"); }`: "",
		`route { g(NAT); }`:         "expected a value, found NAT",
	} {
		var d Diags
		Parse("t.cfg", []byte(text), nil, &d)
		var got []string
		for _, g := range d.List {
			got = append(got, g.Msg)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

package core

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/proxy"
)

// What the documentation of dst_blacklist shows, in both spellings: with all fields, and with
// what may be left out.
func TestBlacklistDefinitions(t *testing.T) {
	for text, want := range map[string]string{
		`gw:{(tcp, 192.168.3.100, 5060, ""), (any, 192.168.3.101, 0, "")}`: "gw readonly: tcp 192.168.3.100/32 5060; any 192.168.3.101/32",
		`gw:{ ( tcp , 192.168.2.100 , 5060 , "" ) }`:                       "gw readonly: tcp 192.168.2.100/32 5060",
		`net_filter:{(any, 192.168.1.120/255.255.255.0, 0, "")}`:           "net_filter readonly: any 192.168.1.0/24",
		`msg_filter:{(any, 192.168.20.0/24, 0, "MESSAGE*ugly, (word)")}`:   "msg_filter readonly: any 192.168.20.0/24 MESSAGE*ugly, (word)",
		`net_filter2:{!(any, 193.168.30.0/255.255.255.0, 0, "")}`:          "net_filter2 readonly: !any 193.168.30.0/24",
		`net_dynamic/expire`:          "net_dynamic expire:",
		`a/expire, default`:           "a expire default:",
		`a/readonly,default:10.0.0.1`: "a readonly default: any 10.0.0.1/32",
		`a:!10.0.0.0/8`:               "a readonly: !any 10.0.0.0/8",
		`six:{(udp, 2001:db8::/32), ([2001:db8::1], 5061)}`: "six readonly: udp 2001:db8::/32; any 2001:db8::1/128 5061",
		`a:{}`: "a readonly:",
	} {
		d, err := parseDefinition(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := show(d); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", ":{}", "a b", "a/nothing", "a:{(tcp)}", "a:{(10.0.0.1, x)}", "a:{(10.0.0.1, 1, \"\", 2)}", "a:{10.0.0.1}", "a:{(10.0.0.1)",
		"a:{(10.0.0.1/33)}", "a:{(10.0.0.1/255.0.255.0)}", "a:{(host.example.com)}", "a:{(10.0.0.1, 65536)}"} {
		if d, err := parseDefinition(text); err == nil {
			t.Errorf("%q is taken for %s", text, show(d))
		}
	}
	b := blacklists{}
	if err := b.define("a/expire"); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"a", "all", "b/readonly,expire"} {
		b := blacklists{defined: b.defined}
		if b.define(text) == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func show(d *definition) string {
	var flags, rules []string
	for name, on := range map[string]bool{"readonly": d.readOnly, "expire": d.expire} {
		if on {
			flags = append(flags, name)
		}
	}
	if d.byDefault {
		flags = append(flags, "default")
	}
	for _, r := range d.rules {
		rules = append(rules, showRule(r))
	}
	return strings.TrimSpace(d.name + " " + strings.Join(flags, " ") + ": " + strings.Join(rules, "; "))
}

func showRule(r *proxy.BlacklistRule) string {
	text := "any "
	if !r.AnyProto {
		text = r.Proto.Lower() + " "
	}
	if r.Not {
		text = "!" + text
	}
	text += r.Net.String()
	if r.Port != 0 {
		text += " " + fmt.Sprint(r.Port)
	}
	if r.Pattern != "" {
		text += " " + r.Pattern
	}
	return text
}

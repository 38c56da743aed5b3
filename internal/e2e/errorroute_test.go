package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// modulesOfMessages are those whose functions and variables look at messages.
const modulesOfMessages = `
socket=udp:127.0.0.1:5060
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "signaling.so"
loadmodule "sipmsgops.so"
loadmodule "textops.so"
loadmodule "path.so"
route { exit; }
`

// error_route sees messages that did not pass the checks that all other routes rely on:
// nothing that can be read or called there may fall over whatever is missing.
func TestErrorRouteStandsEverything(t *testing.T) {
	reads, calls := namesForErrorRoute(t)
	net := siptest.NewNet()
	v := siptest.StartVirtual(t, net, siptest.VirtualConfig{Script: modulesOfMessages + "error_route {\n" + reads + calls.text + "}\n", Loops: 1})
	peer := net.Listen(func(loop.Addr, []byte) {})
	at := 0
	for i, headers := range brokenHeaders() {
		for n := range max(calls.n, 1) {
			m := fmt.Sprintf("OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n%sUser-Agent: %d\r\nContent-Length: 0\r\n\r\n", headers, n)
			net.Send(peer, v.Transport().Listeners()[0].Addr(), []byte(m))
			_, next, err := v.Wait("read all", at, time.Second)
			if err != nil {
				t.Fatalf("message %d, call %d:\n%s%v", i, n, m, err)
			}
			at = next
		}
	}
}

type callList struct {
	text string
	n    int
}

// namesForErrorRoute are statements that read every variable, and one for each function
// that needs no arguments, chosen by User-Agent.
func namesForErrorRoute(t *testing.T) (reads string, calls callList) {
	var d syntax.Diags
	loaded := all.Load(syntax.Parse("t", []byte(modulesOfMessages), nil, &d), new(proxy.Core), &d)
	if d.Errors() > 0 {
		t.Fatal(d.List)
	}
	r := loaded.Registry
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.Vars)) {
		v, text := r.Vars[name], "$"+name
		if v.Inner == script.NeedsInner {
			for _, inner := range []string{"1", "uri", "xg", "Via", "ip", "src_ip", "rs"} {
				text = "$" + name + "(" + inner + ")"
				if v.Bind == nil {
					break
				}
				if _, err := v.Bind(inner); err == nil {
					break
				}
			}
		}
		fmt.Fprintf(&b, "$var(x) = %s;\n", text)
	}
	b.WriteString("xlog(\"read all\\n\");\n$var(n) = $(ua{s.int});\n")
	reads = b.String()
	b.Reset()
	for _, name := range slices.Sorted(maps.Keys(r.Funcs)) {
		f := r.Funcs[name]
		if f.In&script.E == 0 || f.Name != name || slices.ContainsFunc(f.Params, func(p script.ParamInfo) bool { return !p.Optional }) {
			continue
		}
		fmt.Fprintf(&b, "if ($var(n) == %d) %s();\n", calls.n, name)
		calls.n++
	}
	calls.text = b.String()
	return reads, calls
}

// brokenHeaders are headers of requests in each of which one thing is missing or broken.
func brokenHeaders() []string {
	whole := []string{
		"Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK1", "From: <sip:a@example.com>;tag=1", "To: <sip:b@example.com>",
		"Call-ID: 1@example.com", "CSeq: 1 OPTIONS", "Max-Forwards: 70", "Route: <sip:127.0.0.1;lr>", "Contact: <sip:a@127.0.0.1>",
	}
	var list []string
	for i, h := range whole {
		name, _, _ := strings.Cut(h, ":")
		for _, broken := range []string{"", name + ":", name + ": ;;<,", name + ": \"", h + "\r\n" + h} {
			m := append(append(slices.Clone(whole[:i]), broken), whole[i+1:]...)
			m = slices.DeleteFunc(m, func(s string) bool { return s == "" })
			list = append(list, strings.Join(m, "\r\n")+"\r\nContent-Length: many\r\n")
		}
	}
	return list
}

package dns_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// sip is the zone of the examples.
const sip = `
both.sip NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.both.sip
both.sip NAPTR 20 5 "s" "SIP+D2T" "" tcp.elsewhere.sip
both.sip NAPTR 10 1 "s" "SIPS+D2T" "" _sips._tcp.both.sip
both.sip NAPTR 1 1 "u" "E2U+sip" "!^.*$!sip:x@y!" .
both.sip NAPTR 30 1 "s" "SIP+D2U" "" later.order.sip
_sip._udp.both.sip SRV 10 0 5070 h1.sip
tcp.elsewhere.sip SRV 20 0 5081 h2.sip
tcp.elsewhere.sip SRV 10 0 5080 h1.sip
_sips._tcp.both.sip SRV 1 0 5061 h3.sip
later.order.sip SRV 1 0 5999 h1.sip

srv.sip A 192.0.2.99
_sip._udp.srv.sip SRV 20 0 5062 h2.sip
_sip._udp.srv.sip SRV 10 0 5061 h1.sip
_sip._tcp.srv.sip SRV 10 0 5063 h3.sip
_sips._tcp.srv.sip SRV 10 0 5064 h3.sip

tcponly.sip A 192.0.2.98
_sip._tcp.tcponly.sip SRV 10 0 5063 h3.sip

host.sip A 192.0.2.10
host.sip A 192.0.2.11
host.sip AAAA 2001:db8::10

none.sip A 192.0.2.97
_sip._udp.none.sip SRV 0 0 0 .

lame.sip NAPTR 10 10 "s" "SIP+D2U" "" nothing.lame.sip
lame.sip A 192.0.2.96
holes.sip A 192.0.2.95
_sip._udp.holes.sip SRV 10 0 5060 missing.sip
_sip._udp.holes.sip SRV 20 0 5060 h2.sip
wide.sip A 192.0.2.94
_sip._udp.wide.sip SRV 10 0 5060 host.sip
_sip._udp.wide.sip SRV 20 0 5066 h1.sip

h1.sip A 192.0.2.1
h2.sip A 192.0.2.2
h3.sip A 192.0.2.3
`

const (
	udp4 = dns.Reach(1)
	tcp4 = dns.Reach(1 << 2)
	tls4 = dns.Reach(1 << 4)
	udp6 = dns.Reach(2)
)

// locate returns all addresses that a Locate brings.
func (r *rig) locate(host string, w dns.Where) (targets []string) {
	r.T.Helper()
	var op *dns.Locate
	for {
		got := looptest.Begin(r.Rig, 0, 0, func(l *loop.Loop) *dns.Locate {
			if op == nil {
				op = r.dns.Locate(l)
				op.Set([]byte(host), w)
			}
			return op
		}, func(l *loop.Loop, op *dns.Locate, out asyncops.Outcome) string {
			if out != asyncops.Completed {
				if op.More() {
					r.T.Errorf("%s: %v, but there is more", host, out)
				}
				op.Free(l)
				return ""
			}
			return op.Proto().String() + ":" + op.Addr().String()
		}).Wait()
		if got == "" {
			return targets
		}
		if targets = append(targets, got); len(targets) > 40 {
			r.T.Fatal("no end of addresses: ", targets)
		}
	}
}

// RFC 3263 §4.1 and §4.2, case by case.
// checklist: C094 C095 C096
func TestProcedure(t *testing.T) {
	r := newRig(t, 1, dns.Config{}, strings.Split(sip, "\n")...)
	const all = udp4 | tcp4
	for _, c := range []struct {
		rule string
		host string
		w    dns.Where
		want string
	}{
		{"if the TARGET was not a numeric IP address, but a port is present in the URI, the client performs an A or AAAA record lookup",
			"srv.sip", dns.Where{Port: 5090, NAPTR: true, Reach: all}, "udp:192.0.2.99:5090"},
		{"… the same for a SIPS URI, which uses TCP; here TLS",
			"srv.sip", dns.Where{Port: 5090, SIPS: true, NAPTR: true, Reach: all | tls4}, "tls:192.0.2.99:5090"},
		{"if the URI specifies a transport protocol in the transport parameter, that transport protocol SHOULD be used",
			"srv.sip", dns.Where{Given: true, Proto: dns.TCP, NAPTR: true, Reach: all}, "tcp:192.0.2.3:5063"},
		{"… and a port: no SRV",
			"srv.sip", dns.Where{Port: 5090, Given: true, Proto: dns.TCP, NAPTR: true, Reach: all}, "tcp:192.0.2.99:5090"},
		{"the client discards any records whose services fields are not applicable; chooses the most preferred service that is supported",
			"both.sip", dns.Where{NAPTR: true, Reach: all}, "tcp:192.0.2.1:5080 tcp:192.0.2.2:5081 udp:192.0.2.1:5070"},
		{"… a client that has UDP only",
			"both.sip", dns.Where{NAPTR: true, Reach: udp4}, "udp:192.0.2.1:5070"},
		{"a SIP URI may be resolved to TLS: the order is the domain's",
			"both.sip", dns.Where{NAPTR: true, Reach: all | tls4}, "tls:192.0.2.3:5061"},
		{"if the URI is SIPS, the services of SIP are not applicable",
			"both.sip", dns.Where{SIPS: true, NAPTR: true, Reach: all | tls4}, "tls:192.0.2.3:5061"},
		{"without TLS a SIPS URI leads nowhere",
			"both.sip", dns.Where{SIPS: true, NAPTR: true, Reach: all}, ""},
		{"if no NAPTR records are found, the client constructs SRV queries for those transport protocols it supports",
			"srv.sip", dns.Where{NAPTR: true, Reach: all}, "udp:192.0.2.1:5061 udp:192.0.2.2:5062"},
		{"… if UDP has none, TCP",
			"tcponly.sip", dns.Where{NAPTR: true, Reach: all}, "tcp:192.0.2.3:5063"},
		{"… for SIPS, _sips._tcp",
			"srv.sip", dns.Where{SIPS: true, NAPTR: true, Reach: all | tls4}, "tls:192.0.2.3:5064"},
		{"if no SRV records are found, the client SHOULD use UDP for a SIP URI … A or AAAA of the domain name",
			"host.sip", dns.Where{NAPTR: true, Reach: all}, "udp:192.0.2.10:5060 udp:192.0.2.11:5060"},
		{"… the default port of TLS",
			"host.sip", dns.Where{SIPS: true, NAPTR: true, Reach: tls4}, "tls:192.0.2.10:5061 tls:192.0.2.11:5061"},
		{"both families, IPv4 first",
			"host.sip", dns.Where{NAPTR: true, Reach: udp4 | udp6}, "udp:192.0.2.10:5060 udp:192.0.2.11:5060 udp:[2001:db8::10]:5060"},
		{"only IPv6 can be sent by",
			"host.sip", dns.Where{NAPTR: true, Reach: udp6}, "udp:[2001:db8::10]:5060"},
		{"only TCP can be sent by",
			"host.sip", dns.Where{NAPTR: true, Reach: tcp4}, "tcp:192.0.2.10:5060 tcp:192.0.2.11:5060"},
		{"dns_try_naptr=no: SRV at once",
			"both.sip", dns.Where{Reach: all}, "udp:192.0.2.1:5070"},
		{"RFC 2782: a target of \".\" means that the service is decidedly not available at this domain",
			"none.sip", dns.Where{NAPTR: true, Reach: all}, ""},
		{"a NAPTR record that leads to no SRV records: A of the domain, by its transport",
			"lame.sip", dns.Where{NAPTR: true, Reach: all}, "udp:192.0.2.96:5060"},
		{"RFC 2782: a target without addresses is passed over",
			"holes.sip", dns.Where{NAPTR: true, Reach: all}, "udp:192.0.2.2:5060"},
		{"§4.3: the next element in the list, each address of a target first",
			"wide.sip", dns.Where{NAPTR: true, Reach: all}, "udp:192.0.2.10:5060 udp:192.0.2.11:5060 udp:192.0.2.1:5066"},
		{"case does not matter, nor a final dot",
			"SRV.Sip.", dns.Where{NAPTR: true, Reach: all}, "udp:192.0.2.1:5061 udp:192.0.2.2:5062"},
		{"what does not exist", "missing.sip", dns.Where{NAPTR: true, Reach: all}, ""},
		{"what is no name", "no..name", dns.Where{NAPTR: true, Reach: all}, ""},
		{"a name too long for an SRV label before it", strings.Repeat("a.", 122) + "sip", dns.Where{NAPTR: true, Reach: all}, ""},
		{"localhost is in /etc/hosts: nobody is asked", "localhost", dns.Where{NAPTR: true, Reach: all}, "udp:127.0.0.1:5060"},
	} {
		if got := strings.Join(r.locate(c.host, c.w), " "); got != c.want {
			t.Errorf("%s\n%s %+v:\n got %q\nwant %q", c.rule, c.host, c.w, got, c.want)
		}
	}
	if r.server.Asked("localhost") != 0 {
		t.Error("a name server was asked for localhost")
	}
}

// "It asks for no more than the next address needs."
func TestLocateIsLazy(t *testing.T) {
	r := newRig(t, 1, dns.Config{}, strings.Split(sip, "\n")...)
	got := looptest.Begin(r.Rig, 0, 0, func(l *loop.Loop) *dns.Locate {
		op := r.dns.Locate(l)
		op.Set([]byte("srv.sip"), dns.Where{NAPTR: true, Reach: udp4})
		return op
	}, func(l *loop.Loop, op *dns.Locate, out asyncops.Outcome) bool {
		more := op.More()
		op.Free(l)
		return more
	})
	if !got.Wait() {
		t.Error("there is no second target")
	}
	if a, b := r.server.Asked("h1.sip"), r.server.Asked("h2.sip"); a != 1 || b != 0 {
		t.Errorf("asked for the first target's host %d times, for the second's %d", a, b)
	}
}

// RFC 2782: "the running sum value … a uniform random number": a target's share of the
// first places is that of its weight, and weight 0 "a very small chance". The seeds
// are fixed, so the outcome is always the same.
// checklist: C096
func TestWeights(t *testing.T) {
	r := newRig(t, 1, dns.Config{},
		"_sip._udp.w.sip SRV 10 60 1 h1.sip", "_sip._udp.w.sip SRV 10 30 2 h1.sip", "_sip._udp.w.sip SRV 10 10 3 h1.sip",
		"_sip._udp.w.sip SRV 10 0 4 h1.sip", "_sip._udp.w.sip SRV 20 1000 5 h1.sip", "h1.sip A 192.0.2.1")
	const n = 2000
	first := map[string]int{}
	for seed := range n {
		got := r.locate("w.sip", dns.Where{Reach: udp4, Seed: uint64(seed) + 1})
		if len(got) != 5 || got[4] != "udp:192.0.2.1:5" {
			t.Fatalf("the other priority must come last, all must come: %v", got)
		}
		first[got[0]]++
	}
	for target, share := range map[string]float64{"1": .6, "2": .3, "3": .1, "4": .005} {
		got := float64(first["udp:192.0.2.1:"+target]) / n
		if got < share-.04 || got > share+.04 {
			t.Errorf("target %s came first in %.3f of the cases, want about %.3f", target, got, share)
		}
	}
}

// RFC 3263 §4.2 on stateless proxies: "the same SRV entry" for each copy of a request.
func TestSeedIsObeyed(t *testing.T) {
	lines := []string{"h1.sip A 192.0.2.1"}
	for i := range 20 {
		lines = append(lines, fmt.Sprintf("_sip._udp.w.sip SRV 10 5 %d h1.sip", 6000+i))
	}
	r := newRig(t, 1, dns.Config{}, lines...)
	w := dns.Where{Reach: udp4, Seed: 4711}
	if a, b := r.locate("w.sip", w), r.locate("w.sip", w); strings.Join(a, " ") != strings.Join(b, " ") || len(a) != 16 {
		t.Errorf("%v\n%v", a, b)
	}
}

// A resolver that is dead is an end after the attempts for the first question: the
// others would not be answered either.
func TestLocateWithDeadServer(t *testing.T) {
	r := newRig(t, 1, dns.Config{Timeout: 5 * time.Millisecond, Tries: 2}, "!drop *")
	if got := r.locate("srv.sip", dns.Where{NAPTR: true, Reach: udp4}); got != nil {
		t.Errorf("got %v", got)
	}
	if n := r.server.Asked("_sip._udp.srv.sip"); n != 0 {
		t.Errorf("asked for SRV records %d times", n)
	}
}

// A server that cannot handle one type of question is no reason not to ask the next.
func TestLocateWithServerThatKnowsNoNAPTR(t *testing.T) {
	lines := append(strings.Split(sip, "\n"), "!servfail srv.sip")
	r := newRig(t, 1, dns.Config{}, lines...)
	if got := strings.Join(r.locate("srv.sip", dns.Where{NAPTR: true, Reach: udp4}), " "); got != "udp:192.0.2.1:5061 udp:192.0.2.2:5062" {
		t.Errorf("got %s", got)
	}
}

// "What is known costs no allocation": NAPTR, SRV and A from the cache.
func TestKnownTargetDoesNotAllocate(t *testing.T) {
	r := newRig(t, 1, dns.Config{}, strings.Split(sip, "\n")...)
	w := dns.Where{NAPTR: true, Reach: udp4 | tcp4}
	r.locate("both.sip", w)
	host := []byte("Both.sip")
	r.On(0, func(l *loop.Loop, ops *asyncops.Table) {
		if n := testing.AllocsPerRun(1000, func() {
			op := r.dns.Locate(l)
			op.Set(host, w)
			for range 3 {
				if _, out, pending := ops.Begin(l, op, 0, nil); pending || out != asyncops.Completed {
					t.Errorf("%v, pending %v", out, pending)
				}
			}
			op.Free(l)
		}); n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	})
}

// Whoever waits may go at any stage; the answers are remembered all the same, and a
// Locate that is used again finds them.
func TestAbandonedLocate(t *testing.T) {
	r := newRig(t, 1, dns.Config{}, strings.Split(sip, "\n")...)
	release := r.server.Hold(t)
	p := looptest.Begin(r.Rig, 0, 0, func(l *loop.Loop) *dns.Locate {
		op := r.dns.Locate(l)
		op.Set([]byte("srv.sip"), dns.Where{NAPTR: true, Reach: udp4})
		return op
	}, func(*loop.Loop, *dns.Locate, asyncops.Outcome) string { return "" })
	p.Abandon()
	release()
	if got := strings.Join(r.locate("srv.sip", dns.Where{NAPTR: true, Reach: udp4}), " "); got != "udp:192.0.2.1:5061 udp:192.0.2.2:5062" {
		t.Errorf("got %s", got)
	}
	if p.Ended() {
		t.Error("the abandoned one was told")
	}
	if n := r.server.Asked("NAPTR srv.sip"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

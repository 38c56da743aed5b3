package dns

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	wire "github.com/miekg/dns"
)

func packed(tb testing.TB, name string, kind uint16, change func(*wire.Msg), records ...string) []byte {
	tb.Helper()
	m := new(wire.Msg)
	m.SetQuestion(name+".", kind)
	m.Id, m.Response = 4711, true
	for _, text := range records {
		rr, err := wire.NewRR(text)
		if err != nil {
			tb.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	if change != nil {
		change(m)
	}
	b, err := m.Pack()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// RFC 5452 §9.1: ID, question name, type and class must be those of the question.
func TestWhatIsAnAnswer(t *testing.T) {
	for what, c := range map[string]struct {
		change func(*wire.Msg)
		want   bool
	}{
		"the answer":                    {nil, true},
		"in other case":                 {func(m *wire.Msg) { m.Question[0].Name = "A.TeSt." }, true},
		"another ID":                    {func(m *wire.Msg) { m.Id++ }, false},
		"a question":                    {func(m *wire.Msg) { m.Response = false }, false},
		"another opcode":                {func(m *wire.Msg) { m.Opcode = wire.OpcodeNotify }, false},
		"another name":                  {func(m *wire.Msg) { m.Question[0].Name = "b.test." }, false},
		"another type":                  {func(m *wire.Msg) { m.Question[0].Qtype = wire.TypeAAAA }, false},
		"another class":                 {func(m *wire.Msg) { m.Question[0].Qclass = wire.ClassCHAOS }, false},
		"no question":                   {func(m *wire.Msg) { m.Question = nil }, false},
		"two questions":                 {func(m *wire.Msg) { m.Question = append(m.Question, m.Question[0]) }, false},
		"an error without the question": {func(m *wire.Msg) { m.Question, m.Rcode = nil, wire.RcodeFormatError }, true},
	} {
		var a reply
		if got := a.parse(packed(t, "a.test", typeA, c.change, "a.test. 60 IN A 192.0.2.1"), 4711, "a.test", typeA); got != c.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}

// What an answer has besides: records of other names, of other types, of other
// classes, addresses that nobody can have, names that are none.
func TestOnlyWhatWasAskedFor(t *testing.T) {
	var a reply
	ok := a.parse(packed(t, "a.test", typeA, nil, "b.test. 60 IN A 192.0.2.66", "a.test. 60 IN AAAA 2001:db8::1",
		"a.test. 60 CH A 192.0.2.67", "a.test. 60 IN A 0.0.0.0", "a.test. 60 IN A 224.0.0.1", "a.test. 50 IN A 192.0.2.1"), 4711, "a.test", typeA)
	set, ttl := a.records("a.test", typeA)
	if !ok || len(set.addrs) != 1 || set.addrs[0].String() != "192.0.2.1:0" || ttl != 50 {
		t.Errorf("%v: %v, TTL %d", ok, set.addrs, ttl)
	}
	ok = a.parse(packed(t, "s.test", typeSRV, nil, `s.test. 60 IN SRV 2 0 5060 h2.test.`, `s.test. 60 IN SRV 1 0 5060 H1.test.`,
		`s.test. 60 IN SRV 1 0 0 h3.test.`, `s.test. 60 IN SRV 1 0 5060 a\032b.test.`), 4711, "s.test", typeSRV)
	set, _ = a.records("s.test", typeSRV)
	if !ok || len(set.srvs) != 2 || set.srvs[0].target != "h1.test" || set.srvs[1].target != "h2.test" {
		t.Errorf("%v: %+v", ok, set.srvs)
	}
}

// The least TTL of the alias and the address counts.
func TestTTLOfAliases(t *testing.T) {
	var a reply
	a.parse(packed(t, "x.test", typeA, nil, "x.test. 7 IN CNAME a.test.", "a.test. 60 IN A 192.0.2.1"), 4711, "x.test", typeA)
	if set, ttl := a.records("x.test", typeA); len(set.addrs) != 1 || ttl != 7 {
		t.Errorf("%v, TTL %d", set.addrs, ttl)
	}
}

// Whatever a server sends: no fault, nothing taken that was not asked for, all within
// bounds, and only names that can be asked for in turn.
func FuzzAnswer(f *testing.F) {
	kinds := []uint16{typeA, typeAAAA, typeSRV, typeNAPTR}
	f.Add(packed(f, "a.test", typeA, nil, "a.test. 60 IN CNAME b.test.", "b.test. 60 IN A 192.0.2.1"), 0)
	f.Add(packed(f, "a.test", typeAAAA, nil, "a.test. 60 IN AAAA 2001:db8::1"), 1)
	f.Add(packed(f, "a.test", typeSRV, nil, "a.test. 60 IN SRV 1 2 5060 h.test.", "a.test. 60 IN SRV 1 0 0 ."), 2)
	f.Add(packed(f, "a.test", typeNAPTR, nil, `a.test. 60 IN NAPTR 1 2 "s" "SIP+D2U" "" _sip._udp.a.test.`), 3)
	f.Add(packed(f, "a.test", typeA, func(m *wire.Msg) {
		m.Rcode = wire.RcodeNameError
		soa, _ := wire.NewRR("test. 60 IN SOA ns.test. root.test. 1 2 3 4 30")
		m.Ns = append(m.Ns, soa)
	}), 0)
	f.Add(packed(f, "a.test", typeA, func(m *wire.Msg) { m.Truncated = true }), 0)
	f.Fuzz(func(t *testing.T, b []byte, which int) {
		kind := kinds[uint(which)%4]
		var a reply
		if !a.parse(bytes.Clone(b), 4711, "a.test", kind) {
			return
		}
		set, ttl := a.records("a.test", kind)
		n := len(set.addrs) + len(set.srvs) + len(set.naptrs)
		if n > maxRecords || ttl < -1 || ttl > 1<<32 {
			t.Errorf("%d records, TTL %d", n, ttl)
		}
		if n > 0 && len(a.msg.Question) != 1 {
			t.Error("records without a question")
		}
		for _, ip := range set.addrs {
			if ip.Is4() != (kind == typeA) && !mapped(a.msg.Answer) || ip.IsUnspecified() {
				t.Errorf("address %v of type %d", ip, kind)
			}
		}
		names := []string{}
		for _, s := range set.srvs {
			if s.target != "" {
				names = append(names, s.target)
			}
		}
		for _, s := range set.naptrs {
			names = append(names, s.replacement)
		}
		for _, name := range names {
			if string(canonical(nil, []byte(name))) != name {
				t.Errorf("name %q", name)
			}
			if _, err := appendQuestion(nil, 1, name, typeA, true); err != nil {
				t.Errorf("%q cannot be asked for: %v", name, err)
			}
		}
		var order [maxRecords]uint8
		shuffle(&order, set.srvs, 1)
		seen := order[:len(set.srvs)]
		slices.Sort(seen)
		for i, o := range seen {
			if int(o) != i {
				t.Fatalf("order %v", seen)
			}
		}
	})
}

// mapped reports whether an AAAA record has an IPv4-mapped address, which is IPv4.
func mapped(rrs []wire.RR) bool {
	return slices.ContainsFunc(rrs, func(rr wire.RR) bool {
		a, ok := rr.(*wire.AAAA)
		return ok && a.AAAA.To4() != nil
	})
}

// resolv.conf(5) and hosts(5) as people write them.
func TestSystemFiles(t *testing.T) {
	dir := t.TempDir()
	f := files{resolvConf: filepath.Join(dir, "resolv.conf"), hosts: filepath.Join(dir, "hosts")}
	conf := "# made by hand\nnameserver 192.0.2.53\n  nameserver 2001:db8::53 ; second\nnameserver nonsense\n" +
		"search corp.test. Two.test\noptions ndots:2 timeout:3 attempts:4 rotate\n"
	hosts := "127.0.0.1\tlocalhost\n192.0.2.7 PBX.corp.test pbx # old\n2001:db8::7 pbx\nnonsense x\n192.0.2.8 bad..name\n"
	for name, text := range map[string]string{f.resolvConf: conf, f.hosts: hosts} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := f.read()
	want := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53"), netip.MustParseAddrPort("[2001:db8::53]:53")}
	if !slices.Equal(s.servers, want) || strings.Join(s.search, " ") != "corp.test two.test" {
		t.Errorf("servers %v, search %v", s.servers, s.search)
	}
	if s.ndots != 2 || s.timeout != 3*time.Second || s.attempts != 4 {
		t.Errorf("options %+v", s)
	}
	if pbx := s.hosts["pbx"]; len(pbx.v4) != 1 || len(pbx.v6) != 1 || len(s.hosts["pbx.corp.test"].all) != 1 {
		t.Errorf("hosts %+v", s.hosts)
	}
	if len(s.hosts) != 3 {
		t.Errorf("%d names: %+v", len(s.hosts), s.hosts)
	}
	none := files{resolvConf: "/nonexistent", hosts: "/nonexistent"}
	if s := none.read(); s.servers[0].String() != "127.0.0.1:53" || len(s.hosts["localhost"].all) != 2 {
		t.Errorf("without files: %+v", s)
	}
}

// RFC 1035 §2.3.4 and RFC 952: what can be a name of a host or a service.
func TestNames(t *testing.T) {
	label := strings.Repeat("x", 63)
	for name, want := range map[string]string{
		"A.Test": "a.test", "a.test.": "a.test", "_sip._udp.a": "_sip._udp.a", "1.2": "1.2", label: label,
		"": "", ".": "", "a..b": "", ".a": "", "a b": "", `a\.b`: "", "a\x00": "", "ä.test": "", label + "x": "",
		strings.Repeat("a.", 126) + "a": strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 127) + "a": "",
	} {
		if got := string(canonical(nil, []byte(name))); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

package dns_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/internal/dnstest"
)

// count sums a counter up over the loops.
func (r *rig) count(of func(*dns.Counters) uint64) (n uint64) {
	for i := range r.Group.Len() {
		n += of(r.dns.Counters(i))
	}
	return n
}

// RFC 7766 §5: an answer with TC set is asked for again by TCP. The lot of it comes.
func TestTruncated(t *testing.T) {
	var lines []string
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("big.test A 192.0.2.%d", i+1))
	}
	r := newRig(t, 1, dns.Config{}, append(lines, "!truncate big.test")...)
	if got := r.begin(0, 0, "big.test").Wait(); strings.Count(string(got), "192.0.2.") != 30 {
		t.Errorf("got %s", got)
	}
	if n := r.server.AskedTCP(); n != 2 { // A and AAAA
		t.Errorf("%d questions by TCP, want 2", n)
	}
	if n := r.count(func(c *dns.Counters) uint64 { return c.Truncated.Load() }); n != 2 {
		t.Errorf("%d counted as truncated", n)
	}
}

// RFC 5452 §9.1: an answer is that of the question if the ID, the question and the
// source are its own. Others are refused, and the true one is waited for.
func TestSpoofedAnswersAreRefused(t *testing.T) {
	for _, way := range []string{"!wrongid a.test", "!wrongname a.test"} {
		r := newRig(t, 1, dns.Config{}, way)
		r.want("a.test", "completed 192.0.2.1")
		if n := r.count(func(c *dns.Counters) uint64 { return c.Refused.Load() }); n == 0 {
			t.Errorf("%s: nothing was refused", way)
		}
	}
}

// RFC 5452 §4.5, §9.2: ID and source port of a question cannot be foretold.
func TestIDsAndPortsDiffer(t *testing.T) {
	spy := listen(t)
	r := newRig(t, 1, dns.Config{Servers: []netip.AddrPort{addrOf(spy)}, Timeout: time.Hour})
	ids, ports := map[[2]byte]bool{}, map[uint16]bool{}
	for i := range 20 {
		p := r.begin(0, 0, fmt.Sprintf("n%d.test", i))
		for range 2 {
			b := make([]byte, 512)
			_, from, err := spy.ReadFromUDPAddrPort(b)
			if err != nil {
				t.Fatal(err)
			}
			ids[[2]byte(b)], ports[from.Port()] = true, true
		}
		p.Abandon()
	}
	if len(ids) < 38 || len(ports) < 38 {
		t.Errorf("40 questions had %d IDs and %d ports", len(ids), len(ports))
	}
}

func listen(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func addrOf(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

// The first server is silent: the second one is asked after Timeout. When the first
// has been silent often enough it is asked last, so that nobody waits for it.
func TestSilentServer(t *testing.T) {
	silent := listen(t)
	second := dnstest.Start(t, zone)
	r := newRig(t, 1, dns.Config{Servers: []netip.AddrPort{addrOf(silent), second.Addr()}, Timeout: 250 * time.Millisecond})
	for _, name := range []string{"a.test", "b.test"} { // two questions each
		r.want(name, addressOf[name])
	}
	before := r.count(func(c *dns.Counters) uint64 { return c.Timeouts.Load() })
	if before == 0 {
		t.Error("nobody waited for the silent server")
	}
	r.want("c.test", addressOf["c.test"])
	probes := r.count(func(c *dns.Counters) uint64 { return c.Probes.Load() })
	if n := r.count(func(c *dns.Counters) uint64 { return c.Timeouts.Load() }); n > before+probes {
		t.Errorf("%d attempts timed out after the server was known to be down", n-before)
	}
}

// A port that is closed answers with an ICMP error: the next server is asked at once.
func TestUnreachableServer(t *testing.T) {
	closed := listen(t)
	addr := addrOf(closed)
	closed.Close()
	second := dnstest.Start(t, zone)
	r := newRig(t, 1, dns.Config{Servers: []netip.AddrPort{addr, second.Addr()}, Timeout: time.Hour})
	r.want("a.test", "completed 192.0.2.1")
}

// A server that cannot (SERVFAIL, REFUSED) is not the last word, if there is another.
func TestFailingServer(t *testing.T) {
	for _, way := range []string{"!servfail *", "!refused *"} {
		second := dnstest.Start(t, zone)
		first := dnstest.Start(t, way)
		r := newRig(t, 1, dns.Config{Servers: []netip.AddrPort{first.Addr(), second.Addr()}})
		r.want("a.test", "completed 192.0.2.1")
		if first.Asked("A a.test") != 1 || second.Asked("A a.test") != 1 {
			t.Errorf("%s: asked %d and %d times", way, first.Asked("A a.test"), second.Asked("A a.test"))
		}
	}
}

// All servers down: a question still goes out to each of them, once, and is over when
// they had their time; when one comes back it is noticed by that.
func TestAllServersDown(t *testing.T) {
	r := newRig(t, 1, dns.Config{Timeout: 10 * time.Millisecond, Tries: 3, Failure: 1}, "!drop *")
	for range 3 {
		r.want("a.test", "failed")
		r.later()
	}
	attempts := func(c *dns.Counters) uint64 { return c.Attempts.Load() }
	before := r.count(attempts)
	r.want("a.test", "failed")
	if n := r.count(attempts) - before; n != 2 { // A and AAAA
		t.Errorf("%d attempts while down, want one for each question", n)
	}
	if err := r.server.Zone(zone); err != nil {
		t.Fatal(err)
	}
	r.Until("it is noticed", func() bool { return r.begin(0, 0, "a.test").Wait() == "completed 192.0.2.1" })
}

// RFC 8767 §4: "if the recursive server is unable to contact the authoritative servers",
// here: ours is gone, data that has run out may be used, for MaxStale; once the
// server is known to be down, without waiting for it.
func TestStaleRecords(t *testing.T) {
	r := newRig(t, 1, dns.Config{Tries: 1, MinTTL: 1, MaxTTL: 1, Failure: 1})
	r.want("a.test", "completed 192.0.2.1")
	where := dns.Where{NAPTR: true, Reach: udp4} // by way of NAPTR and SRV records that there are none of
	r.locate("a.test", where)
	r.server.Close()
	for range 3 {
		r.later()
		r.want("a.test", "completed 192.0.2.1")
	}
	r.later()
	r.wantKnown("a.test", "completed 192.0.2.1")
	r.later()
	if got := r.locate("a.test", where); len(got) != 1 || got[0] != "udp:192.0.2.1:5060" {
		t.Errorf("located %v", got)
	}
	r.want("b.test", "failed") // of which nothing is known

	r = newRig(t, 1, dns.Config{Tries: 1, MinTTL: 1, MaxTTL: 1, MaxStale: 1})
	r.want("a.test", "completed 192.0.2.1")
	r.server.Close()
	r.later()
	r.want("a.test", "failed")
}

// RFC 6891 §7: "FORMERR … the requestor should not use EDNS".
func TestServerWithoutEDNS(t *testing.T) {
	r := newRig(t, 1, dns.Config{}, "!noedns *")
	r.want("a.test", "completed 192.0.2.1")
}

// RFC 1034 §3.6.2: an alias leads on, so often and no more.
func TestAliases(t *testing.T) {
	lines := []string{"alias.test CNAME a.test", "loop.test CNAME pool.test", "pool.test CNAME loop.test"}
	for i := range 12 {
		lines = append(lines, fmt.Sprintf("long%d.test CNAME long%d.test", i, i+1))
	}
	r := newRig(t, 1, dns.Config{}, append(lines, "long12.test A 192.0.2.9")...)
	r.want("alias.test", "completed 192.0.2.1")
	r.want("loop.test", "failed")
	r.want("long8.test", "completed 192.0.2.9")
	r.want("long0.test", "failed")
}

// RFC 2308 §5: that there is nothing may be remembered for the minimum of the SOA; a
// server that says none has it remembered for Failure only.
func TestNegativeTTL(t *testing.T) {
	r := newRig(t, 1, dns.Config{Failure: 1, MinTTL: 1})
	r.want("missing.test", "failed")
	r.later()
	r.want("missing.test", "failed")
	r.wantAsked("missing.test", 2)

	r = newRig(t, 1, dns.Config{Failure: 1, MinTTL: 1}, "test SOA ns.test root.test 1 2 3 4 60")
	r.want("missing.test", "failed")
	r.wantKnown("missing.test", "failed")
	r.wantAsked("missing.test", 1)
}

// The system's own way: /etc/hosts knows a name, so no name server is asked; what is
// written there later is read, without a loop waiting for it.
func TestHostsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	write(t, file, "192.0.2.40 pbx.test pbx # ours\n2001:db8::40 pbx\n")
	r := newRig(t, 1, dns.Config{Hosts: file, Recheck: time.Millisecond, Timeout: time.Millisecond}, "!drop *")
	r.wantKnown("PBX", "completed 192.0.2.40 2001:db8::40")
	r.wantKnown("pbx.test", "completed 192.0.2.40")
	write(t, file, "192.0.2.41 other.test\n")
	r.Until("the file is read again", func() bool { return r.begin(0, 0, "other.test").Wait() == "completed 192.0.2.41" })
}

// A change of /etc/hosts costs no question that is under way.
func TestHostsFileChangesMeanwhile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	r := newRig(t, 1, dns.Config{Hosts: file, Recheck: time.Millisecond})
	release := r.server.Hold(t)
	under := r.begin(0, 0, "a.test")
	r.Until("it is asked", func() bool { return r.server.Asked("A a.test") == 1 })
	write(t, file, "192.0.2.41 pbx\n")
	r.Until("the file is read", func() bool { return pbxIsKnown(r) })
	release()
	if got := under.Wait(); got != "completed 192.0.2.1" {
		t.Errorf("got %s", got)
	}
}

// pbxIsKnown asks without waiting for an answer.
func pbxIsKnown(r *rig) bool {
	p := r.begin(0, time.Millisecond, "pbx")
	return p.Wait() == "completed 192.0.2.41"
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// resolv.conf(5): a name with fewer than ndots dots is tried in each domain of the
// search list first; dns_use_search_list=no leaves them out.
func TestSearchList(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	write(t, file, "nameserver 192.0.2.53\nsearch one.test two.test\noptions ndots:1\n")
	lines := []string{"gw.two.test A 192.0.2.20", "gw A 192.0.2.21", "b A 192.0.2.22"}
	r := newRig(t, 1, dns.Config{ResolvConf: file}, lines...)
	r.want("gw", "completed 192.0.2.20")
	r.want("b", "completed 192.0.2.22")
	r.want("nowhere", "failed")
	r.want("a.test", "completed 192.0.2.1")
	r.wantAsked("a.test.one.test", 0)
	r.wantKnown("gw", "completed 192.0.2.20")

	r = newRig(t, 1, dns.Config{ResolvConf: file, NoSearch: true}, lines...)
	r.want("gw", "completed 192.0.2.21")
}

// dns_servers_no: no more of the name servers are asked than that.
func TestServersNo(t *testing.T) {
	silent := listen(t)
	second := dnstest.Start(t, zone)
	for n, want := range map[int]answer{1: "failed", 2: "completed 192.0.2.1"} {
		r := newRig(t, 1, dns.Config{Servers: []netip.AddrPort{addrOf(silent), second.Addr()}, MaxServers: n, Timeout: 50 * time.Millisecond, Tries: 1})
		r.want("a.test", want)
	}
}

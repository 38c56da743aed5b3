package e2e

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
)

// A bulk makes very many calls through a proxy in virtual time: one caller and one
// callee, which keep nothing of a call, so that what the process holds is the proxy's.
type bulk struct {
	v              *siptest.Virtual
	caller, callee loop.Addr
	proxy          loop.Addr
	n              int            // calls made
	got            map[string]int // what came to the caller, "200/INVITE"
}

// bulkScript knows the ways in which a call can end, by the user of its Request-URI.
const bulkScript = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
loadmodule "cfgutils.so"
route {
	if (has_totag()) { loose_route(); t_relay(); exit; }
	if (is_method("CANCEL|ACK")) { t_relay(); exit; }
	record_route();
	switch ($rU) {
	case "own":
		t_reply(480, "Temporarily Unavailable");
		exit;
	case "async":
		async(usleep(20000), resumed);
	case "suspended":
		async(sleep(3000), resumed);
	}
	t_relay();
}
route[resumed] { t_relay(); }
`

func newBulk(tb testing.TB) *bulk {
	b := &bulk{got: map[string]int{}}
	n := siptest.NewNet()
	b.caller = n.Listen(func(from loop.Addr, t []byte) { b.toCaller(readWalkMsg(from, t)) })
	b.callee = n.Listen(func(from loop.Addr, t []byte) { b.toCallee(readWalkMsg(from, t)) })
	b.v = siptest.StartVirtual(tb, n, siptest.VirtualConfig{Script: bulkScript, Loops: 2})
	b.proxy = b.v.Transport().Listeners()[0].Addr()
	return b
}

// call begins a call.
func (b *bulk) call(kind string) {
	b.n++
	id := strconv.Itoa(b.n)
	uri := "sip:" + kind + "@" + b.callee.String()
	b.request(b.caller, "INVITE", uri, id, "<"+uri+">", "")
}

// request sends one; route is a line, or nothing. Bodies and more headers make an INVITE
// as long as those of phones are.
func (b *bulk) request(from loop.Addr, method, uri, id, to, route string) {
	cseq := "1"
	if method == "BYE" {
		cseq = "2"
	}
	branch := id + method
	if method == "CANCEL" || method == "ACK" && route == "" {
		branch = id + "INVITE"
	}
	b.v.Net.Send(from, b.proxy, []byte(method+" "+uri+" SIP/2.0\r\nVia: SIP/2.0/UDP "+from.String()+";branch=z9hG4bK"+branch+";rport\r\n"+route+
		"Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=a\r\nTo: "+to+"\r\nCall-ID: "+id+"@bulk\r\nCSeq: "+cseq+" "+method+
		"\r\nContact: <sip:alice@"+from.String()+">\r\nUser-Agent: bulk\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nContent-Length: 0\r\n\r\n"))
}

func (b *bulk) toCaller(m *walkMsg) {
	b.got[m.String()]++
	id, _, _ := strings.Cut(m.callID, "@")
	uri := strings.Trim(m.to[:strings.IndexByte(m.to+";", ';')], "<>")
	kind := uri[len("sip:"):strings.IndexByte(uri, '@')]
	switch {
	case m.status == 180 && kind == "cancel":
		b.request(b.caller, "CANCEL", uri, id, "<"+uri+">", "")
	case m.method != "INVITE" || m.status < 200:
	case m.status < 300:
		route := "Route: " + m.record[0] + "\r\n"
		b.request(b.caller, "ACK", m.cont, id, m.to, route)
		b.request(b.caller, "BYE", m.cont, id, m.to, route)
	case kind != "noack":
		b.request(b.caller, "ACK", uri, id, m.to, "")
	}
}

func (b *bulk) toCallee(m *walkMsg) {
	reply := func(statuses ...string) {
		for _, s := range statuses {
			b.v.Net.Send(b.callee, b.proxy, []byte(m.reply(s, "b", "sip:bob@"+b.callee.String())))
		}
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(m.start, m.verb+" sip:"), "@")
	switch {
	case m.verb == "CANCEL":
		reply("200")
		invite := *m // whose Via below the proxy's it does not have
		invite.method = "INVITE"
		invite.via = append(invite.via, "SIP/2.0/UDP "+b.caller.String()+";branch=z9hG4bK"+strings.TrimSuffix(m.callID, "@bulk")+"INVITE;rport="+strconv.Itoa(int(b.caller.Port()))+";received=127.0.0.1")
		m = &invite
		reply("487")
	case m.verb == "BYE":
		reply("200")
	case m.verb != "INVITE", kind == "silent":
	case kind == "busy", kind == "noack":
		reply("486")
	case kind == "cancel":
		reply("180")
	default:
		reply("180", "200")
	}
}

// transactions is how many the proxy has begun.
func (b *bulk) transactions() (n int) {
	for i := range b.v.Group().Len() {
		c := b.v.Counters(i)
		n += int(c.ServerTransactions.Load() + c.ClientTransactions.Load())
	}
	return n
}

// entries is how many it still has in its tables.
func (b *bulk) entries() int { return b.holdings().Entries }

// holdings is what all loops have, of what the tests ask for.
func (b *bulk) holdings() (sum proxy.Holdings) {
	for i := range b.v.Group().Len() {
		b.v.Group().Do(i, func(l *loop.Loop) {
			h := b.v.Holdings(l)
			sum.Entries += h.Entries
			sum.Kept += h.Kept
		})
	}
	return sum
}

// A footprint is what the process takes after a collection.
type footprint struct {
	heap       uint64 // bytes of objects that live
	inUse      uint64 // bytes of spans that hold one
	rss        uint64
	goroutines int
}

func measure() (f footprint) {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f.heap, f.inUse, f.goroutines = m.HeapAlloc, m.HeapInuse, runtime.NumGoroutine()
	status, err := os.Open("/proc/self/status")
	if err != nil {
		return f
	}
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if v, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kb, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64) // 0 where it is not known
			f.rss = kb << 10
		}
	}
	return f
}

// A second hundred thousand transactions (deep: a second million), INVITE calls that end
// in every way, add nothing to what the first have left: the heap in use and the resident
// set differ by 5 % at most, and there are as many goroutines.
func TestAnotherMillionTransactions(t *testing.T) {
	if deep() {
		checkFlat(t, 1_000_000)
	} else {
		checkFlat(t, 100_000)
	}
}

func checkFlat(t *testing.T, transactions int) {
	b := newBulk(t)
	kinds := []string{"answered", "answered", "answered", "busy", "cancel", "silent", "own", "async", "noack"}
	var at [2]footprint
	for round := range at {
		from, calls := b.transactions(), 0
		for b.transactions()-from < transactions {
			for range 500 {
				b.call(kinds[calls%len(kinds)])
				calls++
			}
			b.v.Net.Run(500*time.Millisecond, nil)
		}
		b.v.Net.Run(5*time.Minute, nil)
		if n := b.entries(); n != 0 {
			t.Errorf("%d transactions have not ended", n)
		}
		at[round] = measure()
		t.Logf("after %d transactions of %d calls more: heap in use %d KiB, resident %d KiB, %d goroutines",
			b.transactions()-from, calls, at[round].inUse>>10, at[round].rss>>10, at[round].goroutines)
	}
	for _, kind := range []string{"200/INVITE", "200/BYE", "486/INVITE", "487/INVITE", "408/INVITE", "480/INVITE", "200/CANCEL"} {
		if b.got[kind] == 0 {
			t.Errorf("no %s came", kind)
		}
	}
	within(t, "heap in use", at[0].inUse, at[1].inUse)
	within(t, "resident set", at[0].rss, at[1].rss)
	if at[0].goroutines != at[1].goroutines {
		t.Errorf("%d goroutines, then %d", at[0].goroutines, at[1].goroutines)
	}
}

func within(t *testing.T, what string, a, b uint64) {
	t.Helper()
	if d := float64(b)/float64(a) - 1; d > 0.05 || d < -0.05 {
		t.Errorf("%s: %d, then %d", what, a, b)
	}
}

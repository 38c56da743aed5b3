package e2e

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/rawcalls"
	"github.com/fastsips/fastsips/internal/siptest"
)

// stampScript stamps what it does to a call with its version, before the call waits,
// between and after that, in the branch and in the replies. The names of its routes, and
// how many there are, differ between versions.
const stampScript = `
log_level=3
socket=udp:[proxy]
overload_wait=0
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
loadmodule "cfgutils.so"
loadmodule "mi_fifo.so"
modparam("mi_fifo", "fifo_name", "[dir]/mi")
modparam("mi_fifo", "reply_dir", "[dir]")
FILL
route {
	if (has_totag()) {
		loose_route();
		t_relay();
		exit;
	}
	append_hf("X-Stamp: VERSION\r\n");
	record_route();
	t_on_branch("branchVERSION");
	t_on_reply("replyVERSION");
	async(usleep(30000), resumedVERSION);
}
route[resumedVERSION] {
	append_hf("X-Stamp: VERSION\r\n");
	usleep(20000);
	append_hf("X-Stamp: VERSION\r\n");
	t_relay();
}
branch_route[branchVERSION] {
	usleep(5000);
	append_hf("X-Stamp: VERSION\r\n");
}
onreply_route[replyVERSION] {
	usleep(5000);
	append_hf("X-Stamp: VERSION\r\n");
}
`

func stampVersion(n int) string {
	version := string(rune('a' + n%2))
	fill := strings.Repeat("route[fill"+version+"] { exit; }\n", n%2) // other numbers for the same routes
	return strings.NewReplacer("VERSION", version, "FILL", fill).Replace(stampScript)
}

// stamps are the versions that each call has met.
type stamps struct {
	sync.Mutex
	of []map[string]int // by call: how often, by version
}

var stampLine = []byte("\r\nX-Stamp: ")

func (s *stamps) saw(call int, m []byte) {
	s.Lock()
	defer s.Unlock()
	for rest := m; ; {
		at := bytes.Index(rest, stampLine)
		if at < 0 {
			return
		}
		rest = rest[at+len(stampLine):]
		s.of[call][string(rest[:1])]++
	}
}

// "Reload 100 times under 1,000 calls/s with suspended runs: zero failed calls; the two
// scripts stamp different headers: every call keeps the version that it began on, both
// are seen." Now and then a broken script is refused in between.
func TestReloadUnderLoad(t *testing.T) {
	reloads, calls, rate := 10, 1000, 500
	if deep() {
		reloads, calls, rate = 100, 12_000, 1000
	}
	untilFed(func(last bool) bool { return tryReloads(t, reloads, calls, rate, last) })
}

func tryReloads(t *testing.T, reloads, calls, rate int, last bool) bool {
	p := start(t, stampVersion(0), nil, "-n", "4")
	s := &stamps{of: make([]map[string]int, calls)}
	for i := range s.of {
		s.of[i] = map[string]int{}
	}
	var wg sync.WaitGroup
	every := time.Duration(calls) * time.Second / time.Duration(rate*(reloads+2))
	wg.Go(func() { reloadOften(t, p, reloads, every) })
	res, err := rawcalls.Run(t.Context(), rawcalls.Config{Proxy: p.Addr, Calls: calls, Rate: rate, Window: calls, Patience: patience, Saw: s.saw})
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if res.Drops > 0 && !last {
		t.Logf("the kernel dropped %d datagrams of ours: once more", res.Drops)
		p.Stop()
		return false
	}
	if res.Completed != calls || res.InOrder != calls {
		t.Errorf("%d calls completed and %d in order, of %d (%d datagrams dropped)", res.Completed, res.InOrder, calls, res.Drops)
	}
	s.check(t)
	return true
}

// reloadOften reloads the other version each time, every so often.
func reloadOften(t *testing.T, p *siptest.Proxy, times int, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 1; n <= times; n++ {
		<-tick.C
		if n%10 == 5 {
			if err := p.Rewrite(stampVersion(n) + "route { nonsense(); }"); err != nil {
				t.Error(err)
			}
			if answer, err := p.Manage("reload_routes"); err == nil || !strings.Contains(err.Error(), "unknown function nonsense") {
				t.Errorf("a broken script: %s, %v", answer, err)
			}
		}
		if err := p.Rewrite(stampVersion(n)); err != nil {
			t.Error(err)
		}
		if answer, err := p.Manage("reload_routes"); !strings.Contains(answer, `"OK"`) || err != nil {
			t.Errorf("reload %d: %s, %v", n, answer, err)
		}
	}
}

// check: four stamps of the INVITE and one of each response, all of one version.
func (s *stamps) check(t *testing.T) {
	total := map[string]int{}
	mixed := 0
	for call, versions := range s.of {
		for v, n := range versions {
			total[v]++
			if n != 6 || len(versions) > 1 {
				if mixed++; mixed < 5 {
					t.Errorf("call %d has stamps %v", call, versions)
				}
			}
		}
	}
	if total["a"] == 0 || total["b"] == 0 {
		t.Errorf("calls by version: %v", total)
	}
	t.Logf("calls by version: %v", total)
}

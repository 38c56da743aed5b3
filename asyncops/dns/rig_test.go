package dns_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/internal/dnstest"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A rig is a resolver on running loops, and the name server that it asks.
type rig struct {
	*looptest.Rig
	server *dnstest.Server
	dns    *dns.Resolver
}

// zone is what the name server knows unless a test says otherwise.
const zone = `
a.test A 192.0.2.1
b.test A 192.0.2.2
c.test A 192.0.2.3
six.test AAAA 2001:db8::1
both.test AAAA 2001:db8::1
both.test A 192.0.2.1
both.test AAAA 2001:db8::2
both.test A 192.0.2.2
none.test TXT "it exists"
`

// newRig starts loops and a name server with zone and more lines.
func newRig(t testing.TB, loops int, cfg dns.Config, lines ...string) *rig {
	t.Helper()
	r := &rig{Rig: looptest.New(t, loops), server: dnstest.Start(t, zone+strings.Join(lines, "\n"))}
	if cfg.Servers == nil {
		cfg.Servers = []netip.AddrPort{r.server.Addr()}
	}
	if cfg.ResolvConf == "" {
		cfg.ResolvConf = "/dev/null"
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = looptest.Patience // no attempt is made twice unless a test wants it
	}
	r.dns = dns.New(r.Group, r.Ops, cfg)
	t.Cleanup(r.dns.Close)
	r.Start()
	return r
}

// An answer is what a look-up left behind: "completed 192.0.2.1 2001:db8::1".
type answer string

type pending = looptest.Pending[answer]

func read(l *loop.Loop, op *dns.Lookup, out asyncops.Outcome) answer {
	defer op.Free(l)
	text := []string{out.String()}
	for _, a := range op.Addrs() {
		if a.Port() != 0 {
			text = append(text, "with a port:")
		}
		text = append(text, string(a.AppendIP(nil)))
	}
	return answer(strings.Join(text, " "))
}

// begin begins a look-up on loop i.
func (r *rig) begin(i int, timeout time.Duration, name string) *pending {
	return looptest.Begin(r.Rig, i, timeout, func(l *loop.Loop) *dns.Lookup {
		op := r.dns.Lookup(l)
		op.SetName([]byte(name))
		return op
	}, read)
}

func (r *rig) want(name string, want answer) {
	r.T.Helper()
	if got := r.begin(0, 0, name).Wait(); got != want {
		r.T.Errorf("%.40q: %s, want %s", name, got, want)
	}
}

// wantKnown is want for a name whose answer is known, so that nobody waits for it.
func (r *rig) wantKnown(name string, want answer) {
	r.T.Helper()
	p := r.begin(0, 0, name)
	if got := p.Wait(); got != want || !p.AtOnce {
		r.T.Errorf("%q: %s, at once %v, want %s at once", name, got, p.AtOnce, want)
	}
}

func (r *rig) wantAsked(name string, n int) {
	r.T.Helper()
	if got := r.server.Asked("A " + name); got != n {
		r.T.Errorf("%s was asked for %d times, want %d", name, got, n)
	}
}

// later waits until loop 0's clock has moved on: what is kept for a nanosecond is old.
func (r *rig) later() {
	r.T.Helper()
	now := func() (at int64) {
		r.Group.Do(0, func(l *loop.Loop) { at = l.Now() })
		return at
	}
	began := now()
	r.Until("it is later", func() bool { return now() > began })
}

// others are names that exist nowhere.
func others(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("other%d.test", i))
	}
	return names
}

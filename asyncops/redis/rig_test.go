package redis_test

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/internal/relay"
	"github.com/fastsips/fastsips/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A rig is loops and a Client.
type rig struct {
	*looptest.Rig
	client *redis.Client
}

func newRig(t testing.TB, loops int, cfg redis.Config, addrs ...string) *rig {
	t.Helper()
	r := &rig{Rig: looptest.New(t, loops)}
	for _, a := range addrs {
		h, err := redis.ParseHost(a)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Hosts = append(cfg.Hosts, h)
	}
	if cfg.Resolver == nil {
		cfg.Resolver = dns.New(r.Group, r.Ops, dns.Config{})
		t.Cleanup(cfg.Resolver.Close)
	}
	r.client = redis.New(r.Group, r.Ops, cfg, slog.New(slog.DiscardHandler))
	t.Cleanup(r.client.Close)
	r.Start()
	return r
}

// An answer is what a command left behind.
type answer struct {
	out  asyncops.Outcome
	text string // the reply as show writes it, or the failure behind "!"
	took time.Duration
	loop int
}

func (a answer) String() string { return fmt.Sprintf("%v: %s", a.out, a.text) }

// show writes a value as redis-cli might.
func show(v redis.Value) string {
	switch v.Kind() {
	case redis.Null:
		return "nil"
	case redis.Array, redis.Map:
		var all []string
		for e := range v.All() {
			all = append(all, show(e))
		}
		return "[" + strings.Join(all, " ") + "]"
	}
	return string(v.AppendText(nil))
}

type asked = looptest.Pending[answer]

// begin begins a command on loop i; its words are separated by blanks, commands by ";".
func (r *rig) begin(i int, timeout time.Duration, text string) (p *asked) {
	r.Group.Do(i, func(l *loop.Loop) { p = r.beginOn(l, timeout, text) })
	return p
}

func (r *rig) beginOn(l *loop.Loop, timeout time.Duration, text string) *asked {
	began, q := l.Now(), r.client.Command(l)
	for i, part := range strings.Split(text, ";") {
		if i > 0 {
			q.Then()
		}
		for _, w := range strings.Fields(part) {
			q.ArgString(w)
		}
	}
	return looptest.BeginOn(r.Rig, l, timeout, q, func(l *loop.Loop, q *redis.Command, out asyncops.Outcome) answer {
		a := answer{out: out, text: show(q.Value()), took: time.Duration(l.Now() - began), loop: l.Index()}
		if e := q.Err(); e != "" {
			a.text = "!" + e
		}
		q.Free(l)
		return a
	})
}

// ask runs a command on loop 0.
func (r *rig) ask(text string) answer {
	r.T.Helper()
	return r.begin(0, 0, text).Wait()
}

// want runs a command that must give an answer.
func (r *rig) want(text, answer string) {
	r.T.Helper()
	if a := r.ask(text); a.out != asyncops.Completed || a.text != answer {
		r.T.Errorf("%s: %v, want %s", text, a, answer)
	}
}

// wantFailure runs a command that must fail, in words that begin so.
func (r *rig) wantFailure(text string, out asyncops.Outcome, begins string) {
	r.T.Helper()
	if a := r.ask(text); a.out != out || !strings.HasPrefix(a.text, "!"+begins) {
		r.T.Errorf("%s: %v, want %v: !%s…", text, a, out, begins)
	}
}

// until polls the counters: what it waits for happens in other processes.
func (r *rig) until(what string, ok func(redis.Stats) bool) {
	r.T.Helper()
	r.Until(what, func() bool { return ok(r.client.Snapshot()) })
}

// open waits until n connections are up.
func (r *rig) open(n int64) {
	r.T.Helper()
	r.until(fmt.Sprint(n, " connections"), func(s redis.Stats) bool { return s.Open == n })
}

// settled checks that each command has ended once.
func (r *rig) settled() redis.Stats {
	r.T.Helper()
	s := r.client.Snapshot()
	if s.InFlight() != 0 || s.Waiting != 0 {
		r.T.Errorf("%d commands are in flight, %d wait; %+v", s.InFlight(), s.Waiting, s)
	}
	return s
}

// relayed puts a relay in front of a server.
func relayed(t testing.TB, s *redistest.Server, cfg relay.Config) *relay.Relay {
	t.Helper()
	cfg.Target = s.Addr()
	r, err := relay.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func trusting(s *redistest.Server) *tls.Config { return &tls.Config{RootCAs: s.CA} }

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/internal/relay"
	"github.com/fastsips/fastsips/internal/testserver"
)

// A backend is a server that can be restarted, behind a relay that spoils its answers.
type backend struct {
	name    string
	relay   *relay.Relay
	restart func()
}

// backends are the two that the script asks.
type backends struct {
	tb       testserver.Outside
	postgres backend
	redis    backend
	url      string // of PostgreSQL, through its relay
}

func startBackends() (b *backends, err error) {
	b = new(backends)
	defer b.tb.Recover(&err)
	pg := pgtest.Start(&b.tb)
	r := redistest.Start(&b.tb)
	b.postgres = backend{name: "postgres", restart: func() { pg.Crash(); pg.Restart() }}
	b.redis = backend{name: "redis", restart: func() { r.Kill(); r.Restart() }}
	if err := b.postgres.behind(&b.tb, pg.Addr(), 1); err != nil { // authentication is not delayed
		return nil, err
	}
	if err := b.redis.behind(&b.tb, r.Addr(), 0); err != nil {
		return nil, err
	}
	b.url = strings.Replace(pg.URL, pg.Addr(), b.postgres.relay.Addr(), 1)
	return b, nil
}

func (b *backend) behind(tb *testserver.Outside, server string, undelayed int) (err error) {
	b.relay, err = relay.Start(relay.Config{Target: server, Undelayed: undelayed})
	if err != nil {
		tb.Clean()
		return err
	}
	tb.Cleanup(b.relay.Close)
	return nil
}

// A fault is something that happens to a backend.
type fault struct {
	name  string
	lasts time.Duration
	begin func(*backend) error
	end   func(*backend) error
}

func set(f relay.Fault) func(*backend) error {
	return func(b *backend) error { return b.relay.SetFault(f) }
}

func delay(d time.Duration) func(*backend) error {
	return func(b *backend) error { b.relay.SetDelay(d); return nil }
}

func nothing(*backend) error { return nil }

var faults = []fault{
	{"stalls", 2 * time.Second, set(relay.Fault{Kind: relay.Stall}), set(relay.Fault{})},
	{"has all connections reset", 0, func(b *backend) error { b.relay.Drop(); return nil }, nothing},
	{"refuses connections", 3 * time.Second, set(relay.Fault{Kind: relay.Refuse}), set(relay.Fault{})},
	{"takes 200 ms", 5 * time.Second, delay(200 * time.Millisecond), delay(0)},
	{"is killed and started again", 0, func(b *backend) error { b.restart(); return nil }, nothing},
	{"answers nothing any more", 3 * time.Second, set(relay.Fault{Kind: relay.BlackHole}), set(relay.Fault{})},
}

// plague lets one fault after the other happen, each first to one backend, then to the
// other, until ctx ends. It begins with a stall of both, which fills the proxy's pools.
func (b *backends) plague(ctx context.Context, every time.Duration, say io.Writer) (n int, err error) {
	defer b.tb.Recover(&err)
	begin := time.Now()
	both := []*backend{&b.postgres, &b.redis}
	happens := func(f fault, to ...*backend) error {
		for _, x := range to {
			fmt.Fprintf(say, "%4.0f s: %s %s\n", time.Since(begin).Seconds(), x.name, f.name)
			if err := f.begin(x); err != nil {
				return err
			}
		}
		wait(ctx, f.lasts)
		for _, x := range to {
			if err := f.end(x); err != nil {
				return err
			}
		}
		return nil
	}
	if !wait(ctx, every/4) {
		return 0, nil
	}
	if err := happens(faults[0], both...); err != nil {
		return 0, err
	}
	for wait(ctx, every-time.Since(begin)%every) {
		if err := happens(faults[n/2%len(faults)], both[n%2]); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// wait returns false if ctx ends before d has passed.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

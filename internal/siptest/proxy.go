package siptest

import (
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// patience bounds a wait for something that must happen; a passing test never
// uses it up, however slow the machine.
const patience = scenario.Patience

// A Proxy is a running fastsips, stopped when the test ends.
type Proxy struct {
	*sipprun.Proxy
	tb      testing.TB
	logNext int // line of the log after the last one that WaitLog found
	stopped bool
}

// StartProxy starts cmd/fastsips with the script text and returns when it
// listens. [proxy] in the text becomes a free address of 127.0.0.1, [proxy2] …
// further ones, [dir] a folder of the test. When the test ends the proxy is
// stopped, and the test fails if it did not end well (see [sipprun.Proxy.Stop]).
// FASTSIPS_RACE=1 builds it with the race detector.
func StartProxy(tb testing.TB, text string, args ...string) *Proxy {
	tb.Helper()
	return StartProxyConfig(tb, sipprun.ProxyConfig{Config: text, Args: args})
}

// StartProxyConfig is [StartProxy] with everything that can be said; Binary and
// Dir are filled in when empty.
func StartProxyConfig(tb testing.TB, cfg sipprun.ProxyConfig) *Proxy {
	tb.Helper()
	if cfg.Binary == "" {
		b, err := sipprun.Build("./cmd/fastsips")
		if err != nil {
			tb.Fatal(err)
		}
		cfg.Binary = b.Path()
	}
	if cfg.Dir == "" {
		cfg.Dir = tb.TempDir()
	}
	run, err := sipprun.StartProxy(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{Proxy: run, tb: tb}
	tb.Cleanup(func() {
		if !p.stopped {
			p.Stop()
		}
		if tb.Failed() {
			tb.Logf("log of the proxy:\n%s", p.Proxy.Log)
		}
	})
	return p
}

// Log returns the lines that the proxy has written so far.
func (p *Proxy) Log() []string { return p.Lines() }

// WaitLog waits for a line that contains substr, after the line that the last
// WaitLog found, and returns it.
func (p *Proxy) WaitLog(substr string, within time.Duration) string {
	p.tb.Helper()
	line, next, err := p.Wait(substr, p.logNext, within)
	if err != nil {
		p.tb.Fatal(err)
	}
	p.logNext = next
	return line
}

// Stop ends the proxy now and fails the test if it did not end well.
func (p *Proxy) Stop() {
	p.tb.Helper()
	p.stopped = true
	if err := p.Proxy.Stop(); err != nil {
		p.tb.Error(err)
	}
}

// FreePort returns a port of 127.0.0.1 that nobody uses, for UDP and TCP.
func FreePort(tb testing.TB) int {
	tb.Helper()
	port, err := sipprun.FreePort()
	if err != nil {
		tb.Fatal(err)
	}
	return port
}

// Address is where the proxy listens first, host:port.
func (p *Proxy) Address() string { return p.Addr }

// Fastsips is the [Starter] of scenarios for our own proxy.
func Fastsips(tb testing.TB, config string, vars map[string]string, args []string) Target {
	tb.Helper()
	return StartProxyConfig(tb, sipprun.ProxyConfig{Config: config, Vars: vars, Args: args})
}

package siptest

import (
	"testing"

	"github.com/fastsips/fastsips/internal/scenario"
)

// A Net is a network in memory, see [scenario.Net].
type Net = scenario.Net

// NewNet makes a network on which addresses can be given; nothing else happens
// before a proxy is started on it.
func NewNet() *Net { return scenario.NewNet() }

// VirtualConfig says what to start.
type VirtualConfig = scenario.VirtualConfig

// A Virtual is a whole proxy on a [Net], in the test's own process.
type Virtual struct {
	*scenario.Virtual
	tb testing.TB
}

// StartVirtual is [scenario.StartVirtual] for a test, which fails if the proxy cannot
// be started, or does not end well.
func StartVirtual(tb testing.TB, n *Net, cfg VirtualConfig) *Virtual {
	tb.Helper()
	v, err := scenario.StartVirtual(n, cfg, tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	return watched(tb, v)
}

func watched(tb testing.TB, run *scenario.Virtual) *Virtual {
	v := &Virtual{run, tb}
	tb.Cleanup(func() {
		v.Stop()
		if tb.Failed() {
			tb.Logf("log of the proxy:\n%s", v.Lines)
		}
	})
	return v
}

// Stop ends the proxy, see [scenario.Virtual.Stop].
func (v *Virtual) Stop() {
	v.tb.Helper()
	if err := v.Virtual.Stop(); err != nil {
		v.tb.Error(err)
	}
}

// A virtualWorld is one whose proxy is watched by a test.
type virtualWorld struct {
	scenario.VirtualWorld
	tb testing.TB
}

func newVirtualWorld(tb testing.TB) *virtualWorld {
	return &virtualWorld{scenario.VirtualWorld{Net: NewNet(), Dir: tb.TempDir(), Check: askSipgo}, tb}
}

// Start starts the proxy.
func (w *virtualWorld) Start(config string, vars map[string]string, args []string) (scenario.Target, error) {
	t, err := w.VirtualWorld.Start(config, vars, args)
	if err == nil {
		watched(w.tb, w.Proxy)
	}
	return t, err
}

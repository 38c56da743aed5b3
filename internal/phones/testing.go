package phones

import (
	"os"
	"os/exec"
	"testing"
)

// Need skips a test where the programs are not installed; FASTSIPS_NEED_AGENTS, which .ci/run
// sets after installing them, makes that a failure.
func Need(tb testing.TB) {
	tb.Helper()
	for _, name := range []string{"baresip", "linphonec"} {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("FASTSIPS_NEED_AGENTS") != "" {
			tb.Fatalf("%s is missing", name)
		}
		tb.Skipf("needs %s (Debian: apt-get install baresip-core linphone-cli)", name)
	}
}

// Start starts a phone that ends with the test: [Baresip] or [Linphone].
func Start(tb testing.TB, start func(dir string, account ...Account) (*Phone, error), account ...Account) *Phone {
	tb.Helper()
	p, err := start(tb.TempDir(), account...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := p.Close(); err != nil {
			tb.Error(err)
		}
	})
	return p
}

package siptest

import (
	"os/exec"
	"testing"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// Sipp runs a scenario of SIPp to its end. The test is skipped where there is no
// sipp.
func Sipp(tb testing.TB, sc sipprun.Scenario) sipprun.Stats {
	tb.Helper()
	needSipp(tb)
	if sc.Dir == "" {
		sc.Dir = tb.TempDir()
	}
	stats, err := sc.Run(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return stats
}

// Calls puts complete calls through a proxy, SIPp on both sides. What it returns
// is to be looked at: [sipprun.CallsResult.Clean].
func Calls(tb testing.TB, cfg sipprun.CallsConfig) sipprun.CallsResult {
	tb.Helper()
	needSipp(tb)
	if cfg.Dir == "" {
		cfg.Dir = tb.TempDir()
	}
	res, err := sipprun.Calls(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return res
}

func needSipp(tb testing.TB) {
	tb.Helper()
	if _, err := exec.LookPath("sipp"); err != nil {
		tb.Skip("needs sipp (Debian: apt-get install sip-tester)")
	}
}

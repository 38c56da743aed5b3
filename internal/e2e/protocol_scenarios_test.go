package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// The folder reads as a specification: each scenario says which sentence of RFC 3261,
// RFC 4320, RFC 6026 or of OpenSIPS's documentation it shows.
func TestProtocolScenarios(t *testing.T) {
	t.Parallel()
	siptest.RunDir(t, "testdata/scenarios/*.txt", with(nil))
}

// The same in virtual time, where timers of minutes cost nothing.
func TestProtocolScenariosVirtually(t *testing.T) {
	t.Parallel()
	siptest.RunDirVirtual(t, "testdata/scenarios/*.txt")
}

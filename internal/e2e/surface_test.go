package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// Each name of the language, of the core and of the everyday modules shows what it
// does, in scenarios that name the rule.
func TestSurfaceScenarios(t *testing.T) { siptest.RunDirVirtual(t, "testdata/surface/*.txt") }

// What memory cannot play: connections.
func TestSurfaceOverSockets(t *testing.T) {
	siptest.RunDir(t, "testdata/surface/*_real.txt", siptest.Fastsips)
}

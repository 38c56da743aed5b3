package registrar

import (
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// Scenarios that name the rule, in virtual time.
func TestScenarios(t *testing.T) { siptest.RunDirVirtual(t, "testdata/*.txt") }

// What memory cannot play: connections.
func TestOverSockets(t *testing.T) { siptest.RunDir(t, "testdata/*_real.txt", siptest.Fastsips) }

package registrar

import (
	"testing"

	"github.com/fastsips/fastsips/internal/siptest"
)

// Scenarios that name the rule; each is played in virtual time.
func TestScenarios(t *testing.T) { siptest.RunDirVirtual(t, "testdata/*.txt") }

//go:build race

package e2e

import (
	"os"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// With go test -race the proxy has the detector, too: it is another process.
func init() { _ = os.Setenv(sipprun.BuildRace, "1") } // only a NUL could fail

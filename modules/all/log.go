package all

import (
	"io"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/core"
)

// LogWriter is what the loops' log goes to, as the configuration says: stderr, the
// system's log, or both. It is for the LogWriter of loop.Config.
func LogWriter(loaded *module.Loaded, stderr io.Writer) io.Writer {
	return loaded.Module(module.CoreName).(*core.Module).LogWriter(stderr)
}

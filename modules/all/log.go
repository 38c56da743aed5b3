package all

import (
	"io"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/core"
)

// LogWriter is what the loops' log goes to, as the configuration says: stderr, the
// system's log, or both. It is for the LogWriter of loop.Config.
func LogWriter(loaded *module.Loaded, stderr io.Writer) io.Writer {
	var special []core.LogLines
	for _, in := range loaded.Modules {
		if x, has := in.Module.(interface {
			LogLines() (beginning string, facility, level int)
		}); has {
			beginning, facility, level := x.LogLines()
			special = append(special, core.LogLines{Beginning: beginning, Facility: facility, Level: level})
		}
	}
	return loaded.Module(module.CoreName).(*core.Module).LogWriter(stderr, special...)
}

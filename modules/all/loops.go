package all

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/core"
)

// Loops is what the configuration says of the event loops: loops and udp_workers, 0 if
// they are not there, and the CPUs of cpu_affinity.
func Loops(loaded *module.Loaded) (loops, workers int, affinity []int) {
	return loaded.Module(module.CoreName).(*core.Module).Loops()
}

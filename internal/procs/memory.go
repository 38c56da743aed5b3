package procs

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Memory returns the bytes of memory that the processes occupy: their proportional
// set sizes, in which a page that several share counts once among them.
func Memory(pids ...int) (bytes int64) {
	for _, pid := range pids {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid)) // none if it is gone
		for line := range strings.Lines(string(b)) {
			if value, ok := strings.CutPrefix(line, "Pss:"); ok {
				kib, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64) // the kernel writes numbers
				bytes += kib << 10
			}
		}
	}
	return bytes
}

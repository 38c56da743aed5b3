package cfgutils

import (
	"runtime/metrics"

	"github.com/fastsips/fastsips/script"
)

// levelAlert and levelNotice are OpenSIPS's.
const (
	levelAlert  = -3
	levelNotice = 1
)

func debugFunctions() []*script.Func {
	return []*script.Func{
		script.Func0("abort", "End the run, with an alert in the log. The process goes on: it has other calls.", script.All, func(c *script.Ctx) script.Ret {
			c.Log(levelAlert, []byte("cfgutils: the script called abort()"))
			return 0
		}),
		script.Func0("pkg_status", "Log how much memory the process has.", script.All, memoryStatus),
		script.Func0("shm_status", "As pkg_status: there is one memory.", script.All, memoryStatus),
	}
}

// memoryStatus reads numbers that the run-time keeps anyway, without stopping it.
func memoryStatus(c *script.Ctx) script.Ret {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/sched/goroutines:goroutines"}}
	metrics.Read(s)
	c.Notice("cfgutils: memory: heap=%d total=%d goroutines=%d", s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64())
	return 1
}

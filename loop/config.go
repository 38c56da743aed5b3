package loop

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"

	"github.com/fastsips/fastsips/internal/cpus"
)

// Config is fixed once New is called. Zero fields take their defaults.
type Config struct {
	// Loops is the number of event loops. The default is one per usable CPU: the
	// affinity mask, the cgroup's quota and GOMAXPROCS are respected.
	Loops int
	// LogWriter gets the log lines, in batches, from one goroutine. It may stall:
	// lines are lost then, not calls. The default is standard error.
	LogWriter io.Writer
	// LogRing is the room for log lines waiting to be written, per loop, in
	// records of 256 bytes; a longer line takes the room of several. The default is
	// 4096.
	LogRing int
	// LogLevel is the lowest level that Group.Logger passes. The default is Info.
	LogLevel slog.Leveler
	// HandOver bounds the datagrams under way from one loop to one other. The
	// default is 4096.
	HandOver int
	// PassOn bounds the Outs under way from one loop to the connections of one other.
	// The default is 16384: a message may lead to several.
	PassOn int
	// SlotPool and OutPool bound the idle datagram buffers kept per loop; what
	// comes back beyond that goes to the garbage collector. A buffer is 2 KiB. The
	// defaults are 8192.
	SlotPool, OutPool int
}

func (c Config) withDefaults() (Config, error) {
	if c.Loops == 0 {
		c.Loops = min(cpus.Look().Loops(), runtime.GOMAXPROCS(0))
	}
	if c.LogWriter == nil {
		c.LogWriter = os.Stderr
	}
	if c.LogLevel == nil {
		c.LogLevel = slog.LevelInfo
	}
	for _, f := range []struct {
		name     string
		n        *int
		def, max int
	}{
		{"Loops", &c.Loops, 0, 1024},
		{"LogRing", &c.LogRing, 4096, 1 << 20},
		{"HandOver", &c.HandOver, 4096, 1 << 20},
		{"PassOn", &c.PassOn, 16384, 1 << 20},
		{"SlotPool", &c.SlotPool, 8192, 1 << 24},
		{"OutPool", &c.OutPool, 8192, 1 << 24},
	} {
		if *f.n == 0 {
			*f.n = f.def
		}
		if *f.n < 0 || *f.n > f.max {
			return c, fmt.Errorf("loop: %s = %d, but may be up to %d", f.name, *f.n, f.max)
		}
	}
	return c, nil
}

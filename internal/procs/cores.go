package procs

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// A Core is what a processor has done since the start of the machine, as seen at a time.
//
// How long it was busy /proc/stat does not say: it tells as whose the ticks of the clock
// found it, 250 a second. Load that comes at a fixed rate, 10,000 a second say, keeps step
// with them, and then they find it always working or never. The time that it was idle
// the kernel measures (if it stops the clock of idle processors, as all common ones do).
type Core struct {
	At          time.Time
	Idle, Steal time.Duration // counted in units of 10 ms; Steal is what the hypervisor gave to others
}

// Since returns what shares of the time from earlier on the processor was busy, and was
// stolen.
func (c Core) Since(earlier Core) (busy, steal float64) {
	took := c.At.Sub(earlier.At).Seconds()
	steal = (c.Steal - earlier.Steal).Seconds() / took
	return max(0, 1-steal-(c.Idle-earlier.Idle).Seconds()/took), steal
}

// Cores reads /proc/stat.
func Cores() ([]Core, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return nil, err
	}
	return parseCores(string(b), time.Now())
}

func parseCores(text string, at time.Time) (list []Core, err error) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 9 || !strings.HasPrefix(f[0], "cpu") || f[0] == "cpu" {
			continue
		}
		var ticks [8]time.Duration // user nice system idle iowait irq softirq steal
		for i := range ticks {
			n, err := strconv.ParseInt(f[i+1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("/proc/stat: %w", err)
			}
			ticks[i] = time.Duration(n) * userHZ
		}
		list = append(list, Core{At: at, Idle: ticks[3] + ticks[4], Steal: ticks[7]})
	}
	return list, nil
}

package sipprun

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// LastOfAll is what the last line of the counters begins with that every
// configuration has and that matters to calls.
const LastOfAll = "statistics net "

// Statistics asks the proxy for its counters (SIGUSR1) and sums them up by name;
// last is what the last line of interest begins with.
func (p *Proxy) Statistics(last string, patience time.Duration) (map[string]int, error) {
	from := len(p.Lines())
	if err := p.Signal(syscall.SIGUSR1); err != nil {
		return nil, err
	}
	_, next, err := p.Wait(last, from, patience)
	if err != nil {
		return nil, err
	}
	sums := map[string]int{}
	for _, text := range p.Lines()[from:next] {
		for _, m := range counter.FindAllStringSubmatch(text, -1) {
			n, _ := strconv.Atoi(m[2]) // digits only
			sums[m[1]] += n
		}
	}
	return sums, nil
}

var counter = regexp.MustCompile(`\b(\w+)[=:](\d+)\b`)

// AwaitEmpty waits until no transaction is left in the proxy, tombstones included,
// no message kept and no run parked. It returns how long that took.
func (p *Proxy) AwaitEmpty(patience time.Duration) (time.Duration, error) {
	const every = 200 * time.Millisecond
	begin := time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		s, err := p.Statistics(LastOfAll, patience)
		took := time.Since(begin)
		switch {
		case err != nil:
			return took, err
		case s["Entries"] == 0 && s["Kept"] == 0 && s["InUse"] == 0 && s["Parked"] == 0:
			return took, nil
		case took > patience:
			return took, fmt.Errorf("after %v: %d entries of the transaction table, %d kept messages, %d transactions in use, %d parked runs",
				took.Round(time.Millisecond), s["Entries"], s["Kept"], s["InUse"], s["Parked"])
		}
		<-tick.C
	}
}

// RSS returns the resident memory of the process in bytes.
func (p *Proxy) RSS() (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), "\nVmRSS:")
	var kib int
	if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
		return 0, fmt.Errorf("no VmRSS of process %d: %w", p.PID(), err)
	}
	return kib << 10, nil
}

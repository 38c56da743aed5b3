package main

import (
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// megabytes is what the proxy's processes occupy, what they share counted once.
func megabytes(x *benchproxy.Proxy) float64 { return float64(procs.Memory(x.PIDs()...)) / 1e6 }

// handedOver is the share of the datagrams that one loop of fastsips had to give to
// another: it writes its counters to its log when it is asked to.
func handedOver(x *benchproxy.Proxy) (float64, error) {
	if err := x.Signal(syscall.SIGUSR1); err != nil {
		return 0, err
	}
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile(x.Log)
		if err != nil {
			return 0, err
		}
		if strings.Contains(string(b), sipprun.LastOfAll) {
			return share(counters(string(b))), nil
		}
	}
	return 0, errors.New("fastsips does not tell its counters")
}

func share(sums map[string]int) float64 {
	return float64(sums["HandedOver"]) / float64(max(sums["Received"], 1))
}

var counter = regexp.MustCompile(`\b(\w+)[=:](\d+)\b`)

// counters sums the counters of a log up by name.
func counters(text string) map[string]int {
	sums := map[string]int{}
	for _, m := range counter.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[2]) // digits only
		sums[m[1]] += n
	}
	return sums
}

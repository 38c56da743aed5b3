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
		if _, net, ok := strings.Cut(string(b), sipprun.LastOfAll); ok && strings.Contains(net, "}") {
			net, _, _ = strings.Cut(net, "}") // the loops' counters, all of them added up
			return share(counters(net)), nil
		}
	}
	return 0, errors.New("fastsips does not tell its counters")
}

func share(net map[string]int) float64 {
	return float64(net["HandedOver"]) / float64(max(net["Received"], 1))
}

var counter = regexp.MustCompile(`\b(\w+)[=:](\d+)\b`)

// counters reads "name:number" by name.
func counters(text string) map[string]int {
	all := map[string]int{}
	for _, m := range counter.FindAllStringSubmatch(text, -1) {
		all[m[1]], _ = strconv.Atoi(m[2]) // digits only
	}
	return all
}

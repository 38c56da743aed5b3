// Command steering compares the ways in which the kernel may choose the loop of a datagram:
// one trunk, that is one port calls, another one answers; a rate of calls that all can bear.
//
//	go run ./bench/steering -r 3000
//
// A line is the median of the interleaved runs: what a call costs the proxy, and of its messages how many were
// handed over.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/fifo"
)

const script = `
socket=udp:[proxy]
steering="%s"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
loadmodule "mi_fifo.so"
modparam("mi_fifo", "fifo_name", "[dir]/mi")
modparam("mi_fifo", "reply_dir", "[dir]")
route {
	if (has_totag())
		loose_route();
	else if (is_method("INVITE"))
		record_route();
	t_relay();
}`

// A setting is one way to run the proxy.
type setting struct {
	loops int
	mode  string
}

// A figure is what one run has shown.
type figure struct {
	micros, share float64 // CPU for each call; of the messages, those handed over
	failed        int
}

func main() {
	fs := flag.NewFlagSet("steering", flag.ExitOnError)
	rate := fs.Float64("r", 3000, "calls a second")
	runs := fs.Int("runs", 3, "runs of each setting")
	seconds := fs.Duration("d", 2*time.Second, "what is measured of each run")
	binary := fs.String("bin", "", "fastsips to run (default: built from this module)")
	fs.Parse(os.Args[1:]) // exits on errors
	file, err := sipprun.Fastsips(*binary)
	check(err)
	settings := []setting{{1, "auto"}, {2, "none"}, {2, "cbpf"}, {2, "ebpf"}, {4, "none"}, {4, "cbpf"}, {4, "ebpf"}}
	seen := make([][]figure, len(settings))
	for range *runs {
		for i, s := range settings {
			f, err := measure(file, s, load.Config{Rate: *rate, Warm: time.Second / 2, Measure: *seconds, Callers: 1, Callees: 1})
			check(err)
			seen[i] = append(seen[i], f)
		}
	}
	fmt.Println("loops  steering  CPU µs/call  handed over  failed")
	for i, s := range settings {
		slices.SortFunc(seen[i], func(a, b figure) int { return int(100 * (a.micros - b.micros)) })
		m, failed := seen[i][len(seen[i])/2], 0
		for _, f := range seen[i] {
			failed += f.failed
		}
		fmt.Printf("%5d  %-8s  %11.1f  %10.0f%%  %6d\n", s.loops, s.mode, m.micros, 100*m.share, failed)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "steering:", err)
		os.Exit(1)
	}
}

func measure(binary string, s setting, c load.Config) (f figure, err error) {
	dir, err := os.MkdirTemp("", "steering")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{Binary: binary, Config: fmt.Sprintf(script, s.mode), Dir: dir, Args: []string{"-n", strconv.Itoa(s.loops)}})
	if err != nil {
		return f, err
	}
	defer p.Stop()
	if s.loops > 1 {
		if _, _, err := p.Wait("steering by Call-ID", 0, 20*time.Second); err != nil { // what comes before is not steered
			return f, err
		}
	}
	if c.Proxy, err = netip.ParseAddrPort(p.Addr); err != nil {
		return f, err
	}
	var at [2]procs.Usage
	c.Mark = func(m load.Mark) {
		at[map[load.Mark]int{load.Begin: 0, load.End: 1}[m]] = procs.Look(procs.Tree(p.PID())...)
	}
	r, err := load.Run(context.Background(), c)
	if err != nil {
		return f, err
	}
	f.failed = r.Failed
	f.micros = float64(at[1].Sub(at[0]).CPU.Microseconds()) / float64(r.Ended)
	f.share, err = handedOver(dir)
	return f, err
}

// handedOver returns the share of all messages that came to another loop first.
func handedOver(dir string) (float64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	answer, err := fifo.Call(ctx, filepath.Join(dir, "mi"), dir, mi.RequestOf(1, "loops:list"))
	if err != nil {
		return 0, err
	}
	text, err := mi.Result(answer)
	if err != nil {
		return 0, err
	}
	var list struct {
		Loops []struct {
			Received   float64
			HandedOver float64 `json:"Handed_Over"`
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return 0, err
	}
	all, handed := 0.0, 0.0
	for _, l := range list.Loops {
		all, handed = all+l.Received, handed+l.HandedOver
	}
	return handed / all, nil
}

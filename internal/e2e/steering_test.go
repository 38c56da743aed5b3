package e2e

import (
	"context"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	generator "github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// All calls of a trunk come from one port, and all responses from another: without help
// the kernel, which hashes addresses, gives the ones to one loop and the others to one,
// and these hand over. Steered by Call-ID, every message comes to the loop of its call at once. Either
// way the calls are spread evenly, and all complete.
func TestTrunkIsSpread(t *testing.T) {
	for _, mode := range []string{"auto", "ebpf", "cbpf", "none"} {
		t.Run(mode, func(t *testing.T) {
			p := start(t, strings.ReplaceAll(sipprun.TrunkScript, "[steering]", mode), nil, "-n", "4")
			logged, err := p.AwaitSteering()
			if err != nil {
				t.Fatal(err)
			}
			res, err := generator.Run(context.Background(), generator.Config{
				Proxy: netip.MustParseAddrPort(p.Addr), InFlight: 60, Measure: 600 * time.Millisecond, Callers: 1, Callees: 1,
			})
			if err != nil || res.Failed != 0 || res.Completed == 0 {
				t.Fatalf("%v: %+v", err, res)
			}
			list, err := p.Loops()
			if err != nil || len(list.Loops) != 4 || len(list.Steering) != 1 {
				t.Fatalf("%v: %+v", err, list)
			}
			t.Logf("%d calls: %+v", res.Begun, list)
			spread(t, list, res.Begun)
			if !strings.Contains(logged, "by="+list.Steering[0].By) {
				t.Errorf("logged: %s", logged)
			}
			switch by := list.Steering[0].By; {
			case mode == "ebpf" && by == "none" && strings.Contains(list.Steering[0].Note, "not permitted"):
				t.Skip("this process may not load eBPF programs: " + list.Steering[0].Note)
			case by != mode && mode != "auto":
				t.Errorf("steered by %s", by)
			case by == "none":
				unsteered(t, list)
			default:
				steered(t, list)
			}
		})
	}
}

// spread checks that each loop had its share of the messages: within 20 %, or, of few calls, six standard deviations.
func spread(t *testing.T, list sipprun.LoopList, calls int) {
	total, _ := list.Sum()
	mean := float64(total) / 4
	limit := mean * max(0.2, 6*math.Sqrt(3/float64(calls)))
	for i, l := range list.Loops {
		if math.Abs(float64(l.Received)-mean) > limit {
			t.Errorf("loop %d received %d, mean %.0f", i, l.Received, mean)
		}
	}
}

func steered(t *testing.T, list sipprun.LoopList) {
	for i, l := range list.Loops {
		if l.HandedOver != 0 || l.Steered != l.Received {
			t.Errorf("loop %d: %+v", i, l)
		}
	}
}

func unsteered(t *testing.T, list sipprun.LoopList) {
	sockets := 0
	_, handed := list.Sum()
	for _, l := range list.Loops {
		if l.Steered+l.HandedOver > 0 {
			sockets++
		}
	}
	if sockets > 2 || handed == 0 {
		t.Errorf("%d sockets got messages, %d were handed over", sockets, handed)
	}
}

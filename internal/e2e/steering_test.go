package e2e

import (
	"context"
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	generator "github.com/fastsips/fastsips/internal/load"
)

const steeringScript = `
socket=udp:[proxy]
overload_wait=0
steering="[steering]"
loadmodule "tm.so"
loadmodule "rr.so"
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

// A loopsList is the answer to loops:list.
type loopsList struct {
	Loops []struct {
		Received, Steered int
		HandedOver        int `json:"Handed_Over"`
	}
	Steering []struct{ By, Note string }
}

// All calls of a trunk come from one port, and all responses from another: without help
// the kernel, which hashes addresses, gives the ones to one loop and the others to one,
// and these hand over. Steered by Call-ID, every message comes to the loop of its call at once. Either
// way the calls are spread evenly, and all complete.
func TestTrunkIsSpread(t *testing.T) {
	for _, mode := range []string{"auto", "ebpf", "cbpf", "none"} {
		t.Run(mode, func(t *testing.T) {
			p := start(t, strings.ReplaceAll(steeringScript, "[steering]", mode), nil, "-n", "4")
			res, err := generator.Run(context.Background(), generator.Config{
				Proxy: netip.MustParseAddrPort(p.Addr), InFlight: 60, Measure: time.Second, Callers: 1, Callees: 1,
			})
			if err != nil || res.Failed != 0 || res.Completed == 0 {
				t.Fatalf("%v: %+v", err, res)
			}
			text, err := p.Manage("loops:list")
			var list loopsList
			if err == nil {
				err = json.Unmarshal([]byte(text), &list)
			}
			if err != nil || len(list.Loops) != 4 || len(list.Steering) != 1 {
				t.Fatalf("%v: %s", err, text)
			}
			t.Logf("%d calls: %s", res.Begun, text)
			spread(t, list, res.Begun)
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
func spread(t *testing.T, list loopsList, calls int) {
	total := 0
	for _, l := range list.Loops {
		total += l.Received
	}
	mean := float64(total) / 4
	limit := mean * max(0.2, 6*math.Sqrt(3/float64(calls)))
	for i, l := range list.Loops {
		if math.Abs(float64(l.Received)-mean) > limit {
			t.Errorf("loop %d received %d, mean %.0f", i, l.Received, mean)
		}
	}
}

func steered(t *testing.T, list loopsList) {
	for i, l := range list.Loops {
		if l.HandedOver != 0 || l.Steered != l.Received {
			t.Errorf("loop %d: %+v", i, l)
		}
	}
}

func unsteered(t *testing.T, list loopsList) {
	sockets, handed := 0, 0
	for _, l := range list.Loops {
		handed += l.HandedOver
		if l.Steered+l.HandedOver > 0 {
			sockets++
		}
	}
	if sockets > 2 || handed == 0 {
		t.Errorf("%d sockets got messages, %d were handed over", sockets, handed)
	}
}

package sipprun

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"time"
)

// A Flow is a flow of the benchmarks for stock SIPp: the scenarios of its two sides, the
// latter empty where the proxy answers. S3 is the complete record-routed call.
type Flow struct{ UAC, UAS string }

// Flows are the flows by the names that the benchmarks have for them; package load makes
// the same ones.
var Flows = map[string]Flow{
	"S1": {UAC: "uac_options.xml"},
	"S2": {UAC: "uac_options.xml", UAS: "uas_options.xml"},
	"S3": {UAC: "uac_call.xml", UAS: "uas_call.xml"},
	"S4": {UAC: "uac_register.xml"},
	"S5": {UAC: "uac_register_auth.xml"},
}

// OfferConfig says what to offer to a proxy that runs. Flow, Proxy, Rate, Count and Dir
// are required.
type OfferConfig struct {
	Flow   string        // S1 to S5
	Proxy  string        // host:port
	Rate   int           // calls, or requests, per second
	Count  int           // of them in all
	Users  int           // S4, S5: AoRs, u000000 and so on, with passwords pw000000 and so on; zero: 1000
	Domain string        // S4, S5: of the AoRs; empty: the proxy's host
	CPUs   []int         // processors of both SIPps; none: any
	Within time.Duration // for all of it; zero: the time it takes by Rate, and a minute
	Dir    string        // for SIPp's files

	// CPU, unless it is nil, returns what the proxy has cost so far.
	CPU func() (time.Duration, error)
}

// Offered is what came of it. Messages are counted at both sides.
type Offered struct {
	Calls           int
	Successful      int
	Failed          int // Calls - Successful
	Unexpected      int // messages that the scenario does not know
	Retransmissions int
	Rate            float64       // successful calls per second of the whole run, to the second
	Setup           time.Duration // mean from the first request to its final answer
	CPU             time.Duration // of the proxy, for each successful call
}

// Offer runs a flow by stock SIPp. That calls fail is no error.
func Offer(ctx context.Context, cfg OfferConfig) (Offered, error) {
	flow, ok := Flows[cfg.Flow]
	if !ok {
		return Offered{}, fmt.Errorf("sipprun: no flow %q", cfg.Flow)
	}
	if cfg.CPU == nil {
		cfg.CPU = func() (time.Duration, error) { return 0, nil }
	}
	before, err := cfg.CPU()
	if err != nil {
		return Offered{}, err
	}
	res, err := cfg.run(ctx, flow)
	if err != nil {
		return Offered{}, err
	}
	after, err := cfg.CPU()
	n := res.UAC.Successful
	return Offered{
		Calls: cfg.Count, Successful: n, Failed: cfg.Count - n,
		Unexpected: res.UAC.Unexpected + res.UAS.Unexpected, Retransmissions: res.UAC.Retransmissions + res.UAS.Retransmissions,
		Rate: float64(n) / max(res.UAC.Elapsed.Seconds(), 1), Setup: res.UAC.Setup, CPU: (after - before) / time.Duration(max(n, 1)),
	}, err
}

// greedy lets SIPp read more than one message at a time, or the kernel drops some of
// them at a high rate.
var greedy = []string{"-max_recv_loops", "1000", "-max_sched_loops", "1000"}

func (cfg OfferConfig) run(ctx context.Context, flow Flow) (CallsResult, error) {
	within := or(cfg.Within, time.Duration(cfg.Count/max(cfg.Rate, 1))*time.Second+time.Minute)
	if flow.UAS != "" {
		return Calls(ctx, CallsConfig{Proxy: cfg.Proxy, Rate: cfg.Rate, Count: cfg.Count, UAC: flow.UAC, UAS: flow.UAS,
			CPUs: cfg.CPUs, Args: greedy, Within: within, Dir: cfg.Dir})
	}
	sc := Scenario{Name: flow.UAC, Remote: cfg.Proxy, Rate: cfg.Rate, Count: cfg.Count, CPUs: cfg.CPUs, Args: greedy,
		Within: within, Dir: filepath.Join(cfg.Dir, "uac"), Keys: map[string]string{"domain": cfg.Proxy}}
	if flow.UAC != "uac_options.xml" {
		host, _, err := net.SplitHostPort(cfg.Proxy)
		if err != nil {
			return CallsResult{}, err
		}
		if cfg.Domain != "" {
			host = cfg.Domain
		}
		sc.Keys["domain"], sc.Fields = host, users(or1(cfg.Users, 1000))
	}
	uac, err := sc.Run(ctx)
	return CallsResult{UAC: uac, Count: cfg.Count}, err
}

// users are the lines of the injection file: user and credentials.
func users(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("u%06d;[authentication username=u%06d password=pw%06d]", i, i, i))
	}
	return lines
}

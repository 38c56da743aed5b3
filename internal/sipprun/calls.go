package sipprun

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// CallsConfig says what load to put through a proxy: complete calls from one SIPp
// to another. Proxy, Count and Dir are required.
type CallsConfig struct {
	Proxy  string        // host:port of the proxy
	Rate   int           // calls per second; zero means 100
	Count  int           // calls to make
	Hold   time.Duration // between ACK and BYE
	Users  []string      // user parts of the Request-URI, used in turn; nil: "service"
	Domain string        // host:port of the Request-URI; empty: the callee's own address
	UAC    string        // scenarios; empty: uac_call.xml and uas_call.xml
	UAS    string
	Callee string            // address that the callee binds; empty: a free one
	Keys   map[string]string // keywords of the callee's scenario
	Args   []string          // further options of both SIPps
	CPUs   []int             // processors of both; none: any
	T1     time.Duration     // before the first retransmission by either; zero means 500 ms
	Linger time.Duration     // how long either remembers a call after its end; zero means 500 ms
	Within time.Duration     // for all calls; zero means the time they take by Rate, and a minute
	Dir    string            // for SIPp's files
}

// CallsResult is what both ends of [Calls] counted.
type CallsResult struct {
	UAC, UAS Stats
	Count    int // calls that were to be made
}

// Clean returns an error unless all calls were made and both ends saw nothing
// unexpected.
func (r CallsResult) Clean() error {
	var errs []error
	for _, end := range []struct {
		name string
		Stats
	}{{"caller", r.UAC}, {"callee", r.UAS}} {
		if err := end.Clean(r.Count); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", end.name, err))
		}
	}
	return errors.Join(errs...)
}

// Calls runs the calls.
func Calls(ctx context.Context, cfg CallsConfig) (CallsResult, error) {
	cfg.Rate = or1(cfg.Rate, 100)
	cfg.Within = or(cfg.Within, time.Duration(cfg.Count/cfg.Rate)*time.Second+cfg.Hold+time.Minute)
	if cfg.UAC == "" {
		cfg.UAC = "uac_call.xml"
	}
	if cfg.UAS == "" {
		cfg.UAS = "uas_call.xml"
	}
	res := CallsResult{Count: cfg.Count}
	uas, err := Scenario{
		Name: cfg.UAS, Local: cfg.Callee, Keys: cfg.Keys, Args: cfg.Args, CPUs: cfg.CPUs, T1: cfg.T1, Linger: cfg.Linger,
		Within: cfg.Within + cfg.Linger + 30*time.Second, Dir: filepath.Join(cfg.Dir, "uas"),
	}.Start()
	if err != nil {
		return res, err
	}
	if cfg.Domain == "" {
		cfg.Domain = uas.Addr
	}
	var callerErr, calleeErr error
	res.UAC, callerErr = Scenario{
		Name: cfg.UAC, Remote: cfg.Proxy, Keys: map[string]string{"domain": cfg.Domain}, Fields: cfg.Users, T1: cfg.T1, Linger: cfg.Linger, Args: cfg.Args, CPUs: cfg.CPUs,
		Rate: cfg.Rate, Count: cfg.Count, Hold: cfg.Hold, Within: cfg.Within, Dir: filepath.Join(cfg.Dir, "uac"),
	}.Run(ctx)
	res.UAS, calleeErr = uas.Finish()
	return res, errors.Join(callerErr, calleeErr)
}

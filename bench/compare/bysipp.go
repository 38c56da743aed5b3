package main

import (
	"context"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// sippRate is what stock SIPp makes beside whatever else has its processor: calls, or
// requests, per second.
const sippRate = 1000

// bySipp puts a flow through a proxy with stock SIPp, which must lose nothing.
func (b *session) bySipp(r *row, p point, x *benchproxy.Proxy, dir string, cpus []int) error {
	begin := time.Now()
	res, err := sipprun.Offer(context.Background(), sipprun.OfferConfig{
		Flow: p.flow.name, Proxy: net.JoinHostPort("127.0.0.1", strconv.Itoa(x.Port)), Rate: sippRate, Count: int(sippRate * b.settings.measure.Seconds()),
		CPUs: cpus, Dir: filepath.Join(dir, "sipp"), CPU: func() (time.Duration, error) { return procs.Look(x.PIDs()...).CPU, nil },
	})
	if err != nil {
		return err
	}
	r.Rate, r.Started, r.Failed, r.Repeated = res.Rate, res.Calls, res.Failed+res.Unexpected, res.Retransmissions
	r.CPU = float64(res.CPU.Nanoseconds()) / 1000
	r.Cores = r.CPU * float64(res.Successful) / 1e6 / time.Since(begin).Seconds()
	r.P50 = res.Setup.Seconds() * 1000 // SIPp tells the mean
	r.Memory = megabytes(x)
	return nil
}

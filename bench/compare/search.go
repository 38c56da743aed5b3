package main

import (
	"errors"
	"math"
	"time"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/load"
)

const (
	patience  = 3 * time.Second // of a step of the search
	precision = 1.05            // between the rate that is held and the one that is not
)

// search finds the highest rate that is held, in an open loop: it raises the rate by
// half until that is too much, then halves the distance. A step that fails is tried
// once more, for one disturbance is no limit.
func (b *session) search(r *row, p point, cfg load.Config, x *benchproxy.Proxy, serving func() []int, cpus []int) error {
	step := func(rate float64) (bool, error) {
		for range 2 {
			cfg.Rate, cfg.Warm, cfg.Measure = rate, time.Second, patience
			res, cost, err := benchproxy.Load(x, cfg, serving, cpus...)
			if err != nil {
				return false, err
			}
			if res.Bad() < limit && res.Rate > 0.98*rate {
				r.take(res, cost)
				return true, nil
			}
		}
		return false, nil
	}
	low, high := 0.0, 0.0
	for rate := p.flow.rate; high == 0 || low > 0 && high/low > precision; {
		ok, err := step(rate)
		if err != nil {
			return err
		}
		if ok {
			low = rate
		} else {
			high = rate
		}
		switch {
		case high == 0:
			rate *= 1.5
		case low == 0:
			rate /= 2
			if high = 0; rate < 10 {
				return errors.New("holds not even 10 a second")
			}
		default:
			rate = math.Sqrt(low * high)
		}
	}
	r.Memory = megabytes(x)
	return nil
}

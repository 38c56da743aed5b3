package hugepages

import (
	"runtime/metrics"
	"time"
)

// low is how much free address space makes Keep reserve more: at 20,000 calls a second
// some ten seconds' growth.
const low = Step / 8

// Keep reserves a Step whenever the heap has used up nearly all that it has, until stop is
// closed or there is no more to be had.
func Keep(stop <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			if Free() < low && Reserve(Step) != nil {
				return
			}
		}
	}
}

// Free returns how many bytes of address space the heap has and does not use.
func Free() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() + s[1].Value.Uint64()
}

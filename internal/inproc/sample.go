package inproc

import (
	"errors"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	rtmetrics "runtime/metrics"
	"runtime/pprof"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/metrics"
)

// A Sample is what this process has and has spent, at one moment.
type Sample struct {
	Heap    uint64 // bytes of objects that the last collection found alive
	Scan    uint64 // of those, bytes that a collection has to look at
	Objects uint64 // on the heap, dead ones included
	RSS     uint64 // bytes
	PSS     uint64 // bytes; 0 where the kernel does not tell
	Cycles  uint64 // collections so far
	Mallocs uint64 // objects made so far
	Entries int    // of the transaction tables, tombstones included

	GC     float64 // CPU seconds of collections so far, as the run-time estimates them
	Idle   float64 // of those, by workers that found a P without work
	Assist float64 // of those, by whoever allocated meanwhile
	Paused []Pause // how long the world was stopped for collections, so far

	Lag metrics.Distribution // of all loops, so far
}

// A Pause is a class of a histogram.
type Pause struct {
	Below float64 // seconds
	N     uint64
}

const (
	liveMetric    = "/gc/heap/live:bytes"
	scanMetric    = "/gc/scan/heap:bytes"
	objectsMetric = "/gc/heap/objects:objects"
	cyclesMetric  = "/gc/cycles/total:gc-cycles"
	mallocsMetric = "/gc/heap/allocs:objects"
	gcMetric      = "/cpu/classes/gc/total:cpu-seconds"
	idleMetric    = "/cpu/classes/gc/mark/idle:cpu-seconds"
	assistMetric  = "/cpu/classes/gc/mark/assist:cpu-seconds"
	pauseMetric   = "/sched/pauses/total/gc:seconds"
)

// Look takes a sample. It stops nothing.
func (p *running) Look() (s Sample) {
	names := []string{liveMetric, scanMetric, objectsMetric, cyclesMetric, mallocsMetric, gcMetric, idleMetric, assistMetric, pauseMetric}
	list := make([]rtmetrics.Sample, len(names))
	for i := range names {
		list[i].Name = names[i]
	}
	rtmetrics.Read(list)
	for i, at := range []*uint64{&s.Heap, &s.Scan, &s.Objects, &s.Cycles, &s.Mallocs} {
		*at = list[i].Value.Uint64()
	}
	for i, at := range []*float64{&s.GC, &s.Idle, &s.Assist} {
		*at = list[5+i].Value.Float64()
	}
	h := list[8].Value.Float64Histogram()
	for i, n := range h.Counts {
		if n > 0 {
			s.Paused = append(s.Paused, Pause{min(h.Buckets[i+1], math.MaxFloat64), n}) // JSON knows no infinity
		}
	}
	for i := range p.group.Len() {
		lag := p.group.Lag(i)
		for c := range lag.Classes {
			s.Lag.Classes[c] += lag.Classes[c]
		}
		s.Lag.N, s.Lag.Sum = s.Lag.N+lag.N, s.Lag.Sum+lag.Sum
	}
	for i := range p.group.Len() {
		m, _ := p.Memory(i) // a loop that is stuck has none to tell of
		s.Entries += m.Entries
	}
	s.RSS, s.PSS = resident()
	return s
}

// collectAll has the collector find all that is dead, and gives it back to the system. Twice:
// a collection scans what it scans before it knows how much will have been left.
func collectAll() {
	runtime.GC()
	debug.FreeOSMemory()
}

// profile writes a heap profile.
func profile(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("heap").WriteTo(f, 0), f.Close())
}

// resident reads /proc/self/smaps_rollup: zeros where there is none.
func resident() (rss, pss uint64) {
	b, _ := os.ReadFile("/proc/self/smaps_rollup")
	for line := range strings.Lines(string(b)) {
		name, rest, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		switch name {
		case "Rss":
			rss = kib << 10
		case "Pss":
			pss = kib << 10
		}
	}
	return rss, pss
}

// Since returns what came between an earlier sample and s; sizes are those of s.
func (s Sample) Since(earlier Sample) Sample {
	d := s
	d.Cycles -= earlier.Cycles
	d.Mallocs -= earlier.Mallocs
	d.GC, d.Idle, d.Assist = s.GC-earlier.GC, s.Idle-earlier.Idle, s.Assist-earlier.Assist
	d.Paused = nil
	for _, p := range s.Paused {
		for _, q := range earlier.Paused {
			if q.Below == p.Below {
				p.N -= q.N
			}
		}
		if p.N > 0 {
			d.Paused = append(d.Paused, p)
		}
	}
	for c := range d.Lag.Classes {
		d.Lag.Classes[c] -= earlier.Lag.Classes[c]
	}
	d.Lag.N, d.Lag.Sum = s.Lag.N-earlier.Lag.N, s.Lag.Sum-earlier.Lag.Sum
	return d
}

// LongestPause is the end of the highest class of Paused, in seconds.
func (s Sample) LongestPause() float64 {
	longest := 0.0
	for _, p := range s.Paused {
		longest = max(longest, p.Below)
	}
	return longest
}

package tune

import (
	"cmp"
	"fmt"
	"slices"
)

// A Point is what a number of loops did: medians of its runs.
type Point struct {
	Loops     int     `json:"loops"`
	Rate      float64 `json:"rate"`
	Low       float64 `json:"rate_low"` // of the runs
	High      float64 `json:"rate_high"`
	Proxy     float64 `json:"proxy_us"`
	Generator float64 `json:"generator_us"`
	P99       float64 `json:"p99_ms"`
	Bad       float64 `json:"bad"`
	Room      float64 `json:"room"` // calls in a second that the proxy would hold if it had all processors to itself
	Runs      int     `json:"runs"`
}

// Points are the medians of the runs, by the number of loops, on so many processors.
func Points(runs []Run, cores float64) (list []Point) {
	byLoops := map[int][]Run{}
	for _, r := range runs {
		byLoops[r.Loops] = append(byLoops[r.Loops], r)
	}
	for loops, of := range byLoops {
		rates := values(of, func(r Run) float64 { return r.Rate })
		p := Point{Loops: loops, Rate: median(rates), Low: slices.Min(rates), High: slices.Max(rates), Runs: len(of),
			Proxy:     median(values(of, func(r Run) float64 { return r.Proxy })),
			Generator: median(values(of, func(r Run) float64 { return r.Generator })),
			P99:       median(values(of, func(r Run) float64 { return r.P99 })),
			Bad:       median(values(of, func(r Run) float64 { return r.Bad })),
		}
		p.Room = min(float64(loops), cores) * 1e6 / p.Proxy
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Point) int { return cmp.Compare(a.Loops, b.Loops) })
	return list
}

func values(runs []Run, of func(Run) float64) (list []float64) {
	for _, r := range runs {
		list = append(list, of(r))
	}
	return list
}

func median(list []float64) float64 {
	slices.Sort(list)
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

const (
	// slack is how far below the best rate a number of loops may be that has more room.
	slack = 0.1
	// noise is what two medians may differ by without any meaning.
	noise = 0.05
	// spoilt is the share of failed and repeated calls above which a rate does not count.
	spoilt = 0.01
)

// Choose picks the number of loops, and says why.
//
// The rate is that of proxy and generator on the same processors: it leaves out what the
// proxy would do with the generator's share. Room puts that right, as far as one can: a
// loop for each processor, each call at the CPU that it took here. So the most room wins
// among those whose rate is near the best one, and of what is within the noise the fewest
// loops: they cost less memory, fewer wake-ups, fewer messages handed over.
func Choose(points []Point) (best Point, why string) {
	sound := slices.DeleteFunc(slices.Clone(points), func(p Point) bool { return p.Bad > spoilt })
	if len(sound) == 0 {
		sound = points
	}
	rate := func(p Point) float64 { return p.Rate }
	room := func(p Point) float64 { return p.Room }
	top := most(sound, rate)
	near := slices.DeleteFunc(slices.Clone(sound), func(p Point) bool { return p.Rate < (1-slack)*top.Rate })
	roomy := most(near, room)
	for _, best = range near {
		if best.Room >= (1-noise)*roomy.Room {
			break
		}
	}
	why = fmt.Sprintf("%.0f calls/s with the generator on the same CPUs (the best: %.0f), room for %.0f without it", best.Rate, top.Rate, best.Room)
	switch roomiest := most(sound, room); {
	case best.Room < (1-noise)*roomiest.Room:
		why += fmt.Sprintf("; %d loops would have room for %.0f, but reach %.0f here, because the generator shares the CPUs: on a machine that the proxy has to itself it would hold more with them",
			roomiest.Loops, roomiest.Room, roomiest.Rate)
	case best.Loops < roomy.Loops:
		why += fmt.Sprintf("; %d loops have no more room than the noise", roomy.Loops)
	}
	return best, why
}

func most(list []Point, of func(Point) float64) Point {
	return slices.MaxFunc(list, func(a, b Point) int { return cmp.Compare(of(a), of(b)) })
}

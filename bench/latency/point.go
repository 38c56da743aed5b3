package main

import (
	"fmt"
	"time"
)

// A product is a proxy.
type product string

const (
	fastsips product = "fastsips"
	kamailio product = "kamailio"
)

// A variant is how a script waits.
type variant string

const (
	async    variant = "async"    // in the product's own way
	plain    variant = "plain"    // fastsips: as a blocking script is written; it does not block
	blocking variant = "blocking" // kamailio: the worker waits
)

// A point is one measurement to make.
type point struct {
	op      *operation
	delay   time.Duration
	product product
	variant variant
	loops   int // event loops, or cores for the other one's workers

	workers     int     // kamailio: that take messages
	tasks       int     // kamailio: that carry async routes out
	connections int     // fastsips: db_max_async_connections
	inFlight    int     // closed loop
	perSecond   float64 // and so many more for each second of the wait
	rate        float64 // open loop, instead
}

// A series is the points that differ in their waits only.
type series struct {
	op      string
	product product
	variant variant
	loops   int
}

func (p point) series() series { return series{p.op.name, p.product, p.variant, p.loops} }

func (p point) String() string {
	return fmt.Sprintf("%s %v %s %s %d", p.op.name, p.delay, p.product, p.variant, p.loops)
}

const (
	taskWorkers     = 64  // of Kamailio, that carry blocking functions out
	execWorkers     = 256 // likewise, for exec
	blockingWorkers = 8   // of Kamailio that take messages, when they block
	pgConnections   = 64  // of fastsips to PostgreSQL: as many as Kamailio's tasks have
	execRate        = 200
	baseInFlight    = 200
	spareFiles      = 500   // that a relay needs besides two for each request
	perSecond       = 12000 // calls in flight for each second of wait, until more is known
)

// plan lists the points in the order in which they are measured: the two products in
// turn, A B A B.
func plan(s settings) (list []point) {
	for _, loops := range s.loops {
		for i := range operations {
			o := &operations[i]
			if !s.wants(o.name) {
				continue
			}
			for _, d := range s.delays {
				for range s.reps {
					list = append(list, pair(o, d, loops, async)...)
				}
				if loops == 1 && (o.relayed || o.name == "usleep") && s.blockingAt(d) {
					list = append(list, pair(o, d, loops, plain)...)
				}
			}
		}
	}
	return list
}

// pair is the same measurement of both products.
func pair(o *operation, d time.Duration, loops int, v variant) []point {
	a := point{op: o, delay: d, product: fastsips, variant: v, loops: loops, connections: pgConnections, inFlight: baseInFlight, perSecond: perSecond}
	b := point{op: o, delay: d, product: kamailio, variant: v, loops: loops, workers: loops, inFlight: baseInFlight, perSecond: perSecond}
	switch {
	case v == plain: // more would find all workers waiting
		b.variant, b.workers, b.inFlight, b.perSecond = blocking, blockingWorkers, blockingWorkers, 0
		if d == 0 {
			b.inFlight = 100
		}
	case o.name == "exec":
		a.rate, b.rate, b.tasks = execRate, execRate, execWorkers
	case o.name == "usleep":
		b.tasks = 1
	default: // no more than its tasks can wait for, and a few to keep them busy
		b.tasks, b.perSecond = taskWorkers, 0
		if d >= 10*time.Millisecond {
			b.inFlight = taskWorkers + taskWorkers/4
		}
	}
	return []point{a, b}
}

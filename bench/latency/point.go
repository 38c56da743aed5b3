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
	rate        float64 // open loop, instead
}

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
	perSecond       = 12000 // calls in flight for each second of delay: above what any core here holds
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
					list = append(list, pair(s, o, d, loops, async)...)
				}
				if loops == 1 && (o.relayed || o.name == "usleep") && s.blockingAt(d) {
					list = append(list, pair(s, o, d, loops, plain)...)
				}
			}
		}
	}
	return list
}

// pair is the same measurement of both products.
func pair(s settings, o *operation, d time.Duration, loops int, v variant) []point {
	a := point{op: o, delay: d, product: fastsips, variant: v, loops: loops, connections: pgConnections}
	a.inFlight = baseInFlight + int(perSecond*d.Seconds())
	if o.name == "rest" { // HTTP/1.1 has a connection for each request
		a.inFlight = min(a.inFlight, (s.files-spareFiles)/2)
	}
	b := point{op: o, delay: d, product: kamailio, variant: v, loops: loops, workers: loops, inFlight: a.inFlight}
	switch {
	case v == plain:
		b.variant, b.workers, b.inFlight = blocking, blockingWorkers, blockingWorkers
		if d == 0 {
			b.inFlight = 100
		}
	case o.name == "exec":
		a.rate, b.rate, b.tasks = execRate, execRate, execWorkers
	case o.name == "usleep":
		b.tasks = 1
	default: // no more than its tasks can wait for, and a few to keep them busy
		b.tasks = taskWorkers
		if d >= 10*time.Millisecond {
			b.inFlight = taskWorkers + taskWorkers/4
		}
	}
	return []point{a, b}
}

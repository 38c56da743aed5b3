package main

import (
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/load"
)

// A flow is what a proxy is asked to do.
type flow struct {
	name     string
	title    string
	unit     string // what is counted
	load     load.Flow
	inFlight int     // closed loop
	rate     float64 // of the measurement at a fixed rate, per second
	workers  int     // processes of Kamailio and OpenSIPS that take messages
	tasks    int     // Kamailio's task workers
	backend  string  // what the script asks: "postgres", "rest"
	lingers  bool    // leaves transactions behind
	floored  bool    // the forwarder can do it
	users    int     // S4, S5: AoRs; zero: as many as the generator makes by itself. All are registered before it is measured
}

const (
	taskWorkers   = 64 // of Kamailio, that carry blocking functions out
	timerWorkers  = 32 // likewise, that go on with what has waited
	dbConnections = 64 // of OpenSIPS and fastsips: as many as Kamailio's tasks have
	wait          = 20 * time.Millisecond
)

var flows = []flow{
	{name: "S1", title: "OPTIONS, answered statelessly", unit: "request", load: load.Options, inFlight: 100, rate: 10000, workers: 1},
	{name: "S2", title: "OPTIONS, forwarded statelessly", unit: "request", load: load.Forward, inFlight: 100, rate: 5000, workers: 1},
	{name: "S3", title: "record-routed call: INVITE, 100, 180, 200, ACK, BYE, 200", unit: "call", load: load.Calls, inFlight: 100, rate: 2000, workers: 1, lingers: true, floored: true},
	{name: "S4", title: "REGISTER, location in memory", unit: "request", load: load.Register, inFlight: 100, rate: 5000, workers: 1},
	{name: "S4million", title: "REGISTER, a million contacts in memory", unit: "request", load: load.Register, inFlight: 100, workers: 1, users: 1000000},
	{name: "S5", title: "REGISTER with digest authentication, location in memory", unit: "request", load: load.Register, inFlight: 100, rate: 2500, workers: 1},
	{name: "S6sleep", title: "S3 with 20 ms of usleep before t_relay", unit: "call", load: load.Calls, inFlight: 400, rate: 1000, workers: 4, tasks: timerWorkers, lingers: true},
	{name: "S6postgres", title: "S3 with a query of 20 ms to PostgreSQL before t_relay", unit: "call", load: load.Calls, inFlight: 200, rate: 1000, workers: 4, tasks: taskWorkers, backend: "postgres", lingers: true},
	{name: "S6rest", title: "S3 with a REST request of 20 ms before t_relay", unit: "call", load: load.Calls, inFlight: 100, rate: 500, workers: 4, tasks: taskWorkers, backend: "rest", lingers: true},
}

func flowOf(name string) *flow {
	for i := range flows {
		if flows[i].name == name {
			return &flows[i]
		}
	}
	return nil
}

// short is the title without its details.
func (f *flow) short() string {
	text, _, _ := strings.Cut(f.title, ": ")
	return strings.TrimSuffix(strings.Replace(text, "S3 with ", "call with ", 1), " before t_relay")
}

func flowNames() (names []string) {
	for _, f := range flows {
		names = append(names, f.name)
	}
	return names
}

package load

// A Result is what came of the calls; with another Flow than Calls, of the requests,
// each of which then counts as a call. Those that began while it was measured are
// counted by Started to Repeated, whenever they ended:
// Started = Completed + Failed + Refused.
type Result struct {
	Started   int
	Completed int // the last request was answered with 2xx: the BYE, OPTIONS, REGISTER
	Failed    int // another final response than that or a refusal, or none in time
	Refused   int // the first request was answered with 503
	Repeated  int // requests that were sent again
	Disorder  int // 200s to INVITEs that no 180 had come before

	Seconds    float64 // what was measured
	Ended      int     // calls that completed in this time, whenever they began
	Rate       float64 // Ended / Seconds: calls, or requests, per second
	Unexpected int     // messages that belong to no call, over the whole run
	Drops      int     // datagrams that the kernel dropped at our sockets, likewise
	Received   int     // requests that reached the callee but ACK and BYE, likewise; a copy counts as well
	Invites    int     // INVITEs among them
	Acks       int     // that reached the callee, likewise
	RetryAfter int     // 503 responses with a Retry-After that is a number of seconds, likewise
	Begun      int     // calls, over the whole run

	// Setup is from the INVITE to its 200; without calls, from the request to its last
	// response, a challenge between them included. In an open loop it counts from the
	// time at which the call was due, however late it was begun.
	Setup    Latency
	Statuses map[int]int // responses that the caller got, over the whole run
	CPU      float64     // seconds that the generator's process ran while it was measured
	Behind   float64     // open loop: how many seconds late the latest start was

	Timeline []Second // the whole run, from its start to its end; the last one may be short
}

// A Second is what happened in one second of a run, warm-up and drain included. A call
// is counted where it began and, once more, where it ended.
type Second struct {
	Begun     int
	Completed int
	Failed    int
	Refused   int
	Repeated  int
	InFlight  int     // at its end
	Worst     float64 // Setup of the calls that were set up in it, in seconds
}

// Latency is in seconds.
type Latency struct{ P50, P99, P999, Max float64 }

// Bad returns the share of calls that failed, were refused or needed a repetition.
func (r Result) Bad() float64 {
	if r.Started == 0 {
		return 1
	}
	return float64(r.Failed+r.Refused+r.Repeated) / float64(r.Started)
}

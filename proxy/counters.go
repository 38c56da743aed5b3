package proxy

import "github.com/fastsips/fastsips/metrics"

// Counters are one loop's. Names follow OpenSIPS's statistics where it has one.
type Counters struct {
	Requests               metrics.Counter // core:rcv_requests
	Replies                metrics.Counter // core:rcv_replies
	BadMessages            metrics.Counter // core:bad_msg_hdr and broken ones
	BadReplies             metrics.Counter // core:err_replies: of those, responses
	BadURIs                metrics.Counter // core:bad_URIs_rcvd: of those, for their Request-URI
	Forwarded              metrics.Counter // core:fwd_requests, stateless
	ForwardedReplies       metrics.Counter // core:fwd_replies, to requests that were
	LocalReplies           metrics.Counter // sl and tm replies made here
	SL1xx                  metrics.Counter // sl:1xx_replies: without a transaction; and so on
	SL2xx                  metrics.Counter
	SL3xx                  metrics.Counter
	SL4xx                  metrics.Counter
	SL5xx                  metrics.Counter
	SL6xx                  metrics.Counter
	SLAcks                 metrics.Counter // sl:received_ACKs, which end here
	RelayedReplies         metrics.Counter // tm:relayed_replies
	StrayReplies           metrics.Counter // matched nothing: dropped
	DroppedReplies         metrics.Counter // by drop in an onreply route
	ServerTransactions     metrics.Counter // tm:UAS_transactions
	ClientTransactions     metrics.Counter // tm:UAC_transactions
	Tx2xx                  metrics.Counter // tm:2xx_transactions: by their first final response; and so on
	Tx3xx                  metrics.Counter
	Tx4xx                  metrics.Counter
	Tx5xx                  metrics.Counter
	Tx6xx                  metrics.Counter
	InUse                  metrics.Gauge   // tm:inuse_transactions: not yet answered
	Retransmissions        metrics.Counter // sent by timers or repeated on request
	RequestRetransmissions metrics.Counter // received and absorbed
	ReplyRetransmissions   metrics.Counter // received and absorbed behind a parked run
	Timeouts               metrics.Counter // tm:timeout_finalresponse, and of an INVITE's branches:
	InviteTimeouts         metrics.Counter // tm:timeout_finalresponse_inv
	Failovers              metrics.Counter // branches to the next target of a name (RFC 3263 §4.3)
	Loops                  metrics.Counter // requests that came back unchanged: 482
	Merged                 metrics.Counter // requests that came by another path as well: 482
	Refused                metrics.Counter // not forwarded: no hops left, an unknown Proxy-Require
	Slow                   metrics.Counter // messages and look-ups above exec_msg_threshold, exec_dns_threshold
	Shed                   metrics.Counter // new requests refused with 503: overload or drain
	Overloads              metrics.Counter // times that a loop began to refuse for overload
	Overloaded             metrics.Gauge   // loops that do so now
	SendErrors             metrics.Counter
	Unreachable            metrics.Counter // client transactions that an ICMP error has ended
	Cancelled              metrics.Counter
	Parked                 metrics.Gauge   // runs waiting for an operation
	Launched               metrics.Gauge   // launched operations under way
	Resumes                metrics.Counter // runs that went on after one
	ParkLimits             metrics.Counter // runs ended by max_parked_time
	TimerRuns              metrics.Counter // of timer_routes
	TimerSkips             metrics.Counter // ticks at which the last run still waited
	Events                 metrics.Counter // that event_routes were to run for
	EventDrops             metrics.Counter // for which too many were under way
	ForeignResumes         metrics.Counter // on a loop that does not own the call: must stay 0
}

// countStateless counts a response made without a transaction by its class.
func (c *Counters) countStateless(code int) {
	switch code / 100 {
	case 1:
		c.SL1xx.Inc()
	case 2:
		c.SL2xx.Inc()
	case 3:
		c.SL3xx.Inc()
	case 4:
		c.SL4xx.Inc()
	case 5:
		c.SL5xx.Inc()
	default:
		c.SL6xx.Inc()
	}
}

// countFinal counts a transaction by the class of its first final response.
func (c *Counters) countFinal(code int) {
	switch code / 100 {
	case 2:
		c.Tx2xx.Inc()
	case 3:
		c.Tx3xx.Inc()
	case 4:
		c.Tx4xx.Inc()
	case 5:
		c.Tx5xx.Inc()
	default:
		c.Tx6xx.Inc()
	}
}

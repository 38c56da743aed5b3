package proxy

import "github.com/fastsips/fastsips/metrics"

// Counters are one loop's. Names follow OpenSIPS's statistics where it has one.
type Counters struct {
	Requests               metrics.Counter // core:rcv_requests
	Replies                metrics.Counter // core:rcv_replies
	BadMessages            metrics.Counter // core:bad_msg_hdr and broken ones
	Forwarded              metrics.Counter // core:fwd_requests, stateless
	LocalReplies           metrics.Counter // sl and tm replies made here
	RelayedReplies         metrics.Counter // tm:relayed_replies
	StrayReplies           metrics.Counter // matched nothing: dropped
	DroppedReplies         metrics.Counter // by drop in an onreply route
	ServerTransactions     metrics.Counter // tm:UAS_transactions
	ClientTransactions     metrics.Counter // tm:UAC_transactions
	InUse                  metrics.Gauge   // tm:inuse_transactions: not yet answered
	Retransmissions        metrics.Counter // sent by timers or repeated on request
	RequestRetransmissions metrics.Counter // received and absorbed
	ReplyRetransmissions   metrics.Counter // received and absorbed behind a parked run
	Timeouts               metrics.Counter
	Failovers              metrics.Counter // branches to the next target of a name (RFC 3263 §4.3)
	Shed                   metrics.Counter // new requests refused with 503: overload or drain
	SendErrors             metrics.Counter
	Cancelled              metrics.Counter
	Parked                 metrics.Gauge   // runs waiting for an operation
	Resumes                metrics.Counter // runs that went on after one
	ForeignResumes         metrics.Counter // on a loop that does not own the call: must stay 0
}

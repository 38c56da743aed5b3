package tm

// An Event is an arrow of the figures 5 to 8: what came from the wire, what the
// transaction user does, or which timer fired. Every machine takes every event
// in every state; pairs that the figures do not draw change nothing.
type Event uint8

// The events.
const (
	NoEvent Event = iota

	// From the wire.
	RecvRequest    // server: a retransmission of the request
	RecvAck        // INVITE server: the ACK
	Recv100        // client: 100 Trying, which does not restart timer C (§16.7 step 2)
	Recv1xx        // client: 101 to 199
	RecvRising1xx  // client: 180 to 199, and higher than every provisional before it
	Recv2xx        // client
	Recv3xx6xx     // client: 300 to 699
	TransportError // what was sent last could not be sent

	// From the transaction user, which has sent, or sends, the message itself.
	Send1xx       // server
	Send2xx       // server: a 2xx that came from downstream
	SendOwn2xx    // server: a 2xx made here; §13.3.1.4 has it repeated until its ACK
	Send3xx6xx    // server: 300 to 699, 401 and 407 excepted
	SendChallenge // server: 401 or 407, which OpenSIPS sends once
	GiveUp        // non-INVITE server: no final response will be sent (RFC 4320 §4.2)
	SendCancel    // INVITE client: a CANCEL for this request has left (§9.1)

	// Timers, RFC 3261 Appendix A and RFC 6026.
	TimerA      // INVITE client: retransmit the request
	TimerB      // INVITE client: no answer at all
	TimerC      // INVITE client: no final response (§16.6 step 11)
	TimerD      // INVITE client: no more copies of the final response expected
	TimerE      // non-INVITE client: retransmit the request
	TimerF      // non-INVITE client: no final response
	TimerG      // INVITE server: retransmit the final response
	TimerH      // INVITE server: no ACK
	TimerI      // INVITE server: no more copies of the ACK expected
	TimerJ      // non-INVITE server: no more copies of the request expected
	TimerK      // non-INVITE client: no more copies of the response expected
	TimerL      // INVITE server: no more copies of the INVITE expected after a 2xx
	TimerM      // INVITE client: no more 2xx expected
	TimerCancel // INVITE client: no final response although it was cancelled (§9.1)
)

var eventNames = [...]string{
	NoEvent:     "NoEvent",
	RecvRequest: "RecvRequest", RecvAck: "RecvAck", Recv100: "Recv100", Recv1xx: "Recv1xx",
	RecvRising1xx: "RecvRising1xx", Recv2xx: "Recv2xx", Recv3xx6xx: "Recv3xx6xx", TransportError: "TransportError",
	Send1xx: "Send1xx", Send2xx: "Send2xx", SendOwn2xx: "SendOwn2xx", Send3xx6xx: "Send3xx6xx",
	SendChallenge: "SendChallenge", GiveUp: "GiveUp", SendCancel: "SendCancel",
	TimerA: "TimerA", TimerB: "TimerB", TimerC: "TimerC", TimerD: "TimerD", TimerE: "TimerE",
	TimerF: "TimerF", TimerG: "TimerG", TimerH: "TimerH", TimerI: "TimerI", TimerJ: "TimerJ",
	TimerK: "TimerK", TimerL: "TimerL", TimerM: "TimerM", TimerCancel: "TimerCancel",
}

func (ev Event) String() string { return eventNames[ev] }

func (ev Event) isTimer() bool { return ev >= TimerA }

// RecvStatus is the event of a received response with this status code,
// NoEvent outside 100 to 699. Table.Reply also knows RecvRising1xx.
func RecvStatus(status int) Event {
	switch {
	case status < 100 || status > 699:
		return NoEvent
	case status == 100:
		return Recv100
	case status < 200:
		return Recv1xx
	case status < 300:
		return Recv2xx
	}
	return Recv3xx6xx
}

// SendStatus is the event of a response with this status code that the user of
// a server transaction passes on, NoEvent outside 100 to 699.
func SendStatus(status int) Event {
	switch {
	case status < 100 || status > 699:
		return NoEvent
	case status < 200:
		return Send1xx
	case status < 300:
		return Send2xx
	case status == 401 || status == 407:
		return SendChallenge
	}
	return Send3xx6xx
}

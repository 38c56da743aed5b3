package tm

import "testing"

// "When a server transaction is constructed for a request, it enters the
// 'Proceeding' state ... If a request retransmission is received while in the
// 'Proceeding' state, the most recent provisional response that was received from
// the TU MUST be passed to the transport layer for retransmission."
// RFC 3261 §17.2.1
func TestInviteServerRepeatsItsProvisional(t *testing.T) {
	m := machine{role: InviteServer}
	wantStart(t, m, Proceeding, outcome{})
	m = started(InviteServer, false)
	expect(t, &m, RecvRequest, Proceeding, outcome{}) // nothing to repeat yet
	expect(t, &m, Send1xx, Proceeding, outcome{})
	expect(t, &m, RecvRequest, Proceeding, outcome{Effects: Effects{Send: Response}})
	expect(t, &m, RecvAck, Proceeding, outcome{})
}

// "While in the 'Proceeding' state, if the TU passes a response with status code
// from 300 to 699 to the server transaction, the response MUST be passed to the
// transport layer for transmission, and the state machine MUST enter the
// 'Completed' state. For unreliable transports, timer G is set to fire in T1
// seconds, and is not set to fire for reliable transports ... When the
// 'Completed' state is entered, timer H MUST be set to fire in 64*T1 seconds for
// all transports." RFC 3261 §17.2.1
func TestInviteServerCompletes(t *testing.T) {
	m := started(InviteServer, false)
	expect(t, &m, Send3xx6xx, Completed,
		outcome{retransmit: order{TimerG, 500 * ms}, limit: order{TimerH, 32 * sec}})
	m = started(InviteServer, true)
	expect(t, &m, Send3xx6xx, Completed, outcome{limit: order{TimerH, 32 * sec}})
}

// "If timer G fires, the response is passed to the transport layer once more for
// retransmission, and timer G is set to fire in MIN(2*T1, T2) seconds. From then
// on, when timer G fires, the response is passed to the transport again for
// transmission, and timer G is reset with a value that doubles, unless that value
// exceeds T2 ... Furthermore, while in the 'Completed' state, if a request
// retransmission is received, the server SHOULD pass the response to the
// transport for retransmission." RFC 3261 §17.2.1
func TestInviteServerRepeatsItsFinal(t *testing.T) {
	m := started(InviteServer, false)
	m.step(Send3xx6xx, defaults())
	for _, next := range []order{{TimerG, 1 * sec}, {TimerG, 2 * sec}, {TimerG, 4 * sec}, {TimerG, 4 * sec}} {
		expect(t, &m, TimerG, Completed, outcome{Effects: Effects{Send: Response}, retransmit: next})
		expect(t, &m, RecvRequest, Completed, outcome{Effects: Effects{Send: Response}})
	}
}

// "Any other final responses passed by the TU to the server transaction MUST be
// discarded while in the 'Completed' state" is said of non-INVITE (§17.2.2); an
// INVITE's stays too. A late 2xx is the user's to pass (§16.7 step 5).
func TestInviteServerStaysCompleted(t *testing.T) {
	for _, ev := range []Event{Send1xx, Send2xx, SendOwn2xx, Send3xx6xx} {
		m := machine{role: InviteServer, state: Completed, answered: true}
		expect(t, &m, ev, Completed, outcome{})
	}
}

// "If an ACK is received while the server transaction is in the 'Completed'
// state, the server transaction MUST transition to the 'Confirmed' state ... The
// purpose of the 'Confirmed' state is to absorb any additional ACK messages that
// arrive ... timer I is set to fire in T4 seconds for unreliable transports, and
// zero seconds for reliable transports." RFC 3261 §17.2.1
func TestInviteServerAbsorbsAcks(t *testing.T) {
	m := machine{role: InviteServer, state: Completed, answered: true}
	expect(t, &m, RecvAck, Confirmed, outcome{limit: order{TimerI, 5 * sec}})
	expect(t, &m, RecvAck, Confirmed, outcome{})
	expect(t, &m, RecvRequest, Confirmed, outcome{})
	expect(t, &m, TimerI, Terminated, ended(Effects{}))

	m = machine{role: InviteServer, state: Completed, reliable: true}
	expect(t, &m, RecvAck, Terminated, ended(Effects{}))
}

// "If timer H fires while in the 'Completed' state, it implies that the ACK was
// never received. In this case, the server transaction MUST transition to the
// 'Terminated' state, and MUST indicate to the TU that a transaction failure has
// occurred." RFC 3261 §17.2.1
func TestInviteServerMissesTheAck(t *testing.T) {
	m := machine{role: InviteServer, state: Completed, answered: true}
	expect(t, &m, TimerH, Terminated, ended(Effects{Deliver: true}))
}

// "The purpose of the 'Accepted' state is to absorb retransmissions of an accepted
// INVITE request. Any such retransmissions are absorbed entirely within the server
// transaction ... Any ACKs received from the network while in the 'Accepted' state
// MUST be passed directly to the TU and not absorbed. When the INVITE server
// transaction enters the 'Accepted' state, Timer L MUST be set to fire in 64*T1
// for all transports." RFC 6026 §8.7
func TestInviteServerAccepts(t *testing.T) {
	for _, reliable := range []bool{false, true} {
		m := started(InviteServer, reliable)
		expect(t, &m, Send1xx, Proceeding, outcome{})
		expect(t, &m, Send2xx, Accepted, outcome{limit: order{TimerL, 32 * sec}})
		expect(t, &m, RecvRequest, Accepted, outcome{})
		expect(t, &m, Send2xx, Accepted, outcome{}) // of another fork, or repeated from downstream
		expect(t, &m, Send3xx6xx, Accepted, outcome{})
		expect(t, &m, RecvAck, Accepted,
			outcome{Effects: Effects{Deliver: true}, retransmit: order{TimerG, 0}})
		expect(t, &m, TimerL, Terminated, ended(Effects{}))
	}
}

// "The 2xx response is passed to the transport with an interval that starts at T1
// seconds and doubles for each retransmission until it reaches T2 seconds ...
// Response retransmissions cease when an ACK request for the response is
// received. This is independent of whatever transport protocols are used to send
// the response." RFC 3261 §13.3.1.4, for a 2xx that the user made itself.
func TestInviteServerRepeatsItsOwn2xx(t *testing.T) {
	for _, reliable := range []bool{false, true} {
		m := started(InviteServer, reliable)
		expect(t, &m, SendOwn2xx, Accepted,
			outcome{retransmit: order{TimerG, 500 * ms}, limit: order{TimerL, 32 * sec}})
		for _, next := range []order{{TimerG, 1 * sec}, {TimerG, 2 * sec}, {TimerG, 4 * sec}, {TimerG, 4 * sec}} {
			expect(t, &m, TimerG, Accepted, outcome{Effects: Effects{Send: Response}, retransmit: next})
		}
		expect(t, &m, RecvAck, Accepted,
			outcome{Effects: Effects{Deliver: true}, retransmit: order{TimerG, 0}})
	}
}

// "A server transaction MUST NOT discard transaction state based only on
// encountering a non-recoverable transport error when sending a response.
// Instead, the associated INVITE server transaction state machine MUST remain in
// its current state." RFC 6026 §7.1
func TestInviteServerSurvivesTransportErrors(t *testing.T) {
	told := outcome{Effects: Effects{Deliver: true}}
	for state, want := range map[State]outcome{Proceeding: told, Completed: told, Accepted: told, Confirmed: {}} {
		m := machine{role: InviteServer, state: state, answered: true}
		expect(t, &m, TransportError, state, want)
	}
	m := machine{role: InviteServer, state: Proceeding} // nothing was sent that could have failed
	expect(t, &m, TransportError, Proceeding, outcome{})
}

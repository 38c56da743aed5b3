package tm

import "testing"

// "The 'Trying' state is entered when the TU initiates a new client transaction
// with a request. When entering this state, the client transaction SHOULD set
// timer F to fire in 64*T1 seconds ... If an unreliable transport is in use, the
// client transaction MUST set timer E to fire in T1 seconds." RFC 3261 §17.1.2.2.
// Timer F is fr_timeout.
func TestClientStarts(t *testing.T) {
	wantStart(t, machine{role: NonInviteClient}, Trying,
		outcome{retransmit: order{TimerE, 500 * ms}, limit: order{TimerF, 30 * sec}})
	wantStart(t, machine{role: NonInviteClient, reliable: true, fr: 2000}, Trying,
		outcome{limit: order{TimerF, 2 * sec}})
}

// "If timer E fires while still in this state, the timer is reset, but this time
// with a value of MIN(2*T1, T2). When the timer fires again, it is reset to a
// MIN(4*T1, T2)." RFC 3261 §17.1.2.2
func TestClientDoublesTimerEUpToT2(t *testing.T) {
	m := started(NonInviteClient, false)
	for _, next := range []order{{TimerE, 1 * sec}, {TimerE, 2 * sec}, {TimerE, 4 * sec}, {TimerE, 4 * sec}} {
		expect(t, &m, TimerE, Trying, outcome{Effects: Effects{Send: Request}, retransmit: next})
	}
}

// "If Timer E fires while in the 'Proceeding' state, the request MUST be passed
// to the transport layer for retransmission, and Timer E MUST be reset with a
// value of T2 seconds." RFC 3261 §17.1.2.2
func TestClientSlowsDownOn1xx(t *testing.T) {
	for _, ev := range []Event{Recv100, Recv1xx, RecvRising1xx} {
		m := started(NonInviteClient, false)
		expect(t, &m, ev, Proceeding, outcome{Effects: Effects{Deliver: true}})
		expect(t, &m, ev, Proceeding, outcome{Effects: Effects{Deliver: true}})
		expect(t, &m, TimerE, Proceeding,
			outcome{Effects: Effects{Send: Request}, retransmit: order{TimerE, 4 * sec}})
	}
}

// "If Timer F fires while the client transaction is still in the 'Trying' state,
// the client transaction SHOULD inform the TU about the timeout, and then it
// SHOULD enter the 'Terminated' state ... If timer F fires while in the
// 'Proceeding' state, the TU MUST be informed of a timeout" RFC 3261 §17.1.2.2;
// so must it of a transport error, §17.1.4.
func TestClientFails(t *testing.T) {
	for _, from := range []State{Trying, Proceeding} {
		for _, ev := range []Event{TimerF, TransportError} {
			m := machine{role: NonInviteClient, state: from}
			expect(t, &m, ev, Terminated, ended(Effects{Deliver: true}))
		}
	}
}

// "Once the client transaction enters the 'Completed' state, it MUST set Timer K
// to fire in T4 seconds for unreliable transports, and zero seconds for reliable
// transports. The 'Completed' state exists to buffer any additional response
// retransmissions that may be received" RFC 3261 §17.1.2.2
func TestClientAbsorbsCopiesOfTheFinal(t *testing.T) {
	for _, from := range []State{Trying, Proceeding} {
		for _, ev := range []Event{Recv2xx, Recv3xx6xx} {
			m := machine{role: NonInviteClient, state: from}
			expect(t, &m, ev, Completed,
				outcome{Effects: Effects{Deliver: true}, limit: order{TimerK, 5 * sec}})
			expect(t, &m, Recv3xx6xx, Completed, outcome{})
			expect(t, &m, Recv2xx, Completed, outcome{})
			expect(t, &m, TimerK, Terminated, ended(Effects{}))

			m = machine{role: NonInviteClient, state: from, reliable: true}
			expect(t, &m, ev, Terminated, ended(Effects{Deliver: true}))
		}
	}
}

package tm

import (
	"testing"
	"time"
)

// "Once in the 'Trying' state, any further request retransmissions are
// discarded." RFC 3261 §17.2.2
func TestServerDiscardsCopiesWhileTrying(t *testing.T) {
	wantStart(t, machine{role: NonInviteServer}, Trying, outcome{})
	m := started(NonInviteServer, false)
	expect(t, &m, RecvRequest, Trying, outcome{})
	expect(t, &m, RecvAck, Trying, outcome{})
	expect(t, &m, TransportError, Trying, outcome{})
}

// "If a retransmission of the request is received while in the 'Proceeding'
// state, the most recently sent provisional response MUST be passed to the
// transport layer for retransmission." RFC 3261 §17.2.2
func TestServerRepeatsItsProvisional(t *testing.T) {
	m := started(NonInviteServer, false)
	expect(t, &m, Send1xx, Proceeding, outcome{})
	expect(t, &m, RecvRequest, Proceeding, outcome{Effects: Effects{Send: Response}})
	expect(t, &m, Send1xx, Proceeding, outcome{})
}

// "When the server transaction enters the 'Completed' state, it MUST set Timer J
// to fire in 64*T1 seconds for unreliable transports, and zero seconds for
// reliable transports. While in the 'Completed' state, the server transaction
// MUST pass the final response to the transport layer for retransmission whenever
// a retransmission of the request is received. Any other final responses passed
// by the TU to the server transaction MUST be discarded" RFC 3261 §17.2.2
func TestServerRepeatsItsFinal(t *testing.T) {
	for _, from := range []State{Trying, Proceeding} {
		for _, ev := range []Event{Send2xx, SendOwn2xx, Send3xx6xx} {
			m := machine{role: NonInviteServer, state: from}
			expect(t, &m, ev, Completed, outcome{limit: order{TimerJ, 32 * sec}})
			expect(t, &m, RecvRequest, Completed, outcome{Effects: Effects{Send: Response}})
			expect(t, &m, Send3xx6xx, Completed, outcome{})
			expect(t, &m, TimerJ, Terminated, ended(Effects{}))

			m = machine{role: NonInviteServer, state: from, reliable: true}
			expect(t, &m, ev, Terminated, ended(Effects{}))
		}
	}
}

// A proxy does not answer a non-INVITE with 408 (RFC 4320 §4.2). What the client
// still repeats, until its own timer F, is absorbed, not forwarded once more.
func TestServerGivesUp(t *testing.T) {
	for _, from := range []State{Trying, Proceeding} {
		m := machine{role: NonInviteServer, state: from, answered: from == Proceeding}
		expect(t, &m, GiveUp, Completed, outcome{limit: order{TimerJ, 32 * sec}})
		expect(t, &m, RecvRequest, Completed, outcome{})
		expect(t, &m, TimerJ, Terminated, ended(Effects{}))

		m = machine{role: NonInviteServer, state: from, reliable: true}
		expect(t, &m, GiveUp, Terminated, ended(Effects{}))
	}
	m := machine{role: InviteServer, state: Proceeding} // an INVITE is always answered
	expect(t, &m, GiveUp, Proceeding, outcome{})
}

// "Transport Err. Inform TU", from Proceeding and Completed. RFC 3261 Figure 8
func TestServerFails(t *testing.T) {
	for _, from := range []State{Proceeding, Completed} {
		m := machine{role: NonInviteServer, state: from, answered: true}
		expect(t, &m, TransportError, Terminated, ended(Effects{Deliver: true}))
	}
}

// "... before the amount of time it takes a client transaction's Timer E to be reset
// to T2" (RFC 4320 §4.1) a 100 must not be sent: 0.5 + 1 + 2 s by default.
func TestTryingAfter(t *testing.T) {
	for _, c := range []struct{ t1, t2, want time.Duration }{
		{0, 0, 3500 * ms}, {100 * ms, 400 * ms, 300 * ms}, {500 * ms, 3 * sec, 3500 * ms}, {sec, sec, 0},
	} {
		if got := (Timing{T1: c.t1, T2: c.t2}).TryingAfter(); got != c.want {
			t.Errorf("T1 %v, T2 %v: %v, want %v", c.t1, c.t2, got, c.want)
		}
	}
}

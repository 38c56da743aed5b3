package tm

import (
	"testing"
	"time"
)

// "If an unreliable transport is being used, the client transaction MUST start
// timer A with a value of T1. If a reliable transport is being used, the client
// transaction SHOULD NOT start timer A ... For any transport, the client
// transaction MUST start timer B" RFC 3261 §17.1.1.2. Timer B is fr_timeout.
func TestInviteClientStarts(t *testing.T) {
	wantStart(t, machine{role: InviteClient}, Calling,
		outcome{retransmit: order{TimerA, 500 * ms}, limit: order{TimerB, 30 * sec}})
	wantStart(t, machine{role: InviteClient, reliable: true}, Calling,
		outcome{limit: order{TimerB, 30 * sec}})
	wantStart(t, machine{role: InviteClient, reliable: true, fr: 7000}, Calling,
		outcome{limit: order{TimerB, 7 * sec}})
}

// "When timer A fires, the client transaction MUST retransmit the request by
// passing it to the transport layer, and MUST reset the timer with a value of
// 2*T1 ... These retransmissions SHOULD only be done while the client transaction
// is in the 'calling' state." RFC 3261 §17.1.1.2. There is no T2 in it.
func TestInviteClientDoublesTimerA(t *testing.T) {
	m := started(InviteClient, false)
	for interval := 1 * sec; interval <= 64*sec; interval *= 2 {
		expect(t, &m, TimerA, Calling,
			outcome{Effects: Effects{Send: Request}, retransmit: order{TimerA, interval}})
	}
}

// "If the client transaction is still in the 'Calling' state when timer B fires,
// the client transaction SHOULD inform the TU that a timeout has occurred."
// RFC 3261 §17.1.1.2. A transport error ends it too (§17.1.4).
func TestInviteClientFailsWithoutAnswer(t *testing.T) {
	for _, ev := range []Event{TimerB, TransportError} {
		m := started(InviteClient, false)
		expect(t, &m, ev, Terminated, ended(Effects{Deliver: true}))
	}
}

// "If the client transaction receives a provisional response while in the
// 'Calling' state, it transitions to the 'Proceeding' state ... Furthermore, the
// provisional response MUST be passed to the TU." RFC 3261 §17.1.1.2. There,
// timer C bounds it (§16.6 step 11); it is fr_inv_timeout.
func TestInviteClientProceeds(t *testing.T) {
	for _, ev := range []Event{Recv100, Recv1xx, RecvRising1xx} {
		m := started(InviteClient, false)
		expect(t, &m, ev, Proceeding,
			outcome{Effects: Effects{Deliver: true}, limit: order{TimerC, 120 * sec}})
		expect(t, &m, TimerA, Proceeding, outcome{})
	}
	m := machine{role: InviteClient, state: Calling, frInvite: 5000}
	expect(t, &m, Recv100, Proceeding,
		outcome{Effects: Effects{Deliver: true}, limit: order{TimerC, 5 * sec}})
}

// "If the response is a provisional response with status codes 101 to 199
// inclusive (i.e., anything but 100), the proxy MUST reset timer C for that
// client transaction." RFC 3261 §16.7 step 2
func TestInviteClientRestartsTimerC(t *testing.T) {
	restart := outcome{Effects: Effects{Deliver: true}, limit: order{TimerC, 120 * sec}}
	m := machine{role: InviteClient, state: Proceeding}
	timing := Timing{RestartFROnEachReply: true}.withDefaults()
	expectWith(t, &m, Recv1xx, &timing, Proceeding, restart)
	expectWith(t, &m, RecvRising1xx, &timing, Proceeding, restart)
	expectWith(t, &m, Recv100, &timing, Proceeding, outcome{Effects: Effects{Deliver: true}})
}

// Semantics of OpenSIPS, restart_fr_on_each_reply=0: only the first provisional,
// or a rising code of 180 or more, starts the timeout again.
func TestInviteClientRestartsTimerCForRisingCodesOnly(t *testing.T) {
	m := machine{role: InviteClient, state: Proceeding}
	expect(t, &m, Recv1xx, Proceeding, outcome{Effects: Effects{Deliver: true}})
	expect(t, &m, RecvRising1xx, Proceeding,
		outcome{Effects: Effects{Deliver: true}, limit: order{TimerC, 120 * sec}})
}

// "If timer C should fire, the proxy MUST either reset the timer with any value
// it chooses, or terminate the client transaction. If the client transaction has
// received a provisional response, the proxy MUST generate a CANCEL request
// matching that transaction." RFC 3261 §16.8. "If there is no final response for
// the original request in 64*T1 seconds ... the client SHOULD then consider the
// original transaction cancelled and SHOULD destroy the client transaction
// handling the original request." §9.1
func TestInviteClientTimerC(t *testing.T) {
	m := machine{role: InviteClient, state: Proceeding}
	expect(t, &m, TimerC, Proceeding,
		outcome{Effects: Effects{Deliver: true}, limit: order{TimerCancel, 32 * sec}})
	expect(t, &m, SendCancel, Proceeding, outcome{})
	expect(t, &m, RecvRising1xx, Proceeding, outcome{Effects: Effects{Deliver: true}})
	expect(t, &m, TimerCancel, Terminated, ended(Effects{}))
}

// The same wait after a CANCEL that the user sent for its own reasons; here it
// still waits for the outcome, so it hears of the end.
func TestInviteClientCancelled(t *testing.T) {
	m := machine{role: InviteClient, state: Proceeding}
	expect(t, &m, SendCancel, Proceeding, outcome{limit: order{TimerCancel, 32 * sec}})
	expect(t, &m, SendCancel, Proceeding, outcome{})
	expect(t, &m, RecvRising1xx, Proceeding, outcome{Effects: Effects{Deliver: true}})
	expect(t, &m, TimerCancel, Terminated, ended(Effects{Deliver: true}))
}

// A cancelled INVITE still gets its final response: 487, or the 2xx that crossed.
func TestInviteClientFinalAfterCancel(t *testing.T) {
	m := machine{role: InviteClient, state: Proceeding, ending: timedOut}
	expect(t, &m, Recv3xx6xx, Completed,
		outcome{Effects: Effects{Send: Ack, Deliver: true}, limit: order{TimerD, 32 * sec}})
	m = machine{role: InviteClient, state: Proceeding, ending: cancelled}
	expect(t, &m, Recv2xx, Accepted,
		outcome{Effects: Effects{Deliver: true}, limit: order{TimerM, 32 * sec}})
}

// "Any retransmissions of the final response that are received while in the
// 'Completed' state MUST cause the ACK to be re-passed to the transport layer for
// retransmission, but the newly received response MUST NOT be passed up to the
// TU." RFC 3261 §17.1.1.2
func TestInviteClientAcksEveryFinalDeliversOne(t *testing.T) {
	for _, from := range []State{Calling, Proceeding} {
		m := machine{role: InviteClient, state: from}
		expect(t, &m, Recv3xx6xx, Completed,
			outcome{Effects: Effects{Send: Ack, Deliver: true}, limit: order{TimerD, 32 * sec}})
		expect(t, &m, Recv3xx6xx, Completed, outcome{Effects: Effects{Send: Ack}})
		expect(t, &m, Recv3xx6xx, Completed, outcome{Effects: Effects{Send: Ack}})
		expect(t, &m, TimerD, Terminated, ended(Effects{}))
	}
}

// "The client transaction SHOULD start timer D when it enters the 'Completed'
// state, with a value of at least 32 seconds for unreliable transports, and a
// value of zero seconds for reliable transports." RFC 3261 §17.1.1.2
func TestInviteClientTimerD(t *testing.T) {
	m := started(InviteClient, true)
	expect(t, &m, Recv3xx6xx, Terminated, ended(Effects{Send: Ack, Deliver: true}))

	slow := Timing{T1: 2 * sec}.withDefaults() // a timer H of 128 s on the other side
	m = started(InviteClient, false)
	expectWith(t, &m, Recv3xx6xx, &slow, Completed,
		outcome{Effects: Effects{Send: Ack, Deliver: true}, limit: order{TimerD, 128 * sec}})
	fast := Timing{T1: 10 * ms}.withDefaults()
	m = started(InviteClient, false)
	expectWith(t, &m, Recv3xx6xx, &fast, Completed,
		outcome{Effects: Effects{Send: Ack, Deliver: true}, limit: order{TimerD, 32 * sec}})
}

// "Completed: Transport Err. Inform TU" RFC 3261 Figure 5: the ACK was refused.
func TestInviteClientAckFails(t *testing.T) {
	m := machine{role: InviteClient, state: Completed}
	expect(t, &m, TransportError, Terminated, ended(Effects{Deliver: true}))
}

// "If a 2xx response is received while the client INVITE state machine is in the
// 'Calling' or 'Proceeding' states, it MUST transition to the 'Accepted' state,
// pass the 2xx response to the TU, and set Timer M to 64*T1. A 2xx response
// received while in the 'Accepted' state MUST be passed to the TU and the machine
// remains in the 'Accepted' state." RFC 6026 §7.2, over any transport.
func TestInviteClientDeliversEvery2xx(t *testing.T) {
	for _, reliable := range []bool{false, true} {
		for _, from := range []State{Calling, Proceeding} {
			m := machine{role: InviteClient, state: from, reliable: reliable}
			expect(t, &m, Recv2xx, Accepted,
				outcome{Effects: Effects{Deliver: true}, limit: order{TimerM, 32 * sec}})
			expect(t, &m, Recv2xx, Accepted, outcome{Effects: Effects{Deliver: true}})
			expect(t, &m, Recv3xx6xx, Accepted, outcome{})
			expect(t, &m, TimerM, Terminated, ended(Effects{}))
		}
	}
}

const (
	ms  = time.Millisecond
	sec = time.Second
)

func ended(fx Effects) outcome {
	fx.Terminated = true
	return outcome{Effects: fx}
}

func defaults() *Timing {
	t := Timing{}.withDefaults()
	return &t
}

func started(r Role, reliable bool) machine {
	m := machine{role: r, reliable: reliable}
	m.start(defaults())
	return m
}

func wantStart(t *testing.T, m machine, want State, o outcome) {
	t.Helper()
	if got := m.start(defaults()); got != o || m.state != want {
		t.Fatalf("%v starts in %v with %+v, want %v %+v", m.role, m.state, got, want, o)
	}
}

func expect(t *testing.T, m *machine, ev Event, want State, o outcome) {
	t.Helper()
	expectWith(t, m, ev, defaults(), want, o)
}

func expectWith(t *testing.T, m *machine, ev Event, timing *Timing, want State, o outcome) {
	t.Helper()
	from := m.state
	if got := m.step(ev, timing); got != o || m.state != want {
		t.Fatalf("%v, %v: %v gives %v %+v, want %v %+v", m.role, from, ev, m.state, got, want, o)
	}
}

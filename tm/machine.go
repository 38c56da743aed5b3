package tm

import "time"

// machine is the part of a transaction that its steps read and change.
type machine struct {
	interval time.Duration // current value of timer A, E or G
	fr       millis        // timer B or F; zero: Timing's
	frInvite millis        // timer C; zero: Timing's
	role     Role
	state    State
	reliable bool   // over TCP, TLS, WebSocket: nothing is lost, nothing repeated
	answered bool   // server: there is a response that can be repeated
	ending   ending // INVITE client: why no final response may come any more
	highest  uint8  // client: highest provisional status so far, less 100
}

// millis is a duration in milliseconds, the resolution of the timer wheel.
type millis uint32

// toMillis rounds up and saturates (at 49 days); a negative duration counts as zero.
func toMillis(d time.Duration) millis {
	if d <= 0 {
		return 0
	}
	return millis(min((d-1)/time.Millisecond+1, 1<<32-1))
}

func (ms millis) or(def time.Duration) time.Duration {
	if ms == 0 {
		return def
	}
	return time.Duration(ms) * time.Millisecond
}

type ending uint8

const (
	notEnding ending = iota
	cancelled        // the user sent CANCEL and waits for the final response
	timedOut         // timer C fired: the user has made up a 408 and waits for nothing
)

// start puts a new machine into the first state of its figure.
func (m *machine) start(t *Timing) outcome {
	switch m.role {
	case InviteServer:
		return m.startInviteServer()
	case NonInviteServer:
		return m.startServer()
	case InviteClient:
		return m.startInviteClient(t)
	default:
		return m.startClient(t)
	}
}

// step takes one arrow of the machine's figure.
func (m *machine) step(ev Event, t *Timing) outcome {
	switch m.role {
	case InviteServer:
		return m.stepInviteServer(ev, t)
	case NonInviteServer:
		return m.stepServer(ev, t)
	case InviteClient:
		return m.stepInviteClient(ev, t)
	default:
		return m.stepClient(ev, t)
	}
}

// sharesTimers reports whether a change of state leaves the timers running.
// Only E and F of a non-INVITE client do: every other timer belongs to one state
// and stops when the machine leaves it.
func sharesTimers(from, to State) bool { return from == to || from == Trying && to == Proceeding }

// terminate ends the machine; fx is the last that the user hears of it.
func (m *machine) terminate(fx Effects) outcome {
	m.state = Terminated
	fx.Terminated = true
	return outcome{Effects: fx}
}

// linger goes to s, in which only copies of what was already seen are expected,
// for as long as timer says. Over a reliable transport there are no copies.
func (m *machine) linger(s State, timer Event, after time.Duration, fx Effects) outcome {
	if m.reliable {
		return m.terminate(fx)
	}
	m.state = s
	return outcome{Effects: fx, limit: order{timer, after}}
}

// retransmit starts timer A, E or G at T1, unless the transport is reliable.
func (m *machine) retransmit(timer Event, t *Timing) order {
	if m.reliable {
		return order{}
	}
	m.interval = t.T1
	return order{timer, m.interval}
}

// again doubles the interval of timer A, E or G, up to longest.
func (m *machine) again(timer Event, longest time.Duration) order {
	m.interval = min(2*m.interval, longest)
	return order{timer, m.interval}
}

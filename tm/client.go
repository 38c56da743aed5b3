package tm

// startClient: the user has just sent the request. §17.1.2.2
func (m *machine) startClient(t *Timing) outcome {
	m.state = Trying
	return outcome{
		retransmit: m.retransmit(TimerE, t),
		limit:      order{TimerF, m.fr.or(t.FR)},
	}
}

// stepClient is Figure 6 of RFC 3261.
func (m *machine) stepClient(ev Event, t *Timing) outcome {
	switch m.state {
	case Trying, Proceeding:
		switch ev {
		case TimerE:
			if m.state == Proceeding { // being worked on: no hurry
				m.interval = t.T2
			}
			return outcome{Effects: Effects{Send: Request}, retransmit: m.again(TimerE, t.T2)}
		case TimerF, TransportError:
			return m.terminate(Effects{Deliver: true})
		case Recv100, Recv1xx, RecvRising1xx:
			m.state = Proceeding
			return outcome{Effects: Effects{Deliver: true}}
		case Recv2xx, Recv3xx6xx:
			return m.linger(Completed, TimerK, t.timerIK(), Effects{Deliver: true})
		}
	case Completed:
		if ev == TimerK {
			return m.terminate(Effects{})
		}
	}
	return outcome{}
}

package tm

// startInviteClient: the user has just sent the INVITE. §17.1.1.2
func (m *machine) startInviteClient(t *Timing) outcome {
	m.state = Calling
	return outcome{
		retransmit: m.retransmit(TimerA, t),
		limit:      order{TimerB, m.fr.or(t.FR)},
	}
}

// stepInviteClient is Figure 5 of RFC 3261 as amended by RFC 6026 §7.2, with
// timer C of §16.6 bounding the Proceeding state.
func (m *machine) stepInviteClient(ev Event, t *Timing) outcome {
	switch m.state {
	case Calling:
		switch ev {
		case TimerA: // it has no upper limit but timer B
			return outcome{Effects: Effects{Send: Request}, retransmit: m.again(TimerA, t.longestA())}
		case TimerB, TransportError:
			return m.terminate(Effects{Deliver: true})
		case Recv100, Recv1xx, RecvRising1xx:
			m.state = Proceeding
			return outcome{Effects: Effects{Deliver: true}, limit: m.timerC(t)}
		case Recv2xx:
			return m.acceptClient(t)
		case Recv3xx6xx:
			return m.completeInviteClient(t)
		}
	case Proceeding:
		return m.stepInviteProceeding(ev, t)
	case Completed:
		switch ev {
		case Recv3xx6xx: // our ACK was lost; the user has seen this response
			return outcome{Effects: Effects{Send: Ack}}
		case TransportError:
			return m.terminate(Effects{Deliver: true})
		case TimerD:
			return m.terminate(Effects{})
		}
	case Accepted:
		switch ev {
		case Recv2xx: // repeated, or of another fork: each goes up
			return outcome{Effects: Effects{Deliver: true}}
		case TimerM:
			return m.terminate(Effects{})
		}
	}
	return outcome{}
}

func (m *machine) stepInviteProceeding(ev Event, t *Timing) outcome {
	up := outcome{Effects: Effects{Deliver: true}}
	switch ev {
	case Recv100:
		return up
	case Recv1xx, RecvRising1xx:
		if m.ending == notEnding && (t.RestartFROnEachReply || ev == RecvRising1xx) {
			up.limit = m.timerC(t)
		}
		return up
	case Recv2xx:
		return m.acceptClient(t)
	case Recv3xx6xx:
		return m.completeInviteClient(t)
	case TimerC: // the user sends CANCEL and goes on as with a 408 (§16.8)
		m.ending = timedOut
		up.limit = order{TimerCancel, t.life()}
		return up
	case SendCancel:
		if m.ending == notEnding {
			m.ending = cancelled
			return outcome{limit: order{TimerCancel, t.life()}}
		}
	case TimerCancel:
		return m.terminate(Effects{Deliver: m.ending == cancelled})
	}
	return outcome{}
}

func (m *machine) timerC(t *Timing) order { return order{TimerC, m.frInvite.or(t.FRInvite)} }

// acceptClient waits for the 2xx of other forks, over any transport.
func (m *machine) acceptClient(t *Timing) outcome {
	m.state = Accepted
	return outcome{Effects: Effects{Deliver: true}, limit: order{TimerM, t.timerJLM()}}
}

func (m *machine) completeInviteClient(t *Timing) outcome {
	return m.linger(Completed, TimerD, t.timerD(), Effects{Send: Ack, Deliver: true})
}

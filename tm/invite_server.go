package tm

// startInviteServer: the INVITE has just arrived. §17.2.1
func (m *machine) startInviteServer() outcome {
	m.state = Proceeding
	return outcome{}
}

// stepInviteServer is Figure 7 of RFC 3261 as amended by RFC 6026 §7.1.
func (m *machine) stepInviteServer(ev Event, t *Timing) outcome {
	if ev == TransportError {
		return m.transportFailed()
	}
	switch m.state {
	case Proceeding:
		switch ev {
		case RecvRequest:
			return m.repeatResponse()
		case Send1xx:
			m.answered = true
		case Send2xx:
			return m.acceptServer(t)
		case SendOwn2xx: // over any transport: some hop of it may be UDP (§13.3.1.4)
			o := m.acceptServer(t)
			m.interval = t.T1
			o.retransmit = order{TimerG, m.interval}
			return o
		case Send3xx6xx:
			o := m.completeServer(t)
			o.retransmit = m.retransmit(TimerG, t)
			return o
		case SendChallenge:
			o := m.completeServer(t)
			if !t.ChallengesOnce {
				o.retransmit = m.retransmit(TimerG, t)
			}
			return o
		}
	case Completed:
		switch ev {
		case RecvRequest:
			return m.repeatResponse()
		case TimerG:
			return outcome{Effects: Effects{Send: Response}, retransmit: m.again(TimerG, t.T2)}
		case RecvAck:
			return m.linger(Confirmed, TimerI, t.timerIK(), Effects{})
		case TimerH:
			return m.terminate(Effects{Deliver: true})
		}
	case Confirmed:
		if ev == TimerI {
			return m.terminate(Effects{})
		}
	case Accepted: // copies of the INVITE are absorbed, further 2xx are the user's to send
		switch ev {
		case TimerG:
			return outcome{Effects: Effects{Send: Response}, retransmit: m.again(TimerG, t.T2)}
		case RecvAck: // it is end to end; it also ends the repeating of our own 2xx
			return outcome{Effects: Effects{Deliver: true}, retransmit: order{timer: TimerG}}
		case TimerL:
			return m.terminate(Effects{})
		}
	}
	return outcome{}
}

// repeatResponse answers a copy of the request with the last response, if there is one.
func (m *machine) repeatResponse() outcome {
	if !m.answered {
		return outcome{}
	}
	return outcome{Effects: Effects{Send: Response}}
}

// acceptServer absorbs copies of the INVITE for timer L, over any transport.
func (m *machine) acceptServer(t *Timing) outcome {
	m.state = Accepted
	m.answered = true
	return outcome{limit: order{TimerL, t.timerJLM()}}
}

// completeServer waits for the ACK to a non-2xx.
func (m *machine) completeServer(t *Timing) outcome {
	m.state = Completed
	m.answered = true
	return outcome{limit: order{TimerH, t.timerH()}}
}

// transportFailed tells the user and stays: "the associated INVITE server
// transaction state machine MUST remain in its current state" (RFC 6026 §7.1),
// so that a copy of the INVITE is not taken for a new one.
func (m *machine) transportFailed() outcome {
	sending := m.state == Proceeding || m.state == Completed || m.state == Accepted
	return outcome{Effects: Effects{Deliver: sending && m.answered}}
}

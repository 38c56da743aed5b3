package tm

// startServer: the request has just arrived. §17.2.2
func (m *machine) startServer() outcome {
	m.state = Trying
	return outcome{}
}

// stepServer is Figure 8 of RFC 3261.
func (m *machine) stepServer(ev Event, t *Timing) outcome {
	switch m.state {
	case Trying, Proceeding:
		switch ev {
		case RecvRequest:
			return m.repeatResponse()
		case Send1xx:
			m.state = Proceeding
			m.answered = true
		case Send2xx, SendOwn2xx, Send3xx6xx, SendChallenge:
			m.answered = true
			return m.linger(Completed, TimerJ, t.timerJLM(), Effects{})
		case GiveUp: // the client times out by itself; its copies must not start anew
			m.answered = false
			return m.linger(Completed, TimerJ, t.timerJLM(), Effects{})
		case TransportError:
			if m.state == Proceeding { // in Trying nothing was sent that could have failed
				return m.terminate(Effects{Deliver: true})
			}
		}
	case Completed:
		switch ev {
		case RecvRequest:
			return m.repeatResponse()
		case TransportError:
			return m.terminate(Effects{Deliver: true})
		case TimerJ:
			return m.terminate(Effects{})
		}
	}
	return outcome{}
}

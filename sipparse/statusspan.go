package sipparse

// StatusSpan returns where the three digits of a response's status code are.
func (m *Msg) StatusSpan() Span {
	if m.status == 0 {
		return Span{}
	}
	at := m.start + uint32(len("SIP/2.0 "))
	return Span{at, at + 3}
}

package sipparse

// Check looks at the values that a proxy acts upon: RFC 3261 §16.3 step 1,
// "reasonable syntax". Parse has found where they are; what Check parses stays
// parsed. It returns the first fault, or what Parse returned if that was one.
func (m *Msg) Check() Error {
	switch {
	case m.err != OK:
		return m.err
	case m.TopVia() == nil:
		return ErrVia
	case !m.IsRequest():
		return OK
	case m.From() == nil:
		return ErrFrom
	case m.To() == nil:
		return ErrTo
	}
	if e := m.checkURI(); e != OK {
		return e
	}
	_, _, e := m.MaxForwards()
	return e
}

func (m *Msg) checkURI() Error {
	u := m.URI()
	if u == nil {
		return ErrURI
	}
	if !u.Headers.IsZero() && u.Scheme != SchemeOther {
		return ErrURIHeaders // RFC 3261 §19.1.1, table 1: not allowed in a Request-URI
	}
	return OK
}

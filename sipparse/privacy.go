package sipparse

// A Privacy is a set of priv-values.
type Privacy uint8

// The priv-values of RFC 3323 §4.2, RFC 3325 §9.3 and RFC 7044 §10.1.
const (
	PrivacyHeader Privacy = 1 << iota
	PrivacySession
	PrivacyUser
	PrivacyNone
	PrivacyCritical
	PrivacyID
	PrivacyHistory
	PrivacyOther // one that is not known here
)

// ParsePrivacy reads b. It returns ErrValue if it is broken.
//
//	priv-value *( ";" priv-value ) ; RFC 3323 §4.2
//
// Commas instead of ";" are taken too, and empty values.
func ParsePrivacy(b []byte) (Privacy, Error) {
	c := alone(b)
	p := c.privacy()
	return p, c.finish(ErrValue)
}

// Privacy returns what all Privacy headers together ask for. err is ErrValue if one
// is broken: what it asks for is not known then.
func (m *Msg) Privacy() (p Privacy, present bool, err Error) {
	it := m.lines(HdrPrivacy)
	for it.begin() {
		present = true
		p |= it.c.privacy()
		if !it.end(false, ErrValue) {
			return 0, true, it.err
		}
	}
	return p, present, OK
}

func (c *cursor) privacy() (p Privacy) {
	for end := trimLWS(c.b, c.pos, len(c.b)); c.pos < end; {
		if !c.sep(';') && !c.sep(',') {
			p |= privacyOf(c.token().Of(c.b))
		}
	}
	return p
}

func privacyOf(b []byte) Privacy {
	for i, name := range [...]string{"header", "session", "user", "none", "critical", "id", "history"} {
		if EqualFoldString(b, name) {
			return 1 << i
		}
	}
	return PrivacyOther
}

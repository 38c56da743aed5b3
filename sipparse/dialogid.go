package sipparse

// A DialogID names a dialog in Replaces (RFC 3891 §6.1), Join (RFC 3911 §7.1) or
// Target-Dialog (RFC 4538 §7), as its receiver knows it:
//
//	callid *( SEMI replaces-param )
//
// Spans are into the buffer it was read from.
type DialogID struct {
	Whole     Span
	CallID    Span
	ToTag     Span // value of to-tag, or of remote-tag: the receiver's tag
	FromTag   Span // value of from-tag, or of local-tag: the sender's tag
	EarlyOnly bool // early-only is there; RFC 3891 §3
	Params    Span // from the first ";"
}

// ParseDialogID reads b. It returns ErrValue if it is broken, or if either tag is
// missing or there twice (RFC 3891 §6.1).
func ParseDialogID(b []byte, d *DialogID) Error {
	c := alone(b)
	c.dialogID(d)
	return c.finish(ErrValue)
}

// DialogID stores the value of the header of type t, Replaces, Join or
// Target-Dialog, in *d, spans into m.Buf(). err is ErrValue if it is broken or there
// are two, to be answered 400 (RFC 3891 §3).
func (m *Msg) DialogID(t HdrType, d *DialogID) (present bool, err Error) {
	c := m.only(t)
	c.dialogID(d)
	return c.result(ErrValue)
}

// Param returns the value of the parameter of that name, in any case; b is what d
// was parsed from.
func (d *DialogID) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(d.Params.Of(b), name)
}

func (c *cursor) dialogID(d *DialogID) {
	*d = DialogID{}
	d.CallID = c.visible()
	params := c.pos
	for p := (param{}); c.param(&p); {
		switch name := p.name.Of(c.b); {
		case EqualFoldString(name, "to-tag"), EqualFoldString(name, "remote-tag"):
			c.once(&d.ToTag, p.value)
		case EqualFoldString(name, "from-tag"), EqualFoldString(name, "local-tag"):
			c.once(&d.FromTag, p.value)
		case EqualFoldString(name, "early-only"):
			d.EarlyOnly = true
		}
	}
	if d.ToTag.IsZero() || d.FromTag.IsZero() {
		c.fail()
	}
	d.Params = c.paramsSince(params)
	d.Whole = Span{d.CallID.Off, uint32(c.pos)}
}

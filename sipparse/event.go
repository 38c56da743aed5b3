package sipparse

import "bytes"

// An Event is the value of Event:
//
//	event-type *( SEMI event-param ) ; RFC 6665 §8.4
//	event-type = event-package *( "." event-template )
//
// Spans are into the buffer it was read from.
type Event struct {
	Whole   Span
	Type    Span // with templates: "presence.winfo"
	Package Span // "presence"
	ID      Span // value of id; it is part of what identifies a subscription
	Params  Span // from the first ";"
}

// ParseEvent reads b. It returns ErrValue if it is broken or has id twice.
func ParseEvent(b []byte, e *Event) Error {
	c := alone(b)
	c.event(e)
	return c.finish(ErrValue)
}

// Event stores the value of Event in *e, spans into m.Buf(). err is ErrValue if it
// is broken or there are two.
func (m *Msg) Event(e *Event) (present bool, err Error) {
	c := m.only(HdrEvent)
	c.event(e)
	return c.result(ErrValue)
}

// Param returns the value of the parameter of that name, in any case; b is what e
// was parsed from.
func (e *Event) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(e.Params.Of(b), name)
}

func (c *cursor) event(e *Event) {
	*e = Event{}
	e.Type = c.token()
	e.Package = e.Type
	if dot := bytes.IndexByte(e.Type.Of(c.b), '.'); dot >= 0 {
		e.Package.End = e.Type.Off + uint32(dot)
	}
	params := c.pos
	for p := (param{}); c.param(&p); {
		if EqualFoldString(p.name.Of(c.b), "id") {
			c.once(&e.ID, p.value)
		}
	}
	e.Params = c.paramsSince(params)
	e.Whole = Span{e.Type.Off, uint32(c.pos)}
}

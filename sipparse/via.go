package sipparse

// A Via is one via-parm (RFC 3261 §20.42, rport: RFC 3581). Spans are into the
// message it was read from.
type Via struct {
	Whole     Span // from the protocol to the last parameter
	Protocol  Span // "SIP/2.0", with the white space there may be around "/"
	Transport Span
	Host      Span // of sent-by; an IPv6 address with its brackets
	Port      int  // of sent-by; 0 if there is none
	Params    Span // with the first ";"

	Branch   Span // value of branch; zero in RFC 2543
	Received Span // value of received; an IPv6 address with or without brackets (RFC 5118 §4.5)
	Maddr    Span // value of maddr
	TTL      int  // 0 to 255
	HasRport bool // rport is there, with or without a value
	Rport    int  // value of rport; 0 if it has none

	RportSpan    Span   // "rport" or "rport=5060", to be replaced
	ReceivedSpan Span   // "received=192.0.2.1", to be replaced
	ParamsEnd    uint32 // where another ";name=value" goes
}

// TopVia returns the first Via value, nil if it is absent or broken.
func (m *Msg) TopVia() *Via {
	if m.done&haveVia == 0 {
		m.done |= haveVia
		if f := m.firstField(HdrVia); f == nil || !parseFirstVia(m.buf[:f.valEnd], int(f.value), &m.topVia) {
			m.bad |= haveVia
		}
	}
	if m.bad&haveVia != 0 {
		return nil
	}
	return &m.topVia
}

func parseFirstVia(b []byte, at int, v *Via) bool {
	c := cursor{b: b, pos: at}
	c.via(v)
	return !c.bad
}

// Via stores the n-th Via value, counted from 0 over all lines and commas, in *v.
// It returns false if there are not as many, or one up to there is broken.
func (m *Msg) Via(n int, v *Via) bool {
	for i := m.Find(HdrVia, 0); i >= 0; i = m.Find(HdrVia, i+1) {
		f := m.field(i)
		c := cursor{b: m.buf[:f.valEnd], pos: int(f.value)}
		for more := true; more; n-- {
			more = c.via(v)
			if c.bad {
				return false
			}
			if n == 0 {
				return true
			}
		}
	}
	return false
}

// A ViaList walks the Via values, over lines and commas, from the top.
type ViaList struct{ lines }

// Vias returns a walk over the Via values.
func (m *Msg) Vias() ViaList { return ViaList{m.lines(HdrVia)} }

// Next stores the next Via in *v, spans into m.Buf(). It returns false at the end,
// and at a broken value: Err is ErrVia then.
func (it *ViaList) Next(v *Via) bool { return it.begin() && it.end(it.c.via(v), ErrVia) }

// OneVia reports whether nothing stands behind the top Via.
func (m *Msg) OneVia() bool {
	v, f := m.TopVia(), m.firstField(HdrVia)
	return v != nil && v.Whole.End == f.valEnd && m.Find(HdrVia, int(m.first[HdrVia.index()])+1) < 0
}

// TopViaInsertAt returns the offset of the first Via line, where ours goes.
func (m *Msg) TopViaInsertAt() uint32 {
	if f := m.firstField(HdrVia); f != nil {
		return f.off
	}
	return m.headerEnd
}

// DeleteTopVia removes the first Via value, the whole line if it is alone there;
// RFC 3261 §16.7 step 3. A broken one goes with its line.
func (m *Msg) DeleteTopVia(e *Edits) {
	f := m.firstField(HdrVia)
	if f == nil {
		return
	}
	var v Via
	c := cursor{b: m.buf[:f.valEnd], pos: int(f.value)}
	if more := c.via(&v); more && !c.bad {
		e.Delete(span(int(v.Whole.Off), c.pos))
		return
	}
	e.Delete(f.lineSpan())
}

// SetReceived puts received and rport on the top Via, replacing what the sender
// wrote there: RFC 3261 §18.2.1, RFC 3581 §4. Received is an IP address without
// brackets, or empty to leave that parameter alone; so does an rport of 0.
func (m *Msg) SetReceived(e *Edits, received []byte, rport int) {
	v := m.TopVia()
	if v == nil {
		return
	}
	var text [80]byte
	if len(received) > 0 {
		e.setParam(v.ReceivedSpan, v.ParamsEnd, append(append(text[:0], ";received="...), received...))
	}
	if rport > 0 {
		e.setParam(v.RportSpan, v.ParamsEnd, AppendUint(append(text[:0], ";rport="...), uint64(rport)))
	}
}

// setParam writes a parameter, given with its ";", over the old one or at the end.
func (e *Edits) setParam(old Span, end uint32, text []byte) {
	if old.IsZero() {
		e.Insert(end, text)
		return
	}
	e.Replace(old, text[1:])
}

// via takes a via-parm and the comma behind it, if any:
//
//	via-parm = sent-protocol LWS sent-by *( SEMI via-params )
//	sent-protocol = "SIP" SLASH "2.0" SLASH transport
//	sent-by = host [ COLON port ]
func (c *cursor) via(v *Via) (more bool) {
	*v = Via{}
	from := c.pos
	v.Protocol = c.protocol()
	v.Transport = c.token()
	if c.peek() > ' ' {
		c.fail()
	}
	c.lws()
	v.Host = c.host()
	if c.sep(':') {
		v.Port = c.port()
	}
	params := c.pos
	var p param
	for c.param(&p) {
		c.viaParam(v, &p)
	}
	v.Params = span(params, c.pos)
	v.Whole = span(from, c.pos)
	v.ParamsEnd = v.Whole.End
	return c.next()
}

// protocol takes sent-protocol up to the transport. All of the world writes it the
// same way.
func (c *cursor) protocol() Span {
	const usual = "SIP/2.0/"
	from := c.pos
	if len(c.b)-from > len(usual) && string(c.b[from:from+len(usual)]) == usual && !isWS(c.b[from+len(usual)]) {
		c.pos += len(usual)
		return span(from, c.pos-1)
	}
	c.token()
	c.need('/')
	c.token()
	end := c.pos
	c.need('/')
	return span(from, end)
}

func (c *cursor) viaParam(v *Via, p *param) {
	switch name := p.name.Of(c.b); {
	case EqualFoldString(name, "branch"):
		c.once(&v.Branch, p.value)
	case EqualFoldString(name, "received"):
		c.once(&v.Received, p.value)
		v.ReceivedSpan = p.whole
	case EqualFoldString(name, "maddr"):
		c.once(&v.Maddr, p.value)
	case EqualFoldString(name, "rport"):
		c.once(&v.RportSpan, p.whole)
		v.HasRport = true
		v.Rport = c.optional(p.value, 65535)
	case EqualFoldString(name, "ttl"):
		v.TTL = c.optional(p.value, 255)
	}
}

// optional reads the number in s, 0 if there is none.
func (c *cursor) optional(s Span, max uint64) int {
	if s.IsZero() {
		return 0
	}
	n, ok := number(s.Of(c.b), max)
	if !ok {
		c.fail()
	}
	return int(n)
}

package sipparse

// BodyOf returns where the content of that type is: the body, if it is the message's
// Content-Type, or the body of the first such part of a multipart one. A part without a
// Content-Type is text/plain (RFC 2046 §5.1); a message without one, or with two, says
// nothing of its body. Parts within parts are not looked into.
func (m *Msg) BodyOf(typ, subtype string) (Span, bool) {
	i := m.Find(HdrContentType, 0)
	if i < 0 || m.Find(HdrContentType, i+1) >= 0 || m.BodySpan().Len() == 0 {
		return Span{}, false
	}
	var ct ContentType
	if contentTypeAt(m.buf, m.field(i).valueSpan(), &ct) && ct.Is(m.buf, typ, subtype) {
		return m.BodySpan(), true
	}
	var p Part
	for it, ok := m.Parts(); ok && it.Next(&p); {
		if it.Is(&p, typ, subtype) && !p.Body.IsZero() {
			return p.Body, true
		}
	}
	return Span{}, false
}

// Is reports whether p has that Content-Type, in any case, and no other.
func (it *Parts) Is(p *Part, typ, subtype string) bool {
	var h Header
	is := EqualFoldString([]byte("text"), typ) && EqualFoldString([]byte("plain"), subtype)
	n := 0
	for list := it.Headers(p); list.Next(&h); {
		if h.Type == HdrContentType {
			var ct ContentType
			is = contentTypeAt(it.b, h.Value, &ct) && ct.Is(it.b, typ, subtype)
			n++
		}
	}
	return is && n <= 1
}

// Header stores the first header of p of that type, such as HdrContentDisposition;
// false if there is none. For HdrOther use Headers.
func (it *Parts) Header(p *Part, t HdrType, h *Header) bool {
	for list := it.Headers(p); list.Next(h); {
		if h.Type == t {
			return true
		}
	}
	*h = Header{}
	return false
}

// PartHeaders walks the headers of a part. The rules are those of a message's.
type PartHeaders struct {
	it *Parts
	at Span
}

// Headers returns a walk over the headers of p.
func (it *Parts) Headers(p *Part) PartHeaders { return PartHeaders{it, p.Headers} }

// Next stores the next header, spans into the message; false at the end.
func (l *PartHeaders) Next(h *Header) bool {
	if l.at.Len() == 0 {
		return false
	}
	b := l.it.b[:l.at.End]
	end, next := l.it.line(l.at.Off)
	nameEnd, value, t, _ := headerName(b[:end], int(l.at.Off))
	value += trimFront(b[value:end])
	*h = Header{
		Type:  t,
		Name:  Span{l.at.Off, uint32(nameEnd)},
		Value: span(value, trimLWS(b, value, int(end))),
		Line:  Span{l.at.Off, next},
	}
	l.at.Off = next
	return true
}

// trimFront returns how much white space, line ends included, b begins with.
func trimFront(b []byte) (n int) {
	for n < len(b) && (isWS(b[n]) || b[n] == '\r' || b[n] == '\n') {
		n++
	}
	return n
}

// isBoundary: boundary := 0*69<bchars> bcharsnospace ; RFC 2046 §5.1.1
func isBoundary(b []byte) bool {
	for _, c := range b {
		if !isAlpha(c) && !isDigit(c) && !oneOf(c, "'()+_,-./:=? ") {
			return false
		}
	}
	return 0 < len(b) && len(b) <= 70 && b[len(b)-1] != ' '
}

package sipparse

import "bytes"

// Content returns the content of that type as it will be sent: the body, or the body of
// the first such part of a multipart one, with the edits of a and b, which are those of
// AppendEdited; b is not nil. What has not been changed is in m.Buf(); what has is
// appended to dst. False if there is none, or the edits delete it.
func (m *Msg) Content(dst []byte, typ, subtype string, a, b *Edits) ([]byte, bool) {
	if put, ok := m.replacedBody(b); ok {
		is := len(put) > 0 && isType(m.newContentType(b), typ, subtype)
		return append(dst, put...), is
	}
	at, ok := m.contentOf(typ, subtype)
	if !ok || b.deletes(at.whole) {
		return dst, false
	}
	if w := m.walk(a, b); !w.changes(at.body) {
		return at.body.Of(m.buf), true
	}
	return m.appendContent(dst, at.body, a, b), true
}

// SetContent writes text instead of what Content returns, or adds it: to a multipart
// body as a part, in the place of another body or of none as the only content. An empty
// text removes it. It returns false, and changes nothing, if text contains the delimiter
// of the multipart body, or if AppendPart has made a multipart of the body.
func (m *Msg) SetContent(e *Edits, typ, subtype string, text []byte) bool {
	if len(text) == 0 {
		return m.removeContent(e, typ, subtype)
	}
	if m.isWrapped(e) {
		return false
	}
	var tmp [64]byte
	name := append(append(append(tmp[:0], typ...), '/'), subtype...)
	if put, ok := m.replacedBody(e); ok {
		if len(put) > 0 && isType(m.newContentType(e), typ, subtype) {
			e.Put(m.wrapStart(), text)
		} else {
			e.ReplaceBody(m, name, text)
		}
		return true
	}
	at, ok := m.contentOf(typ, subtype)
	parts, multipart := m.Parts()
	switch {
	case !multipart || e.deletes(m.BodySpan()):
		e.ReplaceBody(m, name, text)
		return true
	case !ok || e.deletes(at.whole):
		return m.AppendPart(e, append(append([]byte("Content-Type: "), name...), crlf...), text)
	case hasDelimiter(text, parts.Boundary()):
		return false
	}
	if !e.Deletes(at.body) {
		e.Delete(at.body)
	}
	e.Put(Span{at.body.Off, at.body.Off}, text)
	return true
}

func (m *Msg) removeContent(e *Edits, typ, subtype string) bool {
	if _, ok := m.replacedBody(e); ok {
		m.DeleteBody(e)
		return true
	}
	at, ok := m.contentOf(typ, subtype)
	switch {
	case !ok || e.deletes(at.whole):
	case m.isWrapped(e):
		return false
	case at.whole == m.BodySpan():
		m.DeleteBody(e)
	default:
		e.Delete(at.whole)
		if m.PartsLeft(e) == 0 {
			m.DeleteBody(e)
		}
	}
	return true
}

// A content is where the content of a type is, and what is removed with it.
type content struct{ body, whole Span }

// contentOf is BodyOf with the part around it.
func (m *Msg) contentOf(typ, subtype string) (at content, ok bool) {
	body, ok := m.BodyOf(typ, subtype)
	if !ok || body == m.BodySpan() {
		return content{body, body}, ok
	}
	var p Part
	for it, _ := m.Parts(); it.Next(&p); {
		if p.Body == body {
			return content{body, p.Whole}, true
		}
	}
	return at, false
}

// replacedBody returns what ReplaceBody has written; false if nothing has.
func (m *Msg) replacedBody(e *Edits) (text []byte, ok bool) {
	if m.isWrapped(e) {
		return nil, false
	}
	return e.PutText(m.wrapStart())
}

// isWrapped reports whether AppendPart has made a multipart of another body.
func (m *Msg) isWrapped(e *Edits) bool {
	text, _ := e.lastPut(&edit{off: m.end, end: m.end, owner: m.body + 1, put: true, wrap: true})
	return len(text) > 0
}

// newContentType is the value of Content-Type that ReplaceBody has written.
func (m *Msg) newContentType(e *Edits) []byte {
	if i := m.Find(HdrContentType, 0); i >= 0 && !e.deletes(m.field(i).lineSpan()) {
		if text, ok := e.PutText(m.field(i).valueSpan()); ok {
			return bytes.TrimSpace(text)
		}
		return m.field(i).valueSpan().Of(m.buf)
	}
	line, _ := e.PutText(Span{m.headerEnd, m.headerEnd})
	_, value, _ := bytes.Cut(line, []byte{':'})
	return bytes.TrimSpace(value)
}

func isType(value []byte, typ, subtype string) bool {
	var ct ContentType
	return ParseContentType(value, &ct) == OK && ct.Is(value, typ, subtype)
}

// changes reports whether an edit writes or removes something of s, or at its ends.
func (w *walk) changes(s Span) bool {
	for i := range w.sets {
		list := w.sets[i].list
		for j := range list {
			if x := &list[j]; x.off <= s.End && x.end >= s.Off && (x.inserts() || x.off < s.End && x.end > s.Off) {
				return true
			}
		}
	}
	return false
}

// appendContent appends the bytes of s with all edits but those that wrap the body.
func (m *Msg) appendContent(dst []byte, s Span, a, b *Edits) []byte {
	wrapped := m.isWrapped(b)
	w := m.walk(a, b)
	w.pos = s.Off
	for {
		x, text := w.next()
		if x == nil || x.off > s.End {
			return append(dst, m.buf[min(w.pos, s.End):s.End]...)
		}
		if x.off > w.pos {
			dst = append(dst, m.buf[w.pos:x.off]...)
			w.pos = x.off
		}
		if x.off >= s.Off && !(wrapped && (x.wrap || x.put && x.owner == 0 && x.inserts() && x.off == m.body)) {
			dst = append(dst, text...)
		}
		w.pos = max(w.pos, min(x.end, s.End))
	}
}

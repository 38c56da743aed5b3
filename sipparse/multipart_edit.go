package sipparse

import "bytes"

// DeletePart removes p, a part that m.Parts has found. A body needs one (RFC 2046
// §5.1.1): who removes the last deletes the body; see PartsLeft.
func (m *Msg) DeletePart(e *Edits, p *Part) { e.Delete(p.Whole) }

// PartsLeft returns how many of the received parts e does not delete.
func (m *Msg) PartsLeft(e *Edits) (n int) {
	var p Part
	for it, ok := m.Parts(); ok && it.Next(&p); {
		if !e.Deletes(p.Whole) {
			n++
		}
	}
	return n
}

// DeleteBody removes the body and what describes it: Content-Type,
// Content-Disposition, Content-Encoding. Its edits go with it.
func (m *Msg) DeleteBody(e *Edits) {
	m.deleteAll(e, HdrContentType)
	m.deleteAll(e, HdrContentDisposition)
	m.deleteAll(e, HdrContentEncoding)
	e.Delete(m.BodySpan())
	if _, put := e.PutText(m.wrapStart()); put { // by AppendPart or ReplaceBody
		e.Put(m.wrapStart(), nil)
		e.Put(Span{m.headerEnd, m.headerEnd}, nil)
	}
}

// deleteAll removes all headers of type t.
func (m *Msg) deleteAll(e *Edits, t HdrType) {
	for i := m.Find(t, 0); i >= 0; i = m.Find(t, i+1) {
		e.Delete(m.field(i).lineSpan())
	}
}

// AppendPart adds a part: headers, whole lines with their ends, and body. A body that is
// no multipart becomes the first part of a multipart/mixed one, and keeps its
// Content-Type; its edits stay. It returns false if the message has no body or not one
// Content-Type, if the body has been deleted, if its multipart is broken or of lines that
// end with LF alone, or if the part contains the delimiter.
func (m *Msg) AppendPart(e *Edits, headers, body []byte) bool {
	i := m.Find(HdrContentType, 0)
	if i < 0 || m.Find(HdrContentType, i+1) >= 0 || m.BodySpan().Len() == 0 || e.Deletes(m.BodySpan()) {
		return false
	}
	ct := m.field(i).valueSpan()
	var x ContentType
	if !contentTypeAt(m.buf, ct, &x) || !x.Is(m.buf, "multipart", "") {
		return m.wrapBody(e, ct, headers, body)
	}
	it, ok := m.Parts()
	var p Part
	for ok && it.Next(&p) {
	}
	if !ok || it.Err() != OK || it.lf || hasDelimiter(headers, it.boundary) || hasDelimiter(body, it.boundary) {
		return false
	}
	e.addJoined(&edit{off: it.End(), end: it.End()}, dashes, it.boundary, crlfBytes, headers, crlfBytes, body, crlfBytes)
	return true
}

var (
	dashes    = []byte("--")
	crlfBytes = []byte(crlf)
)

// hasDelimiter reports whether text contains "--" boundary.
func hasDelimiter(text, boundary []byte) bool {
	for i := bytes.Index(text, dashes); i >= 0; {
		if bytes.HasPrefix(text[i+2:], boundary) {
			return true
		}
		next := bytes.Index(text[i+1:], dashes)
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return false
}

// What has been wrapped is a Put of nothing before the body, the first delimiter, and
// one behind the body, the other parts. That one is a slot of its own, behind what an
// edit of the body, a line of its SDP say, puts at the body's end.

// wrapBoundary is the boundary of bodies that have been wrapped, but for a last digit.
const wrapBoundary = "next-part-of-this-message-"

func (m *Msg) wrapStart() Span { return Span{m.body, m.body} }

// wrapBody makes the body the first part of two, or adds one to those it has made before.
func (m *Msg) wrapBody(e *Edits, ct Span, headers, body []byte) bool {
	var tmp [len(wrapBoundary) + 1]byte
	boundary := append(append(tmp[:0], wrapBoundary...), '0')
	digit := &boundary[len(boundary)-1]
	start, wrapped := e.PutText(m.wrapStart())
	if wrapped {
		*digit = start[len("--")+len(wrapBoundary)]
	}
	for hasDelimiter(m.Body(), boundary) || hasDelimiter(headers, boundary) || hasDelimiter(body, boundary) {
		if *digit++; wrapped || *digit > '9' {
			return false
		}
	}
	if !wrapped {
		e.addJoined(&edit{off: ct.Off, end: ct.End, put: true}, []byte("multipart/mixed;boundary="), boundary)
		e.addJoined(&edit{off: m.body, end: m.body, put: true}, dashes, boundary, []byte("\r\nContent-Type: "), ct.Of(m.buf), []byte("\r\n\r\n"))
	}
	behind := edit{off: m.end, end: m.end, owner: m.body + 1, put: true, wrap: true}
	parts, _ := e.lastPut(&behind)
	parts = parts[:max(0, len(parts)-len("\r\n--")-len(boundary)-len("--\r\n"))]
	e.addJoined(&behind, parts, crlfBytes, dashes, boundary, crlfBytes,
		headers, crlfBytes, body, crlfBytes, dashes, boundary, dashes, crlfBytes)
	return true
}

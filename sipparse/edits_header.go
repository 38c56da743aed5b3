package sipparse

// Edits of whole headers and of the body. A line that is inserted is one header
// field, or several; it gets its CRLF if that is missing. Line and text are the
// caller's: nothing is escaped.

// InsertBefore adds line before header i of m.
func (e *Edits) InsertBefore(m *Msg, i int, line []byte) { e.insertLine(m.field(i).off, line) }

// InsertAfter adds line behind header i of m. Two of them stand in the order in which
// they were made.
func (e *Edits) InsertAfter(m *Msg, i int, line []byte) { e.insertLine(m.field(i).lineEnd, line) }

// AppendHeader adds line behind the last header of m.
func (e *Edits) AppendHeader(m *Msg, line []byte) { e.insertLine(m.headerEnd, line) }

func (e *Edits) insertLine(at uint32, line []byte) {
	e.Insert(at, line)
	if n := len(line); n > 0 && line[n-1] != '\n' {
		e.Insert(at, []byte(crlf))
	}
}

// DeleteHeader removes header i of m, with all its lines.
func (e *Edits) DeleteHeader(m *Msg, i int) { e.Delete(m.field(i).lineSpan()) }

// ReplaceValue writes text instead of the value of header i of m.
func (e *Edits) ReplaceValue(m *Msg, i int, text []byte) {
	f := m.field(i)
	if f.value == f.valEnd { // "Subject:" followed by nothing: keep the text off the colon
		e.addJoined(&edit{off: f.value, end: f.value, fill: true}, []byte{' '}, text)
		return
	}
	e.Replace(f.valueSpan(), text)
}

// ReplaceBody writes body instead of the body of m, with contentType as its only
// description: Content-Disposition and Content-Encoding go. The last body counts; edits
// of the one that was received go with it. Without a body it is DeleteBody. The
// Content-Length follows when the message is written.
func (e *Edits) ReplaceBody(m *Msg, contentType, body []byte) {
	i := m.Find(HdrContentType, 0)
	typed := i >= 0 && !e.deletes(m.field(i).lineSpan())
	if len(body) == 0 {
		m.DeleteBody(e)
		return
	}
	m.deleteAll(e, HdrContentDisposition)
	m.deleteAll(e, HdrContentEncoding)
	switch {
	case !typed:
		e.addJoined(&edit{off: m.headerEnd, end: m.headerEnd, put: true}, []byte("Content-Type: "), contentType, crlfBytes)
	case m.field(i).value == m.field(i).valEnd:
		e.addJoined(&edit{off: m.field(i).value, end: m.field(i).valEnd, put: true}, []byte{' '}, contentType)
	default:
		e.Put(m.field(i).valueSpan(), contentType)
	}
	e.Delete(m.BodySpan())
	e.Put(m.wrapStart(), body)
}

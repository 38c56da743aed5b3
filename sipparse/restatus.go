package sipparse

// ChangeStatus gives the response m another status code, 100 to 699, at once, and in e
// the same and another reason phrase for when it is written; an empty one is
// ReasonPhrase(code). The last change counts.
func (m *Msg) ChangeStatus(e *Edits, code int, reason []byte) {
	if m.status == 0 {
		return
	}
	m.status = uint16(code)
	var tmp [64]byte
	e.Put(m.StatusSpan(), AppendUint(tmp[:0], uint64(code)))
	text := tmp[:0]
	if m.buf[m.reason.Off-1] != ' ' { // "SIP/2.0 200" and nothing more
		text = append(text, ' ')
	}
	if len(reason) == 0 {
		text = append(text, ReasonPhrase(code)...)
	}
	e.Put(m.reason, append(text, oneLine(reason)...))
}

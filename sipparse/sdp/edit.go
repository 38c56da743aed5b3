package sdp

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// now returns what edits have made of the bytes of at so far.
func (s *Session) now(e *sipparse.Edits, at sipparse.Span) []byte {
	if text, ok := e.PutText(at); ok {
		return text
	}
	return at.Of(s.buf)
}

// put writes text instead of at, unless it stands there already.
func (s *Session) put(e *sipparse.Edits, at sipparse.Span, text []byte) {
	if !bytes.Equal(s.now(e, at), text) {
		e.Put(at, text)
	}
}

// clean reports whether text can stand within a line.
func clean(text []byte) bool { return len(text) > 0 && bytes.IndexAny(text, "\r\n\x00") < 0 }

// oneWord is clean for what is between two spaces.
func oneWord(text []byte) bool { return clean(text) && bytes.IndexAny(text, " \t") < 0 }

// live reads the i-th m= line for an edit: false also if edits have deleted it.
func (s *Session) live(e *sipparse.Edits, i int, m *Media) bool {
	return s.Media(i, m) && !e.Deletes(m.Section)
}

// Deleted reports whether e deletes media i.
func (s *Session) Deleted(e *sipparse.Edits, i int) bool {
	return i >= 0 && i < s.media && e.Deletes(s.section(i))
}

// Disabled reports whether the port of media i is 0, or e makes it so.
func (s *Session) Disabled(e *sipparse.Edits, i int) bool {
	var m Media
	return s.Media(i, &m) && s.disabled(e, &m)
}

func (s *Session) disabled(e *sipparse.Edits, m *Media) bool {
	n, ok := sipparse.ParseUint(s.now(e, m.PortSpan), 65535)
	return ok && n == 0
}

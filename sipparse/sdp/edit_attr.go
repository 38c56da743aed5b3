package sdp

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// What is added to a level stands behind its last line, in one text of whole lines
// that is put there again and again: so it is found, changed and deleted as the
// received lines are, and goes away with a deleted media.

// A cur is an attribute as edits have it: a received line, or one of those added.
type cur struct {
	text  []byte
	line  *line // nil if it is added
	added int   // where in the added lines it begins
}

// A curList walks the attributes of a level as edits have them.
type curList struct {
	walk
	e     *sipparse.Edits
	added []byte
	at    int
}

func (s *Session) attrsNow(e *sipparse.Edits, level int) curList {
	it := curList{walk: s.walk(level, 'a'), e: e}
	if s.hasLevel(level) {
		it.added, _ = e.PutTextBehind(s.section(level))
	}
	return it
}

func (s *Session) hasLevel(level int) bool {
	return s.n > 0 && level >= SessionLevel && level < s.media
}

// next returns the next attribute; false at the end.
func (it *curList) next(a *cur) bool {
	for l := it.walk.next(); l != nil; l = it.walk.next() {
		if !it.e.Deletes(l.whole()) {
			*a = cur{text: it.s.now(it.e, l.value()), line: l}
			return true
		}
	}
	if it.at == len(it.added) {
		return false
	}
	rest := it.added[it.at:]
	n := bytes.IndexByte(rest, '\n') + 1
	*a = cur{text: bytes.TrimRight(rest[len("a="):n], "\r\n"), added: it.at}
	it.at += n
	return true
}

// AddAttr adds the line "a=text" to that level: "ptime:20". It returns false if there
// is no such level, or text has a line end.
func (s *Session) AddAttr(e *sipparse.Edits, level int, text []byte) bool {
	if !clean(text) || !s.hasLevel(level) || s.Deleted(e, level) {
		return false
	}
	section := s.section(level)
	added, _ := e.PutTextBehind(section)
	s.scratch = append(append(append(s.scratch[:0], added...), "a="...), text...)
	s.scratch = append(s.scratch, s.lineEnd()...)
	s.endLastLine(e, section)
	e.PutBehind(section, s.scratch)
	return true
}

func (s *Session) lineEnd() string {
	if s.lf {
		return "\n"
	}
	return "\r\n"
}

// endLastLine gives the body's last line an end if it has none, for as long as there
// is that line.
func (s *Session) endLastLine(e *sipparse.Edits, section sipparse.Span) {
	last := sipparse.Span{Off: section.End - 1, End: section.End}
	if s.buf[last.Off] == '\n' {
		return
	}
	if _, done := e.PutTextBehind(last); !done {
		e.PutBehind(last, []byte(s.lineEnd()))
	}
}

// SetAttr writes "a=text" instead of the attribute a at that level; false if it has
// been deleted or text has a line end.
func (s *Session) SetAttr(e *sipparse.Edits, a *Attr, text []byte) bool {
	if !clean(text) || a.Text.Len() == 0 || e.Deletes(a.Line) {
		return false
	}
	s.put(e, a.Text, text)
	return true
}

// DeleteAttrs deletes the attributes of that level for which match says so, the added
// ones too. It returns their number.
func (s *Session) DeleteAttrs(e *sipparse.Edits, level int, match func(name, value []byte) bool) int {
	n := 0
	if s.Deleted(e, level) {
		return n
	}
	var a cur
	for it := s.attrsNow(e, level); it.next(&a); {
		if match(splitAttr(a.text)) {
			s.deleteAttr(e, level, &a, &it)
			n++
		}
	}
	return n
}

// DeleteAttr deletes all attributes of that name at that level.
func (s *Session) DeleteAttr(e *sipparse.Edits, level int, name string) int {
	return s.DeleteAttrs(e, level, func(n, _ []byte) bool { return sipparse.EqualFoldString(n, name) })
}

// deleteAttr deletes a, the current attribute of it, which then goes on behind it.
func (s *Session) deleteAttr(e *sipparse.Edits, level int, a *cur, it *curList) {
	if a.line != nil {
		e.Delete(a.line.whole())
		return
	}
	s.scratch = append(append(s.scratch[:0], it.added[:a.added]...), it.added[it.at:]...)
	section := s.section(level)
	e.PutBehind(section, s.scratch)
	it.added, _ = e.PutTextBehind(section)
	it.at = a.added
}

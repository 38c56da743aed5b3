package textops

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A change writes text instead of the bytes at a place; an empty place is between two bytes.
type change struct {
	at   sipparse.Span
	text []byte
}

// maxChanges is how many changes a call notes one by one. Of more, those in the body become
// one, from the first to the last; so many in headers are refused.
const maxChanges = 256

// commitAll makes changes, which are in order. One that matched nothing, as "x*" does, is a
// mistake in the expression: OpenSIPS refuses it too. Many matches by a long text would be
// far more than a message can hold, so that is looked at before anything is put together.
func commitAll(c *script.Ctx, what string, list []change) script.Ret {
	x := proxy.From(c)
	m, size := x.Msg(), 0
	for i := range list {
		size += len(list[i].text)
		if list[i].at.Len() == 0 || !x.Room(size) {
			return -1
		}
	}
	if len(list) > maxChanges {
		if list[0].at.Off < m.BodySpan().Off {
			return -1
		}
		list = []change{join(m.Buf(), list)}
	}
	return commit(c, what, list)
}

// join makes one change of many.
func join(buf []byte, list []change) change {
	first, last := list[0].at, list[len(list)-1].at
	all := change{at: sipparse.Span{Off: first.Off, End: last.End}}
	p := first.Off
	for _, x := range list {
		all.text = append(append(all.text, buf[p:x.at.Off]...), x.text...)
		p = x.at.End
	}
	return all
}

// commit notes changes in the message's edits, all or none of them: each header line has to
// stay one, or several, or go; no change may reach beyond a line; and what comes out
// has to be a SIP message.
func commit(c *script.Ctx, what string, list []change) script.Ret {
	x := proxy.From(c)
	m := x.Msg()
	size := 0
	for i := range list {
		list[i].keepLineEnd(m.Buf())
		size += len(list[i].text)
	}
	if len(list) == 0 || !x.Room(size) {
		return -1
	}
	if !linesStay(m, list) {
		c.LogError("textops: %s: a header line would be no header line any more", what)
		return -1
	}
	mark, before := x.Edits.Mark(), x.Edits.Len()
	for _, ch := range list {
		if ch.at.Len() == 0 {
			x.Edits.Insert(ch.at.Off, ch.text)
		} else {
			x.Edits.Replace(ch.at, ch.text)
		}
	}
	if x.Edits.Len() == before { // others have replaced these bytes before
		return -1
	}
	if !x.Changed(mark) {
		c.LogError("textops: %s: the message would be no SIP message any more", what)
		return -1
	}
	return 1
}

// keepLineEnd leaves the CR of a line end alone: "." matches it, while only LF ends a line for
// a regular expression.
func (ch *change) keepLineEnd(buf []byte) {
	end := int(ch.at.End)
	if end == 0 || end >= len(buf) || buf[end-1] != '\r' || buf[end] != '\n' {
		return
	}
	ch.at.End--
	if ch.at.Off > ch.at.End {
		ch.at.Off = ch.at.End
	}
	if n := len(ch.text); n > 0 && ch.text[n-1] == '\r' {
		ch.text = ch.text[:n-1]
	}
}

// linesStay checks the changes before the body, line by line.
func linesStay(m *sipparse.Msg, list []change) bool {
	for i := 0; len(list) > 0 && list[0].at.Off < m.BodySpan().Off; {
		if i == m.NHeaders() { // at the end of all headers
			if list[0].at.Off != m.HeadersEnd() || list[0].at.Len() > 0 || !areHeaders(list[0].text, sipparse.HdrOther) {
				return false
			}
			list = list[1:]
			continue
		}
		line := m.Header(i).Line
		n := 0
		for n < len(list) && list[n].at.Off < line.End {
			n++
		}
		if n > 0 && !lineStays(m.Buf(), m.Header(i), list[:n]) {
			return false
		}
		list = list[n:]
		i++
	}
	return true
}

// lineStays checks the changes that begin in a header's line.
func lineStays(buf []byte, h sipparse.Header, list []change) bool {
	line := h.Line
	if list[len(list)-1].at.End > line.End {
		return false
	}
	var text []byte
	p := line.Off
	for _, ch := range list {
		text = append(append(text, buf[p:ch.at.Off]...), ch.text...)
		p = ch.at.End
	}
	text = append(text, buf[p:line.End]...)
	return len(text) == 0 || areHeaders(text, h.Type)
}

// areHeaders reports whether text, instead of a header of type was, is header lines none of
// which is a second one where the proxy relies on one: a replacement may hold what a peer
// has sent.
func areHeaders(text []byte, was sipparse.HdrType) bool {
	if !sipparse.IsHeaderLines(text) {
		return false
	}
	for len(text) > 0 {
		name, _, _ := bytes.Cut(text, []byte{':'})
		switch t := sipparse.HdrTypeOf(bytes.TrimRight(name, " \t")); t {
		case sipparse.HdrVia, sipparse.HdrFrom, sipparse.HdrTo, sipparse.HdrCallID, sipparse.HdrCSeq, sipparse.HdrContentLength:
			if t != was {
				return false
			}
			was = sipparse.HdrOther
		}
		_, text, _ = bytes.Cut(text, []byte("\r\n"))
	}
	return true
}

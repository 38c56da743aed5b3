package sdp

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// maxFormats is what one m= line may list: there are 128 RTP payload types.
const maxFormats = 256

// A Media is an m= line and what belongs to it; RFC 8866 §5.14.
//
//	m=<media> <port>[/<number of ports>] <proto> <fmt> ...
type Media struct {
	Index    int
	Section  sipparse.Span // from its m= line to the next one, or to the end
	Type     sipparse.Span // "audio", "video", "image", "message", ...
	PortSpan sipparse.Span // without the number of ports
	Proto    sipparse.Span // "RTP/AVP", ...
	Formats  sipparse.Span // from the first to the last
	Port     int           // 0 if the media is rejected or disabled
	Ports    int           // 1 if it is not there
}

// Media reads the i-th m= line; false if there is none or it is broken. Of a broken
// one only the section is there.
func (s *Session) Media(i int, m *Media) bool {
	*m = Media{}
	w := s.walk(i, 'm')
	l := w.next()
	if i < 0 || l == nil {
		return false
	}
	section := s.section(i)
	if !s.mediaLine(l.value(), m) {
		*m = Media{}
	}
	m.Index, m.Section = i, section
	return !m.Formats.IsZero()
}

// section returns the lines of a level.
func (s *Session) section(level int) sipparse.Span {
	from := s.line(s.first(level)).off
	if next := s.first(level + 1); next < s.n {
		return sipparse.Span{Off: from, End: s.line(next).off}
	}
	return sipparse.Span{Off: from, End: s.body.End}
}

func (s *Session) mediaLine(v sipparse.Span, m *Media) bool {
	w := words{b: s.buf[:v.End], pos: int(v.Off)}
	var port sipparse.Span
	for _, d := range [...]*sipparse.Span{&m.Type, &port, &m.Proto} {
		from, end := w.next()
		if from == end {
			return false
		}
		*d = sipparse.Span{Off: uint32(from), End: uint32(end)}
	}
	from, end := w.next()
	for n := 0; from < end; n++ {
		if n == maxFormats {
			return false
		}
		if n == 0 {
			m.Formats.Off = uint32(from)
		}
		m.Formats.End = uint32(end)
		from, end = w.next()
	}
	return m.Formats.Len() > 0 && s.ports(port, m)
}

// ports reads <port>["/"<integer>], the second above 0.
func (s *Session) ports(v sipparse.Span, m *Media) bool {
	port, count, more := cut(s.buf, v, '/')
	n, ok := sipparse.ParseUint(port.Of(s.buf), 65535)
	m.PortSpan, m.Port, m.Ports = port, int(n), 1
	if more && ok {
		n, ok = sipparse.ParseUint(count.Of(s.buf), 65535)
		m.Ports = int(n)
	}
	return ok && m.Ports > 0
}

// IsRTP reports whether the formats are RTP payload types; b is what m was parsed from.
func (m *Media) IsRTP(b []byte) bool { return bytes.Contains(m.Proto.Of(b), []byte("RTP/")) }

// A FormatList walks the formats of an m= line.
type FormatList struct{ words words }

// FormatsOf returns a walk over the formats of m.
func (s *Session) FormatsOf(m *Media) FormatList {
	return FormatList{words{b: s.buf[:m.Formats.End], pos: int(m.Formats.Off)}}
}

// Next stores the next format, a payload type or another token; false at the end.
func (it *FormatList) Next(format *sipparse.Span) bool {
	from, end := it.words.next()
	*format = sipparse.Span{Off: uint32(from), End: uint32(end)}
	return from < end
}

// FindMedia returns the index of the first good m= line of that type, "audio", at or
// after index from; -1 if there is none.
func (s *Session) FindMedia(typ string, from int) int {
	var m Media
	for i := from; i < s.media; i++ {
		if s.Media(i, &m) && sipparse.EqualFoldString(m.Type.Of(s.buf), typ) {
			return i
		}
	}
	return -1
}

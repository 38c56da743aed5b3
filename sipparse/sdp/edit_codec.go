package sdp

import "github.com/fastsips/fastsips/sipparse"

// A Match says whether a codec is meant, by its encoding name and clock rate in Hz: nil
// and 0 where nothing says them. It is asked once for each rtpmap of a format; if
// one of them is meant, the format is.
type Match func(name []byte, rate uint32) bool

// HasCodec reports whether media i, as e has made it, has a codec that is meant.
func (s *Session) HasCodec(e *sipparse.Edits, i int, match Match) bool {
	var m Media
	if !s.liveRTP(e, i, &m) {
		return false
	}
	x := s.meaning(e, &m, match)
	w := words{b: s.now(e, m.Formats)}
	for f := w.word(); f != nil; f = w.word() {
		if x.is(f) {
			return true
		}
	}
	return false
}

// DeleteCodecs removes the codecs that are meant from media i as DeleteFormat does, and
// returns their number.
func (s *Session) DeleteCodecs(e *sipparse.Edits, i int, match Match) int {
	var m Media
	if !s.liveRTP(e, i, &m) {
		return 0
	}
	x := s.meaning(e, &m, match)
	return s.deleteFormats(e, &m, func(f []byte) bool { return x.is(f) })
}

// KeepCodecs removes all other codecs.
func (s *Session) KeepCodecs(e *sipparse.Edits, i int, match Match) int {
	var m Media
	if !s.liveRTP(e, i, &m) {
		return 0
	}
	x := s.meaning(e, &m, match)
	return s.deleteFormats(e, &m, func(f []byte) bool { return !x.is(f) })
}

// DeleteCodec is DeleteCodecs by name, in any case, and clock rate, 0 for any.
func (s *Session) DeleteCodec(e *sipparse.Edits, i int, name string, rate uint32) int {
	return s.DeleteCodecs(e, i, func(n []byte, r uint32) bool { return isCodec(n, r, name, rate) })
}

// MoveUp moves the codecs that are meant to the front of the list, which is the
// order of preference (RFC 3264 §5.1); those moved keep their order. It returns their number.
func (s *Session) MoveUp(e *sipparse.Edits, i int, match Match) int {
	return s.move(e, i, match, true)
}

// MoveDown moves them to the end.
func (s *Session) MoveDown(e *sipparse.Edits, i int, match Match) int {
	return s.move(e, i, match, false)
}

// MoveCodecUp is MoveUp by name and clock rate, 0 for any.
func (s *Session) MoveCodecUp(e *sipparse.Edits, i int, name string, rate uint32) int {
	return s.move(e, i, func(n []byte, r uint32) bool { return isCodec(n, r, name, rate) }, true)
}

// MoveCodecDown is MoveDown by name and clock rate, 0 for any.
func (s *Session) MoveCodecDown(e *sipparse.Edits, i int, name string, rate uint32) int {
	return s.move(e, i, func(n []byte, r uint32) bool { return isCodec(n, r, name, rate) }, false)
}

func (s *Session) move(e *sipparse.Edits, i int, match Match, up bool) (n int) {
	var m Media
	if !s.liveRTP(e, i, &m) {
		return 0
	}
	x := s.meaning(e, &m, match)
	list, now := s.scratch[:0], s.now(e, m.Formats)
	for _, meant := range [...]bool{up, !up} {
		w := words{b: now}
		for f := w.word(); f != nil; f = w.word() {
			if x.is(f) == meant {
				list = appendWord(list, f)
				if meant {
					n++
				}
			}
		}
	}
	s.scratch = list
	if n > 0 {
		s.put(e, m.Formats, list)
	}
	return n
}

func isCodec(n []byte, r uint32, name string, rate uint32) bool {
	return sipparse.EqualFoldString(n, name) && (rate == 0 || r == rate)
}

func (s *Session) liveRTP(e *sipparse.Edits, i int, m *Media) bool {
	return s.live(e, i, m) && m.IsRTP(s.buf)
}

// A meaning says which payload types an rtpmap is there for, and which of them are meant.
type meaning struct {
	match       Match
	said, meant formatSet
}

// meaning asks match about each rtpmap of m.
func (s *Session) meaning(e *sipparse.Edits, m *Media, match Match) meaning {
	x := meaning{match: match}
	var a cur
	var c Codec
	for it := s.attrsNow(e, m.Index); it.next(&a); {
		name, value := splitAttr(a.text)
		if !sipparse.EqualFoldString(name, "rtpmap") || !parseRtpmap(value, &c) {
			continue
		}
		x.said.add(c.Format)
		if match(c.Name, c.Rate) {
			x.meant.add(c.Format)
		}
	}
	return x
}

// is reports whether format is meant, without an rtpmap as its static codec.
func (x *meaning) is(format []byte) bool {
	if x.said.has(format) {
		return x.meant.has(format)
	}
	c := staticCodec(format)
	return x.match(c.Name, c.Rate)
}

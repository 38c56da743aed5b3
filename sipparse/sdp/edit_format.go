package sdp

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// DeleteFormat removes a format from media i, of any kind: from its m= line, with its
// rtpmap, fmtp and rtcp-fb lines. If it is the last one it stays, and the media is
// disabled. It returns false if the format is not there, or that has been done.
func (s *Session) DeleteFormat(e *sipparse.Edits, i int, format []byte) bool {
	var m Media
	return s.live(e, i, &m) && s.deleteFormats(e, &m, func(f []byte) bool { return sameFormat(f, format) }) > 0
}

// deleteFormats removes the formats that gone names and returns their number.
func (s *Session) deleteFormats(e *sipparse.Edits, m *Media, gone func(format []byte) bool) int {
	before := s.now(e, m.Formats)
	kept, last, n := s.scratch[:0], []byte(nil), 0
	w := words{b: before}
	for f := w.word(); f != nil; f = w.word() {
		if gone(f) {
			last = f
			n++
		} else {
			kept = appendWord(kept, f)
		}
	}
	if n > 0 && len(kept) == 0 {
		if s.disabled(e, m) && len(last) == len(trim(before)) {
			n = 0
		}
		kept = append(kept, last...)
		s.disable(e, m)
	}
	s.scratch = kept
	if n > 0 {
		s.put(e, m.Formats, kept)
		s.deleteFormatLines(e, m, before, s.now(e, m.Formats))
	}
	return n
}

func appendWord(dst, word []byte) []byte {
	if len(dst) > 0 {
		dst = append(dst, ' ')
	}
	return append(dst, word...)
}

// deleteFormatLines removes what is said about formats that were there before and are
// no more.
func (s *Session) deleteFormatLines(e *sipparse.Edits, m *Media, before, after []byte) {
	was, is := formatsIn(before), formatsIn(after)
	s.DeleteAttrs(e, m.Index, func(name, value []byte) bool {
		w := words{b: value}
		f := w.word()
		return aboutFormat(name) && was.has(f) && !is.has(f)
	})
}

func aboutFormat(name []byte) bool {
	return sipparse.EqualFoldString(name, "rtpmap") || sipparse.EqualFoldString(name, "fmtp") || sipparse.EqualFoldString(name, "rtcp-fb")
}

// A formatSet is a set of formats: payload types, and others as a list of words.
type formatSet struct {
	types [2]uint64
	list  []byte
}

func formatsIn(list []byte) formatSet {
	x := formatSet{list: list}
	w := words{b: list}
	for f := w.word(); f != nil; f = w.word() {
		x.add(f)
	}
	return x
}

// add adds a payload type.
func (x *formatSet) add(format []byte) {
	if n := payloadType(format); n >= 0 {
		x.types[n>>6] |= 1 << (n & 63)
	}
}

func (x *formatSet) has(format []byte) bool {
	if n := payloadType(format); n >= 0 {
		return x.types[n>>6]>>(n&63)&1 != 0
	}
	w := words{b: x.list}
	for f := w.word(); f != nil; f = w.word() {
		if bytes.Equal(f, format) {
			return true
		}
	}
	return false
}

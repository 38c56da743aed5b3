package sdp

import "github.com/fastsips/fastsips/sipparse"

// maxTime is enough for NTP seconds of any era.
const maxTime = 1 << 50

// Timing returns the first t= line, in seconds since 1900, 0 for no bound (RFC 8866
// §5.9); false if it is not there or broken.
func (s *Session) Timing() (start, stop uint64, ok bool) {
	var a, z sipparse.Span
	v := s.value('t')
	if v.IsZero() || !spans(s.buf, v, &a, &z) {
		return 0, 0, false
	}
	start, ok = sipparse.ParseUint(a.Of(s.buf), maxTime)
	stop, ok2 := sipparse.ParseUint(z.Of(s.buf), maxTime)
	return start, stop, ok && ok2
}

// Bandwidth returns the value of the first good "b=<bwtype>:<bandwidth>" line of that
// type, "AS" in kbit/s or "TIAS" in bit/s, at that level (RFC 8866 §5.8).
func (s *Session) Bandwidth(level int, bwtype string) (n uint64, ok bool) {
	w := s.walk(level, 'b')
	for l := w.next(); l != nil; l = w.next() {
		name, value, colon := cut(s.buf, l.value(), ':')
		if colon && sipparse.EqualFoldString(name.Of(s.buf), bwtype) {
			if n, ok = sipparse.ParseUint(value.Of(s.buf), maxTime); ok {
				return n, true
			}
		}
	}
	return 0, false
}

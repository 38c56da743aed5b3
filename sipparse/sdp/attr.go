package sdp

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// An Attr is an a= line; RFC 8866 §5.13.
//
//	a=<attribute-name> / a=<attribute-name>:<attribute-value>
type Attr struct {
	Name, Value sipparse.Span // Value is zero without a colon
	Text        sipparse.Span // both, to be replaced
	Line        sipparse.Span // with its end
}

// An AttrList walks the attributes of one level, in order.
type AttrList struct{ walk }

// Attrs returns a walk over the attributes at that level.
func (s *Session) Attrs(level int) AttrList { return AttrList{s.walk(level, 'a')} }

// Next stores the next attribute; false at the end.
func (it *AttrList) Next(a *Attr) bool {
	l := it.next()
	if l == nil {
		*a = Attr{}
		return false
	}
	a.Text, a.Line = l.value(), l.whole()
	a.Name, a.Value, _ = cut(it.s.buf, a.Text, ':')
	return true
}

// Attr reads the first attribute of that name at that level: "ptime", "rtcp-mux",
// "ice-ufrag", "fingerprint", "crypto", "candidate", ...; false if there is none.
func (s *Session) Attr(level int, name string, a *Attr) bool {
	for it := s.Attrs(level); it.Next(a); {
		if sipparse.EqualFoldString(a.Name.Of(s.buf), name) {
			return true
		}
	}
	return false
}

// AttrOf is Attr for media i, or else for the session.
func (s *Session) AttrOf(i int, name string, a *Attr) bool {
	return s.Attr(i, name, a) || s.Attr(SessionLevel, name, a)
}

// Ptime returns the length of a packet in milliseconds, a=ptime:<packet time> of
// media i (RFC 8866 §6.4). Some send a fraction, which is left out.
func (s *Session) Ptime(i int) (ms int, ok bool) {
	var a Attr
	if !s.Attr(i, "ptime", &a) {
		return 0, false
	}
	whole, _, _ := cut(s.buf, a.Value, '.')
	n, ok := sipparse.ParseUint(trim(whole.Of(s.buf)), 65535)
	return int(n), ok
}

// trim returns b without white space at its ends.
func trim(b []byte) []byte { return bytes.Trim(b, " \t") }

// splitAttr is the name and the value of an attribute's text, the value nil without a colon.
func splitAttr(text []byte) (name, value []byte) {
	if i := bytes.IndexByte(text, ':'); i >= 0 {
		return text[:i], text[i+1:]
	}
	return text, nil
}

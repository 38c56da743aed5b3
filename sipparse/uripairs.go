package sipparse

import "bytes"

// A URIPair is one parameter or one header of a URI. Spans are into the buffer that
// the URI was read from. Nothing is unescaped.
//
//	uri-parameters = *( ";" uri-parameter ) ; RFC 3261 §25.1
//	headers        = "?" header *( "&" header )
type URIPair struct {
	Whole Span // "name=value"
	Name  Span
	Value Span // zero without "="
}

// URIPairs walks the parameters or the headers of a URI, in order. What is empty,
// as in ";;", is passed over.
type URIPairs struct {
	b   []byte // ends where the list ends
	pos int
	sep byte
}

// ParamPairs returns a walk over the parameters of u; b is what u was parsed from.
func (u *URI) ParamPairs(b []byte) URIPairs {
	return URIPairs{b: b[:u.Params.End], pos: int(u.Params.Off), sep: ';'}
}

// HeaderPairs returns a walk over the headers of u, those behind "?"; b is what u was
// parsed from.
func (u *URI) HeaderPairs(b []byte) URIPairs {
	return URIPairs{b: b[:u.Headers.End], pos: int(u.Headers.Off), sep: '&'}
}

// Next stores the next one in *p; false at the end.
func (it *URIPairs) Next(p *URIPair) bool {
	for it.pos < len(it.b) {
		from := it.pos
		end := len(it.b)
		if n := bytes.IndexByte(it.b[from:], it.sep); n >= 0 {
			end = from + n
		}
		it.pos = end + 1
		if end > from {
			p.split(it.b, from, end)
			return true
		}
	}
	return false
}

func (p *URIPair) split(b []byte, from, end int) {
	*p = URIPair{Whole: span(from, end), Name: span(from, end)}
	if n := bytes.IndexByte(b[from:end], '='); n >= 0 {
		p.Name, p.Value = span(from, from+n), span(from+n+1, end)
	}
}

// findNext stores the next one of that name in *p. Names are equal in any case,
// escaped or not: ";%6C%72" is ";lr" (RFC 4475 §3.1.1.3).
func (it *URIPairs) findNext(name string, p *URIPair) bool {
	for it.Next(p) {
		got := p.Name.Of(it.b)
		if EqualFoldString(got, name) || hasEscape(got) && equalText(got, []byte(name), folded) {
			return true
		}
	}
	return false
}

func (it *URIPairs) next(name []byte, p *URIPair) bool {
	for it.Next(p) {
		if equalText(p.Name.Of(it.b), name, folded) {
			return true
		}
	}
	return false
}

// find is next, but leaves the walk where it is.
func (it URIPairs) find(name []byte, p *URIPair) bool { return it.next(name, p) }

// findName is findNext, but leaves the walk where it is.
func (it URIPairs) findName(name string, p *URIPair) bool { return it.findNext(name, p) }

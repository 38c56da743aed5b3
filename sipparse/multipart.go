package sipparse

import "bytes"

// A Part is one part of a multipart body; RFC 2046 §5.1.
type Part struct {
	Whole   Span // from its delimiter to the next one, to be deleted
	Headers Span // its header lines with their ends, without the empty line
	Body    Span // zero if there is no empty line
}

// Parts walks the parts of a multipart body, in order. It reads the body as it was
// received: edits do not show. A part may be multipart itself: see ParseParts.
//
//	multipart-body := [preamble CRLF] dash-boundary transport-padding CRLF body-part
//	                  *(delimiter transport-padding CRLF body-part)
//	                  delimiter "--" transport-padding [CRLF epilogue]
//	delimiter := CRLF "--" boundary
//
// A line that only begins with a delimiter is none: boundaries of nested parts may do
// so. How the first delimiter line ends, CRLF or LF alone, says how all lines of
// the structure end; if there is another that would be a delimiter but for that, the
// walk ends with ErrMultipart, for others may see a part there.
type Parts struct {
	b        []byte // ends where the body ends
	boundary []byte
	lf       bool      // lines end with LF alone
	next     delimiter // of the part that comes next
	err      Error
}

// A delimiter is a line of "--", boundary, and "--" if it is the last.
type delimiter struct {
	off, end uint32 // end is behind its line end
	last     bool
}

// Parts returns a walk over the parts of the body; false if the message has not one
// Content-Type, or another than multipart with a boundary.
func (m *Msg) Parts() (it Parts, ok bool) {
	i := m.Find(HdrContentType, 0)
	if i < 0 || m.Find(HdrContentType, i+1) >= 0 {
		return it, false
	}
	err := ParseParts(m.buf, m.field(i).valueSpan(), m.BodySpan(), &it)
	return it, err == OK
}

// ParseParts starts a walk over the parts of body, of the Content-Type whose value is
// at contentType; both are in b. It returns ErrMultipart if that is no multipart with
// a boundary.
func ParseParts(b []byte, contentType, body Span, it *Parts) Error {
	*it = Parts{b: b[:body.End]}
	var ct ContentType
	ok := contentTypeAt(b, contentType, &ct) && ct.Is(b, "multipart", "")
	it.boundary = ct.Boundary.Of(b)
	if !ok || !isBoundary(it.boundary) {
		it.err = ErrMultipart
		return it.err
	}
	it.next = it.find(body.Off)
	if it.next.last { // no parts, and nothing to say how lines end
		it.err = ErrMultipart
	}
	return OK
}

// Next stores the next part; false at the end: see Err. Without a closing delimiter,
// the last part reaches to the end of the body.
func (it *Parts) Next(p *Part) bool {
	*p = Part{}
	if it.err != OK || it.next.last {
		return false
	}
	if it.next.end == it.next.off {
		it.err = ErrMultipart // no delimiter where one should be
		return false
	}
	here := it.next
	next := it.find(here.end)
	if it.err != OK {
		return false
	}
	it.next = next
	it.part(p, here)
	return it.err == OK
}

// Err returns why the walk ended early: a missing delimiter, at the beginning or the
// end, or a broken header line, in which case the part it is in is not there.
func (it *Parts) Err() Error { return it.err }

// Boundary returns the boundary, as it stands behind "--".
func (it *Parts) Boundary() []byte { return it.boundary }

// End returns the offset of the closing delimiter once Next has returned false and Err
// is OK: new last parts go there.
func (it *Parts) End() uint32 { return it.next.off }

// part reads what is between here and it.next.
func (it *Parts) part(p *Part, here delimiter) {
	to := it.next.off
	p.Whole = Span{here.off, to}
	p.Headers = Span{here.end, here.end}
	for at := here.end; at < to; {
		end, next := it.line(at)
		if end == at {
			p.Headers.End = at
			p.Body = it.bodyOf(next)
			return
		}
		if end == next || !it.isHeader(at, end) { // also one that the body's end cuts off
			it.err = ErrMultipart
			*p = Part{}
			return
		}
		at = next
		p.Headers.End = at
	}
}

// bodyOf returns the body that begins at from. The line end before a delimiter belongs
// to that; so does the empty line if it is all there is, and then there is no body.
func (it *Parts) bodyOf(from uint32) Span {
	to := it.next.off
	if it.next.end > it.next.off {
		to -= it.lineEndLen()
	}
	if to < from {
		return Span{}
	}
	return Span{from, to}
}

func (it *Parts) lineEndLen() uint32 {
	if it.lf {
		return 1
	}
	return 2
}

// line returns the end of the header line at p without and with its line end, the
// last of several if it is folded.
func (it *Parts) line(p uint32) (end, next uint32) {
	from := p
	for {
		i := bytes.IndexByte(it.b[p:], '\n')
		if i < 0 {
			return uint32(len(it.b)), uint32(len(it.b))
		}
		next = p + uint32(i) + 1
		end = next - it.lineEndLen()
		ends := it.lf || i > 0 && it.b[end] == '\r'
		if ends && (end == from || int(next) == len(it.b) || !isWS(it.b[next])) {
			return end, next
		}
		p = next
	}
}

// isHeader applies the rules for header lines: a name and a colon, and nothing that
// others could take for a line end.
func (it *Parts) isHeader(from, end uint32) bool {
	b := it.b[:end]
	_, p, _, err := headerName(b, int(from))
	if err != OK {
		return false
	}
	fold := crlf[2-it.lineEndLen():]
	for p = control(b, p); p < len(b); p = control(b, p) {
		switch {
		case b[p] == '\t':
			p++
		case bytes.HasPrefix(b[p:], []byte(fold)) && p+len(fold) < len(b) && isWS(b[p+len(fold)]):
			p += len(fold)
		default:
			return false
		}
	}
	return true
}

// find returns the next delimiter at or after p, which is at the beginning of a line;
// an empty one at the end if there is none.
func (it *Parts) find(p uint32) delimiter {
	first := it.next.end == 0
	for start := p; ; {
		i := bytes.Index(it.b[p:], []byte("--"))
		if i < 0 {
			return delimiter{off: uint32(len(it.b)), end: uint32(len(it.b))}
		}
		p += uint32(i)
		if d, lf, ok := it.delimiterAt(p); ok && (p == start || it.b[p-1] == '\n') {
			it.style(p, start, first, lf)
			return d
		}
		p++
	}
}

// style compares how the line before the delimiter at p ends, and how its own does (lf),
// with the first one's.
func (it *Parts) style(p, start uint32, first bool, lf bool) {
	if first {
		it.lf = lf
	}
	before := it.lf
	if p > start {
		before = p-start < 2 || it.b[p-2] != '\r'
	}
	if before != it.lf || lf != it.lf && int(p) < len(it.b) {
		it.err = ErrMultipart
	}
}

// delimiterAt reads "--" boundary [ "--" ] *LWSP-char and the line end at p.
func (it *Parts) delimiterAt(p uint32) (d delimiter, lf, ok bool) {
	line := it.b[p+2:]
	if !bytes.HasPrefix(line, it.boundary) {
		return d, false, false
	}
	at := len(it.boundary)
	if bytes.HasPrefix(line[at:], []byte("--")) {
		d.last = true
		at += 2
	}
	for at < len(line) && isWS(line[at]) {
		at++
	}
	rest := line[at:]
	switch {
	case bytes.HasPrefix(rest, []byte(crlf)):
		at += 2
	case len(rest) > 0 && rest[0] == '\n':
		at++
		lf = true
	case len(rest) > 0 || !d.last:
		return d, false, false
	default:
		lf = it.lf
	}
	d.off, d.end = p, p+2+uint32(at)
	return d, lf, true
}

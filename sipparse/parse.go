package sipparse

import (
	"encoding/binary"
	"math"
	"math/bits"
)

const (
	// RFC 3261 §8.1.1, but for Max-Forwards, which RFC 2543 does not know.
	mandatory = 1<<HdrVia | 1<<HdrFrom | 1<<HdrTo | 1<<HdrCallID | 1<<HdrCSeq

	// Headers of which there is one; RFC 3261 §7.3.1. Two would be read as one by
	// the next element, and who knows which.
	single = 1<<HdrFrom | 1<<HdrTo | 1<<HdrCallID | 1<<HdrCSeq | 1<<HdrMaxForwards | 1<<HdrContentLength
)

func (m *Msg) parse(b []byte, limit int) Error {
	m.Reset()
	m.buf = b
	if len(b) > limit {
		return m.fail(ErrTooLarge)
	}
	m.setBody(len(b), len(b))
	p := skipEmptyLines(b)
	if p == len(b) {
		return m.fail(ErrKeepAlive)
	}
	m.start = uint32(p)
	p = m.startLine(b, p)
	p = m.headers(b, p)
	m.checkCallID()
	m.checkCSeq()
	m.checkMandatory()
	m.frame(p)
	return m.err
}

// fail notes e if it is the first fault, or the first after which framing is lost: a
// version that is not known must not hide a bare CR.
func (m *Msg) fail(e Error) Error {
	if m.err == OK || e.FramingLost() && !m.err.FramingLost() {
		m.err = e
	}
	return m.err
}

func (m *Msg) setBody(off, end int) { m.body, m.end = uint32(off), uint32(end) }

// skipEmptyLines returns where the start line begins; len(b) for a keep-alive,
// which holds nothing but CR, LF and NUL.
func skipEmptyLines(b []byte) int {
	p := 0
	for p < len(b) && (b[p] == '\r' || b[p] == '\n') {
		p++
	}
	for i := p; i < len(b); i++ {
		if b[i] != 0 && b[i] != '\r' && b[i] != '\n' {
			return p
		}
	}
	return len(b)
}

// scanLine returns the offset of the CRLF that ends the line at p, len(b) if
// there is none, and what is wrong within the line.
func scanLine(b []byte, p int) (end int, err Error) {
	for {
		p = control(b, p)
		if p == len(b) {
			return p, err
		}
		e := OK
		switch c := b[p]; {
		case c == '\t':
		case c == '\r' && p+1 < len(b) && b[p+1] == '\n':
			return p, err
		case c == '\r':
			e = ErrBareCR
		case c == '\n':
			e = ErrBareLF
		case p == 0 || b[p-1] != '\\': // quoted-pair; RFC 3261 §25.1
			e = ErrControl
		}
		if err == OK {
			err = e
		}
		p++
	}
}

// headers indexes the header lines from p on, and returns where the body begins.
func (m *Msg) headers(b []byte, p int) int {
	for p+1 < len(b) {
		if b[p] == '\r' && b[p+1] == '\n' {
			m.headerEnd = uint32(p)
			return p + 2
		}
		p = m.header(b, p)
	}
	m.headerEnd = uint32(p)
	m.fail(ErrNoHeaderEnd)
	return len(b)
}

// header indexes the header at p and returns where the next one begins.
func (m *Msg) header(b []byte, p int) int {
	end := control(b, p)
	nameEnd, value, t, err := headerName(b, p)
	if value < len(b) && b[value] == ' ' {
		value++
	}
	if err != OK || end+2 >= len(b) || b[end] != '\r' || b[end+1] != '\n' || isWS(b[end+2]) {
		if end, err = scanFolded(b, value, err); err != OK {
			m.leaveOut(t, err)
			return min(end+2, len(b))
		}
	}
	next := end + 2
	if isWS(b[value]) || b[value] == '\r' {
		value = skipLWS(b[:end], value)
	}
	if end > value && b[end-1] <= ' ' {
		end = trimLWS(b, value, end)
	}
	if next-p > int(m.maxLine) {
		m.leaveOut(t, ErrLineTooLong)
		return next
	}
	m.add(&field{uint32(p), uint32(nameEnd), uint32(value), uint32(end), uint32(next), t})
	return next
}

// leaveOut keeps a header of type t out of the index: nothing will copy it into a
// reply. Without one of its Vias there is none: it would go to somebody else.
func (m *Msg) leaveOut(t HdrType, err Error) {
	m.viaLost = m.viaLost || t == HdrVia
	m.fail(err)
}

// scanFolded returns the offset of the CRLF that ends the header line whose value
// begins at p, the last of several if it is folded, and what is wrong with it
// unless that is known.
func scanFolded(b []byte, p int, known Error) (end int, err Error) {
	end, err = scanLine(b, p)
	for end+2 < len(b) && isWS(b[end+2]) {
		next, e := scanLine(b, end+2)
		if end = next; err == OK {
			err = e
		}
	}
	switch {
	case known != OK:
		return end, known
	case err == OK && end == len(b):
		return end, ErrNoHeaderEnd
	}
	return end, err
}

// headerName reads "name HCOLON" at p: HCOLON = *( SP / HTAB ) ":" SWS. Known
// names, without space before the colon, are recognised eight bytes at a time.
func headerName(b []byte, p int) (end, value int, t HdrType, err Error) {
	var tail [maxHdrName]byte
	s := b[p:]
	if len(s) < len(tail) {
		copy(tail[:], s)
		s = tail[:]
	}
	var k hdrKey
	k.a, end = word(s, p)
	if end < 0 {
		k.b, end = word(s[8:], p+8)
	}
	if end < 0 {
		k.c, end = word(s[16:], p+16)
	}
	if end < 0 {
		k.d, end = word(s[24:], p+24)
	}
	if end > p {
		if t = k.lookup(); t != HdrOther && b[end-1] != 0 {
			return end, end + 1, t, OK
		}
	}
	return anyHeaderName(b, p)
}

// word returns the eight bytes at s in lower case, up to a colon and zero padded,
// and the offset of the colon; -1 if there is none. At is the offset of s.
func word(s []byte, at int) (w uint64, colon int) {
	w = binary.LittleEndian.Uint64(s)
	x := w ^ ':'*ones
	x = (x - ones) & ^x & highs
	if x == 0 {
		return foldWord(w), -1
	}
	return foldWord(w & (x&-x>>7 - 1)), at + bits.TrailingZeros64(x)>>3
}

func anyHeaderName(b []byte, p int) (end, value int, t HdrType, err Error) {
	end = tokenChars.end(b, p)
	value = end
	for value < len(b) && isWS(b[value]) {
		value++
	}
	if end == p || value == len(b) || b[value] != ':' {
		return p, p, HdrOther, ErrHeaderName
	}
	return end, value + 1, HdrTypeOf(b[p:end]), OK
}

// add appends a header to the index.
func (m *Msg) add(f *field) {
	i, t := int(m.n), f.typ
	if i >= int(m.maxHeaders) {
		m.leaveOut(t, ErrTooManyHeaders)
		return
	}
	m.n++
	if bit := t.bit(); m.seen&bit == 0 {
		m.seen |= bit
		m.first[t.index()] = uint16(i)
	} else if bit&single != 0 {
		m.fail(ErrDuplicate)
	}
	if i < inlineHeaders {
		m.fields[i] = *f
		return
	}
	m.more = append(m.more, *f)
}

func (m *Msg) checkMandatory() {
	if m.seen&mandatory == mandatory {
		return
	}
	for _, c := range [...]struct {
		t   HdrType
		err Error
	}{{HdrVia, ErrNoVia}, {HdrFrom, ErrNoFrom}, {HdrTo, ErrNoTo}, {HdrCallID, ErrNoCallID}, {HdrCSeq, ErrNoCSeq}} {
		if m.seen&c.t.bit() == 0 {
			m.fail(c.err)
		}
	}
}

// checkCallID: callid = word [ "@" word ]. Any visible characters will do, but
// white space would be read differently by the next element.
func (m *Msg) checkCallID() {
	if m.seen&HdrCallID.bit() == 0 {
		return
	}
	id := m.value(HdrCallID)
	if len(id) == 0 || below(id, 0, ' '+1) < len(id) {
		m.fail(ErrCallID)
	}
}

// frame finds the body, which begins at p, by Content-Length; RFC 3261 §18.3.
func (m *Msg) frame(p int) {
	m.setBody(p, len(m.buf))
	f := m.firstField(HdrContentLength)
	if f == nil {
		return
	}
	n, ok := number(f.valueSpan().Of(m.buf), math.MaxInt32)
	if !ok {
		m.fail(ErrContentLength)
		return
	}
	m.cl = int32(n)
	if int(n) > len(m.buf)-p {
		m.fail(ErrBodyShort)
		return
	}
	m.setBody(p, p+int(n))
}

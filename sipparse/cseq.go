package sipparse

import "bytes"

const maxCSeq = 1<<31 - 1 // RFC 3261 §8.1.1.5: less than 2**31

// checkCSeq reads CSeq = 1*DIGIT LWS Method (RFC 3261 §20.16). In a request the
// method must be that of the request line (§8.1.1.5).
func (m *Msg) checkCSeq() {
	f := m.firstField(HdrCSeq)
	if f == nil {
		return
	}
	v := m.buf[:f.valEnd]
	p := int(f.value)
	n := uint64(0)
	for ; p < len(v) && isDigit(v[p]); p++ {
		if n = n*10 + uint64(v[p]-'0'); n > maxCSeq {
			m.fail(ErrCSeqRange)
			return
		}
	}
	name := skipLWS(v, p)
	if p == int(f.value) || name == p || !m.setCSeqMethod(span(name, len(v))) {
		m.fail(ErrCSeq)
		return
	}
	m.cseq = uint32(n)
	if m.IsRequest() && !bytes.Equal(m.CSeqMethodName(), m.MethodName()) {
		m.fail(ErrCSeqMethod)
	}
}

func (m *Msg) setCSeqMethod(s Span) bool {
	name := s.Of(m.buf)
	m.cseqKind = MethodOf(name)
	if m.cseqKind == MethodOther && !tokenChars.all(name) {
		return false
	}
	m.cseqName = s
	return true
}

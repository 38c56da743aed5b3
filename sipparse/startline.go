package sipparse

import "bytes"

// startLine reads the start line at p and returns where the headers begin.
func (m *Msg) startLine(b []byte, p int) int {
	end, err := scanLine(b, p)
	line := b[p:end]
	if len(line) >= 4 && EqualFoldString(line[:4], "SIP/") {
		m.fail(m.statusLine(line, p))
	} else {
		m.fail(m.requestLine(line, p))
	}
	m.fail(err)
	if uri := m.RequestURI(); control(uri, 0) < len(uri) { // HTAB, or one behind a backslash
		m.fail(ErrRequestLine)
	}
	if end-p > int(m.maxLine) {
		m.fail(ErrLineTooLong)
	}
	return min(end+2, len(b))
}

// requestLine = Method SP Request-URI SP SIP-Version; RFC 3261 §7.1. "No LWS is
// allowed in any of the elements."
func (m *Msg) requestLine(line []byte, at int) Error {
	sp := bytes.IndexByte(line, ' ')
	if sp <= 0 {
		return ErrRequestLine
	}
	m.kind = MethodOf(line[:sp])
	if m.kind == MethodOther && !tokenChars.all(line[:sp]) {
		return ErrRequestLine
	}
	m.method = span(at, at+sp)
	uri := line[sp+1:]
	n := bytes.IndexByte(uri, ' ')
	if n <= 0 {
		return ErrRequestLine
	}
	m.uriSpan = span(at+sp+1, at+sp+1+n)
	return version(uri[n+1:], ErrRequestLine)
}

// statusLine = SIP-Version SP Status-Code SP Reason-Phrase; RFC 3261 §7.2. The
// second space is sometimes forgotten when there is no phrase.
func (m *Msg) statusLine(line []byte, at int) Error {
	sp := bytes.IndexByte(line, ' ')
	if sp < 0 {
		return ErrStatusLine
	}
	if e := version(line[:sp], ErrStatusLine); e != OK {
		return e
	}
	rest := line[sp+1:]
	n := bytes.IndexByte(rest, ' ')
	if n < 0 {
		n = len(rest)
	}
	code, ok := number(rest[:n], 699)
	if !ok || n != 3 || code < 100 {
		return ErrStatusCode
	}
	m.status = uint16(code)
	m.reason = span(at+min(sp+1+n+1, len(line)), at+len(line))
	return OK
}

// version checks SIP-Version = "SIP" "/" 1*DIGIT "." 1*DIGIT, which is 2.0.
func version(b []byte, malformed Error) Error {
	if string(b) == "SIP/2.0" || EqualFoldString(b, "SIP/2.0") {
		return OK
	}
	if len(b) < 4 || !EqualFoldString(b[:4], "SIP/") {
		return malformed
	}
	major, minor, _ := bytes.Cut(b[4:], []byte{'.'})
	if !allDigits(major) || !allDigits(minor) {
		return malformed
	}
	return ErrVersion
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
}

package rest

import "bytes"

// A verdict is what a frame says about the bytes so far.
type verdict uint8

const (
	more     verdict = iota // the response goes on
	complete                // it ends at frame.end
	broken                  // it is not an HTTP/1.x response, or was cut off
	tooBig                  // header or body exceed their limits
)

type frameState uint8

const (
	inHeader frameState = iota
	inLength
	inChunkSize
	inChunkData
	inTrailer
	inUntilClose
	framed
)

// A frame finds where an HTTP/1.1 response ends (RFC 9112 §6.3) while its bytes
// arrive, so that the codec sees whole messages only. It remembers offsets, never
// bytes. Where two readings of the length are possible it refuses the response.
type frame struct {
	maxHeader, maxBody int
	head               bool // it answers a HEAD request
	state              frameState
	interims           int
	goesOn             bool // a 100 has come
	status             int  // of the final response, once its header is there
	start              int  // of the final response, past all 1xx
	pos                int  // everything before has been understood
	end                int  // of the response, once complete
	body               int  // chunked: decoded bytes so far
	untilClose         bool
}

const (
	maxInterims  = 16   // 1xx responses before the final one
	maxChunkLine = 4096 // chunk size with its extensions
)

func (f *frame) reset(head bool) {
	*f = frame{maxHeader: f.maxHeader, maxBody: f.maxBody, head: head}
}

// feed looks at b: all bytes since reset. Eof says that no more will come.
func (f *frame) feed(b []byte, eof bool) verdict {
	for {
		v, again := f.step(b)
		switch {
		case again:
			continue
		case v != more || !eof:
			return v
		case f.state == inUntilClose:
			f.end, f.state = len(b), framed
			return complete
		default:
			return broken
		}
	}
}

// step does what one state can do; again says that the next one may go on.
func (f *frame) step(b []byte) (v verdict, again bool) {
	switch f.state {
	case inHeader:
		return f.header(b)
	case inLength:
		if len(b) < f.end {
			return more, false
		}
		f.state = framed
	case inChunkSize:
		return f.chunkSize(b)
	case inChunkData:
		return f.chunkData(b)
	case inTrailer:
		return f.trailer(b)
	case inUntilClose:
		if len(b)-f.pos > f.maxBody {
			return tooBig, false
		}
		return more, false
	}
	return complete, false
}

func (f *frame) header(b []byte) (verdict, bool) {
	if !plausible(b[f.start:]) {
		return broken, false
	}
	from := max(f.pos-3, f.start)
	i := bytes.Index(b[from:], crlfcrlf)
	if i < 0 {
		f.pos = len(b)
		if len(b)-f.start > f.maxHeader {
			return tooBig, false
		}
		return more, false
	}
	end := from + i + len(crlfcrlf)
	if end-f.start > f.maxHeader {
		return tooBig, false
	}
	h, ok := scanHeader(b[f.start:end])
	if !ok {
		return broken, false
	}
	f.pos = end
	return f.begin(h)
}

// begin chooses how the body ends: RFC 9112 §6.3, in its order.
func (f *frame) begin(h headerInfo) (verdict, bool) {
	if h.status >= 200 {
		f.status = h.status
	}
	switch {
	case h.status == 101: // we never ask for an upgrade
		return broken, false
	case h.status < 200:
		f.interims++
		f.goesOn = f.goesOn || h.status == 100
		f.start = f.pos
		if f.interims > maxInterims {
			return broken, false
		}
	case f.head || h.status == 204 || h.status == 304:
		f.end, f.state = f.pos, framed
	case h.chunked:
		f.state = inChunkSize
	case h.length > int64(f.maxBody):
		return tooBig, false
	case h.length >= 0:
		f.end, f.state = f.pos+int(h.length), inLength
	default:
		f.state, f.untilClose = inUntilClose, true
	}
	return more, true
}

// line returns the line at pos without its CRLF.
func (f *frame) line(b []byte, limit int) (line []byte, v verdict) {
	rest := b[f.pos:]
	i := bytes.IndexByte(rest, '\n')
	switch {
	case i < 0 && len(rest) > limit:
		return nil, tooBig
	case i < 0:
		return nil, more
	case i > limit:
		return nil, tooBig
	case i == 0 || rest[i-1] != '\r':
		return nil, broken
	}
	f.pos += i + 1
	return rest[:i-1], complete
}

// chunk-size [ chunk-ext ] CRLF ; RFC 9112 §7.1
func (f *frame) chunkSize(b []byte) (verdict, bool) {
	line, v := f.line(b, maxChunkLine)
	if v != complete {
		return v, false
	}
	size, digits := 0, 0
	for digits < len(line) {
		d, ok := hexDigit(line[digits])
		if !ok {
			break
		}
		if size = size<<4 | d; size > f.maxBody {
			return tooBig, false
		}
		digits++
	}
	if digits == 0 {
		return broken, false
	}
	if size == 0 {
		f.end = f.pos // trailer section starts here
		f.state = inTrailer
		return more, true
	}
	if f.body += size; f.body > f.maxBody {
		return tooBig, false
	}
	f.pos += size + len(crlf)
	f.state = inChunkData
	return more, true
}

func (f *frame) chunkData(b []byte) (verdict, bool) {
	if len(b) < f.pos {
		return more, false
	}
	if !bytes.Equal(b[f.pos-len(crlf):f.pos], crlf) {
		return broken, false
	}
	f.state = inChunkSize
	return more, true
}

func (f *frame) trailer(b []byte) (verdict, bool) {
	line, v := f.line(b, f.maxHeader)
	if v != complete {
		return v, false
	}
	if f.pos-f.end > f.maxHeader {
		return tooBig, false
	}
	if len(line) == 0 {
		f.end, f.state = f.pos, framed
		return complete, false
	}
	return more, true
}

var (
	crlf     = []byte("\r\n")
	crlfcrlf = []byte("\r\n\r\n")
)

// plausible refuses what cannot become a status line, so that a server that
// talks another protocol is found out with its first bytes.
func plausible(b []byte) bool {
	const version = "HTTP/1."
	n := min(len(b), len(version))
	return string(b[:n]) == version[:n]
}

// headerInfo is what framing needs to know of a response's header.
type headerInfo struct {
	status  int
	length  int64 // -1: none given
	chunked bool
}

// scanHeader reads the status line and the two fields that frame the body. h
// ends with the blank line.
func scanHeader(h []byte) (info headerInfo, ok bool) {
	info.length = -1
	i := bytes.IndexByte(h, '\n')
	if !info.statusLine(h[:i+1]) {
		return info, false
	}
	version11 := h[7] == '1'
	h = h[i+1 : len(h)-len(crlf)]
	for len(h) > 0 {
		i = bytes.IndexByte(h, '\n')
		line := h[:i]
		h = h[i+1:]
		folded := len(h) > 0 && (h[0] == ' ' || h[0] == '\t')
		if !info.field(line, folded) {
			return info, false
		}
	}
	// Both: "ought to be handled as an error" (§6.3). Chunked from an HTTP/1.0
	// server: faulty framing (§6.1).
	return info, !info.chunked || info.length < 0 && version11
}

// HTTP-version SP status-code SP [ reason-phrase ] ; RFC 9112 §4
func (info *headerInfo) statusLine(b []byte) bool {
	const least = len("HTTP/1.1 200\r\n")
	if len(b) < least || !plausible(b) || b[len(b)-2] != '\r' {
		return false
	}
	if b[7] != '0' && b[7] != '1' || b[8] != ' ' || b[12] != ' ' && b[12] != '\r' {
		return false
	}
	for _, d := range b[9:12] {
		if d < '0' || d > '9' {
			return false
		}
		info.status = info.status*10 + int(d-'0')
	}
	return info.status >= 100
}

// field takes one header line in. An empty line inside the header, a folded or
// doubled framing field, or space before its colon could be read in two ways.
func (info *headerInfo) field(line []byte, folded bool) bool {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if len(line) == 0 {
		return false
	}
	if line[0] == ' ' || line[0] == '\t' {
		return true // continues a field that is not ours, see folded
	}
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return false
	}
	name, value := line[:colon], bytes.Trim(line[colon+1:], " \t")
	bare := bytes.TrimRight(name, " \t")
	switch {
	case equalFold(bare, "content-length"):
		n, ok := contentLength(value)
		if !ok || folded || len(bare) != len(name) || info.length >= 0 {
			return false
		}
		info.length = n
	case equalFold(bare, "transfer-encoding"):
		if !equalFold(value, "chunked") || folded || len(bare) != len(name) || info.chunked {
			return false
		}
		info.chunked = true
	}
	return true
}

// contentLength reads 1*DIGIT, at most 18 of them: that cannot overflow.
func contentLength(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + int64(d-'0')
	}
	return n, true
}

func hexDigit(c byte) (int, bool) {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0'), true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10, true
	}
	return 0, false
}

// equalFold compares b with the lower-case s, in ASCII.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != s[i] {
			return false
		}
	}
	return true
}

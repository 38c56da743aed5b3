package sipparse

import "bytes"

// A Framer reads the messages of a stream (RFC 3261 §18.3). Its caller keeps what has
// arrived and is not consumed yet, and shows it to Next as it grows. A message that
// is there as a whole is read once. Of one that comes in pieces each byte is looked at
// once to find its end, and again when the message is complete; until then nothing is
// kept but three numbers. The zero Framer is at the start of a stream.
//
//	for {
//		n, err := f.Next(b, &m)
//		switch {
//		case err == sipparse.ErrKeepAlive: // n is 4: answer CRLF. Else: ignore
//		case err != sipparse.OK:           // answer m if it is Replyable; close
//		case n == 0:                       // wait for more
//		default:                           // m is a message; m.Err() as after Parse
//		}
//		b = b[n:]
//	}
type Framer struct {
	Limits  Limits
	scanned int // bytes that do not begin the end of the headers
	length  int // of the message; 0 while its headers are not complete
}

// Next returns the length of the message that b begins with, parsed into m; 0 if it
// is not complete yet. Empty lines before it are ErrKeepAlive, n bytes of it: four are
// a ping, to be answered with CRLF (RFC 5626 §3.5.1). After any other error nobody
// knows where the next message begins: m is what could be read.
func (f *Framer) Next(b []byte, m *Msg) (n int, err Error) {
	if f.scanned == 0 && len(b) > 0 {
		if b[0] == '\r' || b[0] == '\n' {
			return keepAlive(b)
		}
		if n = f.whole(b, m); n > 0 {
			return n, OK
		}
	}
	if f.length == 0 {
		if n, err = f.headers(b); err != OK {
			m.ParseLimited(b[:n], &f.Limits)
			return n, err
		}
	}
	if f.length == 0 || len(b) < f.length {
		return 0, OK
	}
	n = f.length
	f.scanned, f.length = 0, 0
	m.ParseLimited(b[:n:n], &f.Limits)
	return n, OK
}

// whole parses b as if it were a datagram: where that works, and the Content-Length
// was there, the message is complete. It returns its length, else 0.
func (f *Framer) whole(b []byte, m *Msg) int {
	e := m.ParseLimited(b[:min(len(b), f.Limits.message())], &f.Limits)
	if e != OK || m.cl < 0 {
		return 0
	}
	n := m.end
	m.buf = b[:n:n]
	return int(n)
}

// keepAlive looks at the empty lines that b begins with. It waits where more bytes
// could make a ping of them.
func keepAlive(b []byte) (n int, err Error) {
	const ping = crlf + crlf
	switch {
	case len(b) >= len(ping) && string(b[:len(ping)]) == ping:
		return len(ping), ErrKeepAlive
	case len(b) < len(ping) && string(b) == ping[:len(b)]:
		return 0, OK
	case len(b) >= 2 && string(b[:2]) == crlf:
		return 2, ErrKeepAlive
	}
	return 1, ErrKeepAlive
}

// headers looks for the end of the headers in what is new, and sets the length.
func (f *Framer) headers(b []byte) (n int, err Error) {
	limit := f.Limits.message()
	at := bytes.Index(b[f.scanned:], []byte(crlf+crlf))
	if at < 0 {
		f.scanned = max(len(b)-3, f.scanned)
		if len(b) > limit {
			return 0, ErrTooLarge
		}
		return 0, OK
	}
	head := f.scanned + at + 4
	body, err := streamBody(b[:head])
	switch {
	case err != OK:
		return head, err
	case head+body > limit:
		return head, ErrTooLarge
	}
	f.scanned, f.length = head, head+body
	return 0, OK
}

// streamBody returns the Content-Length in b, a start line with its headers. On a
// stream it has to be there (§20.14), and there has to be one.
func streamBody(b []byte) (n int, err Error) {
	found := false
	for p := 0; ; {
		lf := bytes.IndexByte(b[p:], '\n')
		if lf <= 0 || b[p+lf-1] != '\r' {
			return 0, ErrBareLF
		}
		p += lf + 1
		switch b[p] {
		case '\r':
			if p+2 == len(b) {
				return n, absent(found)
			}
		case 'C', 'c', 'L', 'l':
			v, is := contentLengthAt(b, p)
			if !is {
				continue
			}
			u, ok := number(v, largestMessage)
			if found {
				return 0, ErrDuplicate
			} else if !ok {
				return 0, ErrContentLength
			}
			n, found = int(u), true
		}
	}
}

func absent(found bool) Error {
	if found {
		return OK
	}
	return ErrNoContentLength
}

// contentLengthAt returns the value of the header at p if it is a Content-Length.
func contentLengthAt(b []byte, p int) (value []byte, is bool) {
	_, v, t, err := headerName(b, p)
	if err != OK || t != HdrContentLength {
		return nil, false
	}
	end, _ := scanFolded(b, v, OK)
	v = skipLWS(b[:end], v)
	return b[v:trimLWS(b, v, end)], true
}

// FramingLost reports whether a message with this fault may have been read
// otherwise by who sent it, also as to where it ends: the stream that brought it is to
// be closed once the answer is sent.
func (e Error) FramingLost() bool {
	switch e {
	case ErrTooLarge, ErrTooManyHeaders, ErrLineTooLong, ErrRequestLine, ErrStatusLine, ErrBareCR, ErrBareLF,
		ErrControl, ErrHeaderName, ErrNoHeaderEnd, ErrDuplicate, ErrContentLength, ErrNoContentLength, ErrBodyShort:
		return true
	}
	return false
}

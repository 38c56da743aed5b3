package sipparse

import (
	"fmt"
	"strings"
	"testing"
)

// frames shows what a Framer makes of a stream that arrives in pieces: "12" is a
// message of 12 bytes, "ping", "skip 2", or an error with what there is to answer.
func frames(l Limits, pieces ...string) (list []string) {
	f := Framer{Limits: l}
	var m Msg
	var b []byte
	for _, piece := range pieces {
		b = append(b, piece...)
		for {
			n, err := f.Next(b, &m)
			switch {
			case err == ErrKeepAlive && n == 4:
				list = append(list, "ping")
			case err == ErrKeepAlive:
				list = append(list, fmt.Sprint("skip ", n))
			case err != OK:
				return append(list, fmt.Sprintf("%d: %v", n, err))
			case n > 0 && m.Err() != OK:
				list = append(list, fmt.Sprintf("%d (%v)", n, m.Err()))
			case n > 0 && len(m.Wire()) == n && cap(m.Buf()) == n:
				list = append(list, fmt.Sprint(n))
			case n > 0:
				list = append(list, fmt.Sprintf("%d, but parsed %d", n, len(m.Wire())))
			}
			if n == 0 {
				break
			}
			b = b[n:]
		}
	}
	return list
}

func wantFrames(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%q, want %q", got, want)
	}
}

const (
	framedHead = "MESSAGE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nFrom: sip:a\r\nTo: sip:b\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n"
	framed     = framedHead + "Content-Length: 5\r\n\r\nhello"
)

// "In the case of stream-oriented transports such as TCP, the Content-Length header
// field indicates the size of the body"; RFC 3261 §18.3.
func TestFramer(t *testing.T) {
	var l Limits
	one := fmt.Sprint(len(framed))
	wantFrames(t, frames(l, framed), one)
	wantFrames(t, frames(l, framed+framed), one, one)
	wantFrames(t, frames(l, framed[:len(framed)-1]))
	wantFrames(t, frames(l, framed[:30], framed[30:]+framed[:10], framed[10:]), one, one)
	wantFrames(t, frames(l, strings.Split(framed+framed, "")...), one, one)
	for _, line := range []string{"l:5", "L : 5", "content-length\t:\t5", "Content-Length:\r\n 5", "Content-Length: 05 ", "X:\r\n l: 9\r\nl:5"} {
		text := strings.Replace(framed, "Content-Length: 5", line, 1)
		wantFrames(t, frames(l, text+framed), fmt.Sprint(len(text)), one)
	}
}

// "Two messages in one": RFC 4475 §3.1.1.8 over a stream.
func TestFramerDblreq(t *testing.T) {
	wire := string(readFile(t, "testdata/rfc4475/dblreq.dat"))
	wantFrames(t, frames(Limits{}, wire)[:3], "300", "skip 2", "443") // behind them, five bytes that are no message
}

// "CRLF CRLF" is a ping, "CRLF" a pong, and empty lines may stand before a start
// line; RFC 5626 §3.5.1, RFC 3261 §7.5. In whatever pieces they arrive.
func TestFramerKeepAlive(t *testing.T) {
	var l Limits
	one := fmt.Sprint(len(framed))
	for text, want := range map[string]string{
		"\r\n\r\n":                       "ping",
		"\r\n" + framed:                  "skip 2, " + one,
		"\r\n\r\n" + framed:              "ping, " + one,
		"\r\n\r\n\r\n" + framed:          "ping, skip 2, " + one,
		framed + "\r\n\r\n" + "\r\n\r\n": one + ", ping, ping",
		"\n\n" + framed:                  "skip 1, skip 1, " + one,
		"\r" + framed:                    "skip 1, " + one,
		"\r\n\r" + framed:                "skip 2, skip 1, " + one,
		"\r\n":                           "", // a pong, or half of a ping
	} {
		wantFrames(t, frames(l, text), strings.Split(want, ", ")...)
		wantFrames(t, frames(l, strings.Split(text, "")...), strings.Split(want, ", ")...)
	}
}

// A message that is broken otherwise ends where it says: 400, and the next one.
func TestFramerBroken(t *testing.T) {
	text := strings.Replace(framed, "CSeq: 1 ", "CSeq: x ", 1)
	want := []string{fmt.Sprintf("%d (%v)", len(text), ErrCSeq), fmt.Sprint(len(framed))}
	wantFrames(t, frames(Limits{}, text+framed), want...)
	wantFrames(t, frames(Limits{}, strings.Split(text+framed, "")...), want...)
}

// Where two readers could see two ends, there is none: the connection is closed,
// after an answer to what can be read of the headers.
func TestFramerRefuses(t *testing.T) {
	for lines, want := range map[string]Error{
		"\r\n":                              ErrNoContentLength,
		"l: 5\r\nContent-Length: 5\r\n\r\n": ErrDuplicate,
		"l: 5\r\nl: 6\r\n\r\n":              ErrDuplicate,
		"l: -1\r\n\r\n":                     ErrContentLength,
		"l: 1 1\r\n\r\n":                    ErrContentLength,
		"l: 1\r\n 1\r\n\r\n":                ErrContentLength,
		"l: 0x5\r\n\r\n":                    ErrContentLength,
		"l:\r\n\r\n":                        ErrContentLength,
		"l: 4294967297\r\n\r\n":             ErrContentLength, // CVE-2026-45103: wraps to 1
		"l: 18446744073709551617\r\n\r\n":   ErrContentLength,
		"l: 70000\r\n\r\n":                  ErrTooLarge,
		"X: y\nl: 5\r\n\r\n":                ErrBareLF,
		"X-Content-Length: 5\r\n\r\n":       ErrNoContentLength,
		strings.Repeat("X: y\r\n", 11000):   ErrTooLarge,
		strings.Repeat("x", defaultMessage): ErrTooLarge,
	} {
		text := framedHead + lines
		n := strings.Index(text, crlf+crlf) + 4
		if n < 4 {
			n = 0 // nothing to answer
		}
		wantFrames(t, frames(Limits{}, text), fmt.Sprintf("%d: %v", n, want))
	}
	wantFrames(t, frames(Limits{Message: len(framed) - 1}, framed), fmt.Sprintf("%d: %v", len(framed)-5, ErrTooLarge))
	wantFrames(t, frames(Limits{Message: len(framed)}, framed+framed), fmt.Sprint(len(framed)), fmt.Sprint(len(framed)))
}

// After these the peer may have meant another end of the message.
func TestFramingLost(t *testing.T) {
	for _, e := range []Error{ErrDuplicate, ErrContentLength, ErrBareCR, ErrBareLF, ErrTooLarge, ErrNoHeaderEnd, ErrHeaderName} {
		if !e.FramingLost() {
			t.Errorf("not after %v", e)
		}
	}
	for _, e := range []Error{OK, ErrKeepAlive, ErrVersion, ErrNoVia, ErrCSeq, ErrFrom, ErrURI, ErrMaxForwards} {
		if e.FramingLost() {
			t.Errorf("after %v", e)
		}
	}
}

// What is wrong with the start line does not hide that the end is anybody's guess.
func TestFramingLostBehindVersion(t *testing.T) {
	for start, first := range map[string]Error{"OPTIONS sip:a SIP/3.0": ErrVersion, "SIP/2.0 999 x": ErrStatusCode} {
		for line, want := range map[string]Error{
			"X: a\rContent-Length: 3": ErrBareCR, "X: \x01": ErrControl, "Content-Length\x00: 3": ErrHeaderName, "To: a\r\nTo: a": ErrDuplicate, "X: y": first,
		} {
			text := start + "\r\n" + line + "\r\nContent-Length: 0\r\n\r\n"
			wantFrames(t, frames(Limits{}, text), fmt.Sprintf("%d (%v)", len(text), want))
		}
	}
}

// However a stream is cut, the same messages come out of it, the same refusals, the
// same end.
func FuzzFramer(f *testing.F) {
	for _, s := range []string{framed + framed, "\r\n\r\n" + framed, "\r\n" + framed + "\r\n\r\n", strings.Replace(framed, "5", "70", 1), "a\r\n\r\n", string(request("l: 0\n")) + invite} {
		f.Add([]byte(s), uint16(30), uint16(3))
		f.Add([]byte(s), uint16(1), uint16(1))
	}
	for _, name := range []string{"dblreq", "wsinv", "mcl01", "ncl", "clerr", "mpart01"} {
		f.Add(readFile(f, "testdata/rfc4475/"+name+".dat"), uint16(100), uint16(7))
	}
	f.Fuzz(func(t *testing.T, b []byte, first, step uint16) {
		whole := frames(Limits{}, string(b))
		at := min(int(first), len(b))
		pieces := []string{string(b[:at])}
		for at < len(b) {
			end := min(at+int(step)+1, len(b))
			pieces = append(pieces, string(b[at:end]))
			at = end
		}
		wantFrames(t, frames(Limits{}, pieces...), whole...)
	})
}

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
	var b []byte
	for _, piece := range pieces {
		b = append(b, piece...)
		for {
			n, err := f.Next(b)
			switch {
			case err == ErrKeepAlive && n == 4:
				list = append(list, "ping")
			case err == ErrKeepAlive:
				list = append(list, fmt.Sprint("skip ", n))
			case err != OK:
				return append(list, fmt.Sprintf("%d: %v", n, err))
			case n > 0:
				list = append(list, fmt.Sprint(n))
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

const framed = "MESSAGE sip:a SIP/2.0\r\nContent-Length: 5\r\n\r\nhello" // 49 bytes

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

// Where two readers could see two ends, there is none: the connection is closed.
// (n: what can be parsed to build the answer from.)
func TestFramerRefuses(t *testing.T) {
	head := "MESSAGE sip:a SIP/2.0\r\n"
	for lines, want := range map[string]string{
		"\r\n":                                    "25: Missing Content-Length Header Field",
		"l: 5\r\nContent-Length: 5\r\n\r\n":       "50: Duplicate Header Field",
		"l: 5\r\nl: 6\r\n\r\n":                    "37: Duplicate Header Field",
		"l: -1\r\n\r\n":                           "32: Bad Content-Length",
		"l: 1 1\r\n\r\n":                          "33: Bad Content-Length",
		"l: 1\r\n 1\r\n\r\n":                      "35: Bad Content-Length",
		"l: 0x5\r\n\r\n":                          "33: Bad Content-Length",
		"l:\r\n\r\n":                              "29: Bad Content-Length",
		"l: 4294967297\r\n\r\n":                   "40: Bad Content-Length", // CVE-2026-45103: wraps to 1
		"l: 18446744073709551617\r\n\r\n":         "50: Bad Content-Length",
		"l: 70000\r\n\r\n":                        "35: Message Too Large",
		"X: y\nl: 5\r\n\r\n":                      "36: LF Without CR",
		"X-Content-Length: 5\r\n\r\n":             "46: Missing Content-Length Header Field",
		strings.Repeat("X: y\r\n", 11000):         "0: Message Too Large",
		strings.Repeat("x", defaultMessage) + "y": "0: Message Too Large",
	} {
		wantFrames(t, frames(Limits{}, head+lines), want)
	}
	wantFrames(t, frames(Limits{Message: 48}, framed), "44: Message Too Large")
	wantFrames(t, frames(Limits{Message: 49}, framed), "49")
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

// However a stream is cut, the same messages come out of it; and what the Framer
// calls a message is one for Parse, to the byte.
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
		var fr Framer
		for len(b) > 0 {
			n, err := fr.Next(b)
			if n == 0 || err != OK && err != ErrKeepAlive {
				break
			}
			if err == OK {
				checkFrame(t, b, n)
			}
			b = b[n:]
		}
	})
}

func checkFrame(t *testing.T, b []byte, n int) {
	var m Msg
	if m.Parse(b[:n]) != OK {
		return
	}
	if len(m.Wire()) != n {
		t.Fatalf("the message is %d bytes, the frame %d:\n%q", len(m.Wire()), n, b[:n])
	}
	// As a datagram, with what follows: the same end.
	if len(b) <= defaultMessage && (m.Parse(b) != OK || len(m.Wire()) != n) {
		t.Fatalf("%v with what follows: %d bytes, not %d", m.Err(), len(m.Wire()), n)
	}
}

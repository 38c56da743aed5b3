package rawcalls

import (
	"bytes"
	"errors"
	"net"
	"strconv"
)

// A request or response as it came; only what is asked for is looked at.
type (
	request  []byte
	response []byte
)

var (
	crlf        = []byte("\r\n")
	callID      = []byte("\r\nCall-ID: ")
	cseq        = []byte("\r\nCSeq: ")
	recordRoute = []byte("\r\nRecord-Route: ")
	sdp         = []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")
)

// line returns the first line of m that begins with name, "\r\n" included, without
// name; nil if there is none.
func line(m, name []byte) []byte {
	at := bytes.Index(m, name)
	if at < 0 {
		return nil
	}
	rest := m[at+len(name):]
	end := bytes.Index(rest, crlf)
	return rest[:max(end, 0)]
}

// number returns which call the message belongs to, -1 if that is not one of ours.
func number(m []byte) int {
	id, _, _ := bytes.Cut(line(m, callID), []byte("@"))
	n, err := strconv.Atoi(string(id))
	if err != nil {
		return -1
	}
	return n
}

func (m request) call() int            { return number(m) }
func (m request) is(begin string) bool { return bytes.HasPrefix(m, []byte(begin)) }

func (m response) call() int { return number(m) }

func (m response) status() int {
	const begin = "SIP/2.0 "
	if len(m) < len(begin)+3 || string(m[:len(begin)]) != begin {
		return 0
	}
	n, _ := strconv.Atoi(string(m[len(begin) : len(begin)+3])) // 0 is no status
	return n
}

// to reports whether the response answers a request of this method.
func (m response) to(method string) bool { return bytes.HasSuffix(line(m, cseq), []byte(method)) }

// A writer builds messages into one buffer: each is good until the next one.
type writer struct {
	local, callee string // addresses
	b             []byte
}

func (w *writer) invite(n int) []byte {
	w.head("INVITE", n, nil, "", 1)
	w.add("Contact: <sip:alice@", w.local, ">\r\n")
	return w.body(sdp)
}

// inDialog is an ACK or BYE along the route of the 2xx m.
func (w *writer) inDialog(method string, n int, m response) []byte {
	seq := 1
	if method == "BYE" {
		seq = 2
	}
	w.head(method, n, line(m, recordRoute), ";tag=b", seq)
	return w.body(nil)
}

func (w *writer) head(method string, n int, route []byte, toTag string, seq int) {
	w.b = w.b[:0]
	w.add(method, " sip:bob@", w.callee, " SIP/2.0\r\nVia: SIP/2.0/UDP ", w.local, ";branch=z9hG4bK")
	w.b = strconv.AppendInt(w.b, int64(n), 10)
	w.add(method, "\r\nMax-Forwards: 70\r\n")
	if route != nil {
		w.add("Route: ")
		w.b = append(w.b, route...)
		w.add("\r\n")
	}
	w.add("From: <sip:alice@example.com>;tag=a")
	w.b = strconv.AppendInt(w.b, int64(n), 10)
	w.add("\r\nTo: <sip:bob@example.com>", toTag, "\r\nCall-ID: ")
	w.b = strconv.AppendInt(w.b, int64(n), 10)
	w.add("@rawcalls.example.com\r\nCSeq: ")
	w.b = strconv.AppendInt(w.b, int64(seq), 10)
	w.add(" ", method, "\r\n")
}

// answer is a response with what RFC 3261 §8.2.6 wants of the request.
func (w *writer) answer(m request, status string, body []byte) []byte {
	w.b = w.b[:0]
	w.add("SIP/2.0 ", status, "\r\n")
	for _, l := range bytes.SplitAfter(m, crlf)[1:] {
		switch {
		case len(l) == 2:
			w.add("Contact: <sip:bob@", w.local, ">\r\n")
			return w.body(body)
		case begins(l, "Via:"), begins(l, "Record-Route:"), begins(l, "From:"), begins(l, "Call-ID:"), begins(l, "CSeq:"):
			w.b = append(w.b, l...)
		case begins(l, "To:"):
			w.b = append(w.b, l[:len(l)-2]...)
			if !bytes.Contains(l, []byte("tag=")) {
				w.add(";tag=b")
			}
			w.add("\r\n")
		}
	}
	return nil
}

func begins(l []byte, name string) bool { return bytes.HasPrefix(l, []byte(name)) }

func (w *writer) add(parts ...string) {
	for _, s := range parts {
		w.b = append(w.b, s...)
	}
}

func (w *writer) body(b []byte) []byte {
	if b != nil {
		w.add("Content-Type: application/sdp\r\n")
	}
	w.add("Content-Length: ")
	w.b = strconv.AppendInt(w.b, int64(len(b)), 10)
	w.add("\r\n\r\n")
	w.b = append(w.b, b...)
	return w.b
}

func isClosed(err error) bool { return errors.Is(err, net.ErrClosed) }

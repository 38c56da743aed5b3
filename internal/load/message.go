package load

import (
	"bytes"
	"strconv"
)

const sdp = "v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"

const maxHops = 8

// fields is what is looked at of a message.
type fields struct {
	via, route                      [maxHops][]byte // values of Via and Record-Route
	vias, routes                    int
	from, to, callID, cseq, contact []byte
	challenge                       []byte // of the first WWW-Authenticate
	retryAfter                      bool   // there is one, of some seconds
}

// parse finds the fields of m; their names must be long and written as ours are, or
// as a proxy may write its own.
func (f *fields) parse(m []byte) {
	*f = fields{}
	for {
		end := bytes.IndexByte(m, '\n')
		if end < 0 {
			return
		}
		m = m[end+1:] // the first line is none of them
		line, _, _ := bytes.Cut(m, crlf)
		colon := bytes.IndexByte(line, ':')
		if colon < 0 {
			return
		}
		f.take(line[:colon], bytes.TrimLeft(line[colon+1:], " "))
	}
}

var crlf = []byte("\r\n")

func (f *fields) take(name, value []byte) {
	switch string(name) {
	case "Via":
		if f.vias < maxHops {
			f.via[f.vias] = value
			f.vias++
		}
	case "Record-Route":
		if f.routes < maxHops {
			f.route[f.routes] = value
			f.routes++
		}
	case "From":
		f.from = value
	case "To":
		f.to = value
	case "Call-ID":
		f.callID = value
	case "CSeq":
		f.cseq = value
	case "Contact":
		f.contact = value
	case "WWW-Authenticate":
		if f.challenge == nil {
			f.challenge = value
		}
	case "Retry-After":
		f.retryAfter = len(value) > 0 && value[0] >= '1' && value[0] <= '9'
	}
}

// uri is what stands between the angle brackets of v.
func uri(v []byte) []byte {
	if i := bytes.IndexByte(v, '<'); i >= 0 {
		v = v[i+1:]
		if j := bytes.IndexByte(v, '>'); j >= 0 {
			return v[:j]
		}
	}
	return v
}

// An id names a call on the wire: "slot-generation-run@127.0.0.1", in hexadecimal.
type id struct{ slot, gen uint32 }

func (k id) append(b []byte) []byte {
	b = strconv.AppendUint(b, uint64(k.slot), 16)
	b = append(b, '-')
	return strconv.AppendUint(b, uint64(k.gen), 16)
}

// parseID reads the id of a Call-ID; ok is false for one of another run.
func parseID(v []byte, run []byte) (k id, ok bool) {
	slot, rest, ok1 := hexNumber(v)
	gen, rest, ok2 := hexNumber(rest)
	return id{slot, gen}, ok1 && ok2 && bytes.HasPrefix(rest, run)
}

// hexNumber reads a number and the dash behind it.
func hexNumber(v []byte) (n uint32, rest []byte, ok bool) {
	for i, c := range v {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | uint32(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | uint32(c-'a'+10)
		default:
			return n, v[min(i+1, len(v)):], c == '-' && i > 0
		}
	}
	return n, nil, false
}

// A writer appends messages.
type writer struct {
	run     []byte // "run@127.0.0.1", the end of each Call-ID
	domain  []byte // of AoRs
	scratch []byte
}

// head is a request as far as its Call-ID; branch tells the transactions of a call apart.
func (w *writer) head(b []byte, method string, target []byte, s *socket, k id, branch byte) []byte {
	b = append(b, method...)
	b = append(b, ' ')
	b = append(b, target...)
	b = append(b, " SIP/2.0\r\nVia: SIP/2.0/UDP "...)
	b = append(b, s.addr...)
	b = append(b, ";branch=z9hG4bK-"...)
	b = k.append(b)
	b = append(b, '-', branch)
	return append(b, "\r\nMax-Forwards: 70\r\n"...)
}

// invite is the first request of a call.
func (w *writer) invite(b []byte, s *socket, target []byte, k id) []byte {
	b = w.head(b, "INVITE", target, s, k, '1')
	b = w.parties(b, s, target, k)
	b = append(b, "CSeq: 1 INVITE\r\nContact: <sip:caller@"...)
	b = append(b, s.addr...)
	b = append(b, ">\r\nUser-Agent: load\r\nSubject: performance test\r\n"...)
	return body(b, sdp)
}

func (w *writer) options(b []byte, s *socket, target []byte, k id) []byte {
	b = w.head(b, "OPTIONS", target, s, k, '1')
	b = w.parties(b, s, target, k)
	b = append(b, "CSeq: 1 OPTIONS\r\nContact: <sip:caller@"...)
	b = append(b, s.addr...)
	b = append(b, ">\r\nUser-Agent: load\r\nAccept: application/sdp\r\n"...)
	return body(b, "")
}

// register binds the AoR of a user to the socket, with credentials if there was a challenge.
func (w *writer) register(b []byte, s *socket, k id, user uint32, c *challenge) []byte {
	var uri [64]byte
	target := append(append(uri[:0], "sip:"...), w.domain...)
	var digits [8]byte
	name := appendUser(digits[:0], "u", user)
	attempt := byte('1')
	if c != nil {
		attempt = '2'
	}
	b = w.head(b, "REGISTER", target, s, k, attempt)
	b = w.aor(append(b, "From: "...), name)
	b = append(b, ";tag=f"...)
	b = k.append(b)
	b = w.aor(append(b, "\r\nTo: "...), name)
	b = append(b, crlf...)
	b = w.callID(b, k)
	b = append(b, "CSeq: "...)
	b = append(b, attempt)
	b = append(b, " REGISTER\r\nContact: <sip:"...)
	b = append(b, name...)
	b = append(b, '@')
	b = append(b, s.addr...)
	b = append(b, ">\r\nExpires: 3600\r\nUser-Agent: load\r\n"...)
	if c != nil {
		var word [8]byte
		b = w.credentials(b, c, name, appendUser(word[:0], "pw", user), registerMethod, target)
	}
	return body(b, "")
}

var registerMethod = []byte("REGISTER")

// appendUser writes the name of a user, or its password: six digits behind a prefix.
func appendUser(b []byte, prefix string, user uint32) []byte {
	b = append(b, prefix...)
	for unit := uint32(maxUsers / 10); unit > 0; unit /= 10 {
		b = append(b, byte('0'+user/unit%10))
	}
	return b
}

func (w *writer) aor(b, name []byte) []byte {
	b = append(b, "<sip:"...)
	b = append(b, name...)
	b = append(b, '@')
	b = append(b, w.domain...)
	return append(b, '>')
}

// parties are From, To and Call-ID of a request outside of a dialog.
func (w *writer) parties(b []byte, s *socket, target []byte, k id) []byte {
	b = append(b, "From: \"load\" <sip:caller@"...)
	b = append(b, s.addr...)
	b = append(b, ">;tag=f"...)
	b = k.append(b)
	b = append(b, "\r\nTo: <"...)
	b = append(b, target...)
	b = append(b, ">\r\n"...)
	return w.callID(b, k)
}

func (w *writer) callID(b []byte, k id) []byte {
	b = append(b, "Call-ID: "...)
	b = k.append(b)
	b = append(b, '-')
	b = append(b, w.run...)
	return append(b, crlf...)
}

// rejected is the ACK of another final response than 2xx: it belongs to the INVITE's
// transaction (RFC 3261 §17.1.1.3).
func (w *writer) rejected(b []byte, s *socket, target []byte, k id, f *fields) []byte {
	b = w.head(b, "ACK", target, s, k, '1')
	b = field(b, "From: ", f.from)
	b = field(b, "To: ", f.to)
	b = w.callID(b, k)
	b = append(b, "CSeq: 1 ACK\r\n"...)
	return body(b, "")
}

// within is an ACK or a BYE along the route of the 200 that f is of: its Record-Routes
// the other way round (RFC 3261 §12.1.2).
func (w *writer) within(b []byte, method, cseq string, branch byte, s *socket, k id, f *fields) []byte {
	b = w.head(b, method, uri(f.contact), s, k, branch)
	for i := f.routes - 1; i >= 0; i-- {
		b = routes(b, f.route[i])
	}
	b = field(b, "From: ", f.from)
	b = field(b, "To: ", f.to)
	b = w.callID(b, k)
	b = append(b, cseq...)
	b = append(b, method...)
	b = append(b, "\r\nUser-Agent: load\r\n"...)
	return body(b, "")
}

// routes writes the URIs of one Record-Route, the last one first.
func routes(b, v []byte) []byte {
	for {
		i := bytes.LastIndexByte(v, ',')
		b = field(b, "Route: ", bytes.TrimLeft(v[i+1:], " "))
		if i < 0 {
			return b
		}
		v = v[:i]
	}
}

// response answers the request that f is of, with what RFC 3261 §8.2.6 wants of it.
func (w *writer) response(b []byte, status string, s *socket, f *fields, contact bool, text string) []byte {
	b = append(b, "SIP/2.0 "...)
	b = append(b, status...)
	b = append(b, crlf...)
	for _, v := range f.via[:f.vias] {
		b = field(b, "Via: ", v)
	}
	for _, v := range f.route[:f.routes] {
		b = field(b, "Record-Route: ", v)
	}
	b = field(b, "From: ", f.from)
	b = append(b, "To: "...)
	b = append(b, f.to...)
	if !bytes.Contains(f.to, tagParam) {
		b = append(b, ";tag=callee"...)
	}
	b = append(b, crlf...)
	b = field(b, "Call-ID: ", f.callID)
	b = field(b, "CSeq: ", f.cseq)
	if contact {
		b = append(b, "Contact: <sip:"...)
		b = append(b, s.addr...)
		b = append(b, ">\r\n"...)
	}
	return body(b, text)
}

var tagParam = []byte(";tag=")

func field(b []byte, name string, value []byte) []byte {
	b = append(b, name...)
	b = append(b, value...)
	return append(b, crlf...)
}

func body(b []byte, text string) []byte {
	if text != "" {
		b = append(b, "Content-Type: application/sdp\r\n"...)
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(text)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, text...)
}

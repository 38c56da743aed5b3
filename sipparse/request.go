package sipparse

import "bytes"

// RequestOptions say what a request of our own contains.
//
// No value carries a line end into the message: a request with a control character
// in one, or with a value that is broken in another way, is refused. (A reply has to
// be sent, so AppendReply cuts there.)
type RequestOptions struct {
	Method      []byte
	URI         []byte // Request-URI; in a dialog the remote target
	Vias        []byte // Via lines, each with its CRLF; at least one
	MaxForwards int    // 1 to 255; 0: 70
	Routes      []byte // the route set: values of Route in < >, separated by commas; may be empty
	From, To    []byte // a URI, which is put in < >, or a whole value
	FromTag     []byte // added to From if not empty
	ToTag       []byte // added to To if not empty
	CallID      []byte
	CSeq        uint32 // below 2**31
	Contact     []byte // value of Contact; may be empty
	Headers     []byte // more header lines, each with its CRLF, none of those above or below
	ContentType []byte // of Body
	Body        []byte
}

const defaultMaxForwards = 70 // RFC 3261 §8.1.1.6

// AppendRequest appends a request; RFC 3261 §8.1.1. What it appends is accepted by
// Parse and Check. On an error, that of the value at fault, it appends nothing.
//
// If the first route has no ;lr, a strict router, it becomes the Request-URI, and
// URI the last route: §12.2.1.1. What a Request-URI may not have (§19.1.1, table 1),
// headers and the parameter method, is left out of it.
func AppendRequest(dst []byte, o *RequestOptions) ([]byte, Error) {
	w := requestWriter{dst: dst}
	r := w.routes(o.Routes)
	target := o.URI
	if r.strict {
		target = r.first
	}
	w.requestLine(o.Method, target)
	w.vias(o.Vias)
	w.maxForwards(o.MaxForwards)
	w.route(&r, o)
	w.address("From: ", o.From, o.FromTag, ErrFrom)
	w.address("To: ", o.To, o.ToTag, ErrTo)
	w.callID(o.CallID)
	w.cseq(o.CSeq, o.Method)
	w.contact(o.Contact)
	w.lines(o.Headers, ^uint64(writtenHeaders))
	w.body(o.ContentType, o.Body)
	w.check(len(w.dst)-len(dst) <= defaultMessage, ErrTooLarge)
	if w.err != OK {
		return dst, w.err
	}
	return w.dst, OK
}

// writtenHeaders are not allowed in Headers.
const writtenHeaders = single | 1<<HdrVia | 1<<HdrRoute | 1<<HdrContact | 1<<HdrContentType

// A requestWriter appends the parts of a request. The first failure sticks.
type requestWriter struct {
	dst  []byte
	line int // where in dst the current line begins
	n    int // header lines
	err  Error
}

func (w *requestWriter) check(ok bool, e Error) {
	if !ok && w.err == OK {
		w.err = e
	}
}

// begin begins a header line and returns where its value goes.
func (w *requestWriter) begin(name string) int {
	w.line = len(w.dst)
	w.dst = append(w.dst, name...)
	w.n++
	return len(w.dst)
}

func (w *requestWriter) end() {
	w.dst = append(w.dst, crlf...)
	w.check(len(w.dst)-w.line <= defaultLine, ErrLineTooLong)
}

func (w *requestWriter) requestLine(method, target []byte) {
	w.check(tokenChars.all(method), ErrRequestLine)
	w.line = len(w.dst)
	w.dst = append(append(w.dst, method...), ' ')
	w.target(target)
	w.dst = append(w.dst, " SIP/2.0"...)
	w.end()
}

// target appends a URI as a Request-URI.
func (w *requestWriter) target(b []byte) {
	var u URI
	if ParseURI(b, &u) != OK {
		w.check(false, ErrURI)
		return
	}
	at, end := 0, len(b)
	if !u.Headers.IsZero() {
		end = int(u.Headers.Off) - 1
	}
	var p URIPair
	for it := u.ParamPairs(b); u.Scheme != SchemeTel && it.findNext("method", &p); {
		w.dst = append(w.dst, b[at:p.Whole.Off-1]...)
		at = int(p.Whole.End)
	}
	w.dst = append(w.dst, b[at:end]...)
}

// vias appends Via lines, one at least, as they are.
func (w *requestWriter) vias(b []byte) {
	w.check(len(b) > 0, ErrNoVia)
	w.lines(b, 1<<HdrVia)
}

// lines appends whole header lines as they are, of the types that are allowed.
func (w *requestWriter) lines(b []byte, allowed uint64) {
	for p := 0; p < len(b); {
		_, value, t, err := headerName(b, p)
		end, err := scanFolded(b, value, err)
		if err == OK && allowed&t.bit() == 0 {
			err = ErrDuplicate
		}
		if err == OK && t == HdrVia {
			err = checkVias(b[:end], value)
		}
		w.check(err == OK, err)
		w.check(end+len(crlf)-p <= defaultLine, ErrLineTooLong)
		p = end + len(crlf)
		w.n++
	}
	w.dst = append(w.dst, b...)
}

// checkVias checks the Via values from at on.
func checkVias(b []byte, at int) Error {
	c := cursor{b: b, pos: at}
	c.lws()
	var v Via
	for more := true; more; {
		more = c.via(&v)
	}
	if c.bad {
		return ErrVia
	}
	return OK
}

func (w *requestWriter) maxForwards(n int) {
	w.check(0 <= n && n <= 255, ErrMaxForwards)
	if n == 0 {
		n = defaultMaxForwards
	}
	w.begin("Max-Forwards: ")
	w.dst = AppendUint(w.dst, uint64(n))
	w.end()
}

// A routeSet is what matters of the route set.
type routeSet struct {
	first  []byte // the first URI
	rest   []byte // the values behind the first
	all    []byte
	strict bool // first is a strict router
}

func (w *requestWriter) routes(b []byte) (r routeSet) {
	if len(b) == 0 {
		return r
	}
	r.all = b
	c := cursor{b: b}
	c.lws()
	ok := isOneLine(b)
	var n NameAddr
	for more := true; more && !c.bad; {
		more = c.nameAddr(&n)
		ok = ok && n.bracketed(b)
		if r.first == nil {
			r.first, r.rest = n.URI.Of(b), b[c.pos:]
		}
	}
	var u URI
	var p URIPair
	w.check(ok && !c.bad && ParseURI(r.first, &u) == OK, ErrNameAddr)
	r.strict = !u.ParamPairs(r.first).findName("lr", &p)
	return r
}

// bracketed reports whether the URI is in < >.
func (n *NameAddr) bracketed(b []byte) bool { return n.URI.Off > 0 && b[n.URI.Off-1] == '<' }

// route appends the Route line; RFC 3261 §12.2.1.1.
func (w *requestWriter) route(r *routeSet, o *RequestOptions) {
	if r.all == nil {
		return
	}
	w.begin("Route: ")
	if !r.strict {
		w.dst = append(w.dst, r.all...)
		w.end()
		return
	}
	if w.dst = append(w.dst, r.rest...); len(r.rest) > 0 {
		w.dst = append(w.dst, ", "...)
	}
	w.dst = append(w.dst, '<')
	w.target(o.URI)
	w.dst = append(w.dst, '>')
	w.end()
}

// address appends From or To.
func (w *requestWriter) address(name string, v, tag []byte, e Error) {
	at := w.begin(name)
	if schemeLen(v) > 0 && uriEnd(v, 0) == len(v) {
		w.dst = append(append(append(w.dst, '<'), v...), '>')
	} else {
		w.dst = append(w.dst, v...)
	}
	if len(tag) > 0 {
		w.dst = append(append(w.dst, ";tag="...), tag...)
	}
	var n NameAddr
	value := w.dst[at:]
	ok := isOneLine(value) && ParseNameAddr(value, &n) == OK && schemeLen(n.URI.Of(value)) > 0
	w.check(ok && (len(tag) == 0 || bytes.Equal(n.Tag.Of(value), tag)), e)
	w.end()
}

func (w *requestWriter) callID(id []byte) {
	w.check(len(id) > 0 && below(id, 0, ' '+1) == len(id), ErrCallID)
	w.begin("Call-ID: ")
	w.dst = append(w.dst, id...)
	w.end()
}

func (w *requestWriter) cseq(n uint32, method []byte) {
	w.check(n <= maxCSeq, ErrCSeqRange)
	w.begin("CSeq: ")
	w.dst = append(AppendUint(w.dst, uint64(n)), ' ')
	w.dst = append(w.dst, method...)
	w.end()
}

func (w *requestWriter) contact(v []byte) {
	if len(v) == 0 {
		return
	}
	c := cursor{b: v}
	c.lws()
	var n NameAddr
	for more := true; more; {
		more = c.nameAddr(&n)
	}
	w.check(!c.bad && isOneLine(v), ErrContact)
	w.begin("Contact: ")
	w.dst = append(w.dst, v...)
	w.end()
}

// body appends what describes the body, the empty line and the body.
func (w *requestWriter) body(contentType, body []byte) {
	if len(body) > 0 {
		w.check(len(contentType) > 0 && contentType[0] > ' ' && isOneLine(contentType), ErrValue)
		w.check(len("Content-Type: ")+len(contentType)+len(crlf) <= defaultLine, ErrLineTooLong)
		w.n++
	}
	w.n++
	w.check(w.n <= defaultHeaders, ErrTooManyHeaders)
	w.dst = appendBody(w.dst, contentType, body)
}

// isOneLine reports whether b contains no control character but HTAB: what contains
// one ends here, or is refused by the next element.
func isOneLine(b []byte) bool { return len(oneLine(b)) == len(b) }

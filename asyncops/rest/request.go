package rest

import (
	"bytes"
	"crypto/tls"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/wire"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

// phase is where a request is on its way.
type phase uint8

const (
	phaseNew      phase = iota
	phaseQueued         // waits for a connection of its origin
	phaseConnect        // waits for its connection
	phaseTransfer       // sent, or being sent
	phaseEnded
	phaseFreed
)

// A Request is one HTTP request and its response: an asyncops.Op of the loop it was
// taken on. Set it up, begin it, read the results, Free it.
type Request struct {
	client *Client

	// what to ask
	method, url, fields, body []byte
	given                     given
	bad                       bool
	tlsName                   string
	tls                       *tls.Config

	// on the way
	c        asyncops.Completion
	phase    phase
	limit    int64 // the Table's deadline, which it keeps itself
	deadline int64 // of the whole request: limit, or earlier
	timer    timer.Handle
	slot     uint32 // while timer is armed
	origin   *origin
	backend  *asyncops.Backend // of the origin, also when that is left
	conn     *conn
	place    asyncops.Place[Request] // in origin's queue
	retried  bool
	hops     int    // redirections followed
	out      []byte // the request as sent: a header of head bytes, and the body
	head     int
	expects  bool // the header says "Expect: 100-continue"
	holds    bool // and the body has not been sent
	noExpect bool // the server does not like that
	got      int  // status of an answer that did not come whole

	// the outcome
	code int32
	resp fasthttp.Response
}

// given says which fields the caller has set that are ours otherwise.
type given uint8

const (
	givenHost given = 1 << iota
	givenUserAgent
	givenAccept
	givenContentType
	givenAuthorization
)

var _ asyncops.Metered = (*Request)(nil)

// Backend is the origin's.
func (r *Request) Backend() *asyncops.Backend { return r.backend }

// reset makes r as new, keeping its buffers.
func (r *Request) reset() {
	r.method = append(r.method[:0], "GET"...)
	r.url, r.fields, r.body, r.out = r.url[:0], r.fields[:0], r.body[:0], r.out[:0]
	r.given, r.bad, r.tlsName, r.tls = 0, false, "", nil
	r.retried, r.hops, r.expects, r.holds, r.noExpect, r.got = false, 0, false, false, false, 0
	r.phase, r.code = phaseNew, 0
	r.origin, r.conn, r.backend = nil, nil, r.client.backend
	r.resp.Reset()
	r.resp.Header.SetNoDefaultContentType(true)
}

// SetMethod sets the method, GET unless set. It is copied, as are all arguments.
func (r *Request) SetMethod(m []byte) { r.method = append(r.method[:0], m...) }

// SetURL sets the http or https URL.
func (r *Request) SetURL(u []byte) { r.url = append(r.url[:0], u...) }

// SetBody sets the request's body. Without a Content-Type field among the headers
// it is announced as application/x-www-form-urlencoded, as curl does.
func (r *Request) SetBody(b []byte) { r.body = append(r.body[:0], b...) }

// SetTLS has an https request use cfg instead of the client's. Name tells it from others:
// requests of one name and origin share connections, until another cfg comes with it.
func (r *Request) SetTLS(name string, cfg *tls.Config) { r.tlsName, r.tls = name, cfg }

// AddHeaderLine adds a field written as "Name: value", as rest_append_hf takes it. Without
// a value, a field of ours is left out instead.
func (r *Request) AddHeaderLine(line []byte) bool {
	name, value := cutLine(line)
	return r.AddHeader(name, value)
}

func cutLine(line []byte) (name, value []byte) {
	name, value, _ = bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(":"))
	return name, bytes.Trim(value, " \t")
}

// ValidHeaderLine reports whether AddHeaderLine will take line.
func ValidHeaderLine(line []byte) bool {
	name, value := cutLine(line)
	return validField(name, value)
}

// validField refuses what would break the request, frames it or controls the connection.
func validField(name, value []byte) bool {
	if !token(name) || !fieldValue(value) {
		return false
	}
	for _, ours := range [...]string{"content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "expect", "te", "trailer"} {
		if equalFold(name, ours) {
			return ours == "expect" && len(value) == 0
		}
	}
	return true
}

// AddHeader adds a field. It returns false, and the request will end with
// CodeInternal, if the field would break the request: bad characters, or a field
// that frames the message or controls the connection.
func (r *Request) AddHeader(name, value []byte) bool {
	if !validField(name, value) {
		r.bad = true
		return false
	}
	if r.note(name) && len(value) == 0 {
		return true
	}
	r.fields = append(r.fields, name...)
	r.fields = append(r.fields, ": "...)
	r.fields = append(r.fields, value...)
	r.fields = append(r.fields, crlf...)
	return true
}

// note notes which field this is; true if it is one of those that are ours otherwise.
func (r *Request) note(name []byte) bool {
	if equalFold(name, "expect") {
		r.noExpect = true
		return true
	}
	for i, f := range [...]string{"host", "user-agent", "accept", "content-type", "authorization"} {
		if equalFold(name, f) {
			r.given |= 1 << i
			return true
		}
	}
	return false
}

// token = 1*tchar ; RFC 9110 §5.6.2
func token(b []byte) bool {
	for _, c := range b {
		alnum := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !alnum && !(c >= '!' && c <= '~' && !isDelimiter(c)) {
			return false
		}
	}
	return len(b) > 0
}

func isDelimiter(c byte) bool {
	switch c {
	case '"', '(', ')', ',', '/', ':', ';', '<', '=', '>', '?', '@', '[', '\\', ']', '{', '}':
		return true
	}
	return false
}

// field-value without CTLs other than tab; RFC 9110 §5.5
func fieldValue(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// Begin begins r in the Table of the loop in hand, for users that have no script
// run to await it; see asyncops.Table.Begin.
func (r *Request) Begin(l *loop.Loop, timeout time.Duration, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
	return r.client.ops.On(l).Begin(l, r, timeout, w)
}

// Start begins the request.
func (r *Request) Start(l *loop.Loop, c asyncops.Completion, deadline int64) {
	if r.phase != phaseNew {
		panic("BUG: request started twice")
	}
	r.c, r.limit = c, deadline
	r.deadline = min(deadline, l.Now()+int64(r.client.cfg.TransferTimeout))
	r.enqueue(l)
}

// enqueue puts r into the queue of its origin.
func (r *Request) enqueue(l *loop.Loop) {
	s := r.client.states.On(l)
	r.phase, r.holds = phaseQueued, false
	t, ok := parseTarget(r.url)
	if !ok || r.bad || !token(r.method) || s.closed {
		r.end(l, asyncops.Failed, CodeInternal)
		return
	}
	o := s.origin(l, &t, r)
	if o == nil || o.waiting.Len() >= r.client.cfg.Queue {
		r.end(l, asyncops.Overloaded, CodeInternal)
		return
	}
	r.build(&t)
	if len(r.out) > r.client.cfg.MaxRequest {
		r.end(l, asyncops.Failed, CodeInternal)
		return
	}
	r.origin, r.backend = o, o.backend
	r.arm(l, r.deadline)
	o.waiting.Push(&r.place, r)
	o.pump(l)
}

// build writes the request (RFC 9112 §3) into r.out.
func (r *Request) build(t *target) {
	b := append(r.out[:0], r.method...)
	b = append(b, ' ')
	if len(t.path) == 0 || t.path[0] != '/' {
		b = append(b, '/')
	}
	b = append(b, t.path...)
	b = append(b, " HTTP/1.1\r\n"...)
	if r.given&givenHost == 0 {
		b = appendField(b, "Host: ", t.authority)
	}
	if r.given&givenUserAgent == 0 {
		b = append(b, "User-Agent: "...)
		b = append(b, r.client.cfg.UserAgent...)
		b = append(b, crlf...)
	}
	if r.given&givenAccept == 0 {
		b = append(b, "Accept: */*\r\n"...)
	}
	if len(t.userinfo) > 0 && r.given&givenAuthorization == 0 {
		b = t.appendBasic(b)
	}
	b = append(b, r.fields...)
	if len(r.body) > 0 || string(r.method) == "POST" || string(r.method) == "PUT" {
		if r.given&givenContentType == 0 && len(r.body) > 0 {
			b = append(b, "Content-Type: application/x-www-form-urlencoded\r\n"...)
		}
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(r.body)), 10)
		b = append(b, crlf...)
	}
	r.expects = r.client.cfg.Expect100 && len(r.body) > expectFrom && !r.noExpect
	if r.expects {
		b = append(b, "Expect: 100-continue\r\n"...)
	}
	b = append(b, crlf...)
	r.head = len(b)
	r.out = append(b, r.body...)
}

const (
	expectFrom = 1024        // bytes of a body from which on "100 Continue" is asked for
	expectWait = time.Second // how long the body waits for it at most
)

// repeatable reports whether r does the same if it is done twice (RFC 9110 §9.2.2).
func (r *Request) repeatable() bool {
	switch string(r.method) {
	case "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE":
		return true
	}
	return false
}

func appendField(dst []byte, name string, value []byte) []byte {
	dst = append(dst, name...)
	dst = append(dst, value...)
	return append(dst, crlf...)
}

// Cancel ends the request unheard. Its Code tells how far it had come.
func (r *Request) Cancel(l *loop.Loop) {
	if r.phase == phaseEnded {
		return
	}
	code, out, o := r.lateCode(), asyncops.WhyCancelled(l, r.deadline), r.origin
	r.leave(l, out == asyncops.TimedOut)
	r.close(l, code)
	r.count(l, out)
	o.pumpLater(l) // not now: the caller is in the middle of something
}

// lateCode is what r's code will be if it has taken too long.
func (r *Request) lateCode() int32 {
	if r.phase == phaseTransfer {
		return CodeTransferTimeout
	}
	return CodeConnectTimeout
}

// expired is called when a part of the request has taken too long.
func (r *Request) expired(l *loop.Loop) {
	r.client.states.On(l).busy.Remove(r.slot)
	r.timer = 0
	if r.holds && l.Now() < r.deadline {
		r.conn.release(l)
		return
	}
	code, o := r.lateCode(), r.origin
	r.leave(l, true)
	r.end(l, asyncops.TimedOut, code)
	o.pump(l)
}

// leave takes r out of wherever it is. Late says that the origin is to blame.
func (r *Request) leave(l *loop.Loop, late bool) {
	o := r.origin
	switch r.phase {
	case phaseQueued:
		o.waiting.Remove(&r.place)
	case phaseConnect, phaseTransfer:
		c := r.conn
		r.got = c.frame.status
		c.req, r.conn = nil, nil
		c.close(l)
	}
	if r.phase > phaseQueued && late {
		o.failure(l, wire.ErrTimeout)
	}
}

// end closes r and tells its waiter. Nothing of r may be touched afterwards.
func (r *Request) end(l *loop.Loop, out asyncops.Outcome, code int32) {
	r.close(l, code)
	r.count(l, out)
	r.c.Done(l, out)
}

func (r *Request) close(l *loop.Loop, code int32) {
	r.arm(l, 0)
	r.phase, r.code, r.origin = phaseEnded, code, nil
}

func (r *Request) count(l *loop.Loop, out asyncops.Outcome) {
	n := r.client.states.On(l).stats
	switch {
	case out == asyncops.Failed && r.code == CodeRefused:
		n.refused.Inc()
	case out == asyncops.TimedOut && r.code == CodeConnectTimeout:
		n.connectTimeouts.Inc()
	}
}

// arm sets r's timer to at; zero stops it. The Table's own deadline needs none.
func (r *Request) arm(l *loop.Loop, at int64) {
	s := r.client.states.On(l)
	if r.timer != 0 {
		l.StopTimer(r.timer)
		s.busy.Remove(r.slot)
		r.timer = 0
	}
	if at != 0 && at < r.limit {
		r.slot = s.busy.Add(r)
		r.timer = l.After(time.Duration(at-l.Now()), r.client.requestT, uint64(r.slot))
	}
}

// Code is OpenSIPS's return code, one of the Code constants, once r has ended.
func (r *Request) Code() int32 { return r.code }

// Status is the response's status code, also of one that did not come whole in time; 0 if
// none came.
func (r *Request) Status() int {
	if r.code != CodeOK {
		return r.got
	}
	return r.resp.StatusCode()
}

// Body is the response's body, as sent. Like all results it is valid until Free.
func (r *Request) Body() []byte {
	if r.code != CodeOK {
		return nil
	}
	return r.resp.Body()
}

// ContentType is the response's Content-Type; empty if it has none.
func (r *Request) ContentType() []byte {
	if r.code != CodeOK {
		return nil
	}
	return r.resp.Header.ContentType()
}

// Header returns the first field of that name; nil if there is none.
func (r *Request) Header(name string) []byte {
	if r.code != CodeOK {
		return nil
	}
	return r.resp.Header.Peek(name)
}

// maxKept is the largest buffer that a pooled request keeps.
const maxKept = 64 << 10

// Free ends r's life: r, and every []byte taken from it, is dead.
func (r *Request) Free(l *loop.Loop) {
	if r.phase != phaseNew && r.phase != phaseEnded {
		panic("BUG: request freed twice or while under way")
	}
	r.phase = phaseFreed
	r.c = asyncops.Completion{}
	r.resp.ReleaseBody(maxKept)
	for _, b := range []*[]byte{&r.url, &r.fields, &r.body, &r.out} {
		if cap(*b) > maxKept {
			*b = nil
		}
	}
	r.client.requests.Put(l, r)
}

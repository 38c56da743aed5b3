package sipparse

// ReplyOptions say what a response contains beyond what is copied from the request.
// Values, but for Headers and Body, are cut at the first CR, LF or other control
// character: no header can be smuggled in by one.
type ReplyOptions struct {
	Code        int    // 100 to 699
	Reason      []byte // empty: ReasonPhrase(Code)
	ToTag       []byte // added if the To header has none
	Received    []byte // IP address for received= on the top Via, without brackets; empty: as it is
	Rport       int    // port for rport= on the top Via; 0: as it is
	Headers     []byte // more header lines, each with its CRLF
	ContentType []byte // of Body
	Body        []byte
	RecordRoute bool // copy Record-Route into 101 to 299: the request forms a dialog (RFC 3261 §12.1.1)
}

// AppendReply appends the response to m that RFC 3261 §8.2.6 asks for: all Via
// values in order, From, To, Call-ID and CSeq of the request, the Timestamp in a
// 100. It copies only what is there: see Replyable.
func (m *Msg) AppendReply(dst []byte, o *ReplyOptions) []byte {
	dst = append(dst, "SIP/2.0 "...)
	dst = AppendUint(dst, uint64(o.Code))
	dst = append(dst, ' ')
	dst = appendReason(dst, o)
	dst = append(dst, crlf...)
	dst = m.appendVias(dst, o)
	if o.RecordRoute && o.Code > 100 && o.Code < 300 {
		dst = m.appendLines(dst, HdrRecordRoute)
	}
	dst = m.appendLine(dst, HdrFrom)
	dst = m.appendTo(dst, oneLine(o.ToTag))
	dst = m.appendLine(dst, HdrCallID)
	dst = m.appendLine(dst, HdrCSeq)
	if o.Code == 100 {
		dst = m.appendLine(dst, HdrTimestamp)
	}
	dst = append(dst, o.Headers...)
	return appendBody(dst, oneLine(o.ContentType), o.Body)
}

const crlf = "\r\n"

// appendBody appends Content-Type, if there is one and a body, Content-Length, the
// empty line and the body.
func appendBody(dst, contentType, body []byte) []byte {
	if len(body) > 0 && len(contentType) > 0 {
		dst = append(dst, "Content-Type: "...)
		dst = append(dst, contentType...)
		dst = append(dst, crlf...)
	}
	dst = appendContentLength(dst, len(body))
	dst = append(dst, crlf...)
	return append(dst, body...)
}

// oneLine returns v up to the first control character but HTAB.
func oneLine(v []byte) []byte {
	end := control(v, 0)
	for end < len(v) && v[end] == '\t' {
		end = control(v, end+1)
	}
	return v[:end]
}

func appendContentLength(dst []byte, n int) []byte {
	dst = append(dst, "Content-Length: "...)
	dst = AppendUint(dst, uint64(n))
	return append(dst, crlf...)
}

func appendReason(dst []byte, o *ReplyOptions) []byte {
	if len(o.Reason) == 0 {
		return append(dst, ReasonPhrase(o.Code)...)
	}
	return append(dst, oneLine(o.Reason)...)
}

// appendLine appends the first header of type t as it was received.
func (m *Msg) appendLine(dst []byte, t HdrType) []byte {
	if f := m.firstField(t); f != nil {
		dst = append(dst, f.lineSpan().Of(m.buf)...)
	}
	return dst
}

// appendLines appends all headers of type t as they were received.
func (m *Msg) appendLines(dst []byte, t HdrType) []byte {
	for i := m.Find(t, 0); i >= 0; i = m.Find(t, i+1) {
		dst = append(dst, m.field(i).lineSpan().Of(m.buf)...)
	}
	return dst
}

// appendTo appends the To header, with tag if it has none. A broken one stays as
// it is: there is no telling where its parameters are.
func (m *Msg) appendTo(dst, tag []byte) []byte {
	n := m.To()
	if n == nil || !n.Tag.IsZero() || len(tag) == 0 {
		return m.appendLine(dst, HdrTo)
	}
	line := m.firstField(HdrTo).lineSpan()
	at, name := Span{n.Whole.End, n.Whole.End}, ";tag="
	if !n.TagSpan.IsZero() {
		at, name = n.TagSpan, "tag="
	}
	dst = append(dst, m.buf[line.Off:at.Off]...)
	dst = append(dst, name...)
	dst = append(dst, tag...)
	return append(dst, m.buf[at.End:line.End]...)
}

// appendVias appends all Via headers, the top one with received and rport.
func (m *Msg) appendVias(dst []byte, o *ReplyOptions) []byte {
	v := m.TopVia()
	if v == nil || len(o.Received) == 0 && o.Rport == 0 {
		return m.appendLines(dst, HdrVia)
	}
	dst = m.appendTopVia(dst, v, o)
	for i := m.Find(HdrVia, int(m.first[HdrVia])+1); i >= 0; i = m.Find(HdrVia, i+1) {
		dst = append(dst, m.field(i).lineSpan().Of(m.buf)...)
	}
	return dst
}

// appendTopVia appends the first Via line without the old received and rport where
// there are new ones, and these behind the first value's parameters.
func (m *Msg) appendTopVia(dst []byte, v *Via, o *ReplyOptions) []byte {
	line := m.firstField(HdrVia).lineSpan()
	received, rport := v.ReceivedSpan, v.RportSpan
	if len(o.Received) == 0 {
		received = Span{}
	}
	if o.Rport == 0 {
		rport = Span{}
	}
	at := line.Off
	for _, old := range [...]Span{earlier(received, rport), later(received, rport)} {
		if !old.IsZero() {
			dst = trimSemi(append(dst, m.buf[at:old.Off]...))
			at = old.End
		}
	}
	dst = append(dst, m.buf[at:v.ParamsEnd]...)
	if len(o.Received) > 0 {
		dst = append(append(dst, ";received="...), oneLine(o.Received)...)
	}
	if o.Rport > 0 {
		dst = AppendUint(append(dst, ";rport="...), uint64(o.Rport))
	}
	return append(dst, m.buf[v.ParamsEnd:line.End]...)
}

func earlier(a, b Span) Span {
	if b.Off < a.Off {
		return b
	}
	return a
}

func later(a, b Span) Span {
	if b.Off < a.Off {
		return a
	}
	return b
}

// trimSemi takes back the ";" before a parameter, with the white space around it.
func trimSemi(dst []byte) []byte {
	dst = dst[:trimLWS(dst, 0, len(dst))]
	dst = dst[:len(dst)-1]
	return dst[:trimLWS(dst, 0, len(dst))]
}

package sipparse

// inlineHeaders is how many headers the index has room for without a slice of its own:
// most messages have no more. Each takes 24 bytes of every request that waits.
const inlineHeaders = 16

// A Msg is one parsed message. It borrows the bytes that were given to Parse.
// Otherwise it is plain data: it may be pooled, and Parse starts it afresh. The
// zero Msg is ready for Parse.
type Msg struct {
	buf    []byte
	more   []field // headers beyond the inline ones; kept for the next message
	state          // all that Parse has to clear
	fields [inlineHeaders]field
	first  [numIndexed]uint16 // index of the first header of a type; valid if seen has its bit

	maxHeaders, maxLine uint32 // see Limits

	// Parsed on first use; which of them are valid is in state.
	uri      URI
	topVia   Via
	from, to NameAddr
}

// state is cleared by each Parse.
type state struct {
	start     uint32 // of the start line
	headerEnd uint32 // of the blank line
	body, end uint32
	method    Span // zero in a response
	uriSpan   Span
	reason    Span
	cseqName  Span
	cseq      uint32
	seen      uint64 // types of header that there are
	n         int32  // headers
	cl        int32  // Content-Length, -1 if absent or broken
	status    uint16
	kind      Method
	cseqKind  Method
	err       Error
	done, bad cacheBits
	viaLost   bool // a Via is not in the index
}

// cacheBits says which values have been parsed, and which of them are broken.
type cacheBits uint8

const (
	haveURI cacheBits = 1 << iota
	haveVia
	haveFrom
	haveTo
)

// A field is one header line, as the index keeps it.
type field struct {
	off, nameEnd  uint32
	value, valEnd uint32
	lineEnd       uint32
	typ           HdrType
}

// A Header is one header field: its type, the spans of its name and its trimmed
// value, and of the whole line or lines including the last CRLF.
type Header struct {
	Type              HdrType
	Name, Value, Line Span
}

// Reset forgets the message and lets go of its bytes.
func (m *Msg) Reset() {
	m.buf = nil
	m.more = m.more[:0]
	m.state = state{}
	m.cl = -1
}

// Rebase tells m that its bytes, unchanged, are at another address now.
func (m *Msg) Rebase(b []byte) {
	if len(b) != len(m.buf) {
		panic("BUG: message rebased onto a buffer of another length")
	}
	m.buf = b
}

// Buf returns the bytes that m was parsed from. All spans are offsets into them.
func (m *Msg) Buf() []byte { return m.buf }

// Wire returns the message's own bytes: without what came before the start line
// and what was beyond its Content-Length.
func (m *Msg) Wire() []byte { return m.buf[m.start:m.end:m.end] }

// Err returns what Parse returned.
func (m *Msg) Err() Error { return m.err }

// IsRequest reports whether m is a request.
func (m *Msg) IsRequest() bool { return m.status == 0 && !m.method.IsZero() }

// Method returns the method of a request, and MethodOther for a response.
func (m *Msg) Method() Method { return m.kind }

// MethodName returns the method of a request as it was sent, nil for a response.
func (m *Msg) MethodName() []byte { return m.method.Of(m.buf) }

// RequestURI returns the Request-URI, nil for a response.
func (m *Msg) RequestURI() []byte { return m.uriSpan.Of(m.buf) }

// RequestURISpan returns where the Request-URI is.
func (m *Msg) RequestURISpan() Span { return m.uriSpan }

// URI returns the Request-URI in parts, spans into m.Buf(); nil if it is broken
// or m is a response.
func (m *Msg) URI() *URI {
	if m.done&haveURI == 0 {
		m.done |= haveURI
		if m.uriSpan.IsZero() || parseURI(m.buf, m.uriSpan, &m.uri) != OK {
			m.bad |= haveURI
		}
	}
	if m.bad&haveURI != 0 {
		return nil
	}
	return &m.uri
}

// Status returns the status code of a response, 100 to 699, and 0 for a request.
func (m *Msg) Status() int { return int(m.status) }

// StatusSpan returns where the three digits of a response's status code are; the
// zero Span for a request.
func (m *Msg) StatusSpan() Span {
	if m.status == 0 {
		return Span{}
	}
	at := m.start + uint32(len("SIP/2.0 "))
	return Span{at, at + 3}
}

// Reason returns the reason phrase of a response; it may be empty.
func (m *Msg) Reason() []byte { return m.reason.Of(m.buf) }

// CallID returns the Call-ID.
func (m *Msg) CallID() []byte { return m.value(HdrCallID) }

// CSeq returns the sequence number, below 2**31.
func (m *Msg) CSeq() uint32 { return m.cseq }

// CSeqMethod returns the method of the CSeq.
func (m *Msg) CSeqMethod() Method { return m.cseqKind }

// CSeqMethodName returns the method of the CSeq as it was sent.
func (m *Msg) CSeqMethodName() []byte { return m.cseqName.Of(m.buf) }

// From returns the From header's value, nil if it is absent or broken.
func (m *Msg) From() *NameAddr { return m.address(HdrFrom, haveFrom, &m.from) }

// To returns the To header's value, nil if it is absent or broken.
func (m *Msg) To() *NameAddr { return m.address(HdrTo, haveTo, &m.to) }

func (m *Msg) address(t HdrType, have cacheBits, n *NameAddr) *NameAddr {
	if m.done&have == 0 {
		m.done |= have
		f := m.firstField(t)
		if f == nil || parseNameAddr(m.buf, f.valueSpan(), n) != OK {
			m.bad |= have
		}
	}
	if m.bad&have != 0 {
		return nil
	}
	return n
}

// FromTag returns the From tag, nil if there is none (RFC 2543).
func (m *Msg) FromTag() []byte { return tagOf(m.From(), m.buf) }

// ToTag returns the To tag, nil if there is none.
func (m *Msg) ToTag() []byte { return tagOf(m.To(), m.buf) }

func tagOf(n *NameAddr, b []byte) []byte {
	if n == nil {
		return nil
	}
	return n.Tag.Of(b)
}

// MaxForwards returns the value of Max-Forwards, 0 to 255 (RFC 3261 §20.22), and
// whether it is there at all. err is ErrMaxForwards if it is no such number.
func (m *Msg) MaxForwards() (n int, present bool, err Error) {
	v := m.value(HdrMaxForwards)
	if v == nil {
		return 0, false, OK
	}
	u, ok := number(v, 255)
	if !ok {
		return 0, true, ErrMaxForwards
	}
	return int(u), true, OK
}

// MaxForwardsSpan returns where the value of Max-Forwards is, to be replaced; the
// zero Span if there is none.
func (m *Msg) MaxForwardsSpan() Span {
	if f := m.firstField(HdrMaxForwards); f != nil {
		return f.valueSpan()
	}
	return Span{}
}

// ContentLength returns the Content-Length, and whether there is a valid one.
func (m *Msg) ContentLength() (int, bool) { return max(int(m.cl), 0), m.cl >= 0 }

// Body returns the body: Content-Length bytes, or without one the rest of the
// datagram (RFC 3261 §18.3).
func (m *Msg) Body() []byte { return m.buf[m.body:m.end:m.end] }

// BodySpan returns where the body is.
func (m *Msg) BodySpan() Span { return Span{m.body, m.end} }

// HeadersEnd returns the offset of the blank line, where new last headers go.
func (m *Msg) HeadersEnd() uint32 { return m.headerEnd }

// Replyable reports whether a response can be built: m is a request, not an ACK
// (RFC 3261 §17: never answered), and has what a response finds its way and its
// transaction by (§17.1.3), Via and CSeq. Their values may be broken. Of the rest that
// §8.2.6.2 copies into a response it gets what there is (RFC 4475 §3.3.1).
func (m *Msg) Replyable() bool {
	const needed = 1<<HdrVia | 1<<HdrCSeq
	return m.IsRequest() && m.kind != Ack && m.seen&needed == needed && !m.viaLost
}

// NHeaders returns the number of header fields.
func (m *Msg) NHeaders() int { return int(m.n) }

// Header returns the i-th header field, 0 <= i < NHeaders.
func (m *Msg) Header(i int) Header {
	f := m.field(i)
	return Header{f.typ, Span{f.off, f.nameEnd}, f.valueSpan(), f.lineSpan()}
}

// Find returns the index of the first header of type t at or after index from, -1
// if there is none. For HdrOther use FindName.
func (m *Msg) Find(t HdrType, from int) int {
	if m.seen&t.bit() == 0 {
		return -1
	}
	first := int(m.first[t.index()])
	if t.indexed() && from <= first {
		return first
	}
	for i := max(from, first); i < int(m.n); i++ {
		if m.field(i).typ == t {
			return i
		}
	}
	return -1
}

// FindName is Find by name: a known header in both its forms, any other header in
// any case.
func (m *Msg) FindName(name []byte, from int) int {
	if t := HdrTypeOf(name); t != HdrOther {
		return m.Find(t, from)
	}
	for i := m.Find(HdrOther, from); i >= 0 && i < int(m.n); i++ {
		if f := m.field(i); f.typ == HdrOther && EqualFold(m.buf[f.off:f.nameEnd], name) {
			return i
		}
	}
	return -1
}

func (m *Msg) field(i int) *field {
	if i < inlineHeaders {
		return &m.fields[:min(m.n, inlineHeaders)][i]
	}
	return &m.more[i-inlineHeaders]
}

// firstField returns the first header of type t, which is one that has a bit of its
// own; nil if there is none.
func (m *Msg) firstField(t HdrType) *field {
	if m.seen&t.bit() == 0 {
		return nil
	}
	return m.field(int(m.first[t.index()]))
}

// value returns the value of the first header of type t; nil if there is none.
func (m *Msg) value(t HdrType) []byte {
	f := m.firstField(t)
	if f == nil {
		return nil
	}
	return f.valueSpan().Of(m.buf)
}

func (f *field) valueSpan() Span { return Span{f.value, f.valEnd} }
func (f *field) lineSpan() Span  { return Span{f.off, f.lineEnd} }

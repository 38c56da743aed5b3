package tm

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// A handoff is a request as t_write_req and t_write_unix tell another program of it:
// twenty lines, the last of which, the body, may be several. Everything but the body is
// kept to one line whatever the sender wrote. "." stands for what is not there.
type handoff struct {
	action       []byte // what the script asks the program to do
	method       []byte
	user, domain []byte // of the R-URI in hand
	ip           []byte // where the request came in
	port         int
	uri          []byte // R-URI as received
	next         []byte // R-URI of later requests of the dialog
	from, to     []byte // whole values
	callID       []byte
	fromTag      []byte
	toTag        []byte
	cseq         uint32
	id           []byte // of the transaction
	route        []byte // Route of later requests: <uri>,<uri>
	nextHop      []byte // where they go
	flags        uint32 // message flags
	appended     []byte // "name: value\n" lines of tw_append
	body         []byte
}

const (
	handoffVersion = "0.3"
	handoffPrefix  = "sip_request."
	defaultPort    = 5060
)

// appendTo writes the lines.
func (h *handoff) appendTo(dst []byte) []byte {
	dst = append(dst, handoffVersion+"\n"+handoffPrefix...)
	for _, v := range [...][]byte{h.action, h.method, h.user, h.domain, h.ip} {
		dst = append(oneLine(dst, v), '\n')
	}
	if h.port == defaultPort {
		dst = append(dst, '.')
	} else {
		dst = sipparse.AppendUint(dst, uint64(h.port))
	}
	dst = append(oneLine(append(dst, '\n'), h.uri), '\n')
	dst = append(orDot(dst, h.next), '\n')
	for _, v := range [...][]byte{h.from, h.to, h.callID, h.fromTag, h.toTag} {
		dst = append(oneLine(dst, v), '\n')
	}
	dst = append(sipparse.AppendUint(dst, uint64(h.cseq)), '\n')
	for _, v := range [...][]byte{h.id, h.route, h.nextHop} {
		dst = append(orDot(dst, v), '\n')
	}
	dst = appendFlags(append(dst, "P-MsgFlags: "...), h.flags)
	dst = append(append(append(dst, '\n'), h.appended...), ".\n"...)
	if len(h.body) == 0 {
		return append(dst, ".\n"...)
	}
	return append(append(dst, h.body...), '\n')
}

// appendFlags writes hexadecimal digits, the lowest one first, as this format has them.
func appendFlags(dst []byte, n uint32) []byte {
	const digits = "0123456789abcdef"
	for {
		dst = append(dst, digits[n&15])
		if n >>= 4; n == 0 {
			return dst
		}
	}
}

func orDot(dst, b []byte) []byte {
	if len(b) == 0 {
		return append(dst, '.')
	}
	return oneLine(dst, b)
}

// oneLine appends b with blanks for line ends: a folded header must not pass for two lines.
func oneLine(dst, b []byte) []byte {
	at := len(dst)
	dst = append(dst, b...)
	if bytes.IndexByte(b, '\n') >= 0 || bytes.IndexByte(b, '\r') >= 0 {
		for i := range dst[at:] {
			if c := dst[at+i]; c == '\r' || c == '\n' {
				dst[at+i] = ' '
			}
		}
	}
	return dst
}

// read takes from m what is the message's. Routes is storage for the route.
func (h *handoff) read(m *sipparse.Msg, routes []byte) {
	b := m.Buf()
	h.method, h.uri = m.MethodName(), m.RequestURI()
	h.from, h.to = headerValue(m, sipparse.HdrFrom), headerValue(m, sipparse.HdrTo)
	h.callID, h.cseq = m.CallID(), m.CSeq()
	h.fromTag, h.toTag = m.FromTag(), m.ToTag()
	h.next = nil
	contacts := m.Contacts()
	var x sipparse.Contact
	if contacts.Next(&x) && !x.Star {
		h.next = x.URI.Of(b)
	} else if from := m.From(); from != nil {
		h.next = from.URI.Of(b)
	}
	h.readRoutes(m, routes[:0])
}

// readRoutes finds how requests go back to the sender (RFC 3261 §12.1.1, §16.12): along
// the Record-Routes. When the first one is a strict router, it becomes the R-URI and the
// Contact the last of the route.
func (h *handoff) readRoutes(m *sipparse.Msg, dst []byte) {
	h.nextHop = nil
	b := m.Buf()
	strict, first := false, true
	list := m.Addrs(sipparse.HdrRecordRoute)
	var n sipparse.NameAddr
	contact := h.next
	for ; list.Next(&n); first = false {
		uri := n.URI.Of(b)
		if first {
			if strict = !isLoose(uri); strict {
				h.next = uri
				continue
			}
			h.nextHop = uri
		}
		dst = appendRoute(dst, uri)
	}
	if strict {
		dst = appendRoute(dst, contact)
	}
	h.route = dst
}

func appendRoute(dst, uri []byte) []byte {
	if len(dst) > 0 {
		dst = append(dst, ',')
	}
	return append(append(append(dst, '<'), uri...), '>')
}

func isLoose(uri []byte) bool {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return false
	}
	_, lr := u.Param(uri, "lr")
	return lr
}

func headerValue(m *sipparse.Msg, t sipparse.HdrType) []byte {
	if i := m.Find(t, 0); i >= 0 {
		return m.Header(i).Value.Of(m.Buf())
	}
	return nil
}

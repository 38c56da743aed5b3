package sipparse

import "slices"

// A Dialog is what a user agent keeps of a dialog (RFC 3261 §12) to send requests in
// it. FromResponse and FromRequest fill it with copies: it may outlive the messages.
// Filled again, it reuses its memory, so a Dialog must not be copied. Who has the
// parts from elsewhere, a database say, may set them.
type Dialog struct {
	CallID               []byte
	LocalURI, LocalTag   []byte
	RemoteURI, RemoteTag []byte // no tag: a peer of RFC 2543
	RemoteTarget         []byte // URI of the peer's Contact
	Routes               []byte // the route set as the value of Route: "<sip:a;lr>, <sip:b;lr>"
	LocalSeq             uint32 // CSeq of the last request sent; 0 if there was none
	RemoteSeq            uint32 // CSeq of the last request received; 0 if there was none
	InviteSeq            uint32 // CSeq of the last INVITE sent, which its ACK repeats

	own    []byte // what the parts are in
	target []byte // what RemoteTarget is in after Refresh
}

// FromResponse fills d as the UAC sees it: req is the request as it was sent, resp a
// 101 to 299 response to it. RFC 3261 §12.1.2: the route set is the Record-Route of
// the response in reverse order, the remote target its Contact.
//
// It returns what is wrong, and leaves d as it was: ErrStatusCode, ErrFrom, ErrTo,
// ErrContact (also if there is none), or ErrNameAddr for a broken Record-Route.
func (d *Dialog) FromResponse(req, resp *Msg) Error {
	if code := resp.Status(); code <= 100 || code >= 300 {
		return ErrStatusCode
	}
	parts, err := partsOf(req.From(), req.buf, resp.To(), resp.buf)
	if err != OK {
		return err
	}
	parts.CallID, parts.LocalSeq, parts.InviteSeq = req.CallID(), req.CSeq(), req.CSeq()
	return d.fill(&parts, resp, true)
}

// FromRequest fills d as the UAS sees it: req is the request that was received, tag
// the To tag of the response, or empty if the request has one. RFC 3261 §12.1.1: the
// route set is the Record-Route of the request in order, the remote target its
// Contact. The errors are those of FromResponse.
func (d *Dialog) FromRequest(req *Msg, tag []byte) Error {
	parts, err := partsOf(req.From(), req.buf, req.To(), req.buf)
	if err != OK {
		return err
	}
	parts.LocalURI, parts.RemoteURI = parts.RemoteURI, parts.LocalURI
	parts.LocalTag, parts.RemoteTag = parts.RemoteTag, parts.LocalTag
	if len(tag) > 0 {
		parts.LocalTag = tag
	}
	parts.CallID, parts.RemoteSeq = req.CallID(), req.CSeq()
	return d.fill(&parts, req, false)
}

// partsOf returns the addresses of a dialog, the From being local.
func partsOf(from *NameAddr, fromBuf []byte, to *NameAddr, toBuf []byte) (d Dialog, err Error) {
	switch {
	case from == nil:
		return d, ErrFrom
	case to == nil:
		return d, ErrTo
	}
	d.LocalURI, d.LocalTag = from.URI.Of(fromBuf), from.Tag.Of(fromBuf)
	d.RemoteURI, d.RemoteTag = to.URI.Of(toBuf), to.Tag.Of(toBuf)
	return d, OK
}

// fill copies the parts, and what m, the peer's message, says of the way there.
func (d *Dialog) fill(parts *Dialog, m *Msg, reversed bool) Error {
	target := m.contactURI()
	if target == nil {
		return ErrContact
	}
	routes, err := m.routeSetLen()
	if err != OK {
		return err
	}
	size := len(parts.CallID) + len(parts.LocalURI) + len(parts.LocalTag) + len(parts.RemoteURI) + len(parts.RemoteTag) + len(target) + routes
	own := slices.Grow(d.own[:0], size)
	keep := dialogMemory{own}
	*d = Dialog{
		CallID:       keep.copy(parts.CallID),
		LocalURI:     keep.copy(parts.LocalURI),
		LocalTag:     keep.copy(parts.LocalTag),
		RemoteURI:    keep.copy(parts.RemoteURI),
		RemoteTag:    keep.copy(parts.RemoteTag),
		RemoteTarget: keep.copy(target),
		Routes:       m.routeSet(keep.space(routes), reversed),
		LocalSeq:     parts.LocalSeq,
		RemoteSeq:    parts.RemoteSeq,
		InviteSeq:    parts.InviteSeq,
		own:          own,
		target:       d.target,
	}
	return OK
}

// dialogMemory hands out its free space, which has to suffice.
type dialogMemory struct{ free []byte }

func (k *dialogMemory) space(n int) []byte {
	s := k.free[:n:n]
	k.free = k.free[n:cap(k.free)]
	return s
}

func (k *dialogMemory) copy(b []byte) []byte { return append(k.space(len(b))[:0], b...) }

// contactURI returns the URI of the first Contact; nil if there is none or it is
// broken.
func (m *Msg) contactURI() []byte {
	var n NameAddr
	var u URI
	it := m.Addrs(HdrContact)
	if !it.Next(&n) || ParseURI(n.URI.Of(m.buf), &u) != OK {
		return nil
	}
	return n.URI.Of(m.buf)
}

const routeSep = ", "

// routeSetLen returns the length of the route set that the Record-Route of m makes.
// It consists of the URIs alone: "preserving all URI parameters".
func (m *Msg) routeSetLen() (n int, err Error) {
	var a NameAddr
	var u URI
	it := m.Addrs(HdrRecordRoute)
	for it.Next(&a) {
		if ParseURI(a.URI.Of(m.buf), &u) != OK {
			return 0, ErrNameAddr
		}
		n += len("<>"+routeSep) + a.URI.Len()
	}
	return max(0, n-len(routeSep)), it.Err()
}

// routeSet writes the route set into dst, which is as long as it.
func (m *Msg) routeSet(dst []byte, reversed bool) []byte {
	var a NameAddr
	at, end := 0, len(dst)
	for it := m.Addrs(HdrRecordRoute); it.Next(&a); {
		n := len("<>") + a.URI.Len()
		p := at
		if reversed {
			p = end - n
		}
		s := append(append(append(dst[p:p:p+n], '<'), a.URI.Of(m.buf)...), '>')
		if after := p + len(s); after < len(dst) {
			copy(dst[after:], routeSep)
		}
		at, end = at+n+len(routeSep), end-n-len(routeSep)
	}
	return dst
}

// Refresh sets the remote target to the Contact of m, a target refresh request
// (INVITE, UPDATE, ...) or a 2xx to one; RFC 3261 §12.2.1.2, §12.2.2. Without a
// Contact it stays, and so does the route set in any case.
func (d *Dialog) Refresh(m *Msg) Error {
	if m.Find(HdrContact, 0) < 0 {
		return OK
	}
	target := m.contactURI()
	if target == nil {
		return ErrContact
	}
	d.target = append(d.target[:0], target...)
	d.RemoteTarget = d.target
	return OK
}

// AppendInDialog appends a request within the dialog: RFC 3261 §12.2.1.1. Of o it
// takes Method, Vias, MaxForwards, Contact, Headers, ContentType and Body; the rest
// is the dialog's. Each request has the next CSeq, an ACK (to a 2xx, §13.2.2.4) that
// of the last INVITE. A CANCEL belongs to a transaction, not here: AppendCancel.
//
// The errors are those of AppendRequest; on one, d is as it was.
func (d *Dialog) AppendInDialog(dst []byte, o *RequestOptions) ([]byte, Error) {
	seq := d.LocalSeq + 1
	method := MethodOf(o.Method)
	switch method {
	case Ack:
		seq = d.InviteSeq
	case Cancel:
		return dst, ErrRequestLine
	}
	r := *o
	r.URI, r.Routes = d.RemoteTarget, d.Routes
	r.From, r.FromTag = d.LocalURI, d.LocalTag
	r.To, r.ToTag = d.RemoteURI, d.RemoteTag
	r.CallID, r.CSeq = d.CallID, seq
	out, err := AppendRequest(dst, &r)
	if err != OK {
		return dst, err
	}
	if method != Ack {
		d.LocalSeq = seq
	}
	if method == Invite {
		d.InviteSeq = seq
	}
	return out, OK
}

package registrar

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

// Bounds of what is kept, as wide as the columns of OpenSIPS's table.
const (
	maxCallID   = 255
	maxPath     = 255
	maxReceived = 255
	maxInstance = 255
	maxAttr     = 255
	maxAgent    = 255

	maxRequestContacts = 64  // of one REGISTER
	maxContacts        = 512 // of one AoR, where no limit is set: an answer has to have room for them
)

// A registration is a REGISTER in hand. What it names is the message's, or the run's, and
// so outlives a wait.
type registration struct {
	m      *Module
	c      *script.Ctx
	x      *proxy.Context
	req    *proxy.Request
	msg    *sipparse.Msg // the request as edited, see read
	flags  *saveFlags
	table  *usrloc.Table
	now    int64 // Unix seconds
	aor    []byte
	edited []byte // text of msg, nil where it is the request itself

	contacts int  // values of Contact, without "*"
	star     bool // Contact: *
	outbound bool // the binding is that of a flow (RFC 5626)
	path     []byte
	longest  int64    // the latest end of a contact that is to be reached by TCP
	forced   *binding // of a reply route, see saveReply
	push     pushRequest
}

// A binding replaces the contacts of the request: the first one's URI with the time that
// another registrar gave it.
type binding struct {
	uri     []byte
	expires uint32
}

// check looks at everything before anything is changed: all or nothing (RFC 3261 §10.3
// step 7). What is to be changed is put into ch, which may be nil to only look.
func (r *registration) check() failure {
	if r.msg == nil {
		r.c.LogError("registrar: the script has made the REGISTER one that cannot be read")
		return badMessage
	}
	if len(r.req.Msg.CallID()) > maxCallID {
		return callIDTooLong
	}
	if f := r.checkRequired(); f != fine {
		return f
	}
	if f := r.checkContacts(); f != fine {
		return f
	}
	return r.readPath()
}

// checkContacts looks whether the Contact headers can be read, "*" is alone and ends
// everything (§10.3 step 6), and nothing is too long.
func (r *registration) checkContacts() failure {
	msg := r.msg
	if _, _, err := msg.Expires(); err != sipparse.OK {
		return badExpires
	}
	it := msg.Contacts()
	for x := (sipparse.Contact{}); it.Next(&x); {
		if x.Star {
			r.star = true
			break
		}
		if f := r.checkContact(&x); f != fine {
			return f
		}
		r.contacts++
	}
	switch {
	case it.Err() != sipparse.OK && r.hasStar():
		return starNotAlone
	case it.Err() != sipparse.OK:
		return badContact
	case r.contacts > maxRequestContacts:
		return tooMany
	case r.star:
		return r.checkStar()
	}
	return fine
}

// hasStar reports whether a value of a broken list is "*".
func (r *registration) hasStar() bool {
	msg := r.msg
	for i := msg.Find(sipparse.HdrContact, 0); i >= 0; i = msg.Find(sipparse.HdrContact, i+1) {
		h := msg.Header(i)
		v := h.Value.Of(msg.Buf())
		for at, c := range v {
			if c == '*' && (at == 0 || v[at-1] == ',' || v[at-1] == ' ') {
				return true
			}
		}
	}
	return false
}

func (r *registration) checkStar() failure {
	if seconds, present, _ := r.msg.Expires(); !present || seconds != 0 {
		return starExpires
	}
	return fine
}

func (r *registration) checkContact(x *sipparse.Contact) failure {
	b := r.msg.Buf()
	uri := x.URI.Of(b)
	received, _ := x.Param(b, r.m.set.received)
	if len(uri) > r.m.set.maxContact || len(received) > maxReceived || len(x.Instance(b)) > maxInstance-2 {
		return contactTooLong
	}
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK || u.Scheme != sipparse.SchemeSIP && u.Scheme != sipparse.SchemeSIPS {
		return badContact // nobody could be called there
	}
	if _, f := r.expiresOf(x); f != fine {
		return f
	}
	return fine
}

// checkRequired refuses what the client insists on and is not known here (RFC 3261
// §10.3 step 2).
func (r *registration) checkRequired() failure {
	msg := r.msg
	it := msg.Tokens(sipparse.HdrRequire)
	f := fine
	for s := (sipparse.Span{}); it.Next(&s); {
		if tag := s.Of(msg.Buf()); !r.m.knows(tag) {
			if f == fine {
				r.append("Unsupported: ")
			} else {
				r.append(", ")
			}
			r.appendBytes(tag)
			f = optionUnsupported
		}
	}
	if f != fine {
		r.append("\r\n")
	}
	return f
}

// knows reports whether an option tag is understood.
func (m *Module) knows(tag []byte) bool {
	switch {
	case sipparse.EqualFoldString(tag, "path"), sipparse.EqualFoldString(tag, "outbound"):
		return true
	case sipparse.EqualFoldString(tag, "gruu"):
		return !m.set.gruuOff
	}
	return false
}

// fill puts what the request asks for into ch.
func (r *registration) fill(ch *usrloc.Change) failure {
	ch.CallID, ch.CSeq = ch.Keep(r.req.Msg.CallID()), int32(r.req.Msg.CSeq())
	ch.DupCSeq = r.m.set.allowDupCSeq
	ch.MemoryOnly, ch.Force = r.flags.memoryOnly, r.flags.force
	ch.MaxContacts = r.m.set.limit(r.flags)
	if ch.Clear = r.star; r.star {
		return fine
	}
	r.setMatching(ch)
	var k usrloc.Contact
	if f := r.common(&k); f != fine {
		return f
	}
	received := k.Received
	it := r.msg.Contacts()
	for x := (sipparse.Contact{}); it.Next(&x); {
		k.Received = received
		if f := r.contact(ch, &x, &k); f != fine {
			return f
		}
		if r.forced != nil {
			break
		}
	}
	return fine
}

// limit is how many contacts an AoR may have.
func (s *settings) limit(f *saveFlags) int {
	n := s.maxContacts
	if f.maxContacts > 0 { // with 0 the parameter's counts, as in OpenSIPS
		n = f.maxContacts
	}
	if n == 0 || n > maxContacts {
		return maxContacts
	}
	return n
}

func (r *registration) setMatching(ch *usrloc.Change) {
	f := r.flags
	switch {
	case f.matchURI:
		ch.Matching = usrloc.MatchContact
	case f.matchCallID:
		ch.Matching = usrloc.MatchContactCall
	case f.matchParam != "":
		ch.Matching, ch.Params = usrloc.MatchParams, append(ch.Params, []byte(f.matchParam))
	case r.push.match:
		ch.Matching, ch.Params = usrloc.MatchParams, r.m.push.params
	}
}

// common fills in what all contacts of the request have in common.
func (r *registration) common(k *usrloc.Contact) failure {
	msg := r.msg
	*k = usrloc.Contact{Path: r.path, UserAgent: notSaid, Methods: usrloc.AllMethods, BranchFlags: r.req.Target.Flags()}
	if i := msg.Find(sipparse.HdrUserAgent, 0); i >= 0 {
		h := msg.Header(i)
		if v := h.Value.Of(msg.Buf()); len(v) > 0 && len(v) < maxAgent {
			k.UserAgent = v
		}
	}
	if methods, known := allowed(msg); known {
		k.Methods = methods
	}
	k.Socket = r.socket()
	if !r.req.From.Conn.IsZero() {
		k.Flow = r.req.From.Conn.AppendTo(r.c.Alloc(32)[:0])
	}
	if r.m.set.attrAVP != noAVP {
		if v, ok := r.c.Text(r.c.AVPs().Get(r.m.set.attrAVP, 0)); ok {
			if len(v) > maxAttr {
				return contactTooLong
			}
			k.Attr = v
		}
	}
	return r.receivedFrom(k)
}

// notSaid is the User-Agent of clients that name none, as OpenSIPS writes it.
var notSaid = []byte("n/a")

// receivedFrom is where the request came from, if the edge proxy or the script says so.
func (r *registration) receivedFrom(k *usrloc.Contact) failure {
	if v := r.pathReceived(); v != nil {
		k.Received, k.BranchFlags = v, k.BranchFlags|r.m.where.NATFlag()
		return fine
	}
	if r.m.set.receivedAVP == noAVP {
		return fine
	}
	v, ok := r.c.Text(r.c.AVPs().Get(r.m.set.receivedAVP, 0))
	switch {
	case !ok || len(v) == 0:
		return fine
	case len(v) > maxReceived:
		return contactTooLong
	}
	k.Received = v
	return fine
}

// contact puts one contact into ch. k has what all have in common.
func (r *registration) contact(ch *usrloc.Change, x *sipparse.Contact, k *usrloc.Contact) failure {
	b := r.msg.Buf()
	seconds, f := r.expiresOf(x)
	if f != fine {
		return f
	}
	k.URI = x.URI.Of(b)
	if k.Q = int16(x.Q); x.Q < 0 {
		k.Q = int16(r.m.set.defaultQ)
	}
	k.Instance, k.RegID = r.instance(x), 0
	if k.Instance != nil && r.msg.HasToken(sipparse.HdrSupported, "outbound") {
		k.RegID = x.RegID(b) // one without an instance does not count (RFC 5626 §6)
	}
	if seconds == 0 {
		ch.Delete(k)
		return fine
	}
	r.outbound = r.outbound || k.RegID != 0
	if k.Received == nil {
		k.Received = receivedParam(x, b, r.m.set.received)
	}
	if k.Received == nil && k.RegID != 0 && r.path == nil {
		k.Received = r.source() // a flow: what is for the contact goes back the way it came
	}
	methods := k.Methods
	if v, ok := x.Param(b, "methods"); ok {
		k.Methods = methodsOf(unquote(v))
	}
	k.Expires = r.now + int64(r.m.set.deviate(seconds))
	k.Flags, k.RefreshAt = 0, 0
	if r.push.on {
		k.Flags = flagPush
		if trigger := uint32(r.m.set.push.trigger); seconds > trigger {
			k.RefreshAt = k.Expires - int64(trigger)
		}
	}
	r.noteLongest(k)
	ch.Upsert(k)
	k.Methods = methods
	return fine
}

// source is the URI of where the request came from.
func (r *registration) source() []byte {
	f := &r.req.From
	b := f.Remote.AppendTo(append(r.c.Alloc(96)[:0], "sip:"...))
	return append(append(b, ";transport="...), f.Proto.Param()...)
}

// instance is the URN within < >, as OpenSIPS keeps it.
func (r *registration) instance(x *sipparse.Contact) []byte {
	urn := x.Instance(r.msg.Buf())
	if len(urn) == 0 {
		return nil
	}
	b := append(r.c.Alloc(len(urn) + 2)[:0], '<')
	return append(append(b, urn...), '>')
}

// receivedParam is where the contact says that it is to be reached, nil for what is no
// SIP URI.
func receivedParam(x *sipparse.Contact, b []byte, name string) []byte {
	v, ok := x.Param(b, name)
	if v = unquote(v); !ok || len(v) == 0 {
		return nil
	}
	var u sipparse.URI
	if sipparse.ParseURI(v, &u) != sipparse.OK {
		return nil
	}
	return v
}

func unquote(b []byte) []byte {
	if n := len(b); n >= 2 && b[0] == '"' && b[n-1] == '"' {
		return b[1 : n-1]
	}
	return b
}

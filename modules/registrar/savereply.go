package registrar

import (
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// ofReply is save() in a reply route: another registrar has answered, and what it has
// accepted is kept here as well. The first contact of the request gets the time that the
// answer gives it; if mcontact_avp says that it was sent under another URI, that one is
// looked for, and in the answer replaced by the client's own.
func (r *registration) ofReply(aor []byte) script.Ret {
	if r.x.Visible() == nil {
		r.c.LogError("registrar: save() in a reply route needs the transaction of the REGISTER")
		return unsent
	}
	quiet := *r.flags
	quiet.noReply = true
	r.flags = &quiet
	if f := r.check(); f != fine || r.contacts == 0 && !r.star {
		return asked(f)
	}
	if !r.star {
		r.adopt()
	}
	if f := r.prepareAgain(aor); f != fine {
		return r.refuse(f)
	}
	return r.carryOut()
}

// asked is the value where nothing is to be kept.
func asked(f failure) script.Ret {
	if f != fine {
		return unsent
	}
	return saved
}

func (r *registration) prepareAgain(aor []byte) failure {
	r.contacts, r.star = 0, false
	return r.prepare(aor)
}

// adopt finds the contact in the answer, and takes its time.
func (r *registration) adopt() {
	own := firstContact(r.msg)
	if own == nil {
		return
	}
	sent, renamed := own, false
	if r.m.set.contactAVP != noAVP {
		if v, ok := r.c.Text(r.c.AVPs().Get(r.m.set.contactAVP, 0)); ok && len(v) > 0 {
			sent, renamed = v, true
		}
	}
	reply := &r.x.Rpl.Msg
	it := reply.Contacts()
	for x := (sipparse.Contact{}); it.Next(&x); {
		if !x.HasExpires || !sipparse.URIEqual(sent, x.URI.Of(reply.Buf())) {
			continue
		}
		r.forced = &binding{uri: own, expires: x.Expires}
		if renamed {
			r.x.Edits.Replace(x.URI, firstContact(&r.req.Msg))
		}
		return
	}
}

// firstContact is the first one's URI, nil without one.
func firstContact(msg *sipparse.Msg) []byte {
	it := msg.Contacts()
	var x sipparse.Contact
	if !it.Next(&x) {
		return nil
	}
	return x.URI.Of(msg.Buf())
}

package registrar

import (
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

// Bounds of an answer: of one Contact line, behind which another begins, and of all lines
// together, so that it fits into a datagram.
const (
	maxContactLine = 4096
	maxContactText = 48 << 10
)

// appendContacts lists the contacts of rec, each with the time that it has left (RFC 3261
// §10.3 step 8). Where there is no room for all, or the flag only-request-contacts says so,
// only those of the request.
func (r *registration) appendContacts(rec usrloc.Record) {
	t := r.m.scratch.On(r.x.Loop())
	from := len(t.text)
	only := r.flags.onlyRequest
	t.text = r.contactLines(t.text, rec, only)
	if !only && len(t.text)-from > maxContactText {
		t.text = r.contactLines(t.text[:from], rec, true)
		if len(t.text)-from > maxContactText {
			t.text = t.text[:from]
		}
	}
}

func (r *registration) contactLines(dst []byte, rec usrloc.Record, only bool) []byte {
	line := 0 // where the line at hand begins
	gruu := !r.m.set.gruuOff && r.supports("gruu")
	var k usrloc.Contact
	for at, ok := rec.Next(0, &k); ok; at, ok = rec.Next(at, &k) {
		if !k.Live(r.now) || only && !r.names(&k) {
			continue
		}
		switch {
		case line == 0:
			line = len(dst) + 1
			dst = append(dst, "Contact: "...)
		case len(dst)-line > maxContactLine:
			line = len(dst) + 1
			dst = append(dst, "\r\nContact: "...)
		default:
			dst = append(dst, ", "...)
		}
		dst = r.appendContact(dst, rec, &k, gruu)
	}
	if line > 0 {
		dst = append(dst, "\r\n"...)
	}
	return dst
}

func (r *registration) appendContact(dst []byte, rec usrloc.Record, k *usrloc.Contact, gruu bool) []byte {
	dst = append(append(append(dst, '<'), k.URI...), '>')
	if k.Q >= 0 {
		dst = appendQ(append(dst, ";q="...), k.Q)
	}
	left := int64(maxSeconds)
	if k.Expires != 0 {
		left = k.Expires - r.now
	}
	dst = sipparse.AppendUint(append(dst, ";expires="...), uint64(left))
	if k.Received != nil {
		dst = append(append(append(dst, ';'), r.m.set.received...), `="`...)
		dst = append(append(dst, k.Received...), '"')
	}
	if k.Instance == nil || !gruu && k.RegID == 0 {
		return dst
	}
	dst = append(append(append(dst, `;+sip.instance="`...), k.Instance...), '"')
	if k.RegID != 0 {
		dst = sipparse.AppendUint(append(dst, ";reg-id="...), uint64(k.RegID))
	}
	if gruu {
		dst = r.appendGRUUs(dst, rec.AoR(), k)
	}
	return dst
}

// names reports whether the request has a contact with that URI.
func (r *registration) names(k *usrloc.Contact) bool {
	it := r.msg.Contacts()
	for x := (sipparse.Contact{}); it.Next(&x); {
		if sipparse.URIEqual(x.URI.Of(r.msg.Buf()), k.URI) {
			return true
		}
	}
	return false
}

// appendQ writes thousandths without zeros at the end.
func appendQ(dst []byte, q int16) []byte {
	dst = sipparse.AppendUint(dst, uint64(q/1000))
	if q %= 1000; q == 0 {
		return dst
	}
	dst = append(dst, '.', byte('0'+q/100), byte('0'+q/10%10), byte('0'+q%10))
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

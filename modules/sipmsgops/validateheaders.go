package sipmsgops

import "github.com/fastsips/fastsips/sipparse"

// goodHeaders reports whether all headers that have a grammar here follow it (flag h).
// Others are not looked at.
func goodHeaders(m *sipparse.Msg) bool {
	for i := range m.NHeaders() {
		h := m.Header(i)
		if m.Find(h.Type, 0) < i && h.Type != sipparse.HdrOther && !mustHaveText(h.Type) {
			continue // with the first one
		}
		if mustHaveText(h.Type) && h.Value.Len() == 0 || !goodHeader(m, h.Type) {
			return false
		}
	}
	return true
}

func mustHaveText(t sipparse.HdrType) bool {
	switch t {
	case sipparse.HdrProxyRequire, sipparse.HdrUnsupported, sipparse.HdrAcceptLanguage, sipparse.HdrOrganization,
		sipparse.HdrPriority, sipparse.HdrSubject, sipparse.HdrUserAgent:
		return true
	}
	return false
}

// goodHeader checks all headers of a type.
func goodHeader(m *sipparse.Msg, t sipparse.HdrType) bool {
	switch t {
	case sipparse.HdrVia:
		it := m.Vias()
		return walks(&it, new(sipparse.Via))
	case sipparse.HdrContact:
		it := m.Contacts()
		return walks(&it, new(sipparse.Contact))
	case sipparse.HdrRoute, sipparse.HdrRecordRoute, sipparse.HdrPath:
		it := m.Addrs(t)
		return walks(&it, new(sipparse.NameAddr))
	case sipparse.HdrDiversion:
		it := m.Diversions()
		return walks(&it, new(sipparse.Diversion))
	case sipparse.HdrAuthorization, sipparse.HdrProxyAuthorization:
		it := m.Credentials(t)
		return walks(&it, new(sipparse.Credentials))
	case sipparse.HdrWWWAuthenticate, sipparse.HdrProxyAuthenticate:
		it := m.Challenges(t)
		return walks(&it, new(sipparse.Challenge))
	case sipparse.HdrSupported, sipparse.HdrAllow:
		it := m.Tokens(t)
		return walks(&it, new(sipparse.Span))
	case sipparse.HdrAccept:
		it := m.MediaRanges()
		return walks(&it, new(sipparse.MediaRange))
	}
	return goodSingle(m, t)
}

// walks reports whether a list has no broken value.
func walks[T any](it interface {
	Next(*T) bool
	Err() sipparse.Error
}, v *T) bool {
	for it.Next(v) {
	}
	return it.Err() == sipparse.OK
}

// goodSingle is goodHeader for what may be there once only.
func goodSingle(m *sipparse.Msg, t sipparse.HdrType) bool {
	err := sipparse.OK
	switch t {
	case sipparse.HdrFrom:
		return m.From() != nil
	case sipparse.HdrTo:
		return m.To() != nil
	case sipparse.HdrContentType:
		var ct sipparse.ContentType
		_, err = m.ContentType(&ct)
		if string(ct.Type.Of(m.Buf())) == "*" || string(ct.Subtype.Of(m.Buf())) == "*" {
			return false
		}
	case sipparse.HdrContentDisposition:
		_, err = m.ContentDisposition(new(sipparse.Disposition))
	case sipparse.HdrReferTo, sipparse.HdrRemotePartyID:
		_, err = m.Address(t, new(sipparse.NameAddr))
	case sipparse.HdrPAssertedIdentity, sipparse.HdrPPreferredIdentity:
		return goodIdentities(m, t)
	case sipparse.HdrMaxForwards:
		_, _, err = m.MaxForwards()
	case sipparse.HdrPrivacy:
		_, _, err = m.Privacy()
	case sipparse.HdrExpires, sipparse.HdrMinSE, sipparse.HdrMinExpires:
		_, _, err = m.Number(t, 1<<32-1)
	case sipparse.HdrEvent:
		_, err = m.Event(new(sipparse.Event))
	case sipparse.HdrSessionExpires:
		_, err = m.SessionExpires(new(sipparse.SessionExpires))
	case sipparse.HdrRetryAfter:
		_, err = m.RetryAfter(new(sipparse.RetryAfter))
	}
	return err == sipparse.OK
}

// goodIdentities: one or two values, of two one sip and one tel (RFC 3325 §9.1).
func goodIdentities(m *sipparse.Msg, t sipparse.HdrType) bool {
	var sip, tel, n sipparse.NameAddr
	if m.Identities(t, &sip, &tel) != sipparse.OK {
		return false
	}
	total := 0
	it := m.Addrs(t)
	for it.Next(&n) {
		total++
	}
	known := 0
	if !sip.Whole.IsZero() {
		known++
	}
	if !tel.Whole.IsZero() {
		known++
	}
	return total == known && known > 0
}

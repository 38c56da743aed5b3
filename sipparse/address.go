package sipparse

// Address stores the address in the header of type t in *n, spans into m.Buf():
// Refer-To, Referred-By, Reply-To, P-Called-Party-ID ... Of a header that may list
// several, such as P-Asserted-Identity, Contact or Route, it is the first.
//
// err is ErrNameAddr if it is broken, or if there are several where one may be; two
// Refer-To, say, are to be answered 400 (RFC 3515 §2.4.2).
func (m *Msg) Address(t HdrType, n *NameAddr) (present bool, err Error) {
	it := m.Addrs(t)
	if !it.Next(n) {
		*n = NameAddr{}
		return it.err != OK, it.err
	}
	if !listsAddresses(t) && (it.more || m.Find(t, it.at+1) >= 0) {
		return true, ErrNameAddr
	}
	return true, OK
}

// listsAddresses reports whether a header of type t may have several addresses.
// What is not known here may not: an application that expects one is not misled.
func listsAddresses(t HdrType) bool {
	switch t {
	case HdrContact, HdrRoute, HdrRecordRoute, HdrPath, HdrServiceRoute, HdrPAssertedIdentity,
		HdrPPreferredIdentity, HdrPAssociatedURI, HdrRemotePartyID, HdrDiversion, HdrHistoryInfo,
		HdrAlertInfo, HdrCallInfo, HdrErrorInfo, HdrGeolocation, HdrPermissionMissing, HdrPolicyContact,
		HdrPRefusedURIList, HdrTriggerConsent:
		return true
	}
	return false
}

// Identities stores the first sip or sips address and the first tel address of
// P-Asserted-Identity or P-Preferred-Identity, t, in *sip and *tel. RFC 3325 §9.1
// allows one of each; more of them do not count. One that is absent has a zero
// Whole. An address of another scheme is passed over. err is ErrNameAddr if a value
// is broken, and both are zero then.
func (m *Msg) Identities(t HdrType, sip, tel *NameAddr) Error {
	*sip, *tel = NameAddr{}, NameAddr{}
	it := m.Addrs(t)
	for n := (NameAddr{}); it.Next(&n); {
		uri := n.URI.Of(m.buf)
		switch schemeOf(uri[:schemeLen(uri)]) {
		case SchemeSIP, SchemeSIPS:
			keepFirst(sip, &n)
		case SchemeTel:
			keepFirst(tel, &n)
		}
	}
	if it.err != OK {
		*sip, *tel = NameAddr{}, NameAddr{}
	}
	return it.err
}

func keepFirst(dst, n *NameAddr) {
	if dst.Whole.IsZero() {
		*dst = *n
	}
}

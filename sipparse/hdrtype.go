package sipparse

import "encoding/binary"

// A HdrType is a header field that this program knows by name, in its long or
// its compact form. All others are HdrOther.
type HdrType uint8

// The known header fields.
const (
	HdrOther HdrType = iota
	HdrVia
	HdrFrom
	HdrTo
	HdrCallID
	HdrCSeq
	HdrMaxForwards
	HdrRoute
	HdrRecordRoute
	HdrContact
	HdrContentLength
	HdrContentType
	HdrContentEncoding
	HdrContentDisposition
	HdrExpires
	HdrMinExpires
	HdrSupported
	HdrRequire
	HdrProxyRequire
	HdrUnsupported
	HdrAllow
	HdrAllowEvents
	HdrUserAgent
	HdrServer
	HdrSubject
	HdrEvent
	HdrSubscriptionState
	HdrReferTo
	HdrReferredBy
	HdrReplaces
	HdrSessionExpires
	HdrMinSE
	HdrAuthorization
	HdrProxyAuthorization
	HdrWWWAuthenticate
	HdrProxyAuthenticate
	HdrAuthenticationInfo
	HdrAccept
	HdrAcceptEncoding
	HdrAcceptLanguage
	HdrAcceptContact
	HdrRejectContact
	HdrRequestDisposition
	HdrIdentity
	HdrPath
	HdrServiceRoute
	HdrPAssertedIdentity
	HdrPPreferredIdentity
	HdrRemotePartyID
	HdrDiversion
	HdrHistoryInfo
	HdrPrivacy
	HdrReason
	HdrRetryAfter
	HdrTimestamp
	HdrDate
	HdrWarning
	HdrRSeq
	HdrRAck
	HdrMaxBreadth
	HdrSIPETag
	HdrSIPIfMatch
	HdrOrganization
	HdrPriority
	numHdrTypes // at most 64: a message keeps a bit for each
)

var hdrNames = [numHdrTypes]struct {
	long    string
	compact byte // 0 if none; the IANA registry of SIP header fields
}{
	HdrVia:                {"Via", 'v'},
	HdrFrom:               {"From", 'f'},
	HdrTo:                 {"To", 't'},
	HdrCallID:             {"Call-ID", 'i'},
	HdrCSeq:               {"CSeq", 0},
	HdrMaxForwards:        {"Max-Forwards", 0},
	HdrRoute:              {"Route", 0},
	HdrRecordRoute:        {"Record-Route", 0},
	HdrContact:            {"Contact", 'm'},
	HdrContentLength:      {"Content-Length", 'l'},
	HdrContentType:        {"Content-Type", 'c'},
	HdrContentEncoding:    {"Content-Encoding", 'e'},
	HdrContentDisposition: {"Content-Disposition", 0},
	HdrExpires:            {"Expires", 0},
	HdrMinExpires:         {"Min-Expires", 0},
	HdrSupported:          {"Supported", 'k'},
	HdrRequire:            {"Require", 0},
	HdrProxyRequire:       {"Proxy-Require", 0},
	HdrUnsupported:        {"Unsupported", 0},
	HdrAllow:              {"Allow", 0},
	HdrAllowEvents:        {"Allow-Events", 'u'},
	HdrUserAgent:          {"User-Agent", 0},
	HdrServer:             {"Server", 0},
	HdrSubject:            {"Subject", 's'},
	HdrEvent:              {"Event", 'o'},
	HdrSubscriptionState:  {"Subscription-State", 0},
	HdrReferTo:            {"Refer-To", 'r'},
	HdrReferredBy:         {"Referred-By", 'b'},
	HdrReplaces:           {"Replaces", 0},
	HdrSessionExpires:     {"Session-Expires", 'x'},
	HdrMinSE:              {"Min-SE", 0},
	HdrAuthorization:      {"Authorization", 0},
	HdrProxyAuthorization: {"Proxy-Authorization", 0},
	HdrWWWAuthenticate:    {"WWW-Authenticate", 0},
	HdrProxyAuthenticate:  {"Proxy-Authenticate", 0},
	HdrAuthenticationInfo: {"Authentication-Info", 0},
	HdrAccept:             {"Accept", 0},
	HdrAcceptEncoding:     {"Accept-Encoding", 0},
	HdrAcceptLanguage:     {"Accept-Language", 0},
	HdrAcceptContact:      {"Accept-Contact", 'a'},
	HdrRejectContact:      {"Reject-Contact", 'j'},
	HdrRequestDisposition: {"Request-Disposition", 'd'},
	HdrIdentity:           {"Identity", 'y'},
	HdrPath:               {"Path", 0},
	HdrServiceRoute:       {"Service-Route", 0},
	HdrPAssertedIdentity:  {"P-Asserted-Identity", 0},
	HdrPPreferredIdentity: {"P-Preferred-Identity", 0},
	HdrRemotePartyID:      {"Remote-Party-ID", 0},
	HdrDiversion:          {"Diversion", 0},
	HdrHistoryInfo:        {"History-Info", 0},
	HdrPrivacy:            {"Privacy", 0},
	HdrReason:             {"Reason", 0},
	HdrRetryAfter:         {"Retry-After", 0},
	HdrTimestamp:          {"Timestamp", 0},
	HdrDate:               {"Date", 0},
	HdrWarning:            {"Warning", 0},
	HdrRSeq:               {"RSeq", 0},
	HdrRAck:               {"RAck", 0},
	HdrMaxBreadth:         {"Max-Breadth", 0},
	HdrSIPETag:            {"SIP-ETag", 0},
	HdrSIPIfMatch:         {"SIP-If-Match", 0},
	HdrOrganization:       {"Organization", 0},
	HdrPriority:           {"Priority", 0},
}

// String returns the long form as RFC 3261 writes it; "" for HdrOther.
func (t HdrType) String() string { return hdrNames[t].long }

// Compact returns the compact form's letter, 0 if there is none.
func (t HdrType) Compact() byte { return hdrNames[t].compact }

func (t HdrType) bit() uint64 { return 1 << t }

// HdrTypeOf returns the type of the header of that name, long or compact, in any case.
func HdrTypeOf(name []byte) HdrType {
	k, ok := keyOf(name)
	if !ok {
		return HdrOther
	}
	return k.lookup()
}

const maxHdrName = 24 // of the names known here

// A hdrKey is a name of up to 24 bytes in lower case, zero padded. Comparing
// three words is all it takes to recognise a header.
type hdrKey struct{ a, b, c uint64 }

func keyOf(name []byte) (k hdrKey, ok bool) {
	var text [maxHdrName]byte
	if len(name) == 0 || len(name) > len(text) || name[len(name)-1] == 0 {
		return k, false // a NUL at the end would pass for padding
	}
	copy(text[:], name)
	k.a = foldWord(binary.LittleEndian.Uint64(text[:]))
	k.b = foldWord(binary.LittleEndian.Uint64(text[8:]))
	k.c = foldWord(binary.LittleEndian.Uint64(text[16:]))
	return k, true
}

// foldWord puts eight letters into lower case. It moves bytes that are no
// letters too, but none onto a letter, a digit or "-", of which names consist.
func foldWord(w uint64) uint64 { return w | w&(0x40*ones)>>1 }

const (
	hdrSlots = 512
	hdrMul   = 0xeaf5c033a5cd95e7 // chosen so that no two names share a slot
)

// hdrTable finds a type by its key. It is written once, here.
var hdrTable = func() (table [hdrSlots]struct {
	key hdrKey
	typ HdrType
}) {
	add := func(name string, t HdrType) {
		k, ok := keyOf([]byte(name))
		e := &table[k.slot()]
		if !ok || e.typ != HdrOther {
			panic("BUG: header name too long, or in the slot of another: " + name)
		}
		e.key, e.typ = k, t
	}
	for t := HdrOther + 1; t < numHdrTypes; t++ {
		add(t.String(), t)
		if c := t.Compact(); c != 0 {
			add(string(c), t)
		}
	}
	return table
}()

func (k hdrKey) slot() uint64 {
	return ((k.a ^ k.b>>3 ^ k.c<<5) * hdrMul) >> (64 - 9)
}

func (k hdrKey) lookup() HdrType {
	if e := &hdrTable[k.slot()]; e.key == k {
		return e.typ
	}
	return HdrOther
}

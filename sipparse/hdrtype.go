package sipparse

// A HdrType is a header field that this program knows by name, in its long or
// its compact form: all of the IANA registry of SIP header fields, and two that
// are in use without being there (Diversion, Remote-Party-ID). All others are HdrOther.
type HdrType uint8

// The header fields that a proxy or a script often looks at: of these a message
// remembers whether and where it has them.
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
)

// The others of the registry are found by looking through the message.
const (
	HdrAcceptResourcePriority HdrType = iota + numIndexed
	HdrAdditionalIdentity
	HdrAlertInfo
	HdrAlertMsgError
	HdrAnswerMode
	HdrAttestationInfo
	HdrCallInfo
	HdrCellularNetworkInfo
	HdrContentID
	HdrContentLanguage
	HdrDCInfo
	HdrEncryption
	HdrErrorInfo
	HdrFeatureCaps
	HdrFlowTimer
	HdrGeolocation
	HdrGeolocationError
	HdrGeolocationRouting
	HdrHide
	HdrIdentityInfo
	HdrInfoPackage
	HdrInReplyTo
	HdrJoin
	HdrMIMEVersion
	HdrOriginationID
	HdrPAccessNetworkInfo
	HdrPAnswerState
	HdrPAssertedService
	HdrPAssociatedURI
	HdrPCalledPartyID
	HdrPChargeInfo
	HdrPChargingFunctionAddresses
	HdrPChargingVector
	HdrPDCSBillingInfo
	HdrPDCSLAES
	HdrPDCSOSPS
	HdrPDCSRedirect
	HdrPDCSTracePartyID
	HdrPEarlyMedia
	HdrPMediaAuthorization
	HdrPPreferredService
	HdrPPrivateNetworkIndication
	HdrPProfileKey
	HdrPRefusedURIList
	HdrPServedUser
	HdrPUserDatabase
	HdrPVisitedNetworkID
	HdrPermissionMissing
	HdrPolicyContact
	HdrPolicyID
	HdrPriorityShare
	HdrPriorityVerstat
	HdrPrivAnswerMode
	HdrReasonPhrase
	HdrRecvInfo
	HdrReferEventsAt
	HdrReferSub
	HdrRelayedCharge
	HdrReplyTo
	HdrResourcePriority
	HdrResourceShare
	HdrResponseKey
	HdrResponseSource
	HdrRestorationInfo
	HdrSecurityClient
	HdrSecurityServer
	HdrSecurityVerify
	HdrServiceInteractInfo
	HdrSessionID
	HdrSuppressIfMatch
	HdrTargetDialog
	HdrTriggerConsent
	HdrUserToUser
	numHdrTypes
)

const numIndexed = 64 // of the types above; a message keeps a bit for each

var hdrNames = [numHdrTypes]struct {
	long    string
	compact byte // 0 if none
}{
	HdrVia:                        {"Via", 'v'},
	HdrFrom:                       {"From", 'f'},
	HdrTo:                         {"To", 't'},
	HdrCallID:                     {"Call-ID", 'i'},
	HdrCSeq:                       {"CSeq", 0},
	HdrMaxForwards:                {"Max-Forwards", 0},
	HdrRoute:                      {"Route", 0},
	HdrRecordRoute:                {"Record-Route", 0},
	HdrContact:                    {"Contact", 'm'},
	HdrContentLength:              {"Content-Length", 'l'},
	HdrContentType:                {"Content-Type", 'c'},
	HdrContentEncoding:            {"Content-Encoding", 'e'},
	HdrContentDisposition:         {"Content-Disposition", 0},
	HdrExpires:                    {"Expires", 0},
	HdrMinExpires:                 {"Min-Expires", 0},
	HdrSupported:                  {"Supported", 'k'},
	HdrRequire:                    {"Require", 0},
	HdrProxyRequire:               {"Proxy-Require", 0},
	HdrUnsupported:                {"Unsupported", 0},
	HdrAllow:                      {"Allow", 0},
	HdrAllowEvents:                {"Allow-Events", 'u'},
	HdrUserAgent:                  {"User-Agent", 0},
	HdrServer:                     {"Server", 0},
	HdrSubject:                    {"Subject", 's'},
	HdrEvent:                      {"Event", 'o'},
	HdrSubscriptionState:          {"Subscription-State", 0},
	HdrReferTo:                    {"Refer-To", 'r'},
	HdrReferredBy:                 {"Referred-By", 'b'},
	HdrReplaces:                   {"Replaces", 0},
	HdrSessionExpires:             {"Session-Expires", 'x'},
	HdrMinSE:                      {"Min-SE", 0},
	HdrAuthorization:              {"Authorization", 0},
	HdrProxyAuthorization:         {"Proxy-Authorization", 0},
	HdrWWWAuthenticate:            {"WWW-Authenticate", 0},
	HdrProxyAuthenticate:          {"Proxy-Authenticate", 0},
	HdrAuthenticationInfo:         {"Authentication-Info", 0},
	HdrAccept:                     {"Accept", 0},
	HdrAcceptEncoding:             {"Accept-Encoding", 0},
	HdrAcceptLanguage:             {"Accept-Language", 0},
	HdrAcceptContact:              {"Accept-Contact", 'a'},
	HdrRejectContact:              {"Reject-Contact", 'j'},
	HdrRequestDisposition:         {"Request-Disposition", 'd'},
	HdrIdentity:                   {"Identity", 'y'},
	HdrPath:                       {"Path", 0},
	HdrServiceRoute:               {"Service-Route", 0},
	HdrPAssertedIdentity:          {"P-Asserted-Identity", 0},
	HdrPPreferredIdentity:         {"P-Preferred-Identity", 0},
	HdrRemotePartyID:              {"Remote-Party-ID", 0},
	HdrDiversion:                  {"Diversion", 0},
	HdrHistoryInfo:                {"History-Info", 0},
	HdrPrivacy:                    {"Privacy", 0},
	HdrReason:                     {"Reason", 0},
	HdrRetryAfter:                 {"Retry-After", 0},
	HdrTimestamp:                  {"Timestamp", 0},
	HdrDate:                       {"Date", 0},
	HdrWarning:                    {"Warning", 0},
	HdrRSeq:                       {"RSeq", 0},
	HdrRAck:                       {"RAck", 0},
	HdrMaxBreadth:                 {"Max-Breadth", 0},
	HdrSIPETag:                    {"SIP-ETag", 0},
	HdrSIPIfMatch:                 {"SIP-If-Match", 0},
	HdrOrganization:               {"Organization", 0},
	HdrPriority:                   {"Priority", 0},
	HdrAcceptResourcePriority:     {"Accept-Resource-Priority", 0},
	HdrAdditionalIdentity:         {"Additional-Identity", 0},
	HdrAlertInfo:                  {"Alert-Info", 0},
	HdrAlertMsgError:              {"AlertMsg-Error", 0},
	HdrAnswerMode:                 {"Answer-Mode", 0},
	HdrAttestationInfo:            {"Attestation-Info", 0},
	HdrCallInfo:                   {"Call-Info", 0},
	HdrCellularNetworkInfo:        {"Cellular-Network-Info", 0},
	HdrContentID:                  {"Content-ID", 0},
	HdrContentLanguage:            {"Content-Language", 0},
	HdrDCInfo:                     {"DC-Info", 0},
	HdrEncryption:                 {"Encryption", 0},
	HdrErrorInfo:                  {"Error-Info", 0},
	HdrFeatureCaps:                {"Feature-Caps", 0},
	HdrFlowTimer:                  {"Flow-Timer", 0},
	HdrGeolocation:                {"Geolocation", 0},
	HdrGeolocationError:           {"Geolocation-Error", 0},
	HdrGeolocationRouting:         {"Geolocation-Routing", 0},
	HdrHide:                       {"Hide", 0},
	HdrIdentityInfo:               {"Identity-Info", 'n'},
	HdrInfoPackage:                {"Info-Package", 0},
	HdrInReplyTo:                  {"In-Reply-To", 0},
	HdrJoin:                       {"Join", 0},
	HdrMIMEVersion:                {"MIME-Version", 0},
	HdrOriginationID:              {"Origination-Id", 0},
	HdrPAccessNetworkInfo:         {"P-Access-Network-Info", 0},
	HdrPAnswerState:               {"P-Answer-State", 0},
	HdrPAssertedService:           {"P-Asserted-Service", 0},
	HdrPAssociatedURI:             {"P-Associated-URI", 0},
	HdrPCalledPartyID:             {"P-Called-Party-ID", 0},
	HdrPChargeInfo:                {"P-Charge-Info", 0},
	HdrPChargingFunctionAddresses: {"P-Charging-Function-Addresses", 0},
	HdrPChargingVector:            {"P-Charging-Vector", 0},
	HdrPDCSBillingInfo:            {"P-DCS-Billing-Info", 0},
	HdrPDCSLAES:                   {"P-DCS-LAES", 0},
	HdrPDCSOSPS:                   {"P-DCS-OSPS", 0},
	HdrPDCSRedirect:               {"P-DCS-Redirect", 0},
	HdrPDCSTracePartyID:           {"P-DCS-Trace-Party-ID", 0},
	HdrPEarlyMedia:                {"P-Early-Media", 0},
	HdrPMediaAuthorization:        {"P-Media-Authorization", 0},
	HdrPPreferredService:          {"P-Preferred-Service", 0},
	HdrPPrivateNetworkIndication:  {"P-Private-Network-Indication", 0},
	HdrPProfileKey:                {"P-Profile-Key", 0},
	HdrPRefusedURIList:            {"P-Refused-URI-List", 0},
	HdrPServedUser:                {"P-Served-User", 0},
	HdrPUserDatabase:              {"P-User-Database", 0},
	HdrPVisitedNetworkID:          {"P-Visited-Network-ID", 0},
	HdrPermissionMissing:          {"Permission-Missing", 0},
	HdrPolicyContact:              {"Policy-Contact", 0},
	HdrPolicyID:                   {"Policy-ID", 0},
	HdrPriorityShare:              {"Priority-Share", 0},
	HdrPriorityVerstat:            {"Priority-Verstat", 0},
	HdrPrivAnswerMode:             {"Priv-Answer-Mode", 0},
	HdrReasonPhrase:               {"Reason-Phrase", 0},
	HdrRecvInfo:                   {"Recv-Info", 0},
	HdrReferEventsAt:              {"Refer-Events-At", 0},
	HdrReferSub:                   {"Refer-Sub", 0},
	HdrRelayedCharge:              {"Relayed-Charge", 0},
	HdrReplyTo:                    {"Reply-To", 0},
	HdrResourcePriority:           {"Resource-Priority", 0},
	HdrResourceShare:              {"Resource-Share", 0},
	HdrResponseKey:                {"Response-Key", 0},
	HdrResponseSource:             {"Response-Source", 0},
	HdrRestorationInfo:            {"Restoration-Info", 0},
	HdrSecurityClient:             {"Security-Client", 0},
	HdrSecurityServer:             {"Security-Server", 0},
	HdrSecurityVerify:             {"Security-Verify", 0},
	HdrServiceInteractInfo:        {"Service-Interact-Info", 0},
	HdrSessionID:                  {"Session-ID", 0},
	HdrSuppressIfMatch:            {"Suppress-If-Match", 0},
	HdrTargetDialog:               {"Target-Dialog", 0},
	HdrTriggerConsent:             {"Trigger-Consent", 0},
	HdrUserToUser:                 {"User-to-User", 0},
}

// String returns the long form as its RFC writes it; "" for HdrOther.
func (t HdrType) String() string { return hdrNames[t].long }

// Compact returns the compact form's letter, 0 if there is none.
func (t HdrType) Compact() byte { return hdrNames[t].compact }

// index returns where a message keeps its bit and its first header of type t:
// those that are not indexed share the place of HdrOther.
func (t HdrType) index() HdrType {
	if t < numIndexed {
		return t
	}
	return HdrOther
}

// indexed reports whether that place is t's alone.
func (t HdrType) indexed() bool { return HdrOther < t && t < numIndexed }

func (t HdrType) bit() uint64 { return 1 << t.index() }

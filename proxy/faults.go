package proxy

import "github.com/fastsips/fastsips/script"

// What error_route is told, in OpenSIPS's words, of parts of a message that are only looked
// at when they are asked for. Who finds one broken gives it to Ctx.Fail; what is not there
// is no fault. A request whose first line or main headers are broken never gets so far.
var (
	BadFromURI     = badPart("From uri", "From uri")
	BadToURI       = badPart("To uri", "To uri")
	BadPPIURI      = badPart("P-P-I URI", "P-Preferred-Identity uri")
	BadRoute       = badPart("RR headers", "headers")
	BadContact     = badPart("CONTACT headers", "headers")
	BadPAI         = badPart("PAI header", "header")
	BadPPI         = badPart("PPI header", "header")
	BadRPID        = badPart("RPID header", "header")
	BadReferTo     = badPart("REFER-TO header", "headers")
	BadDiversion   = badPart("DIVERSION header", "header")
	BadPrivacy     = badPart("privacy header", "headers")
	BadContentType = badPart("CT-TYPE header", "headers")
)

func badPart(what, reply string) script.Fault {
	return script.ParseFault("error parsing "+what, 400, "bad "+reply)
}

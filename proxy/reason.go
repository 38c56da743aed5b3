package proxy

import "github.com/fastsips/fastsips/sipparse"

// Reason phrases of responses made here, where OpenSIPS has its own.
var reasons = map[int][]byte{
	473: []byte("Filtered Destination"),
	475: []byte("Bad URI"),
	476: []byte("Unresolvable destination"),
	477: []byte("Send failed"),
}

func reasonOf(status int) []byte {
	if r := reasons[status]; r != nil {
		return r
	}
	return []byte(sipparse.ReasonPhrase(status))
}

// appendReason appends the Reason header field for status (RFC 3326 §2).
func appendReason(dst []byte, status int) []byte {
	dst = append(dst, "Reason: SIP;cause="...)
	dst = sipparse.AppendUint(dst, uint64(status))
	dst = append(dst, ";text=\""...)
	dst = append(dst, reasonOf(status)...)
	return append(dst, "\"\r\n"...)
}

// Reason header fields of the CANCELs made here, as OpenSIPS words them.
var (
	reasonCancelled = []byte("Reason: SIP;cause=487;text=\"ORIGINATOR_CANCEL\"\r\n")
	reasonElsewhere = []byte("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n")
	reasonNoAnswer  = []byte("Reason: SIP;cause=480;text=\"NO_ANSWER\"\r\n")
)

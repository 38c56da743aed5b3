package sipparse

// AppendCancel appends the CANCEL for m, a request as it was sent. RFC 3261 §9.1:
// Request-URI, Call-ID, To, the number of CSeq and From are those of m, Route too;
// its top Via alone. ReasonHdr is empty, or complete header lines such as a Reason
// (RFC 3326).
func (m *Msg) AppendCancel(dst, reasonHdr []byte) []byte {
	dst = m.appendHopRequest(dst, "CANCEL")
	dst = m.appendLine(dst, HdrTo)
	dst = append(dst, reasonHdr...)
	dst = appendContentLength(dst, 0)
	return append(dst, crlf...)
}

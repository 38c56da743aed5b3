package sipparse

// AppendAck appends the ACK for resp, a 300 to 699 response to m, the INVITE as it
// was sent. RFC 3261 §17.1.1.3: Request-URI, From, Call-ID, Route and CSeq number
// of the INVITE, its top Via alone, and the To of the response. Headers is empty, or more
// header lines.
func (m *Msg) AppendAck(dst []byte, resp *Msg, headers []byte) []byte {
	dst = m.appendHopRequest(dst, "ACK")
	if resp.firstField(HdrTo) != nil {
		dst = resp.appendLine(dst, HdrTo)
	} else {
		dst = m.appendLine(dst, HdrTo)
	}
	dst = append(dst, headers...)
	dst = appendContentLength(dst, 0)
	return append(dst, crlf...)
}

// appendHopRequest appends what ACK and CANCEL have in common: all but To.
func (m *Msg) appendHopRequest(dst []byte, method string) []byte {
	dst = append(dst, method...)
	dst = append(dst, ' ')
	dst = append(dst, m.RequestURI()...)
	dst = append(dst, " SIP/2.0\r\n"...)
	if v := m.TopVia(); v != nil {
		dst = append(dst, "Via: "...)
		dst = append(dst, v.Whole.Of(m.buf)...)
		dst = append(dst, crlf...)
	}
	dst = append(dst, "Max-Forwards: 70\r\n"...)
	dst = m.appendLines(dst, HdrRoute)
	dst = m.appendLine(dst, HdrFrom)
	dst = m.appendLine(dst, HdrCallID)
	dst = append(dst, "CSeq: "...)
	dst = AppendUint(dst, uint64(m.cseq))
	dst = append(dst, ' ')
	dst = append(dst, method...)
	return append(dst, crlf...)
}

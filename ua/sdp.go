package ua

import (
	"fmt"
	"net"

	"github.com/emiago/sipgo/sip"
)

// sdp is an offer or answer of one PCMU stream to the discard port: the agent
// neither sends nor takes media (RFC 4566, RFC 3264 §5).
func (a *agent) sdp() []byte {
	host, _, _ := net.SplitHostPort(a.local.String())
	family := "IP4"
	if net.ParseIP(host).To4() == nil {
		family = "IP6"
	}
	return fmt.Appendf(nil, "v=0\r\no=fastsips 1 1 IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n"+
		"m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=inactive\r\n", family, host, family, host)
}

// setSDP puts an offer into r.
func (a *agent) setSDP(r *sip.Request) {
	r.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	r.SetBody(a.sdp())
}

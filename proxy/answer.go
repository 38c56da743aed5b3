package proxy

import "github.com/fastsips/fastsips/sipparse"

// Answer answers the request in hand with the transaction, if the script has made one, and
// without otherwise; an ACK is never answered. False: a final response has been sent.
func (x *Context) Answer(code int, reason []byte) bool {
	if x.Visible() == nil || x.Req.Msg.Method() == sipparse.Ack {
		return x.StatelessReply(code, reason)
	}
	return x.Reply(code, reason)
}

package proxy

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// AddHeaders adds header lines to every request that the transaction in hand, or the one
// that will be made of the request, sends: branches, ACKs, CANCELs (t_add_hdrs). They
// take the place of those of an earlier call. False: these are no complete lines.
func (x *Context) AddHeaders(lines []byte) bool {
	if !sipparse.IsHeaderLines(lines) {
		return false
	}
	own := append([]byte(nil), lines...)
	if x.Tx != nil {
		x.Tx.headers = own
	} else {
		x.Req.moreHeaders = own
	}
	return true
}

// SetCancelReason gives the CANCELs that will be made of the one in hand this Reason
// header line (t_add_cancel_reason).
func (x *Context) SetCancelReason(line []byte) bool {
	if x.Req.Msg.Method() != sipparse.Cancel || !sipparse.IsHeaderLines(line) {
		return false
	}
	x.Req.cancelReason = append([]byte(nil), line...)
	return true
}

// wantsNoCancel reports whether the caller asked that a 2xx should leave the other
// branches alone: Request-Disposition: no-cancel (RFC 3841 §9.1).
func (r *Request) wantsNoCancel() bool {
	m := &r.Msg
	for i := m.Find(sipparse.HdrRequestDisposition, 0); i >= 0; i = m.Find(sipparse.HdrRequestDisposition, i+1) {
		for list := m.Header(i).Value.Of(m.Buf()); len(list) > 0; {
			var word []byte
			word, list, _ = bytes.Cut(list, []byte{','})
			if sipparse.EqualFoldString(bytes.TrimSpace(word), "no-cancel") {
				return true
			}
		}
	}
	return false
}

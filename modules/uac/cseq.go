package uac

import (
	"strconv"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A request that is sent again in another way has another CSeq (RFC 3261 §22.2), and so
// the callee counts from another number than the caller. By how much they differ is in a
// parameter of Record-Route, which OpenSIPS calls aci, too: so that ACK, PRACK and all
// later requests from the caller follow.

const (
	cseqParam = "aci"
	maxCSeq   = 1<<31 - 1 // RFC 3261 §8.1.1.5
)

// incCSeq is uac_inc_cseq.
func incCSeq(c *script.Ctx, n int32) script.Ret { return yes(raiseCSeq(proxy.From(c), n)) }

// raiseCSeq adds n to the CSeq number of the request in hand, as it would leave now.
func raiseCSeq(x *proxy.Context, n int32) bool {
	m := &x.Req.Msg
	s := proxy.CSeqNumber(m)
	was, now := number(s.Of(m.Buf())), number(s.Of(m.Buf()))
	if text, ok := x.Edits.PutText(s); ok {
		now = number(text)
	}
	now += int64(n)
	if n < 1 || now > maxCSeq || s.Len() == 0 || m.Method() == sipparse.Cancel || !x.Room(10) {
		return false
	}
	if len(m.ToTag()) == 0 && !x.SetRRParam(cseqParam, strconv.AppendInt(nil, now-was, 10)) {
		return false
	}
	setCSeq(x, s, now)
	return true
}

func setCSeq(x *proxy.Context, s sipparse.Span, n int64) {
	x.Edits.Put(s, strconv.AppendInt(nil, n, 10))
	x.Rewrote(proxy.RewroteCSeq)
}

// followCSeq raises the CSeq number of a request from the caller of a dialog by as much as
// that of its first request, and the one that a PRACK names (RFC 3262 §7.2).
func followCSeq(x *proxy.Context) {
	param, ok := x.Req.RouteParam(cseqParam)
	by := number(param)
	if !ok || by < 1 || x.Req.Upstream() {
		return
	}
	m := &x.Req.Msg
	if s := proxy.CSeqNumber(m); s.Len() > 0 && number(s.Of(m.Buf()))+by <= maxCSeq {
		setCSeq(x, s, number(s.Of(m.Buf()))+by)
	}
	if s := rackCSeq(m); s.Len() > 0 && number(s.Of(m.Buf()))+by <= maxCSeq {
		x.Edits.Put(s, strconv.AppendInt(nil, number(s.Of(m.Buf()))+by, 10))
	}
}

// rackCSeq is where a PRACK names the CSeq number of its INVITE: RAck: 776656 1 INVITE.
func rackCSeq(m *sipparse.Msg) (s sipparse.Span) {
	var r sipparse.RAck
	if present, err := m.RAck(&r); !present || err != sipparse.OK {
		return s
	}
	b := m.Buf()
	i := r.Whole.Off
	for isDigit(b[i]) {
		i++
	}
	for !isDigit(b[i]) {
		i++
	}
	s = sipparse.Span{Off: i, End: i}
	for isDigit(b[s.End]) {
		s.End++
	}
	return s
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number reads up to ten digits; -1 for anything else.
func number(b []byte) int64 {
	if len(b) == 0 || len(b) > 10 {
		return -1
	}
	n := int64(0)
	for _, c := range b {
		if !isDigit(c) {
			return -1
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

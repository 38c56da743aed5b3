package proxy

import (
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// defaultMaxForwards is the value of a Max-Forwards that is added (RFC 3261 §16.6 3).
const defaultMaxForwards = 70

// SetMaxForwards writes n as the request's Max-Forwards, over the one received or as
// a new header. The first one counts.
func (x *Context) SetMaxForwards(n int) {
	r := x.Req
	if r.hopCounted {
		return
	}
	r.hopCounted = true
	m := &r.Msg
	if _, present, _ := m.MaxForwards(); present {
		var text [8]byte
		r.Edits.Put(m.MaxForwardsSpan(), sipparse.AppendUint(text[:0], uint64(n)))
		return
	}
	line := append(x.shard.lines[:0], "Max-Forwards: "...)
	line = append(sipparse.AppendUint(line, uint64(n)), "\r\n"...)
	r.Edits.AppendHeader(m, line)
	x.shard.lines = line
}

// admit is what RFC 3261 §16.3 has a proxy check before it forwards a request, as far
// as the script has not done it: Max-Forwards, Proxy-Require. A request that must not
// go on is answered here, unless the script wants to do it itself (NoAuto477), and an
// ACK is dropped; ok is false then, and rc what the script is told.
func (x *Context) admit(flags RelayFlags) (rc script.Ret, ok bool) {
	status := x.validate()
	switch {
	case status == 0:
		return 0, true
	case x.Req.Msg.Method() == sipparse.Ack:
		x.shard.counters.Refused.Inc()
		return relayBadMessage, false
	}
	x.shard.counters.Refused.Inc()
	x.lastError = status
	if flags&NoAuto477 != 0 {
		return relayBadMessage, false
	}
	if status == 420 {
		x.appendUnsupported()
	}
	x.answerHere(status)
	return 1, false
}

// validate returns the status that forbids to forward the request; 0 for none. It
// counts the hop.
func (x *Context) validate() int {
	set, m := &x.p.set, &x.Req.Msg
	// Proxy-Require has no meaning in these two (RFC 3261 §20.29, §8.2.2.3).
	endToEnd := m.Method() != sipparse.Ack && m.Method() != sipparse.Cancel
	if set.CheckProxyRequire && endToEnd && !x.p.knowsAll(m) {
		return 420
	}
	if !set.CheckMaxForwards || x.Req.hopCounted {
		return 0
	}
	switch n, present, _ := m.MaxForwards(); {
	case !present:
		x.SetMaxForwards(defaultMaxForwards)
	case n == 0:
		return 483
	default:
		x.SetMaxForwards(n - 1)
	}
	return 0
}

// knowsAll reports whether every option tag of Proxy-Require is one that the
// configuration lists; a value that is no list of words asks for something unknown.
func (p *Proxy) knowsAll(m *sipparse.Msg) bool {
	it := m.Tokens(sipparse.HdrProxyRequire)
	for s := (sipparse.Span{}); it.Next(&s); {
		if !p.knowsOption(s.Of(m.Buf())) {
			return false
		}
	}
	return it.Err() == sipparse.OK
}

func (p *Proxy) knowsOption(tag []byte) bool {
	for _, known := range p.set.ProxyRequireOptions {
		if sipparse.EqualFoldString(tag, known) {
			return true
		}
	}
	return false
}

// appendUnsupported names the option tags that the 420 is about (RFC 3261 §20.40).
func (x *Context) appendUnsupported() {
	m, begin := &x.Req.Msg, "Unsupported: "
	it := m.Tokens(sipparse.HdrProxyRequire)
	for s := (sipparse.Span{}); it.Next(&s); {
		if tag := s.Of(m.Buf()); !x.p.knowsOption(tag) {
			x.Req.AppendToReply([]byte(begin))
			x.Req.AppendToReply(tag)
			begin = ", "
		}
	}
	if begin == ", " {
		x.Req.AppendToReply([]byte("\r\n"))
	}
}

// answerHere answers the request in hand, with its transaction where the script has
// one.
func (x *Context) answerHere(status int) {
	if x.Visible() != nil {
		x.Reply(status, reasonOf(status))
		return
	}
	x.StatelessReply(status, reasonOf(status))
}

// failed notes what sl_reply_error() would answer after rc.
func (x *Context) failed(rc script.Ret) script.Ret {
	x.lastError = x.statusOf(rc)
	return rc
}

// statusOf is what the client is told when t_relay or forward gives rc.
func (x *Context) statusOf(rc script.Ret) int {
	if rc == relayBadMessage && x.unknownScheme() {
		return 416
	}
	return autoStatus(rc)
}

// unknownScheme reports whether the next hop is a URI of a scheme that this proxy
// cannot route by (RFC 3261 §16.3 2). A tel URI is understood, but leads nowhere.
func (x *Context) unknownScheme() bool {
	var u sipparse.URI
	if sipparse.ParseURI(x.Target.nextURI(x.Req.Msg.RequestURI()), &u) != sipparse.OK {
		return false
	}
	return u.Scheme == sipparse.SchemeOther || u.Scheme == sipparse.SchemeURN
}

// LastError returns the status that tells of the last failure of this run, with its
// reason phrase; 500 if there was none.
func (x *Context) LastError() (status int, reason []byte) {
	if x.lastError == 0 {
		return 500, nil
	}
	return x.lastError, reasonOf(x.lastError)
}

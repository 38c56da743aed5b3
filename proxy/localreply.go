package proxy

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// A viaFix is what the topmost Via of a received request needs added: where it
// really came from (RFC 3261 §18.2.1, RFC 3581 §4).
type viaFix struct {
	known           bool
	received, rport bool
}

func (r *Request) viaFix() viaFix {
	if r.viaFixes.known {
		return r.viaFixes
	}
	v := r.Msg.TopVia()
	f := viaFix{known: true}
	if v != nil {
		f.rport = v.HasRport || r.forceRport
		host, literal := loop.ParseIP(v.Host.Of(r.Msg.Buf()))
		f.received = f.rport || !literal || !host.SameIP(r.From.Remote)
	}
	r.viaFixes = f
	return f
}

// replyFlow returns where responses to r go: to the true source, at the port of
// the Via unless rport asks for the source's (RFC 3261 §18.2.2, RFC 3581 §4).
// A maddr or received of the sender's own making is not followed, and his sent-by only
// where the script says so, so that nobody can point our answers at a third party. Over a
// stream they go on the connection that the request came by, and only if that has ended to
// the port of the Via.
func replyFlow(r *Request) transport.Flow {
	f, v := r.From, r.Msg.TopVia()
	datagram := !f.Proto.Reliable()
	if v == nil || datagram && !r.replyToVia && (v.HasRport || r.forceRport) {
		return f
	}
	if datagram && r.replyToVia {
		if host, ok := loop.ParseIP(v.Host.Of(r.Msg.Buf())); ok && !host.IsUnspecified() && host.Is4() == f.Remote.Is4() {
			f.Remote = host
		}
	}
	port := uint16(v.Port)
	if port == 0 {
		port = f.Proto.DefaultPort()
	}
	f.Remote = f.Remote.WithPort(port)
	return f
}

// replyOptions fills o with what every response made here has.
func (s *shard) replyOptions(o *sipparse.ReplyOptions, r *Request, code int, reason []byte) {
	*o = sipparse.ReplyOptions{Code: code, Reason: reason, Headers: s.sign(r, code)}
	f := r.viaFix()
	if f.received {
		s.ipText = r.From.Remote.AppendIP(s.ipText[:0])
		o.Received = s.ipText
	}
	if f.rport {
		o.Rport = int(r.From.Remote.Port())
	}
	o.RecordRoute = code > 100 && code < 300
	if code > 100 {
		o.Body = r.bodyOfReply()
	}
	if code/100 == 3 {
		s.lines = appendContact(append(s.lines[:0], o.Headers...), r) // o.Headers may be s.lines
		o.Headers = s.lines
	}
}

// appendContact appends what a redirection names: the R-URI, if it was changed, and the
// branch set with their q values (RFC 3261 §21.3).
func appendContact(dst []byte, r *Request) []byte {
	begin := "Contact: <"
	add := func(t *Target) {
		dst = append(append(append(dst, begin...), t.uri...), '>')
		if t.q >= 0 {
			dst = appendQ(append(dst, ";q="...), t.q)
		}
		begin = ", <"
	}
	if r.Target.hasURI {
		add(&r.Target)
	}
	for i := range r.set.n {
		add(&r.set.list[i])
	}
	if begin == ", <" {
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// appendQ writes a qvalue of thousandths without zeros at the end.
func appendQ(dst []byte, q int16) []byte {
	dst = sipparse.AppendUint(dst, uint64(q/1000))
	if q %= 1000; q == 0 {
		return dst
	}
	dst = append(dst, '.', byte('0'+q/100), byte('0'+q/10%10), byte('0'+q%10))
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// StatelessReply answers the request in hand without a transaction (sl). An ACK
// is never answered. It returns false if a final response has been sent: there
// may be a transaction all the same, and a CANCEL while its run was parked.
func (x *Context) StatelessReply(code int, reason []byte) bool {
	if x.Req.Msg.Method() == sipparse.Ack {
		return true
	}
	if !x.Req.Msg.Replyable() { // only error_route has such
		return false
	}
	if tx := x.Tx; tx != nil {
		if tx.finalSent {
			return false
		}
		tx.status = code // no 100 after it, should the run go on to wait
	}
	x.Req.sent = x.Req.sent || code >= 200
	x.shard.statelessReply(x.loop, x.Req, code, reason)
	return true
}

func (s *shard) statelessReply(l *loop.Loop, r *Request, code int, reason []byte) {
	o := &s.reply
	s.replyOptions(o, r, code, reason)
	if code > 100 {
		o.ToTag = s.statelessTag(r)
	}
	out := l.NewOut()
	out.Set(r.Msg.AppendReply(out.Buf()[:0], o))
	f := replyFlow(r)
	f.NoDial = r.msgFlags&s.p.set.NoDialUp != 0
	s.counters.LocalReplies.Inc()
	s.counters.countStateless(code)
	s.sendOut(l, &f, out, 0)
}

// statelessTag is a To tag that is the same for every copy of a request (RFC
// 3261 §8.2.7), and that [shard.isLocalAck] recognises: a per-process prefix and
// a hash of the Call-ID.
func (s *shard) statelessTag(r *Request) []byte {
	s.tagText = append(s.tagText[:0], s.p.tagPrefix[:]...)
	s.tagText = appendHex64(s.tagText, maphash.Bytes(s.p.hash, r.Msg.CallID()))
	return s.tagText
}

// isLocalAck recognises the ACK to a stateless negative response made here.
func (s *shard) isLocalAck(r *Request) bool {
	to := r.Msg.To()
	if to == nil {
		return false
	}
	tag := to.Tag.Of(r.Msg.Buf())
	return len(tag) > len(s.p.tagPrefix) && string(tag[:len(s.p.tagPrefix)]) == string(s.p.tagPrefix[:])
}

func appendHex64(dst []byte, n uint64) []byte {
	const digits = "0123456789abcdef"
	for i := 60; i >= 0; i -= 4 {
		dst = append(dst, digits[n>>i&15])
	}
	return dst
}

// parseHex64 reads what appendHex64 wrote, and of anything else makes some number.
func parseHex64(b []byte) (n uint64) {
	for _, c := range b {
		if c >= 'a' {
			c -= 'a' - '0' - 10
		}
		n = n<<4 | uint64(c-'0')&15
	}
	return n
}

// Reply answers the request in hand statefully (t_reply): false if a final
// response has been sent already.
func (x *Context) Reply(code int, reason []byte) bool {
	if x.Tx.finalSent {
		return false
	}
	x.shard.replyTx(x.loop, x.Tx, code, reason)
	return true
}

var tryingReason = []byte("Giving it a try")

func (s *shard) replyTrying(l *loop.Loop, tx *Transaction) {
	s.replyTx(l, tx, 100, tryingReason)
}

// ReplyWithBody is Reply with a body, whose Content-Type is among the headers of
// [Request.AppendToReply].
func (x *Context) ReplyWithBody(code int, reason, body []byte) bool {
	if x.Tx.finalSent {
		return false
	}
	x.shard.replyBody(x.loop, x.Tx, code, reason, body)
	return true
}

// replyTx sends a response made here on tx. A final one ends the pending branches.
func (s *shard) replyTx(l *loop.Loop, tx *Transaction, code int, reason []byte) {
	s.replyBody(l, tx, code, reason, nil)
}

func (s *shard) replyBody(l *loop.Loop, tx *Transaction, code int, reason, body []byte) {
	if tx.local {
		s.answerLocal(l, tx, code, nil)
		return
	}
	o := &s.reply
	s.replyOptions(o, tx.Req, code, reason)
	if body != nil {
		o.Body = body
	}
	if code > 100 {
		o.ToTag = s.txTag(tx)
	}
	out := l.NewOut()
	out.Set(tx.Req.Msg.AppendReply(out.Buf()[:0], o))
	s.counters.LocalReplies.Inc()
	prog := s.programOf(tx)
	s.show(l, prog, prog.showReply, out.Buf(), tx.Req.depth)
	if code >= 200 {
		tx.localFinal = true
	}
	s.answer(l, tx, code, out, nil)
	if code >= 200 {
		s.cancelPending(l, tx, nil, code)
	}
}

// answerLocal notes the response m, nil if it was made here, to a request made here, which
// nobody waits for.
func (s *shard) answerLocal(l *loop.Loop, tx *Transaction, code int, m *Message) {
	if tx.Req.watches != nil {
		tx.Req.answered(l, Answer{code, msgOf(m)})
	}
	if tx.status = code; code >= 200 {
		tx.finalSent = true
		s.cancelPending(l, tx, nil, code)
	}
}

// answer sends out as tx's response with status code and steps its machine. A 2xx
// to INVITE that comes after the final response changes nothing there: that one is
// what has to be repeated. Out was made of m, nil if it was made here.
func (s *shard) answer(l *loop.Loop, tx *Transaction, code int, out *loop.Out, m *Message) {
	tx.status = code
	if !tx.finalSent && s.tm.Live(tx.id) {
		if s.repeats(tx, code) {
			s.setBytes(tx.id, out.Buf())
		} else {
			s.setBytes(tx.id, nil)
		}
		ev := tm.SendStatus(code)
		if ev == tm.Send2xx && tx.localFinal {
			ev = tm.SendOwn2xx
		}
		fx := s.tm.Step(tx.id, ev, l.Now())
		fx.Send = tm.Nothing // it leaves below
		s.effects(l, tx.id, fx)
	}
	if code >= 200 {
		if !tx.finalSent {
			s.counters.countFinal(code)
		}
		tx.finalSent = true
	}
	s.sendOut(l, s.upstream(tx), out, 0)
	if tx.Req.watches != nil {
		tx.Req.answered(l, Answer{code, msgOf(m)})
	}
}

// upstream is the way of tx's responses as the request's flags have it now: by the
// connection that it came by alone, if it has the one of tcp_no_new_conn_rplflag.
func (s *shard) upstream(tx *Transaction) *transport.Flow {
	if mask := s.p.set.NoDialUp; mask != 0 && tx.Req != nil {
		tx.upstream.NoDial = tx.Req.msgFlags&mask != 0
		if s.tm.Live(tx.id) {
			s.wire(tx.id).flow.NoDial = tx.upstream.NoDial
		}
	}
	return &tx.upstream
}

// repeats reports whether a response may have to be sent again by its server
// transaction: all but a forwarded 2xx to INVITE, which the UAS repeats (RFC 6026).
func (s *shard) repeats(tx *Transaction, code int) bool {
	return code < 200 || code >= 300 || tx.localFinal || tx.Req.Msg.Method() != sipparse.Invite
}

// txTag returns the To tag of responses made on tx: its ID, and a hash that only
// this loop makes. By it the ACK to a 2xx made here finds the transaction.
func (s *shard) txTag(tx *Transaction) []byte {
	if !tx.toTagged {
		tx.toTagged = true
		copy(tx.toTag[:], s.tagOf(tx.id))
	}
	return tx.toTag[:]
}

// txTagLen is that of txTag: two numbers of 64 bits in hex.
const txTagLen = 32

func (s *shard) tagOf(id tm.ID) []byte {
	s.tagText = appendHex64(s.tagText[:0], uint64(id))
	s.tagText = appendHex64(s.tagText, maphash.Bytes(s.hash, s.tagText))
	return s.tagText
}

// answered2xx returns the INVITE server transaction whose 2xx was made here and
// which the ACK r is for.
func (s *shard) answered2xx(r *Request) (tm.ID, bool) {
	tag := r.Msg.ToTag()
	if len(tag) != txTagLen {
		return 0, false
	}
	id := tm.ID(parseHex64(tag[:16]))
	if string(tag) != string(s.tagOf(id)) {
		return 0, false
	}
	st, ok := s.tm.State(id)
	return id, ok && st == tm.Accepted && s.tm.Role(id) == tm.InviteServer
}

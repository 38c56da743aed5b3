package nathelper

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/sipparse/sdp"
)

// sdpFlags are the flags of fix_nated_sdp().
var sdpFlags = words{"add-dir-active", "rewrite-media-ip", "add-no-rtpproxy", "rewrite-origin-ip", "rewrite-null-ips"}

// Their bits.
const (
	addActive uint = 1 << iota
	rewriteMedia
	addMark
	rewriteOrigin
	rewriteNull
)

// An sdpFix is what one call of fix_nated_sdp() does.
type sdpFix struct {
	m     *Module
	flags uint
	ip    []byte
	lines []byte // to add
	text  []byte // of a line to add

	s  *sdp.Session
	e  *sipparse.Edits
	ok bool
}

func (m *Module) fixSDP(c *script.Ctx, flags uint, ip, lines []byte) script.Ret {
	x := proxy.From(c)
	f := sdpFix{m: m, flags: flags, ip: ip, lines: lines, ok: true}
	if len(ip) == 0 {
		f.ip = x.Source().Remote.AppendIP(c.Alloc(maxReceived)[:0])
	}
	f.ip = bytes.Trim(f.ip, "[]")
	if !areSDPLines(lines) {
		c.LogError("nathelper: fix_nated_sdp(): the lines to add are no SDP lines")
		return -1
	}
	if !x.Room(512+len(lines)) || !f.message(x) {
		return -1
	}
	return 1
}

// message works on the body that was received where that is still there, so that the edits
// add up with all others; otherwise on the one it has been replaced by.
func (f *sdpFix) message(x *proxy.Context) bool {
	msg, s := x.Msg(), f.m.sessions.On(x.Loop())
	if msg.BodySpan().Len() > 0 && !x.Edits.Deletes(msg.BodySpan()) {
		f.e = x.Edits
		eachSDP(msg, s, f.one)
		return f.ok
	}
	now := x.Edited()
	if now == nil || now.BodySpan().Len() == 0 {
		return false
	}
	f.e = new(sipparse.Edits)
	eachSDP(now, s, f.one)
	return f.ok && takeBody(x, now, f.e)
}

// takeBody makes the body of now, with its edits, that of the message in hand.
func takeBody(x *proxy.Context, now *sipparse.Msg, e *sipparse.Edits) bool {
	var m sipparse.Msg
	if e.Len() == 0 {
		return true
	}
	if m.Parse(now.AppendEdited(nil, e, nil)) != sipparse.OK || !x.Room(m.BodySpan().Len()) {
		return false
	}
	i := m.Find(sipparse.HdrContentType, 0)
	if i < 0 {
		return false
	}
	x.Edits.ReplaceBody(x.Msg(), m.Header(i).Value.Of(m.Buf()), m.Body())
	return true
}

// eachSDP calls f for the session description that is the body of m, or for those among its
// parts.
func eachSDP(m *sipparse.Msg, s *sdp.Session, f func(*sdp.Session)) {
	one := func(body sipparse.Span) {
		if s.Parse(m.Buf(), body) == sipparse.OK {
			f(s)
		}
		s.Reset()
	}
	var ct sipparse.ContentType
	if present, err := m.ContentType(&ct); present && err == sipparse.OK && ct.Is(m.Buf(), "application", "sdp") {
		if m.BodySpan().Len() > 0 {
			one(m.BodySpan())
		}
		return
	}
	var p sipparse.Part
	for it, ok := m.Parts(); ok && it.Next(&p); {
		if it.Is(&p, "application", "sdp") {
			one(p.Body)
		}
	}
}

// one changes one session description.
func (f *sdpFix) one(s *sdp.Session) {
	f.s = s
	if f.flags&addActive != 0 {
		f.add([]byte("a=direction:active"))
	}
	if f.flags&addMark != 0 && f.m.mark != "" {
		f.add([]byte(f.m.mark))
	}
	for line := range bytes.SplitSeq(f.lines, []byte{'\n'}) {
		if line = bytes.TrimSuffix(line, []byte{'\r'}); len(line) > 0 {
			f.add(line)
		}
	}
	if f.flags&rewriteOrigin != 0 {
		f.origin()
	}
	if f.flags&rewriteMedia != 0 {
		f.media()
	}
}

// add adds a line at the end, which is that of the last media.
func (f *sdpFix) add(line []byte) {
	if text, is := bytes.CutPrefix(line, []byte("a=")); is {
		f.s.AddAttr(f.e, f.s.NMedia()-1, text)
		return
	}
	body := f.s.BodySpan()
	end := body.Off + uint32(len(bytes.TrimRight(body.Of(f.s.Buf()), "\r\n")))
	f.e.Insert(end, append([]byte("\r\n"), line...))
}

func (f *sdpFix) origin() {
	var o sdp.Origin
	if !f.s.Origin(&o) {
		f.ok = false
		return
	}
	where := sipparse.Span{Off: o.AddrType.Off, End: o.Address.End}
	if f.note(where, o.Address, "oldoip", f.m.skip.origin) && !f.s.SetOriginAddress(f.e, f.ip) {
		f.ok = false
	}
}

func (f *sdpFix) media() {
	found := false
	var c sdp.Connection
	for level := sdp.SessionLevel; level < f.s.NMedia(); level++ {
		if !f.s.Connection(level, &c) {
			continue
		}
		found = true
		if f.note(c.Where, c.Address, "oldcip", f.m.skip.media) && !f.s.SetAddress(f.e, level, f.ip) {
			found = false
			break
		}
	}
	f.ok = f.ok && found
}

// note reports whether an address is to be rewritten: it is another one, and means
// something. The old one is noted in a line of its own, unless that is not wanted.
func (f *sdpFix) note(where, address sipparse.Span, name string, skip bool) bool {
	old := address.Of(f.s.Buf())
	if text, ok := f.e.PutText(where); ok { // an earlier call
		_, old, _ = bytes.Cut(text, []byte{' '})
	}
	if bytes.Equal(old, f.ip) || f.flags&rewriteNull == 0 && isNull(old) {
		return false
	}
	if !skip {
		f.text = append(append(f.text[:0], "a="...), name...)
		if bytes.IndexByte(old, ':') >= 0 {
			f.text = append(f.text, '6')
		}
		f.text = append(append(f.text, ':'), old...)
		f.add(f.text)
	}
	return true
}

// isNull reports whether an address is 0.0.0.0 or ::, by which calls were put on hold.
func isNull(address []byte) bool {
	ip, ok := sipparse.HostAddr(address)
	return ok && ip.IsUnspecified()
}

// areSDPLines reports whether all lines of b can be lines of a session description.
func areSDPLines(b []byte) bool {
	for line := range bytes.SplitSeq(b, []byte{'\n'}) {
		if line = bytes.TrimSuffix(line, []byte{'\r'}); len(line) > 0 && !isSDPLine(line) {
			return false
		}
	}
	return true
}

func isSDPLine(b []byte) bool {
	return len(b) > 2 && b[1] == '=' && 'a' <= b[0] && b[0] <= 'z' && b[0] != 'v' && b[0] != 'm' && bytes.IndexAny(b, "\r\n\x00") < 0
}

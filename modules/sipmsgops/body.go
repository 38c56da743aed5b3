package sipmsgops

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func (m *Module) bodyFuncs() []*script.Func {
	mime := script.Opt(script.Str("mime", `"type/subtype"`))
	return []*script.Func{
		script.Func1("has_body", "Whether the message has a body, of that type, itself or one of its parts.", messageRoutes, mime, hasBody),
		script.Func1("has_body_part", "Whether the body, or one of its parts, has that type; without one, whether there is a body.", messageRoutes, mime, hasBody),
		script.Func2("remove_body_part", "Remove the body, or its parts of a type. A part that is left alone becomes the body. -1: there is none.", messageRoutes,
			mime, script.Opt(script.Str("revert", `"revert" removes all parts but those`)), m.removeBodyPart),
		script.Func3("add_body_part", "Add a part to the body, which becomes a multipart one if there is another part.", messageRoutes,
			script.Str("body", "text"), script.Str("mime", `"type/subtype"`), script.Opt(script.Str("headers", "more headers of the part, each with its line end")),
			m.addBodyPart),
		script.Func2("get_updated_body_part", "Store the body, or its first part of a type, as the changes so far have made it. -1: there is no body, -2: no such part.",
			messageRoutes, mime, script.Out("text", "variable for it"), getUpdatedBodyPart),
	}
}

// A mediaType is what a script calls a MIME: "application/sdp". The zero mediaType is any.
type mediaType struct{ typ, subtype []byte }

func mediaTypeOf(text []byte) (t mediaType, ok bool) {
	var found bool
	t.typ, t.subtype, found = bytes.Cut(bytes.TrimSpace(text), slash)
	return t, len(text) == 0 || found && len(t.typ) > 0 && len(t.subtype) > 0
}

var slash = []byte{'/'}

func (t *mediaType) any() bool { return len(t.typ) == 0 }

// ofBody reports whether the Content-Type of m is t.
func (t *mediaType) ofBody(m *sipparse.Msg) bool {
	var ct sipparse.ContentType
	present, err := m.ContentType(&ct)
	return present && err == sipparse.OK && ct.Is(m.Buf(), string(t.typ), string(t.subtype))
}

func (t *mediaType) ofPart(it *sipparse.Parts, p *sipparse.Part) bool {
	return it.Is(p, string(t.typ), string(t.subtype))
}

// hasBody looks at the message as it was received.
func hasBody(c *script.Ctx, mime []byte) script.Ret {
	m := proxy.From(c).Msg()
	t, ok := mediaTypeOf(mime)
	if !ok || m.BodySpan().Len() == 0 {
		return -1
	}
	if t.any() || t.ofBody(m) {
		return 1
	}
	var ct sipparse.ContentType
	if _, err := m.ContentType(&ct); err != sipparse.OK {
		c.Fail(proxy.BadContentType)
	}
	var p sipparse.Part
	for it, ok := m.Parts(); ok && it.Next(&p); {
		if t.ofPart(&it, &p) {
			return 1
		}
	}
	return -1
}

// removeBodyPart works on the body as it is now, and what is left becomes the new one:
// so it goes with all other changes, in any order.
func (m *Module) removeBodyPart(c *script.Ctx, mime, revert []byte) script.Ret {
	x := proxy.From(c)
	t, ok := mediaTypeOf(mime)
	now := x.Edited()
	if !ok || now == nil || now.BodySpan().Len() == 0 {
		return -1
	}
	others := string(revert) == "revert"
	parts, multi := now.Parts()
	switch {
	case t.any(), !multi && t.ofBody(now) != others:
		x.Msg().DeleteBody(x.Edits)
		return 1
	case !multi:
		return -1
	}
	return m.removeParts(x, now, &parts, func(p *sipparse.Part) bool { return t.ofPart(&parts, p) != others })
}

func (m *Module) removeParts(x *proxy.Context, now *sipparse.Msg, parts *sipparse.Parts, gone func(*sipparse.Part) bool) script.Ret {
	w := m.scratch.On(x.Loop())
	w.edits.Reset()
	var p, last sipparse.Part
	removed, left := 0, 0
	for parts.Next(&p) {
		if gone(&p) {
			now.DeletePart(&w.edits, &p)
			removed++
		} else {
			left, last = left+1, p
		}
	}
	if removed == 0 || parts.Err() != sipparse.OK {
		return -1
	}
	switch left {
	case 0:
		x.Msg().DeleteBody(x.Edits)
	case 1:
		x.Edits.ReplaceBody(x.Msg(), typeOfPart(now, parts, &last), last.Body.Of(now.Buf()))
	default:
		m.replaceBody(x, now)
	}
	return 1
}

// typeOfPart is the Content-Type of a part; RFC 2046 §5.1.
func typeOfPart(m *sipparse.Msg, parts *sipparse.Parts, p *sipparse.Part) []byte {
	var h sipparse.Header
	if parts.Header(p, sipparse.HdrContentType, &h) {
		return h.Value.Of(m.Buf())
	}
	return []byte("text/plain")
}

// replaceBody makes the body of now, with the scratch edits, that of the message in hand.
func (m *Module) replaceBody(x *proxy.Context, now *sipparse.Msg) bool {
	w := m.scratch.On(x.Loop())
	w.text = now.AppendEdited(w.text[:0], &w.edits, nil)
	if w.msg.Parse(w.text) != sipparse.OK {
		return false
	}
	i := w.msg.Find(sipparse.HdrContentType, 0)
	if i < 0 || !x.Room(w.msg.BodySpan().Len()) {
		return false
	}
	x.Edits.ReplaceBody(x.Msg(), w.msg.Header(i).Value.Of(w.msg.Buf()), w.msg.Body())
	if cap(w.text) > maxTextKept {
		w.text = nil
	}
	return true
}

// maxTextKept is how much memory for a message a loop keeps.
const maxTextKept = 64 << 10

// addBodyPart adds to the body that was received where that is still there, so that it
// can be edited on; otherwise to the one it has been replaced by.
func (m *Module) addBodyPart(c *script.Ctx, body, mime, headers []byte) script.Ret {
	x := proxy.From(c)
	var ct sipparse.ContentType
	if len(body) == 0 || sipparse.ParseContentType(mime, &ct) != sipparse.OK || len(headers) > 0 && !sipparse.IsHeaderLines(headers) ||
		!x.Room(2*(len(body)+len(mime)+len(headers))) {
		return -1
	}
	msg := x.Msg()
	now := x.Edited()
	if now == nil {
		return -1
	}
	if now.BodySpan().Len() == 0 {
		x.Edits.ReplaceBody(msg, mime, body)
		if len(headers) > 0 && addable(x, headers) {
			x.Edits.AppendHeader(msg, headers)
		}
		return 1
	}
	all := c.Alloc(len("Content-Type: \r\n") + len(mime) + len(headers))[:0]
	all = append(append(append(append(all, "Content-Type: "...), mime...), "\r\n"...), headers...)
	if msg.BodySpan().Len() > 0 && !x.Edits.Deletes(msg.BodySpan()) {
		return yes(msg.AppendPart(x.Edits, all, body))
	}
	w := m.scratch.On(x.Loop())
	w.edits.Reset()
	return yes(now.AppendPart(&w.edits, all, body) && m.replaceBody(x, now))
}

func getUpdatedBodyPart(c *script.Ctx, mime []byte, out script.VarRef) script.Ret {
	t, ok := mediaTypeOf(mime)
	now := proxy.From(c).Edited()
	if now == nil || now.BodySpan().Len() == 0 {
		return -1
	}
	body := now.Body()
	if !t.any() && !t.ofBody(now) {
		if !ok {
			return -2
		}
		at, found := now.BodyOf(string(t.typ), string(t.subtype))
		if !found {
			return -2
		}
		body = at.Of(now.Buf())
	}
	return yes(out.Set(c, script.StrValue(c.Copy(body))))
}

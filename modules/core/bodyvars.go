package core

import (
	"bytes"
	"errors"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// bodyVars are the body as it was received and what describes it. A body that is no
// multipart counts as one part.
func bodyVars() []*script.Var {
	return []*script.Var{
		{Name: "rb", Doc: "body as received; $(rb[n]) a part of a multipart one, from 0, from the end if negative; $rb(application/sdp) and $(rb(type/subtype)[n]) those of one type",
			Inner: script.OptionalInner, Indexed: true, Bind: bindBodyType, Get: getBody},
		{Name: "cT", Doc: "Content-Type of the message; $(cT[n]) of a part, from 0, from the end if negative; [*] of the message and all parts", Indexed: true, Get: getContentType},
		{Name: "cl", Doc: "Content-Length", Get: getContentLength},
	}
}

// A bodyType is a type/subtype that parts are looked for by; a nil one is any.
type bodyType struct{ typ, subtype string }

func bindBodyType(inner string) (any, error) {
	if inner == "" {
		return nil, nil
	}
	typ, subtype, ok := bytes.Cut([]byte(inner), []byte{'/'})
	if !ok || len(typ) == 0 || len(subtype) == 0 {
		return nil, errors.New("it is a type such as application/sdp")
	}
	return &bodyType{string(typ), string(subtype)}, nil
}

// wantedType returns the type that a asks for, nil for any; false if it is none.
func wantedType(a *script.Arg) (*bodyType, bool) {
	if t, ok := a.Key.(*bodyType); ok || a.Name == nil {
		return t, true
	}
	key, err := bindBodyType(string(a.Name))
	t, _ := key.(*bodyType)
	return t, err == nil
}

func getBody(c *script.Ctx, a *script.Arg) script.Value {
	m := proxy.From(c).Msg()
	want, ok := wantedType(a)
	switch {
	case !ok:
		return script.Null
	case want == nil && (!a.Has || a.All):
		return text(m.Body())
	}
	n, ok := fromFront(a, func() int { return countParts(m, want) })
	if a.All {
		n = 0
	}
	w := newPartWalk(m)
	for p := (bodyPart{}); ok && w.next(&p); {
		if !want.fits(m, &p) {
			continue
		}
		if n == 0 {
			return text(p.body.Of(m.Buf()))
		}
		n--
	}
	return script.Null
}

func countParts(m *sipparse.Msg, want *bodyType) (n int) {
	w := newPartWalk(m)
	for p := (bodyPart{}); w.next(&p); {
		if want.fits(m, &p) {
			n++
		}
	}
	return n
}

func (b *bodyType) fits(m *sipparse.Msg, p *bodyPart) bool {
	if b == nil {
		return true
	}
	var ct sipparse.ContentType
	value := p.contentType.Of(m.Buf())
	return sipparse.ParseContentType(value, &ct) == sipparse.OK && ct.Is(value, b.typ, b.subtype)
}

// A bodyPart is a part of a body, or all of one that is no multipart.
type bodyPart struct{ contentType, body sipparse.Span }

// A partWalk goes through the parts.
type partWalk struct {
	parts     sipparse.Parts
	multipart bool
	one       bodyPart // of a body that is no multipart, until it is taken
}

func newPartWalk(m *sipparse.Msg) (w partWalk) {
	w.parts, w.multipart = m.Parts()
	if i := m.Find(sipparse.HdrContentType, 0); !w.multipart && i >= 0 && len(m.Body()) > 0 {
		w.one = bodyPart{m.Header(i).Value, m.BodySpan()}
	}
	return w
}

func (w *partWalk) next(p *bodyPart) bool {
	if !w.multipart {
		*p, w.one = w.one, bodyPart{}
		return !p.body.IsZero()
	}
	var part sipparse.Part
	if !w.parts.Next(&part) {
		return false
	}
	var h sipparse.Header
	w.parts.Header(&part, sipparse.HdrContentType, &h)
	*p = bodyPart{h.Value, part.Body}
	return true
}

func getContentType(c *script.Ctx, a *script.Arg) script.Value {
	m := proxy.From(c).Msg()
	switch {
	case a.All:
		return joinContentTypes(c, m)
	case !a.Has:
		return firstHeader(m, sipparse.HdrContentType)
	}
	n, ok := fromFront(a, func() int { return countParts(m, nil) })
	w := newPartWalk(m)
	for p := (bodyPart{}); ok && w.next(&p); n-- {
		if n == 0 {
			return text(p.contentType.Of(m.Buf()))
		}
	}
	return script.Null
}

// joinContentTypes is $(cT[*]): the message's and those of the parts, with commas alone.
func joinContentTypes(c *script.Ctx, m *sipparse.Msg) script.Value {
	i := m.Find(sipparse.HdrContentType, 0)
	if i < 0 {
		return script.Null
	}
	size := m.Header(i).Value.Len()
	w := newPartWalk(m)
	for p := (bodyPart{}); w.next(&p); {
		size += 1 + p.contentType.Len()
	}
	b := append(c.Alloc(size)[:0], m.Header(i).Value.Of(m.Buf())...)
	w = newPartWalk(m)
	for p := (bodyPart{}); w.next(&p); {
		b = append(append(b, ','), p.contentType.Of(m.Buf())...)
	}
	return script.StrValue(b)
}

func getContentLength(c *script.Ctx, _ *script.Arg) script.Value {
	if n, ok := proxy.From(c).Msg().ContentLength(); ok {
		return script.IntValue(int32(n))
	}
	return script.Null
}

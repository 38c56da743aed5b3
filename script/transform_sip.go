package script

import (
	"bytes"
	"unsafe"

	"github.com/fastsips/fastsips/sipparse"
)

// sipTransforms are {uri.*} and {nameaddr.*}. A part that is not there is
// NULL, and so is what cannot be parsed. Parsed forms go by value
// to functions in variables: by pointer each would be allocated.
func sipTransforms() []*TransformDef {
	span := func(f func(sipparse.URI) sipparse.Span) func(*Ctx, sipparse.URI, []byte) Value {
		return func(_ *Ctx, u sipparse.URI, b []byte) Value { return partValue(f(u).Of(b)) }
	}
	host := span(func(u sipparse.URI) sipparse.Span { return u.Host })
	list := []*TransformDef{
		uriPart("user", "user", span(func(u sipparse.URI) sipparse.Span { return u.User })),
		uriPart("host", "host", host),
		uriPart("domain", "host", host),
		uriPart("passwd", "password", span(func(u sipparse.URI) sipparse.Span { return u.Password })),
		uriPart("params", "all parameters", span(func(u sipparse.URI) sipparse.Span { return u.Params })),
		uriPart("headers", "headers", span(func(u sipparse.URI) sipparse.Span { return u.Headers })),
		uriPart("schema", "scheme", span(func(u sipparse.URI) sipparse.Span { return u.SchemeSpan })),
		uriPart("port", "port", func(_ *Ctx, u sipparse.URI, _ []byte) Value {
			if u.Port == 0 {
				return Null
			}
			return IntValue(int32(u.Port))
		}),
		text("uri", "param", "value of a parameter", 1, 1, func(_ *Ctx, b []byte, args []Value) Value {
			var u sipparse.URI
			if sipparse.ParseURI(b, &u) != sipparse.OK {
				return Null
			}
			v, ok := u.Param(b, view(args[0].Str))
			return strOrNull(v, ok)
		}),
	}
	for name, param := range map[string]string{
		"transport": "transport", "ttl": "ttl", "uparam": "user", "maddr": "maddr", "method": "method", "lr": "lr", "r2": "r2",
	} {
		list = append(list, uriPart(name, "value of the parameter "+param, func(_ *Ctx, u sipparse.URI, b []byte) Value {
			v, _ := u.Param(b, param)
			return partValue(v)
		}))
	}
	return append(list, nameAddrTransforms()...)
}

// view is b as a string, for a call that does not keep it.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func uriPart(name, doc string, f func(*Ctx, sipparse.URI, []byte) Value) *TransformDef {
	return whole("uri", name, doc+" of a URI", func(c *Ctx, b []byte) Value {
		var u sipparse.URI
		if sipparse.ParseURI(b, &u) != sipparse.OK {
			return Null
		}
		return f(c, u, b)
	})
}

func nameAddrTransforms() []*TransformDef {
	part := func(name, doc string, f func(sipparse.NameAddr) sipparse.Span) *TransformDef {
		return whole("nameaddr", name, doc, func(_ *Ctx, b []byte) Value {
			var n sipparse.NameAddr
			if sipparse.ParseNameAddr(b, &n) != sipparse.OK {
				return Null
			}
			return partValue(f(n).Of(b))
		})
	}
	return []*TransformDef{
		part("uri", "URI of a name and address", func(n sipparse.NameAddr) sipparse.Span { return n.URI }),
		part("name", "display name", func(n sipparse.NameAddr) sipparse.Span { return n.Display }),
		part("params", "parameters behind the address", func(n sipparse.NameAddr) sipparse.Span {
			if !n.Params.IsZero() {
				n.Params.Off++ // the ";"
			}
			return n.Params
		}),
		whole("nameaddr", "len", "length of a name and address, without the parameters behind them", func(_ *Ctx, b []byte) Value {
			var n sipparse.NameAddr
			if sipparse.ParseNameAddr(b, &n) != sipparse.OK {
				return Null
			}
			whole := n.Whole
			if !n.Params.IsZero() {
				whole.End = n.Params.Off
			}
			return IntValue(int32(len(bytes.TrimRight(whole.Of(b), space))))
		}),
		text("nameaddr", "param", "value of a parameter behind the address", 1, 1, func(_ *Ctx, b []byte, args []Value) Value {
			var n sipparse.NameAddr
			if sipparse.ParseNameAddr(b, &n) != sipparse.OK {
				return Null
			}
			v, _ := n.Param(b, view(args[0].Str))
			return partValue(v)
		}),
	}
}

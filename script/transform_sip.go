package script

import (
	"bytes"
	"unsafe"

	"github.com/fastsips/fastsips/sipparse"
)

// sipTransforms are {uri.*}, {nameaddr.*} and {via.*}. A part that is not there
// is the empty string; what cannot be parsed gives NULL. Parsed forms go by value
// to functions in variables: by pointer each would be allocated.
func sipTransforms() []*TransformDef {
	span := func(f func(sipparse.URI) sipparse.Span) func(*Ctx, sipparse.URI, []byte) Value {
		return func(_ *Ctx, u sipparse.URI, b []byte) Value { return StrValue(f(u).Of(b)) }
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
		uriPart("port", "port (0: none)", func(_ *Ctx, u sipparse.URI, _ []byte) Value { return IntValue(int32(u.Port)) }),
		text("uri", "param", "value of a parameter", 1, 1, func(_ *Ctx, b []byte, args []Value) Value {
			var u sipparse.URI
			if sipparse.ParseURI(b, &u) != sipparse.OK {
				return Null
			}
			return uriParam(u, b, view(args[0].Str))
		}),
	}
	for name, param := range map[string]string{"transport": "transport", "ttl": "ttl", "uparam": "user", "maddr": "maddr", "method": "method"} {
		list = append(list, uriPart(name, "value of the parameter "+param, func(_ *Ctx, u sipparse.URI, b []byte) Value {
			return uriParam(u, b, param)
		}))
	}
	for _, name := range []string{"lr", "r2"} {
		list = append(list, uriPart(name, "the parameter "+name, func(c *Ctx, u sipparse.URI, b []byte) Value {
			return wholeParam(c, u, b, name)
		}))
	}
	return append(append(list, nameAddrTransforms()...), viaTransforms()...)
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

func uriParam(u sipparse.URI, b []byte, name string) Value {
	v, _ := u.Param(b, name)
	return StrValue(v)
}

// wholeParam is "lr" or "lr=on".
func wholeParam(c *Ctx, u sipparse.URI, b []byte, name string) Value {
	v, ok := u.Param(b, name)
	switch {
	case !ok:
		return StrValue(emptyText)
	case v == nil:
		return StrValue(c.copyString(name))
	}
	return StrValue(append(append(append(c.Alloc(len(name) + 1 + len(v))[:0], name...), '='), v...))
}

func nameAddrTransforms() []*TransformDef {
	part := func(name, doc string, f func(sipparse.NameAddr) sipparse.Span) *TransformDef {
		return whole("nameaddr", name, doc, func(_ *Ctx, b []byte) Value {
			var n sipparse.NameAddr
			if sipparse.ParseNameAddr(b, &n) != sipparse.OK {
				return Null
			}
			return StrValue(f(n).Of(b))
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
		whole("nameaddr", "len", "length of a name and address", func(_ *Ctx, b []byte) Value {
			var n sipparse.NameAddr
			if sipparse.ParseNameAddr(b, &n) != sipparse.OK {
				return Null
			}
			return IntValue(int32(n.Whole.Len()))
		}),
		text("nameaddr", "param", "value of a parameter behind the address", 1, 1, func(_ *Ctx, b []byte, args []Value) Value {
			var n sipparse.NameAddr
			if sipparse.ParseNameAddr(b, &n) != sipparse.OK {
				return Null
			}
			v, _ := n.Param(b, view(args[0].Str))
			return StrValue(v)
		}),
	}
}

// A viaText is the first value of a Via header in parts.
type viaText struct{ name, version, transport, host, port, params []byte }

// viaTransforms read Via by its outer form, since a script may hold a value that
// is no part of a message: sent-protocol LWS sent-by *( SEMI via-params ).
func viaTransforms() []*TransformDef {
	part := func(name, doc string, f func(viaText) Value) *TransformDef {
		return whole("via", name, doc+" of a Via", func(_ *Ctx, b []byte) Value {
			v, ok := parseVia(b)
			if !ok {
				return Null
			}
			return f(v)
		})
	}
	host := func(v viaText) Value { return StrValue(v.host) }
	list := []*TransformDef{
		part("name", "protocol name", func(v viaText) Value { return StrValue(v.name) }),
		part("version", "protocol version", func(v viaText) Value { return StrValue(v.version) }),
		part("transport", "transport", func(v viaText) Value { return StrValue(v.transport) }),
		part("host", "host", host),
		part("domain", "host", host),
		part("port", "port (0: none)", func(v viaText) Value {
			n, _ := parseInt(v.port)
			return IntValue(n)
		}),
		part("params", "all parameters", func(v viaText) Value { return StrValue(v.params) }),
		text("via", "param", "value of a parameter of a Via", 1, 1, func(_ *Ctx, b []byte, args []Value) Value {
			v, ok := parseVia(b)
			if !ok {
				return Null
			}
			value, _ := findParam(v.params, args[0].Str, ';')
			return StrValue(value)
		}),
	}
	for _, name := range []string{"branch", "received", "rport"} {
		list = append(list, part(name, "value of the parameter "+name, func(v viaText) Value {
			value, _ := findParam(v.params, []byte(name), ';')
			return StrValue(value)
		}))
	}
	return list
}

func parseVia(b []byte) (v viaText, ok bool) {
	b, _ = cutQuoted(b, ',')
	head, params := cutQuoted(b, ';')
	v.params = bytes.Trim(params, space)
	var rest, by []byte
	var ok1, ok2 bool
	v.name, rest, ok1 = bytes.Cut(head, []byte{'/'})
	v.version, rest, ok2 = bytes.Cut(rest, []byte{'/'})
	v.name, v.version, rest = bytes.Trim(v.name, space), bytes.Trim(v.version, space), bytes.Trim(rest, space)
	at := bytes.IndexAny(rest, space)
	if !ok1 || !ok2 || at < 0 {
		return v, false
	}
	v.transport, by = rest[:at:at], bytes.Trim(rest[at:], space)
	v.host = by
	if at := bytes.LastIndexByte(by, ':'); at > bytes.LastIndexByte(by, ']') {
		v.host, v.port = bytes.Trim(by[:at], space), bytes.Trim(by[at+1:], space)
	}
	return v, len(v.host) > 0
}

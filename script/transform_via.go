package script

import "bytes"

// A viaText is the first value of a Via header in parts.
type viaText struct{ name, version, transport, host, port, params, comment []byte }

// viaTransforms read Via by its outer form, since a script may hold a value that
// is no part of a message: sent-protocol LWS sent-by *( SEMI via-params ), and the
// comment that RFC 2543 had behind them.
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
	host := func(v viaText) Value { return partValue(v.host) }
	list := []*TransformDef{
		part("name", "protocol name", func(v viaText) Value { return partValue(v.name) }),
		part("version", "protocol version", func(v viaText) Value { return partValue(v.version) }),
		part("transport", "transport", func(v viaText) Value { return partValue(v.transport) }),
		part("host", "host", host),
		part("domain", "host", host),
		part("port", "port", func(v viaText) Value {
			n, ok := parseInt(v.port)
			if !ok {
				return Null
			}
			return IntValue(n)
		}),
		part("params", "all parameters", func(v viaText) Value { return partValue(v.params) }),
		part("comment", "comment, without its parentheses,", func(v viaText) Value { return partValue(v.comment) }),
		text("via", "param", "value of a parameter of a Via", 1, 1, func(_ *Ctx, b []byte, args []Value) Value {
			v, ok := parseVia(b)
			if !ok || len(v.params) == 0 {
				return Null
			}
			value, ok := findParam(v.params, args[0].Str, ';')
			return strOrNull(value, ok)
		}),
	}
	for _, name := range []string{"branch", "received", "rport"} {
		list = append(list, part(name, "value of the parameter "+name, func(v viaText) Value {
			value, _ := findParam(v.params, []byte(name), ';')
			return partValue(value)
		}))
	}
	return list
}

func parseVia(b []byte) (v viaText, ok bool) {
	b, _ = cutQuoted(b, ',')
	b, v.comment = cutComment(b)
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

// cutComment takes "(comment)" off the end of a Via.
func cutComment(b []byte) (rest, comment []byte) {
	b = bytes.TrimRight(b, space)
	open := bytes.IndexByte(b, '(')
	if open < 0 || b[len(b)-1] != ')' {
		return b, nil
	}
	return b[:open:open], b[open+1 : len(b)-1]
}

package sipmsgops

import (
	"bytes"
	"unicode/utf8"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func sipToJSON(c *script.Ctx, out script.VarRef) script.Ret {
	m := proxy.From(c).Msg()
	wire := m.Wire()
	first, _, _ := bytes.Cut(wire, lineEnd)
	b := appendJSON(append(make([]byte, 0, 2*len(wire)), `{"first_line":`...), first)
	b = append(b, `,"headers":{`...)
	b = appendHeadersJSON(b, m)
	b = append(b, '}')
	if body := m.Body(); len(body) > 0 {
		b = appendJSON(append(b, `,"body":`...), body)
	}
	return yes(out.Set(c, script.StrValue(append(b, '}'))))
}

// appendHeadersJSON lists the values of each name where it comes first.
func appendHeadersJSON(b []byte, m *sipparse.Msg) []byte {
	buf := m.Buf()
	for i := range m.NHeaders() {
		name := m.Header(i).Name.Of(buf)
		if m.FindName(name, 0) < i {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(appendJSON(b, name), ":["...)
		for j := i; j >= 0; j = m.FindName(name, j+1) {
			if j > i {
				b = append(b, ',')
			}
			b = appendJSON(b, m.Header(j).Value.Of(buf))
		}
		b = append(b, ']')
	}
	return b
}

// appendJSON appends a string; RFC 8259 §7. What is no UTF-8 becomes U+FFFD.
func appendJSON(b, text []byte) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
		text = text[n:]
	}
	return append(b, '"')
}

package rest_client

import "github.com/fastsips/fastsips/script"

func transforms() []*script.TransformDef {
	return []*script.TransformDef{
		{Class: "rest", Name: "escape", Doc: "percent-encoded for a URL: all but letters, digits and -._~", Fn: onText(appendEscaped, 3)},
		{Class: "rest", Name: "unescape", Doc: "the reverse of escape", Fn: onText(appendUnescaped, 1)},
	}
}

// onText makes a transformation of f, whose result has grow times the length at most.
func onText(f func(dst, b []byte) []byte, grow int) func(*script.Ctx, script.Value, []script.Value) script.Value {
	return func(c *script.Ctx, v script.Value, _ []script.Value) script.Value {
		b, ok := c.Text(v)
		if !ok {
			return script.Null
		}
		return script.StrValue(f(c.Alloc(grow * len(b))[:0], b))
	}
}

// appendEscaped leaves the unreserved characters of RFC 3986 §2.3.
func appendEscaped(dst, b []byte) []byte {
	const hex = "0123456789ABCDEF"
	for _, x := range b {
		switch {
		case x >= 'a' && x <= 'z', x >= 'A' && x <= 'Z', x >= '0' && x <= '9', x == '-', x == '.', x == '_', x == '~':
			dst = append(dst, x)
		default:
			dst = append(dst, '%', hex[x>>4], hex[x&15])
		}
	}
	return dst
}

// appendUnescaped leaves a "%" without two digits as it is.
func appendUnescaped(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] == '%' && i+2 < len(b) {
			high, ok := digit(b[i+1])
			low, ok2 := digit(b[i+2])
			if ok && ok2 {
				dst = append(dst, high<<4|low)
				i += 2
				continue
			}
		}
		dst = append(dst, b[i])
	}
	return dst
}

func digit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

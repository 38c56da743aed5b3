package script

import "bytes"

// escapeTransforms are {s.escape.*} and {s.unescape.*}.
func escapeTransforms() []*TransformDef {
	return []*TransformDef{
		whole("s", "escape.common", "quotes, backslashes and NUL behind a backslash", escapeCommon),
		whole("s", "unescape.common", "the reverse of escape.common", unescapeCommon),
		whole("s", "escape.user", "as the user part of a SIP URI", func(c *Ctx, b []byte) Value { return percent(c, b, "-_.!~*'()&=+$,;?/") }),
		whole("s", "unescape.user", "the reverse of escape.user", unpercent),
		whole("s", "escape.param", "as the value of a SIP URI parameter", func(c *Ctx, b []byte) Value { return percent(c, b, "-_.!~*'()[]/:&+$") }),
		whole("s", "unescape.param", "the reverse of escape.param", unpercent),
	}
}

func escapeCommon(c *Ctx, b []byte) Value {
	out := c.Alloc(2 * len(b))[:0]
	for _, x := range b {
		switch x {
		case '\'', '"', '\\':
			out = append(out, '\\', x)
		case 0:
			out = append(out, '\\', '0')
		default:
			out = append(out, x)
		}
	}
	return StrValue(out)
}

func unescapeCommon(c *Ctx, b []byte) Value {
	out := c.Alloc(len(b))[:0]
	for i := 0; i < len(b); i++ {
		x := b[i]
		if x == '\\' && i+1 < len(b) && bytes.IndexByte([]byte(`'"\0`), b[i+1]) >= 0 {
			i++
			if x = b[i]; x == '0' {
				x = 0
			}
		}
		out = append(out, x)
	}
	return StrValue(out)
}

const hexDigits = "0123456789abcdef"

// percent writes everything but letters, digits and plain as %xx. RFC 3261 §25.1
// says what is plain in a user and in a parameter.
func percent(c *Ctx, b []byte, plain string) Value {
	out := c.Alloc(3 * len(b))[:0]
	for _, x := range b {
		switch {
		case x-'0' <= 9, lower(x)-'a' <= 'z'-'a', indexByte(plain, x) >= 0:
			out = append(out, x)
		default:
			out = append(out, '%', hexDigits[x>>4], hexDigits[x&15])
		}
	}
	return StrValue(out)
}

func indexByte(s string, b byte) int {
	for i := range len(s) {
		if s[i] == b {
			return i
		}
	}
	return -1
}

// unpercent reads %xx; a broken one makes the whole NULL.
func unpercent(c *Ctx, b []byte) Value {
	out := c.Alloc(len(b))[:0]
	for i := 0; i < len(b); i++ {
		x := b[i]
		if x == '%' {
			if i+2 >= len(b) {
				return Null
			}
			high, low := indexByte(hexDigits, lower(b[i+1])), indexByte(hexDigits, lower(b[i+2]))
			if high < 0 || low < 0 {
				return Null
			}
			x = byte(high<<4 | low)
			i += 2
		}
		out = append(out, x)
	}
	return StrValue(out)
}

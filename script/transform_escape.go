package script

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// escapeTransforms are {s.escape.*} and {s.unescape.*}.
func escapeTransforms() []*TransformDef {
	return []*TransformDef{
		whole("s", "escape.common", "quotes, backslashes and NUL behind a backslash", escapeCommon),
		whole("s", "unescape.common", "the reverse of escape.common", unescapeCommon),
		{Class: "s", Name: "escape.shell", Doc: "as one word of the shell, with its quotes, for exec(); NULL is the empty word", Fn: escapeShell},
		whole("s", "escape.user", "as the user part of a SIP URI", escapeWith(sipparse.AppendEscapedUser)),
		whole("s", "unescape.user", "the reverse of escape.user", unpercent),
		whole("s", "escape.param", "as the value of a SIP URI parameter", escapeWith(sipparse.AppendEscapedParam)),
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

// escapeShell puts b between single quotes, within which a shell reads nothing but the next
// single quote (POSIX.1-2017, Shell Command Language, 2.2.2). NULL must not become <null>,
// which a shell would read. A NUL byte ends the word, as nothing can hand it on.
func escapeShell(c *Ctx, v Value, _ []Value) Value {
	b, _ := c.Text(v)
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	quotes := bytes.Count(b, []byte{'\''})
	out := append(c.Alloc(len(b) + 3*quotes + 2)[:0], '\'')
	for _, x := range b {
		if x == '\'' {
			out = append(out, `'\'`...)
		}
		out = append(out, x)
	}
	return StrValue(append(out, '\''))
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

func escapeWith(appendEscaped func(dst, b []byte) []byte) func(*Ctx, []byte) Value {
	return func(c *Ctx, b []byte) Value { return StrValue(appendEscaped(c.Alloc(3 * len(b))[:0], b)) }
}

// unpercent reads %xx; a broken one makes the whole NULL.
func unpercent(c *Ctx, b []byte) Value {
	if !sipparse.WellEscaped(b) {
		return Null
	}
	return StrValue(sipparse.AppendUnescaped(c.Alloc(len(b))[:0], b))
}

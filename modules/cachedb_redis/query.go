package cachedb_redis

import (
	"bytes"

	"github.com/fastsips/fastsips/script"
)

// split gives the arguments of a raw query to arg, and reports whether it is one. They are
// separated by white space. One that begins with ' or " goes to the next such quote,
// whatever is in between, as in OpenSIPS; as in a shell, a further quoted piece may follow
// without a blank, and belongs to it: 'it'"'"'s'.
func split(text []byte, arg func([]byte)) bool {
	n := 0
	for {
		text = bytes.TrimLeft(text, blanks)
		if len(text) == 0 {
			return n > 0
		}
		end, ok := endOfArg(text)
		if !ok {
			return false
		}
		if text[0] == '\'' || text[0] == '"' {
			arg(unquote(text[:end]))
		} else {
			arg(text[:end])
		}
		text = text[end:]
		n++
	}
}

const blanks = " \t\r\n"

// endOfArg returns where the argument ends with which text begins.
func endOfArg(text []byte) (end int, ok bool) {
	if text[0] != '\'' && text[0] != '"' {
		if end = bytes.IndexAny(text, blanks); end < 0 {
			end = len(text)
		}
		return end, true
	}
	for end < len(text) && (text[end] == '\'' || text[end] == '"') {
		n := bytes.IndexByte(text[end+1:], text[end])
		if n < 0 {
			return 0, false
		}
		end += n + 2
	}
	return end, end == len(text) || bytes.IndexByte([]byte(blanks), text[end]) >= 0
}

// unquote takes the quotes off. A single piece, as nearly all are, is not copied.
func unquote(b []byte) []byte {
	if n := bytes.IndexByte(b[1:], b[0]); n+2 == len(b) {
		return b[1 : n+1]
	}
	var whole []byte
	for len(b) > 0 {
		n := bytes.IndexByte(b[1:], b[0])
		whole = append(whole, b[1:n+1]...)
		b = b[n+2:]
	}
	return whole
}

// quote is {redis.quote}: split takes what it makes for one argument, and gives the value.
func quote(c *script.Ctx, v script.Value, _ []script.Value) script.Value {
	text, ok := c.Text(v)
	if !ok {
		return script.Null
	}
	return script.StrValue(appendQuoted(c.Alloc(len(text) + 2 + 4*bytes.Count(text, []byte("'")))[:0], text))
}

func appendQuoted(b, text []byte) []byte {
	b = append(b, '\'')
	for _, c := range text {
		if c == '\'' {
			b = append(b, `'"'"'`...)
		} else {
			b = append(b, c)
		}
	}
	return append(b, '\'')
}

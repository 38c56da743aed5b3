package sqlops

import (
	"bytes"
	"strconv"

	"github.com/fastsips/fastsips/asyncops/db"
)

// placeholders appends text with its question marks written as the database wants them,
// and returns how many there are. Those in quotes and comments are none, and ?? is a
// question mark: PostgreSQL has operators of that name.
func placeholders(dst, text []byte, d *db.Dialect) (out []byte, n int) {
	for len(text) > 0 {
		if skip := quoted(text, d); skip > 0 {
			dst, text = append(dst, text[:skip]...), text[skip:]
			continue
		}
		switch {
		case text[0] != '?':
			dst = append(dst, text[0])
		case len(text) > 1 && text[1] == '?':
			dst, text = append(dst, '?'), text[1:]
		default:
			n++
			dst = append(dst, '?')
			if d.Numbered {
				dst[len(dst)-1] = '$'
				dst = strconv.AppendInt(dst, int64(n), 10)
			}
		}
		text = text[1:]
	}
	return dst, n
}

// quoted returns the length of the quotation or comment that text begins with, 0 if it
// begins with none.
func quoted(text []byte, d *db.Dialect) int {
	switch text[0] {
	case '\'', '"', '`':
		return quotation(text, text[0] != '`' && d.Escapes)
	case 'e', 'E':
		if d.Numbered && len(text) > 1 && text[1] == '\'' {
			return 1 + quotation(text[1:], true)
		}
	case '-':
		if bytes.HasPrefix(text, []byte("--")) {
			return through(text, 0, "\n")
		}
	case '/':
		if bytes.HasPrefix(text, []byte("/*")) {
			return through(text, 2, "*/")
		}
	case '$':
		if d.Numbered {
			return dollars(text)
		}
	}
	if isWord(text[0]) { // an e in a word is no E'...'
		n := 1
		for n < len(text) && isWord(text[n]) {
			n++
		}
		return n
	}
	return 0
}

func isWord(b byte) bool {
	return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' || b == '_' || b >= 0x80
}

// quotation is the length of '...', in which a quote is doubled.
func quotation(text []byte, escapes bool) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && escapes:
			i++
		case text[i] == text[0]:
			return i + 1 // a doubled one begins another quotation, which comes to the same
		}
	}
	return len(text)
}

// through is the length up to and with the end that follows.
func through(text []byte, from int, end string) int {
	if i := bytes.Index(text[from:], []byte(end)); i >= 0 {
		return from + i + len(end)
	}
	return len(text)
}

// dollars is the length of PostgreSQL's $tag$...$tag$, 0 if it is none.
func dollars(text []byte) int {
	n := 1
	for n < len(text) && isWord(text[n]) {
		n++
	}
	if n == len(text) || text[n] != '$' || n > 1 && text[1] >= '0' && text[1] <= '9' {
		return 0
	}
	return through(text, n+1, string(text[:n+1]))
}

package syntax

import "bytes"

// literal scans the string that opens at off and returns the offset after it.
func (s *scanner) literal(src *Source, off int) (*StrLit, int) {
	end, ok := closingQuote(src, off)
	if !ok {
		return s.unclosed(src, off)
	}
	lit := &StrLit{Span: src.span(off, end+1)}
	text := src.Text[:end]
	f := &format{src: src}
	if src.Text[off] == '\'' {
		f.b = text[off+1:]
		f.base = off + 1
	} else {
		f.b, f.offs = unescape(text, off+1)
	}
	f.finish(lit)
	return lit, end + 1
}

// join appends the adjacent literal b to a.
func join(a, b *StrLit) {
	if b.Src == a.Src && b.Line == a.Line {
		a.Len = b.Col + b.Len - a.Col
	}
	a.Value += b.Value
	a.Parts = append(a.Parts, b.Parts...)
	a.Static = a.Static && b.Static
	a.Broken = a.Broken || b.Broken
	a.Faults = append(a.Faults, b.Faults...)
}

// closingQuote finds the quote that closes the string opened at off.
//
// Literals may run over several lines, so a forgotten quote would swallow
// everything up to the next string's opening one, and turn the rest of the file
// inside out. So a quote on a later line is believed only if the text between
// does not begin a line with a top-level keyword or a closing brace in column 1,
// and if what follows it can follow a string: not a word (which is how the
// content of the next string begins).
func closingQuote(src *Source, off int) (int, bool) {
	text, quote := src.Text, src.Text[off]
	lines := false
	for i := off + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quote == '"':
			if i++; i < len(text) && text[i] == '\n' {
				lines = true // joined, but still another line
			}
		case c == quote:
			return i, !lines || plausibleAfter(text[i+1:])
		case c == '\n':
			if lines = true; topLevelLine(text[i+1:]) {
				return 0, false
			}
		}
	}
	return 0, false
}

// topLevelLine reports whether a line begins like something outside of strings.
func topLevelLine(b []byte) bool {
	if len(b) > 0 && b[0] == '}' {
		return true
	}
	word := ident(b)
	_, kind := routeKind(word)
	rest := bytes.TrimLeft(b[len(word):], " \t")
	if len(rest) == 0 {
		return false
	}
	return kind && (rest[0] == '[' || rest[0] == '{') ||
		word == "loadmodule" && rest[0] == '"' || word == "modparam" && rest[0] == '('
}

// plausibleAfter reports whether b can follow the end of a string.
func plausibleAfter(b []byte) bool {
	if len(b) > 0 && b[0] == '"' {
		return false // rather the empty string of a later line
	}
	b = bytes.TrimLeft(b, " \t\r")
	if len(b) == 0 {
		return true
	}
	if word := ident(b); word != "" {
		return word == "and" || word == "or"
	}
	return bytes.IndexByte([]byte("\n#,);:]}\"'&|+"), b[0]) >= 0
}

// unclosed reports the string at off and ends it before whatever closes the
// statement on the same line, so that the statement still parses.
func (s *scanner) unclosed(src *Source, off int) (*StrLit, int) {
	eol := src.lineEnd(off)
	end := off + 1 + len(bytes.TrimRight(src.Text[off+1:eol], " \t\r;,(){"))
	s.fail(src, off, end, "string is not closed", "")
	text := string(src.Text[off+1 : end])
	return &StrLit{Span: src.span(off, end), Value: text, Parts: []Part{{Text: text}}, Static: true, Broken: true}, end
}

// unescape undoes the escapes of a "..." literal whose text begins at off and
// ends with b. offs maps each resulting byte to its place in b, with one more
// for the end.
func unescape(b []byte, off int) (out []byte, offs []int32) {
	for i := off; i < len(b); {
		c, n := b[i], 1
		keep := true
		if c == '\\' {
			c, n, keep = escape(b[i:])
		}
		if keep {
			out, offs = append(out, c), append(offs, int32(i))
		}
		i += n
	}
	return out, append(offs, int32(len(b)))
}

// escape reads the escape that begins b. An unknown one stands for itself, the
// backslash included (regular expressions need no doubling).
func escape(b []byte) (c byte, n int, keep bool) {
	if len(b) < 2 {
		return b[0], 1, true
	}
	switch b[1] {
	case 'n':
		return '\n', 2, true
	case 'r':
		return '\r', 2, true
	case 'a':
		return '\a', 2, true
	case 't':
		return '\t', 2, true
	case '"', '\\':
		return b[1], 2, true
	case '\n':
		return 0, 2, false
	case '\r':
		if len(b) > 2 && b[2] == '\n' {
			return 0, 3, false
		}
	case 'x':
		if len(b) > 3 && isHex(b[2]) && isHex(b[3]) {
			return hexValue(b[2])<<4 | hexValue(b[3]), 4, true
		}
	}
	v, n := 0, 1
	for n < len(b) && n < 4 && b[n] >= '0' && b[n] <= '7' {
		v, n = v<<3|int(b[n]-'0'), n+1
	}
	if n >= 3 && v < 256 {
		return byte(v), n, true
	}
	return '\\', 1, true
}

func hexValue(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

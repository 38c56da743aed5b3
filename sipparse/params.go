package sipparse

// A Param is one parameter of a value. Spans are into the buffer it was
// read from.
type Param struct {
	Whole Span // name and value
	Name  Span
	Value Span // a quoted-string with its quotes; zero if there is none, also for "name="
}

// A ParamList walks the parameters in a list of *( SEMI generic-param ), such as
// NameAddr.Params. Empty ones are passed over. For those of a URI, which may contain
// commas, see URI.ParamPairs.
type ParamList struct{ c cursor }

// ParamsIn returns a walk over the parameters at s, a span into b. The first ";"
// may be missing.
func ParamsIn(b []byte, s Span) ParamList {
	return ParamList{cursor{b: b[:s.End], pos: int(s.Off)}}
}

// Next stores the next parameter in *p. It returns false at the end, and at what
// no parameter begins with.
func (it *ParamList) Next(p *Param) bool {
	var x param
	if !it.c.looseParam(&x) {
		return false
	}
	*p = Param{x.whole, x.name, x.value}
	return true
}

// AppendUnquoted appends the text of b, a quoted-string with its quotes: each
// quoted-pair as the character it stands for, folded lines as the one space they
// mean (RFC 3261 §7.3.1, §25.1). What is not quoted is appended as it is.
func AppendUnquoted(dst, b []byte) []byte {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return append(dst, b...)
	}
	b = b[1 : len(b)-1]
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
		}
		switch c := b[i]; c {
		case '\r', '\n': // not even a quoted-pair may be one of these
			i = afterFold(b, i) - 1
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// afterFold returns the offset after CR, LF and white space at i.
func afterFold(b []byte, i int) int {
	for i < len(b) && (isWS(b[i]) || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// AppendQuoted appends text as a quoted-string: AppendUnquoted turns it back. CR
// and LF are dropped, so that text cannot end the header it is put in.
//
//	qdtext = LWS / %x21 / %x23-5B / %x5D-7E / UTF8-NONASCII ; RFC 3261 §25.1
//
// All else becomes a quoted-pair.
func AppendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '\r' || c == '\n':
			continue
		case c == '"' || c == '\\' || c < ' ' && c != '\t' || c == 0x7f:
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

package syntax

import "bytes"

// A TokenKind says what a Token is.
type TokenKind uint8

// The kinds.
const (
	WordToken TokenKind = iota
	NumberToken
	StringToken
	VarToken
	AddressToken
	OpToken
	BadToken
	CommentToken // # to the end of the line, without it; or /* */
	IncludeToken // include_file "x" or import_file "x"
)

// A Token is a lexical element of one file, for tools that keep its text as it is.
type Token struct {
	Span
	Kind     TokenKind
	Off, End int // bytes of the text
	Text     string
}

var tokenKinds = [...]TokenKind{tIdent: WordToken, tNum: NumberToken, tString: StringToken, tVar: VarToken, tIP: AddressToken, tOp: OpToken, tBad: BadToken}

// Lex parts a file into its tokens, comments included. It reads no other file, and
// says nothing about mistakes.
func Lex(name string, text []byte) []Token {
	src := newSource(name, text, 0)
	s := &scanner{d: new(Diags), broken: map[lineKey]bool{}}
	var list []Token
	add := func(kind TokenKind, off, end int) int {
		list = append(list, Token{src.span(off, end), kind, off, end, string(text[off:end])})
		return end
	}
	for off := 0; off < len(text); {
		switch b := text[off:]; {
		case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) && off == 0:
			off = 3
		case bytes.IndexByte([]byte(" \t\r\n"), b[0]) >= 0:
			off++
		case b[0] == '#' || bytes.HasPrefix(b, []byte("//")):
			line := bytes.TrimRight(text[off:src.lineEnd(off)], " \t\r")
			add(CommentToken, off, off+len(line))
			off = src.lineEnd(off)
		case bytes.HasPrefix(b, []byte("/*")):
			off = add(CommentToken, off, s.comment(src, off))
		default:
			if end, ok := s.lexInclude(src, off); ok {
				off = add(IncludeToken, off, end)
				continue
			}
			s.toks = s.toks[:0]
			end := s.token(src, off)
			off = add(tokenKinds[s.toks[0].kind], off, end)
		}
	}
	return list
}

// lexInclude finds the end of an include directive at off.
func (s *scanner) lexInclude(src *Source, off int) (end int, ok bool) {
	word := ident(src.Text[off:])
	if word != "include_file" && word != "import_file" {
		return 0, false
	}
	arg := off + len(word)
	for arg < len(src.Text) && (src.Text[arg] == ' ' || src.Text[arg] == '\t') {
		arg++
	}
	if arg >= len(src.Text) || src.Text[arg] != '"' && src.Text[arg] != '\'' {
		return 0, false
	}
	_, end = s.literal(src, arg)
	return end, true
}

package syntax

// tokKind is the class of a token.
type tokKind uint8

const (
	tEOF tokKind = iota
	tIdent
	tNum
	tString
	tVar
	tIP
	tOp  // operators and punctuation
	tBad // a byte that begins no token; the parser decides whether that matters
)

// A token is one lexical element. The whole configuration is scanned before it
// is parsed, which gives the parser any look-ahead it wants for recovery.
type token struct {
	kind     tokKind
	src      *Source
	off, end int    // bytes of src
	text     string // as written
	num      int32
	str      *StrLit
	v        *Var
}

func (t *token) span() Span { return t.src.span(t.off, t.end) }

// line is the line the token begins on, from 0.
func (t *token) line() int { return t.src.line(t.off) }

func (t *token) is(op string) bool { return t.kind == tOp && t.text == op }

func (t *token) isWord(w string) bool { return t.kind == tIdent && t.text == w }

// describe names the token in "expected x, found y".
func (t *token) describe() string {
	switch t.kind {
	case tEOF:
		return "the end of the file"
	case tString:
		return "a string"
	case tNum:
		return "number " + t.text
	}
	return t.text
}

// operators, longest first.
var operators = [...]string{
	"&&", "||", "==", "!=", "<=", ">=", "=~", "!~", "<<", ">>",
	":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
	"=", "<", ">", "!", "+", "-", "*", "/", "%", "&", "|", "^", "~",
	"(", ")", "{", "}", "[", "]", ",", ";", ":", ".", "@",
}

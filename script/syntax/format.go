package syntax

import (
	"bytes"
	"strconv"
	"strings"
)

// A format parses variables out of text: source text, or a string literal after
// its escapes, in which case offs says where each byte was written.
type format struct {
	src    *Source
	b      []byte
	offs   []int32 // nil: byte i was written at base+i
	base   int
	code   bool // source text, not a string
	at     int
	depth  int
	faults []Diag
	broken bool // the outermost variable has a fault already
}

// maxNesting bounds variables within variables.
const maxNesting = 20

// where is the offset in the source of byte i, or of the end.
func (f *format) where(i int) int {
	i = min(i, len(f.b))
	if f.offs == nil {
		return f.base + i
	}
	return int(f.offs[i])
}

func (f *format) span(from, to int) Span { return f.src.span(f.where(from), f.where(to)) }

// fault records an error in the format, the first one of a variable.
func (f *format) fault(from, to int, msg, hint string) {
	if f.broken {
		return
	}
	f.broken = true
	f.faults = append(f.faults, Diag{Span: f.span(from, max(to, from)), Severity: Error, Msg: msg, Hint: hint})
}

func (f *format) peek() byte {
	if f.at < len(f.b) {
		return f.b[f.at]
	}
	return 0
}

func (f *format) skipSpace() {
	for f.peek() == ' ' || f.peek() == '\t' {
		f.at++
	}
}

// finish parses all of f into lit.
func (f *format) finish(lit *StrLit) {
	lit.Value = string(f.b)
	lit.Parts, _ = f.parts(func(int) bool { return false })
	lit.Faults = f.faults
	lit.Static = static(lit.Parts)
}

func static(parts []Part) bool {
	for i := range parts {
		if parts[i].Var != nil {
			return false
		}
	}
	return true
}

// parts parses text and variables up to where stop says, or the end. $$ is a
// dollar sign, and so is a $ that cannot begin a variable.
func (f *format) parts(stop func(i int) bool) (parts []Part, stopped bool) {
	var text []byte
	flush := func() {
		if len(text) > 0 {
			parts, text = append(parts, Part{Text: string(text)}), nil
		}
	}
	for f.at < len(f.b) && !stop(f.at) {
		if f.b[f.at] != '$' {
			text = append(text, f.b[f.at])
			f.at++
			continue
		}
		if bytes.HasPrefix(f.b[f.at:], []byte("$$")) {
			text = append(text, '$')
			f.at += 2
			continue
		}
		if v := f.variable(); v != nil {
			flush()
			parts = append(parts, Part{Var: v})
		} else {
			text = append(text, '$')
			f.at++
		}
	}
	flush()
	return parts, f.at < len(f.b)
}

// variable parses what begins with the $ at f.at. It returns nil, and moves
// nothing, when that is no variable at all.
func (f *format) variable() *Var {
	if f.at+1 >= len(f.b) || f.depth >= maxNesting {
		return nil
	}
	if f.depth == 0 {
		f.broken = false
	}
	f.depth++
	defer func() { f.depth-- }()
	open := f.at
	c := f.b[open+1]
	if c != '(' && !isLetter(c) {
		return nil
	}
	f.at++
	v := &Var{}
	if c != '(' {
		f.name(v)
		f.inner(v)
		v.Span = f.span(open, f.at)
		f.misplacedSuffix(open, v)
		return v
	}
	f.at++
	f.full(v)
	if f.skipSpace(); f.peek() == ')' {
		f.at++
	} else {
		f.unclosedVar(open)
	}
	if f.broken {
		f.resync(open)
	}
	v.Span = f.span(open, f.at)
	return v
}

// unclosedVar reports what keeps $( from being closed.
func (f *format) unclosedVar(open int) {
	if f.at >= len(f.b) || strings.IndexByte(";,", f.peek()) >= 0 {
		f.fault(open, f.at, "variable is not closed: ) is missing", "")
		return
	}
	f.fault(f.at, f.at+1, "unexpected "+strconv.Quote(string(rune(f.peek())))+" in a variable",
		"the form is $(name(inner)[index]{transformation})")
}

// full parses what is between $( and ).
func (f *format) full(v *Var) {
	f.skipSpace()
	if f.peek() == '<' {
		f.context(v)
	}
	start := f.at
	f.name(v)
	if v.Name == "" {
		f.fault(start, start+1, "variable has no name", "")
		return
	}
	f.inner(v)
	f.skipSpace()
	if f.peek() == '[' {
		f.index(v)
		f.skipSpace()
	}
	for f.peek() == '{' {
		if !f.transform(v) {
			return
		}
		f.skipSpace()
	}
}

// context parses <request> or <reply>.
func (f *format) context(v *Var) {
	start := f.at
	end := bytes.IndexByte(f.b[f.at:], '>')
	if end < 0 {
		f.fault(start, start+1, "context is not closed: > is missing", "")
		return
	}
	v.Context = strings.TrimSpace(string(f.b[start+1 : start+end]))
	f.at += end + 1
	if v.Context != "request" && v.Context != "reply" {
		f.fault(start, f.at, "unknown context <"+v.Context+">", "there are <request> and <reply>")
	}
}

// name parses letters, digits, _ and dots that are followed by one of these.
func (f *format) name(v *Var) {
	start := f.at
	for f.at < len(f.b) {
		c := f.b[f.at]
		dot := c == '.' && f.at > start && f.at+1 < len(f.b) && (isLetter(f.b[f.at+1]) || isDigit(f.b[f.at+1]))
		if !isLetter(c) && !isDigit(c) && !dot {
			break
		}
		f.at++
	}
	v.Name = string(f.b[start:f.at])
}

// inner parses (inner), in which parentheses balance.
func (f *format) inner(v *Var) {
	if f.peek() != '(' {
		return
	}
	open, depth := f.at, 0
	f.at++
	v.HasInner = true
	parts, closed := f.parts(func(i int) bool {
		switch f.b[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		return depth < 0
	})
	v.Inner, v.InnerSpan = parts, f.span(open+1, f.at)
	if !closed {
		f.fault(open, open+1, "( of the variable is not closed", "")
		f.resync(open)
		return
	}
	f.at++
}

// index parses [n], [*], [append], [insert], [insertAfter] or [$var].
func (f *format) index(v *Var) {
	open := f.at
	end := f.matching(open, '[', ']')
	if end < 0 {
		f.fault(open, open+1, "[ of the index is not closed", "")
		return
	}
	ix := &Index{Span: f.span(open+1, end)}
	v.Index = ix
	text := strings.TrimSpace(string(f.b[open+1 : end]))
	n, err := strconv.ParseInt(text, 10, 32)
	switch {
	case text == "*":
		ix.All = true
	case text == "append":
		ix.Append = true
	case strings.EqualFold(text, "insert"):
		ix.Insert = true
	case strings.EqualFold(text, "insertAfter"):
		ix.InsertAfter = true
	case err == nil:
		ix.N = int32(n)
	case strings.HasPrefix(text, "$"):
		f.at = open + 1
		f.skipSpace()
		ix.Var = f.variable()
		if f.skipSpace(); ix.Var == nil || f.at != end {
			f.fault(open+1, end, "index is not a variable", "")
		}
	default:
		f.fault(open+1, max(end, open+2), "index must be a number, *, append, insert, insertAfter or a variable", "")
	}
	f.at = end + 1
}

// matching finds the close that belongs to the open at i, or -1.
func (f *format) matching(i int, open, shut byte) int {
	depth := 0
	for ; i < len(f.b); i++ {
		switch f.b[i] {
		case open:
			depth++
		case shut:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// transform parses {class.name,arg,...}.
func (f *format) transform(v *Var) bool {
	open := f.at
	end := f.matching(open, '{', '}')
	if end < 0 {
		f.fault(open, open+1, "{ of the transformation is not closed", "")
		return false
	}
	f.at = open + 1
	f.skipSpace()
	head := f.at
	for f.at < end && f.b[f.at] != ',' {
		f.at++
	}
	name := strings.TrimSpace(string(f.b[head:f.at]))
	class, op, ok := strings.Cut(name, ".")
	tr := &Transform{Span: f.span(head, max(head+len(name), head)), Class: class, Name: op}
	v.Transforms = append(v.Transforms, tr)
	if !ok || class == "" || op == "" {
		f.fault(head, head+len(name), "transformation must be class.name, not "+strconv.Quote(name), "")
	}
	for f.at < end {
		f.at++ // the comma
		f.argument(tr, end)
	}
	f.at = end + 1
	return true
}

// argument parses one argument of tr, up to a comma or the closing brace at end.
// A regular expression keeps its commas, and a comma may be the last argument
// itself, as in {s.select,0,,}.
func (f *format) argument(tr *Transform, end int) {
	start, stop := f.at, end
	switch {
	case tr.Class == "re":
	case f.at+1 == end && f.b[f.at] == ',':
	default:
		stop = f.comma(end)
	}
	from, to := start, stop
	for from < to && f.b[from] == ' ' {
		from++
	}
	if from == to {
		from = start // a blank may be meant: {s.select,0, }
	}
	for to > from+1 && f.b[to-1] == ' ' {
		to--
	}
	f.at = from
	parts, _ := f.parts(func(i int) bool { return i >= to })
	tr.Args = append(tr.Args, parts)
	tr.ArgSpans = append(tr.ArgSpans, f.span(from, max(to, from)))
	f.at = stop
}

// comma finds the next comma before end that is not inside parentheses or braces.
func (f *format) comma(end int) int {
	depth := 0
	for i := f.at; i < end; i++ {
		switch f.b[i] {
		case '(', '{':
			depth++
		case ')', '}':
			depth--
		case ',':
			if depth <= 0 {
				return i
			}
		}
	}
	return end
}

// resync moves behind a broken variable: to its closing parenthesis as far as
// that can be told, else before what ends a statement.
func (f *format) resync(open int) {
	paren := bytes.IndexByte(f.b[open:], '(')
	if end := f.matching(open+max(paren, 0), '(', ')'); paren >= 0 && end >= 0 {
		f.at = max(f.at, end+1)
		return
	}
	f.at = max(open+1, len(bytes.TrimRight(f.b, " \t\r;){")))
}

// misplacedSuffix catches $x{tr} and $x(y)[i] in which the outer parentheses
// were forgotten: in code they cannot mean anything else; in strings they are text.
func (f *format) misplacedSuffix(open int, v *Var) {
	if !f.code || f.depth > 1 {
		return
	}
	what, end := "", -1
	switch {
	case f.peek() == '{' && bytes.HasPrefix(f.b[f.at+1+len(ident(f.b[f.at+1:])):], []byte(".")):
		what, end = "a transformation needs $(...) around it", f.matching(f.at, '{', '}')
	case f.peek() == '[' && v.HasInner:
		what, end = "an index needs $(...) around it", f.matching(f.at, '[', ']')
	}
	if end > 0 {
		f.fault(f.at, end+1, what, "write $("+string(f.b[open+1:end+1])+")")
		f.at = end + 1
	}
}

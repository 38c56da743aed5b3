package syntax

// ParseText reads text, of a module parameter say, as a format string. Name is what
// messages call its place. The literal's Faults are errors here.
func ParseText(name, text string) *StrLit {
	src := newSource(name, []byte(text), 0)
	f := &format{src: src, b: src.Text}
	lit := &StrLit{Span: src.span(0, len(text))}
	f.finish(lit)
	return lit
}

package script

import "regexp/syntax"

// A fixed is a pattern of letters only, perhaps at the beginning or the end of the text:
// what most patterns of scripts are, and a comparison is a tenth of a search.
type fixed struct {
	text       []byte // in lower case
	begin, end bool
}

// fixedPattern returns the fixed that a pattern is. It is ASCII: other letters may have
// more forms than two.
func fixedPattern(pattern string) (f fixed, ok bool) {
	tree, err := syntax.Parse(pattern, syntax.FoldCase|syntax.OneLine|syntax.DotNL|syntax.ClassNL|syntax.PerlX)
	if err != nil {
		return f, false
	}
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
	}
	if parts[0].Op == syntax.OpBeginText {
		f.begin, parts = true, parts[1:]
	}
	if n := len(parts); n > 0 && parts[n-1].Op == syntax.OpEndText {
		f.end, parts = true, parts[:n-1]
	}
	if len(parts) != 1 || parts[0].Op != syntax.OpLiteral || !f.begin && !f.end {
		return f, false
	}
	for _, x := range parts[0].Rune {
		if x == 'k' || x == 'K' || x == 's' || x == 'S' || x > 127 { // a Kelvin sign is a k, a long s an s
			return f, false
		}
		f.text = append(f.text, lower(byte(x)))
	}
	return f, true
}

func (f *fixed) matches(b []byte) bool {
	switch n := len(f.text); {
	case len(b) < n, f.begin && f.end && len(b) > n:
		return false
	case f.begin:
		return foldCompare(b[:n], f.text) == 0
	default:
		return foldCompare(b[len(b)-n:], f.text) == 0
	}
}
